"""Publication: number, freeze, digest, chain, in one transaction. No gap and no double, whoever publishes at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.errors import RuleError
from cogov.workcalendar.selectors import load_calendar
from notices import kinds, rules, states
from notices.models import ChainHead, Notice, NoticeSnapshot, NumberSeries
from notices.printing import content as model
from notices.printing.faces import check_glyphs
from notices.printing.qr import check_code, verify_token
from notices.services.drafting import apply_check, set_state, tell_move
from notices.services.issuers import issuer_profile

SUPERSEDE, WITHDRAW = "supersede", "withdraw"


def publish_notice(*, actor: Actor, notice: Notice, comment: str = "") -> Notice:
    """Publish a draft: its content is numbered, frozen, digested and chained.

    A draft that nobody has checked is checked here first. A person cannot publish what he drafted.
    Raises RuleError, InputError (content), TransitionError, CalendarUnknown (holidays of a year not published).
    """
    authorize_object(actor, "notices.publish_notice", notice)
    with transaction.atomic():
        chain = _lock_chain(notice.issuer_code)
        locked = (
            Notice.objects.select_for_update(of=("self",))
            .select_related("township", "village", "village__township", "corrects")
            .get(pk=notice.pk)
        )
        _require_second_person(actor, locked)
        if locked.state == states.DRAFT:
            apply_check(actor, locked)
        move = states.NOTICE_STATES.move(locked.state, "publish")
        now = timezone.now()
        today = timezone.localdate(now)
        document = _numbered_document(locked, today)
        _replace_corrected(actor, locked)
        frozen = _freeze(locked, chain, document)
        locked.published_at, locked.published_by_id, locked.draft = now, actor.pk, None
        locked.check_code, locked.verify_token = (
            check_code(frozen.content_digest),
            verify_token(frozen.content_digest),
        )
        locked.publicity_start = _day(document["publicity_start"])
        locked.publicity_end = _day(document["publicity_end"])
        locked.posting_until = _day(document["posting_until"])
        source, locked.state = locked.state, move.target
        locked.save()
        tell_move(actor, locked, move.name, source, move.target, comment)
        record(
            actor=actor,
            action="notices.freeze_notice",
            summary=f"{locked.number} 内容存档，公示链第{frozen.position}份",
            obj=locked,
            after={
                "文号": locked.number,
                "内容摘要": frozen.content_digest,
                "链首": frozen.chain_digest,
                **_rare_characters(document),
            },
        )
    return locked


def _rare_characters(document: dict[str, Any]) -> dict[str, str]:
    """Characters that 仿宋 lacks and the face that sets them; kept with the record of publication (NTC-3)."""
    report = check_glyphs(model.texts(model.from_json(document["content"])))
    used = "、".join(f"{char}（{label}）" for char, label in report.fallbacks)
    return {"改用字体的字": used} if used else {}


def _lock_chain(code: str) -> ChainHead:
    """The issuer's one lock: number and chain are counted up under it."""
    ChainHead.objects.get_or_create(code=code)
    return ChainHead.objects.select_for_update().get(code=code)


def _require_second_person(actor: Actor, notice: Notice) -> None:
    if actor.pk is not None and notice.drafted_by_id == actor.pk:
        raise RuleError("起草人不能发布自己起草的文书，请另一位有权限的同志发布")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _numbered_document(notice: Notice, today: date) -> dict[str, Any]:
    kind = kinds.get(notice.kind)
    profile = issuer_profile(township=notice.township, village=notice.village)
    series = kind.series_village if notice.village_id else kind.series_township
    terms = notice.terms
    when = rules.periods(terms, today, load_calendar())
    counter, _ = NumberSeries.objects.get_or_create(code=notice.issuer_code, year=today.year, series=series)
    counter = NumberSeries.objects.select_for_update().get(pk=counter.pk)
    counter.last += 1
    counter.save(update_fields=["last"])
    notice.year, notice.series, notice.serial = today.year, series, counter.last
    notice.number = rules.number_text(profile.prefix, series, today.year, counter.last)
    stored = notice.draft or {}
    return rules.document(
        kind=notice.kind,
        number=notice.number,
        issuer=rules.Issuer(
            notice.issuer_code, notice.issuer_name, profile.heading, profile.prefix, profile.seal
        ),
        period=notice.period,
        subject=notice.subject_key,
        content=stored["content"],
        poster=stored.get("poster"),
        when=when,
        terms=terms,
        corrects=notice.corrects.number if notice.corrects else "",
        effect=notice.effect,
    )


def _replace_corrected(actor: Actor, notice: Notice) -> None:
    """The corrected notice goes in the moment its correction is published, and never otherwise."""
    if notice.corrects_id is None:
        return
    old = Notice.objects.select_for_update().get(pk=notice.corrects_id)
    move = states.NOTICE_STATES.move(old.state, notice.effect or SUPERSEDE)
    set_state(actor, old, move.name, move.target, f"见{notice.number}")


def _freeze(notice: Notice, chain: ChainHead, document: dict[str, Any]) -> NoticeSnapshot:
    content_digest = digest(document)
    position = chain.position + 1
    head = rules.chain_digest(chain.head, content_digest, position)
    path = reverse("notices:verify_token", args=[verify_token(content_digest)])
    frozen = NoticeSnapshot.build(
        notice=notice,
        chain_code=chain.code,
        position=position,
        document=document,
        content_digest=content_digest,
        previous_chain=chain.head,
        chain_digest=head,
        verify_url=f"{settings.COGOV_PUBLIC_URL.rstrip('/')}{path}",
    )
    frozen.save()
    chain.position, chain.head = position, head
    chain.save(update_fields=["position", "head"])
    return frozen
