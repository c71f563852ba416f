"""What the system itself composes and publishes: draft, check and publication in one go.

The same moves, log and document as :func:`draft_notice` followed by :func:`publish_notice`, in a third of the
statements and with the content looked at once: a county's close publishes some seven hundred notices.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record_many
from cogov.common.errors import RuleError
from notices import states
from notices.models import Notice, NoticeTransition
from notices.services.drafting import (
    Prepared,
    already,
    draft_notice,
    drafted,
    moved,
    prepare,
    require_parts,
    transition,
)
from notices.services.publishing import (
    ONE_PERSON,
    freeze,
    frozen_draft,
    lock_chain,
    mark_public,
    numbered_document,
    publish_notice,
    published_once,
)
from notices.services.terms import terms_of


def issue_notice(*, actor: Actor, **document: Any) -> Notice:
    """Publish the document that :func:`draft_notice` would draft from the same arguments; safe to repeat.

    Only for the system: a person cannot publish what he drafted. Raises as those two do; nothing is written then.
    """
    ready = prepare(actor=actor, **document)
    authorize(actor, "notices.publish_notice", ready.code)
    if actor.pk is not None:
        raise RuleError(ONE_PERSON)
    with published_once(), transaction.atomic():
        chain = lock_chain(ready.code)
        known = _known(ready)
        if known is not None and known.is_public:
            return already(known, ready.stored)
        if known is not None:  # somebody drafted it by hand: rewritten and published the ordinary way
            return publish_notice(actor=actor, notice=draft_notice(actor=actor, **document))
        require_parts(ready.kind.code, ready.content)
        now = timezone.now()
        notice = _draft(ready)
        moves = _moves()
        events = [drafted(actor, notice, ready.kind, ready.stored), moved(actor, notice, *moves[1])]
        frozen_document = numbered_document(notice, ready.stored, ready.profile, timezone.localdate(now))
        notice.state = moves[-1][-1]
        mark_public(actor, notice, frozen_document, now)
        notice.save(force_insert=True)
        frozen = freeze(notice, chain, frozen_document)
        NoticeTransition.objects.bulk_create([transition(actor, notice, *move) for move in moves])
        events.append(moved(actor, notice, *moves[2]))
        record_many([*events, frozen_draft(actor, notice, frozen, ready.fallbacks)])
    return notice


def _moves() -> list[tuple[str, str, str]]:
    """(name, from, to) of the whole way, each allowed by the table of states."""
    way = [("draft", "", states.DRAFT)]
    for name in ("check", "publish"):
        source = way[-1][-1]
        way.append((name, source, states.NOTICE_STATES.move(source, name).target))
    return way


def _known(ready: Prepared) -> Notice | None:
    """What there is of the subject already: the published notice before a draft."""
    rows = Notice.objects.filter(
        kind=ready.kind.code, subject_key=ready.subject, state__in=(states.PUBLISHED, *states.PENDING)
    )
    return min(rows, key=lambda notice: notice.state != states.PUBLISHED, default=None)


def _draft(ready: Prepared) -> Notice:
    notice = Notice(
        kind=ready.kind.code,
        subject_key=ready.subject,
        township=ready.township,
        village=ready.village,
        period=ready.period,
        title=ready.content.title,
    )
    notice.set_terms(terms_of(ready.township, ready.kind))
    return notice
