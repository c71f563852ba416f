"""Drafting and checking: from data to a document that could be published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize, authorize_object
from cogov.audit.services import AuditDraft, record_many
from cogov.common.canonical import digest
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.periods import Period
from notices import kinds, states
from notices.models import IssuerProfile, Notice, NoticeTransition
from notices.parts import OBJECTION, missing_parts, section
from notices.printing import content as model
from notices.printing.faces import GlyphReport, check_glyphs
from notices.printing.markup import unsafe
from notices.services.issuers import issuer_profile, objection_place
from notices.services.terms import terms_of
from notices.typed_names import look_up
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be drafted: complete, printable, and whose it is."""

    kind: kinds.NoticeKind
    township: Township
    village: Village | None
    period: str
    subject: str
    profile: IssuerProfile
    content: model.NoticeContent
    stored: dict[str, Any]
    fallbacks: tuple[tuple[str, str], ...]

    @property
    def code(self) -> str:
        return str((self.village or self.township).code)


def prepare(
    *,
    actor: Actor,
    kind: str,
    content: model.NoticeContent,
    village: Village | None = None,
    township: Township | None = None,
    period: Period | str | None = None,
    subject_key: str = "",
    poster: model.PosterContent | None = None,
) -> Prepared:
    """Signer and place of objection are filled in from the issuer's profile when empty.

    Raises AccessDenied, RuleError, and InputError when the content cannot be printed.
    """
    known = kinds.get(kind)
    place = village.township if village else township
    if place is None:
        raise RuleError("公示必须属于一个村或乡镇")
    code = village.code if village else place.code
    authorize(actor, "notices.draft_notice", code)
    if ("village" if village else "township") not in known.issuers:
        raise RuleError(f"{known.label}不能由{'村' if village else '乡镇'}发布")
    key = period.key if isinstance(period, Period) else (period or "")
    profile = issuer_profile(township=place, village=village)
    content, poster = completed(content, poster, known, profile)
    return Prepared(
        kind=known,
        township=place,
        village=village,
        period=key,
        subject=subject_key or f"{code}:{key}",
        profile=profile,
        content=content,
        stored={"content": model.to_json(content), "poster": model.to_json(poster) if poster else None},
        fallbacks=require_printable(content, poster).fallbacks,
    )


def draft_notice(
    *,
    actor: Actor,
    kind: str,
    content: model.NoticeContent,
    village: Village | None = None,
    township: Township | None = None,
    period: Period | str | None = None,
    subject_key: str = "",
    poster: model.PosterContent | None = None,
) -> Notice:
    """Write a draft, or rewrite the draft of the same kind and subject.

    When the subject is published already with the same content, that notice is returned unchanged, so that a month
    close may be repeated. Raises as :func:`prepare`, and ConflictError when it is published with other content.
    """
    ready = prepare(
        actor=actor,
        kind=kind,
        content=content,
        village=village,
        township=township,
        period=period,
        subject_key=subject_key,
        poster=poster,
    )
    known, subject, stored = ready.kind, ready.subject, ready.stored
    with transaction.atomic():
        published = Notice.objects.filter(kind=kind, subject_key=subject, state=states.PUBLISHED).first()
        if published is not None:
            return already(published, stored)
        pending = (
            Notice.objects.select_for_update()
            .filter(kind=kind, subject_key=subject, state__in=states.PENDING)
            .first()
        )
        notice = pending or Notice(
            kind=kind, subject_key=subject, township=ready.township, village=ready.village
        )
        if pending and pending.draft == stored and pending.title == ready.content.title:
            return pending
        old = notice.state
        notice.period, notice.title, notice.draft = ready.period, ready.content.title, stored
        notice.state = states.DRAFT
        notice.drafted_by_id = actor.pk
        notice.set_terms(terms_of(ready.township, known))
        notice.save()
        if pending is None or old != states.DRAFT:
            log_move(
                actor, notice, "draft" if pending is None else "return", old if pending else "", states.DRAFT
            )
        record_many([drafted(actor, notice, known, stored)])
    return notice


