"""While a notice hangs: photos of the board, objections, answers, and the gate that everything else asks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record
from cogov.common.errors import InputError, RuleError
from notices import kinds, rules, states
from notices.models import Notice, Objection, ObjectionChannel, PostingEvidence

_PHOTO_BYTES = 10 * 1024 * 1024
_SUFFIX = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def record_posting(
    *, actor: Actor, notice: Notice, posted_on: date, board: str, photo: Any
) -> PostingEvidence:
    """Keep a photo of the board with the notice on it. ``photo`` is an open binary file. Raises InputError."""
    authorize_object(actor, "notices.post_notice", notice)
    if notice.state != states.PUBLISHED:
        raise RuleError("只有已发布的公示才能登记张贴")
    start = notice.publicity_start or timezone.localdate(notice.published_at)
    if posted_on < start or posted_on > timezone.localdate():
        raise InputError("张贴日期应在发布之日至今天之间")
    if not board.strip():
        raise InputError("请写明张贴在哪块公示栏")
    data = photo.read(_PHOTO_BYTES + 1)
    suffix = _photo_suffix(data)
    sha = hashlib.sha256(data).hexdigest()
    path = default_storage.save(
        f"notices/evidence/{notice.issuer_code}/{sha[:32]}.{suffix}", ContentFile(data)
    )
    try:
        with transaction.atomic():
            row = PostingEvidence.build(
                notice=notice,
                posted_on=posted_on,
                board=board.strip()[:80],
                photo=path,
                photo_sha256=sha,
                actor_id=actor.audit_id,
                actor_name=actor.audit_name[:150],
            )
            row.save()
            record(
                actor=actor,
                action="notices.record_posting",
                summary=f"{notice.number} 已张贴：{board}",
                obj=notice,
                after={"张贴日期": posted_on, "地点": board, "照片摘要": sha},
            )
    except BaseException:
        default_storage.delete(path)
        raise
    return row


def _photo_suffix(data: bytes) -> str:
    import io  # noqa: PLC0415

    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only when a photo comes in

    if len(data) > _PHOTO_BYTES:
        raise InputError("照片不能超过10MB")
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            suffix = _SUFFIX.get(image.format or "")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise InputError("上传的不是照片，请上传 JPG 或 PNG") from error
    if not suffix:
        raise InputError("照片应为 JPG、PNG 或 WEBP")
    return suffix


def file_objection(
    *,
    actor: Actor,
    notice: Notice,
    channel: str,
    text: str,
    person: str = "",
    phone: str = "",
) -> Objection:
    """Write an objection down. Allowed until the objection period is over; late ones are refused with the reason.

    The public QR page files with a SystemActor; everybody else needs notices.register_objection.
    """
    authorize_object(actor, "notices.register_objection", notice)
    if channel not in ObjectionChannel.values:
        raise InputError("不认识的异议途径")
    body = text.strip()
    if not body or len(body) > 2000:
        raise InputError("请写明异议内容（2000字以内）")
    with transaction.atomic():
        locked = (
            Notice.objects.select_for_update(of=("self",))
            .select_related("township", "village")
            .get(pk=notice.pk)
        )
        if locked.state != states.PUBLISHED:
            raise RuleError("这份公示已经更正或撤回，请对新的公示提出")
        if locked.publicity_end is None:
            raise RuleError("这份文书不设异议期，有意见请到受理地点反映")
        now = timezone.now()
        today = timezone.localdate(now)
        if today > locked.publicity_end:
            raise RuleError(f"公示期已于{locked.publicity_end:%Y年%m月%d日}结束，请到受理地点反映")
        row = Objection.objects.create(
            notice=locked,
            channel=channel,
            text=body,
            person=person.strip()[:50],
            phone=phone.strip(),
            received_at=now,
            answer_due=today + timedelta(days=rules.ANSWER_DAYS),
        )
        record(
            actor=actor,
            action="notices.file_objection",
            summary=f"{locked.number} 收到异议（{ObjectionChannel(channel).label}）",
            obj=locked,
            after={"途径": ObjectionChannel(channel).label, "答复期限": row.answer_due},
        )
    return row


def answer_objection(*, actor: Actor, objection: Objection, answer: str, upheld: bool) -> Objection:
    """Answer and close; an upheld objection keeps the gate shut until a correction is published."""
    authorize_object(actor, "notices.answer_objection", objection)
    if not answer.strip():
        raise InputError("请写明答复内容")
    with transaction.atomic():
        locked = Objection.objects.select_for_update().get(pk=objection.pk)
        move = states.OBJECTION_STATES.move(locked.state, "answer")
        locked.state, locked.answer, locked.upheld = move.target, answer.strip()[:2000], upheld
        locked.answered_at, locked.answered_by_id = timezone.now(), actor.pk
        locked.save()
        record(
            actor=actor,
            action="notices.answer_objection",
            summary=f"{locked.notice.number} 异议已答复：{'成立' if upheld else '不成立'}",
            obj=locked.notice,
            after={"结论": "成立" if upheld else "不成立"},
        )
    return locked


@dataclass(frozen=True, slots=True)
class GateResult:
    """``open`` when publicity is over and clean; otherwise ``reasons`` in Chinese."""

    open: bool
    reasons: tuple[str, ...]
    notice: Notice | None = None


def gate(*, kind: str, subject_key: str, today: date | None = None) -> GateResult:
    """The one place other apps ask whether the publicity of a subject is over and clean (BEY-3)."""
    label = kinds.get(kind).label
    day = today or timezone.localdate()
    notice = (
        Notice.objects.filter(kind=kind, subject_key=subject_key, state=states.PUBLISHED)
        .order_by("-id")
        .first()
    )
    if notice is None:
        return GateResult(False, (f"{label}尚未发布",))
    reasons: list[str] = []
    if notice.publicity_end is not None and day <= notice.publicity_end:
        end = notice.publicity_end
        reasons.append(f"{notice.number}的公示期到{end.year}年{end.month}月{end.day}日才结束")
    if kinds.get(kind).needs_evidence and not notice.evidence.exists():
        reasons.append(f"{notice.number}没有张贴照片")
    waiting = notice.objections.filter(state=states.OPEN).count()
    if waiting:
        reasons.append(f"{notice.number}有{waiting}件异议未答复")
    if notice.objections.filter(upheld=True).exists():
        reasons.append(f"{notice.number}的异议成立，须先发更正公示")
    return GateResult(not reasons, tuple(reasons), notice)


def require_gate(*, kind: str, subject_key: str, today: date | None = None) -> Notice:
    """The notice whose publicity is over and clean. Raises RuleError with every reason against it."""
    result = gate(kind=kind, subject_key=subject_key, today=today)
    if not result.open or result.notice is None:
        raise RuleError("公示未完成，不能办理", result.reasons)
    return result.notice
