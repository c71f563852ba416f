"""Publication: number, freeze, digest, chain, in one transaction. No gap and no double, whoever publishes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import AuditDraft, record_many
from cogov.common.canonical import digest
from cogov.common.errors import ConflictError, RuleError
from cogov.workcalendar.selectors import load_calendar
from notices import kinds, rules, states
from notices.models import ChainHead, IssuerProfile, Notice, NoticeSnapshot, NumberSeries
from notices.printing import content as model
from notices.printing.faces import check_glyphs
from notices.printing.qr import check_code, verify_token
from notices.services.drafting import apply_check, require_complete, set_state, tell_move
from notices.services.issuers import issuer_profile

SUPERSEDE, WITHDRAW = "supersede", "withdraw"
ONE_PERSON = "起草人不能发布自己起草的文书，请另一位有权限的同志发布"


def publish_notice(*, actor: Actor, notice: Notice, comment: str = "") -> Notice:
    """Publish a draft: its content is numbered, frozen, digested and chained.

    A draft that nobody has checked is checked here first. A person cannot publish what he drafted.
    Raises RuleError, InputError (content), TransitionError, CalendarUnknown (holidays of a year not published),
    ConflictError for a number that another issuer of the township has given.
    """
    authorize_object(actor, "notices.publish_notice", notice)
    with published_once(), transaction.atomic():
        chain = lock_chain(notice.issuer_code)
        locked = (
            Notice.objects.select_for_update(of=("self",))
            .select_related("township", "village", "village__township", "corrects")
            .get(pk=notice.pk)
        )
        _require_second_person(actor, locked)
        if locked.state == states.DRAFT:
            apply_check(actor, locked)
        elif locked.state == states.CHECKED:
            require_complete(locked)
        move = states.NOTICE_STATES.move(locked.state, "publish")
        now = timezone.now()
        profile = issuer_profile(township=locked.township, village=locked.village)
        document = numbered_document(locked, locked.draft or {}, profile, timezone.localdate(now))
        _replace_corrected(actor, locked)
        source, locked.state = locked.state, move.target
        mark_public(actor, locked, document, now)
        locked.save()
        frozen = freeze(locked, chain, document)
        tell_move(actor, locked, move.name, source, move.target, comment)
        rare = check_glyphs(model.texts(model.from_json(document["content"]))).fallbacks
        record_many([frozen_draft(actor, locked, frozen, rare)])
    return locked


@contextmanager
def published_once() -> Iterator[None]:
    """Words for what the database refuses: two issuers under one prefix, or the same subject published meanwhile."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            "没有发布：文号与本乡镇已有的文书相同，或者这个事项刚刚发布；请核对发文机关的机关代字后重试"
        ) from error


def mark_public(actor: Actor, notice: Notice, document: dict[str, Any], now: datetime) -> None:
    """What a notice carries of its publication; the caller saves."""
    content_digest = digest(document)
    notice.published_at, notice.published_by_id, notice.draft = now, actor.pk, None
    notice.check_code, notice.verify_token = check_code(content_digest), verify_token(content_digest)
    notice.publicity_start = _day(document["publicity_start"])
    notice.publicity_end = _day(document["publicity_end"])
    notice.posting_until = _day(document["posting_until"])


def frozen_draft(
    actor: Actor, notice: Notice, frozen: NoticeSnapshot, fallbacks: Iterable[tuple[str, str]]
) -> AuditDraft:
    """What the log says of a frozen content; rare characters with the face that sets them (NTC-3)."""
    used = "、".join(f"{char}（{label}）" for char, label in fallbacks)
    return AuditDraft(
        actor=actor,
        action="notices.freeze_notice",
        summary=f"{notice.number} 内容存档，公示链第{frozen.position}份",
        obj=notice,
        after={
            "文号": notice.number,
            "内容摘要": frozen.content_digest,
            "链首": frozen.chain_digest,
            **({"改用字体的字": used} if used else {}),
        },
    )


def lock_chain(code: str) -> ChainHead:
    """The issuer's one lock: number and chain are counted up under it."""
    locked = ChainHead.objects.select_for_update()
    chain = locked.filter(code=code).first()
    if chain is None:
        ChainHead.objects.get_or_create(code=code)
        chain = locked.get(code=code)
    return chain


def _next_serial(code: str, year: int, series: str) -> int:
    """Counted up under the lock of the issuer's chain."""
    ours = NumberSeries.objects.filter(code=code, year=year, series=series)
    if not ours.update(last=F("last") + 1):
        NumberSeries.objects.create(code=code, year=year, series=series, last=1)
        return 1
    return int(ours.values_list("last", flat=True).get())


def _require_second_person(actor: Actor, notice: Notice) -> None:
    if actor.pk is not None and notice.drafted_by_id == actor.pk:
        raise RuleError(ONE_PERSON)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def numbered_document(
    notice: Notice, stored: dict[str, Any], profile: IssuerProfile, today: date
) -> dict[str, Any]:
    """Give the notice the next number of its series, and set what will be frozen."""
    kind, terms = kinds.get(notice.kind), notice.terms
    series = kind.series_village if notice.village_id else kind.series_township
    when = rules.periods(terms, today, load_calendar())
    notice.year, notice.series = today.year, series
    notice.serial = _next_serial(notice.issuer_code, today.year, series)
    notice.number = rules.number_text(profile.prefix, series, today.year, notice.serial)
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


def freeze(notice: Notice, chain: ChainHead, document: dict[str, Any]) -> NoticeSnapshot:
    """Write the snapshot of a saved notice, as the next of its issuer's chain."""
    content_digest = digest(document)
    position = chain.position + 1
    head = rules.chain_digest(chain.head, content_digest, position)
    path = reverse("notices:verify_token", args=[notice.verify_token])
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
    NoticeSnapshot.objects.bulk_create([frozen])
    chain.position, chain.head = position, head
    chain.save(update_fields=["position", "head"])
    return frozen
