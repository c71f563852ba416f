"""While a notice hangs: photos of the board, objections, answers, and what happens when answers are late."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record
from cogov.common.errors import InputError, RuleError
from notices import rules, states
from notices.models import Notice, Objection, ObjectionChannel, PostingEvidence
from notices.selectors import posted_on, running_until
from notices.services.files import save_whole
from notices.services.publicity_gate import objections_until
from notices.services.verifying import answer_digest, objection_digest

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
    path = save_whole(f"notices/evidence/{notice.issuer_code}/{sha[:32]}.{suffix}", data)
    try:
        with transaction.atomic():
            locked = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
            if locked.state != states.PUBLISHED:
                raise RuleError("只有已发布的公示才能登记张贴")
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
            locked.hangs_until = _hangs_until(locked, start)
            locked.save(update_fields=["hangs_until"])
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


def _hangs_until(notice: Notice, published: date) -> date | None:
    """The last day on the board of what went up after its publication; None where the printed dates hold."""
    posted = posted_on(notice)
    if posted is None or posted <= published or notice.posting_until is None:
        return None
    end = running_until(notice, posted) or posted
    return max(rules.later_posting(notice.terms, notice.posting_until, posted), end)


def _photo_suffix(data: bytes) -> str:
    import io  # noqa: PLC0415

    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only when a photo comes in

    if len(data) > _PHOTO_BYTES:
        raise InputError("照片不能超过10MB")
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            suffix = _SUFFIX.get(image.format or "")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("照片的像素太多，请缩小后再上传") from error
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
        until = objections_until(locked)
        if until is not None and today > until:
            raise RuleError(f"公示期已于{until:%Y年%m月%d日}结束，请到受理地点反映")
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
            after={
                "途径": ObjectionChannel(channel).label,
                "答复期限": row.answer_due,
                "内容摘要": objection_digest(channel, body),
            },
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
            after={"结论": "成立" if upheld else "不成立", "答复摘要": answer_digest(locked)},
        )
    return locked


def is_open_for_objections(notice: Notice, today: date | None = None) -> bool:
    """Whether an objection would be taken today."""
    if notice.state != states.PUBLISHED:
        return False
    until = objections_until(notice)
    return until is not None and (today or timezone.localdate()) <= until


def overdue_objections(today: date | None = None) -> QuerySet[Objection]:
    """Open objections whose ten days are over (NTC-3)."""
    return Objection.objects.filter(state=states.OPEN, answer_due__lt=today or timezone.localdate())


def escalate_overdue(*, actor: Actor, today: date | None = None) -> int:
    """Hand overdue objections to the township, each once; returns how many. Safe to repeat and to run twice at once."""
    count = 0
    waiting = overdue_objections(today).filter(escalated_at__isnull=True).order_by("pk")
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            row = Objection.objects.select_for_update().get(pk=pk)
            if row.state != states.OPEN or row.escalated_at is not None:
                continue
            authorize_object(actor, "notices.supervise_objection", row)
            row.escalated_at = timezone.now()
            row.save(update_fields=["escalated_at"])
            record(
                actor=actor,
                action="notices.escalate_objection",
                summary=f"{row.notice.number} 的异议逾期未答复，转乡镇督办",
                obj=row.notice,
                after={"答复期限": row.answer_due},
            )
            count += 1
    return count