def drafted(actor: Actor, notice: Notice, kind: kinds.NoticeKind, stored: dict[str, Any]) -> AuditDraft:
    """What the log says of a draft."""
    return AuditDraft(
        actor=actor,
        action="notices.draft_notice",
        summary=f"起草{kind.label}：{notice.title}",
        obj=notice,
        after={"标题": notice.title, "内容摘要": digest(stored)},
    )


def completed(
    content: model.NoticeContent,
    poster: model.PosterContent | None,
    kind: kinds.NoticeKind,
    profile: IssuerProfile,
) -> tuple[model.NoticeContent, model.PosterContent | None]:
    """Signer and place of objection from the issuer's profile where the content leaves them open."""
    place = objection_place(profile) if kind.objection_workdays else None
    content = replace(content, signer=content.signer or profile.signer, objection=content.objection or place)
    if poster is not None:
        poster = replace(poster, signer=poster.signer or profile.signer, objection=poster.objection or place)
    return content, poster


def already(published: Notice, stored: dict[str, Any]) -> Notice:
    frozen = published.snapshot.document
    if all(_substance(frozen[part]) == _substance(stored[part]) for part in ("content", "poster")):
        return published
    raise ConflictError(f"这个事项已经以{published.number}发布，内容要改请发更正公示")


def _substance(part: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what the issuer's profile fills in: another telephone since then makes it no other notice."""
    return part and {name: value for name, value in part.items() if name not in ("signer", "objection")}


def require_printable(content: model.NoticeContent, poster: model.PosterContent | None) -> GlyphReport:
    """Returns which characters other faces set.

    Raises InputError with every fault: missing parts, ragged tables, characters that no shipped font has."""
    problems = list(model.validate(content))
    pieces = list(model.texts(content))
    if poster:
        problems += model.validate_poster(poster)
        pieces += model.texts(poster)
    if unsafe("\n".join(pieces)):  # once over everything; only then piece by piece
        problems += [
            Problem(f"{why}：{piece[:20]}", column="文字")
            for piece in dict.fromkeys(pieces)
            if (why := unsafe(piece))
        ]
    glyphs = check_glyphs(pieces)
    problems += [Problem(message, column="字形") for message in glyphs.faults]
    if problems:
        raise InputError("文书还不能印出：" + "；".join(str(p) for p in problems[:5]), problems)
    return glyphs


def check_notice(*, actor: Actor, notice: Notice, comment: str = "") -> Notice:
    """Somebody has read the draft and finds it right; its required parts are checked again. Raises InputError."""
    authorize_object(actor, "notices.check_notice", notice)
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        apply_check(actor, locked, comment)
    return locked


def apply_check(actor: Actor, locked: Notice, comment: str = "") -> None:
    """The move itself, for a caller that holds the lock."""
    move = states.NOTICE_STATES.move(locked.state, "check")
    require_complete(locked)
    content, poster = pending_content(locked)
    require_printable(content, poster)
    _require_items(locked, content)
    set_state(actor, locked, move.name, move.target, comment)


def require_complete(locked: Notice) -> None:
    """Every part that its kind must have. A draft from before anybody could be called takes the telephone of today.

    Raises InputError with everything missing.
    """
    content, poster = pending_content(locked)
    kind = kinds.get(locked.kind)
    if kind.objection_workdays and not (content.objection and content.objection.telephone):
        place = objection_place(issuer_profile(township=locked.township, village=locked.village))
        content = replace(content, objection=place)
        poster = replace(poster, objection=place) if poster else None
        locked.draft = {
            **(locked.draft or {}),
            "content": model.to_json(content),
            "poster": model.to_json(poster) if poster else None,
        }
        locked.save(update_fields=["draft"])
    require_parts(
        locked.kind, content, withdrawal=locked.corrects_id is not None and locked.effect == "withdraw"
    )
    if kinds.written_by_hand(locked.kind) and locked.village is not None:
        _require_no_minors(locked.village, content)


def _require_no_minors(village: Village, content: model.NoticeContent) -> None:
    """What somebody wrote by hand names no minor of the village (documents.md). Raises InputError."""
    problem = look_up(content, village, timezone.localdate()).problem
    if problem is not None:
        raise InputError(f"公示内容不合规定：{problem.message}", [problem])


def return_notice(*, actor: Actor, notice: Notice, comment: str) -> Notice:
    """Send a checked draft back; the reason is required."""
    authorize_object(actor, "notices.check_notice", notice)
    if not comment.strip():
        raise RuleError("退回修改必须写明原因")
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        move = states.NOTICE_STATES.move(locked.state, "return")
        set_state(actor, locked, move.name, move.target, comment)
    return locked


def require_parts(kind: str, content: model.NoticeContent, *, withdrawal: bool = False) -> None:
    """What must stand on a notice of this kind (documents.md, NTC-1). Raises InputError with everything missing."""
    required = kinds.get(kind).required
    if withdrawal:  # it takes back, and decides nothing new: only whoever objects to that must know where
        required = tuple(part for part in required if part == OBJECTION)
    missing = missing_parts(content, required)
    if missing:
        raise InputError("公示内容不完整：" + "；".join(p.message for p in missing), missing)


def _require_items(notice: Notice, content: model.NoticeContent) -> None:
    """A disclosure counts for every item that it was drafted for: each needs its heading, with something below it."""
    if not kinds.get(notice.kind).disclosure:
        return
    names = notice.disclosures.order_by("pk").values_list("item__name", flat=True)
    missing = missing_parts(content, [section(name) for name in names])
    if missing:
        raise InputError("公示内容不完整：" + "；".join(p.message for p in missing), missing)


def pending_content(notice: Notice) -> tuple[model.NoticeContent, model.PosterContent | None]:
    """The draft as values."""
    stored = notice.draft or {}
    poster = stored.get("poster")
    return model.from_json(stored["content"]), model.poster_from_json(poster) if poster else None


def set_state(actor: Actor, notice: Notice, name: str, target: str, comment: str = "") -> None:
    """Move a locked notice: its state, the transition row, the audit event."""
    source, notice.state = notice.state, target
    notice.save(update_fields=["state"])
    tell_move(actor, notice, name, source, target, comment)


def tell_move(actor: Actor, notice: Notice, name: str, source: str, target: str, comment: str = "") -> None:
    """The transition row and the audit event of a move that is already saved."""
    log_move(actor, notice, name, source, target, comment)
    record_many([moved(actor, notice, name, source, target, comment)])


def moved(actor: Actor, notice: Notice, name: str, source: str, target: str, comment: str = "") -> AuditDraft:
    """What the log says of a move."""
    labels = states.NOTICE_STATES.states
    return AuditDraft(
        actor=actor,
        action=f"notices.{name}_notice",
        summary=f"{kinds.label_of(notice.kind)}“{notice.title[:60]}”：{labels[source]}→{labels[target]}",
        obj=notice,
        before={"状态": labels[source]},
        after={"状态": labels[target], **({"文号": notice.number} if notice.number else {})},
        comment=comment,
    )


def log_move(actor: Actor, notice: Notice, name: str, source: str, target: str, comment: str = "") -> None:
    """The transition row."""
    NoticeTransition.objects.bulk_create([transition(actor, notice, name, source, target, comment)])


def transition(
    actor: Actor, notice: Notice, name: str, source: str, target: str, comment: str = ""
) -> NoticeTransition:
    """One move, not yet written."""
    return NoticeTransition.build(
        notice=notice,
        name=name,
        source=source,
        target=target,
        actor_id=actor.audit_id,
        actor_name=actor.audit_name[:150],
        comment=comment[:500],
    )
