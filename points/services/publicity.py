"""The month's list before the ledger: published, objected to, and only then posted (PNT-2, BEY-3)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.common.errors import CogovError, RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.printing.content import NoticeContent
from notices.selectors import find_notice
from notices.services import draft_correction, issue_notice
from points import documents
from points.models import PointsMonth, PointsRecord
from points.selectors import pending
from points.selectors.figures import active_holders
from points.selectors.rules import rule_set_on
from points.selectors.statements import MonthLine
from points.services.locks import own_books
from points.services.posting import MonthResult, post_month
from points.states import APPROVED
from villages.models import Village

_log = logging.getLogger(__name__)


def _content(village: Village, period: Period, lines: Sequence[MonthLine]) -> NoticeContent:
    return documents.pending_content(
        village=village,
        period=period,
        lines=lines,
        households=active_holders([village.code], period.end),
        rule_set=rule_set_on(village, period.end),
    )


def publish_pending_list(*, actor: Actor, village: Village, period: Period) -> Notice | None:
    """Publish the list of what the month brought and mark its deeds as listed; None when there is nothing to list.

    The list that hangs already stays as it is; what is approved later goes on the next month's. Raises AccessDenied.
    """
    authorize(actor, "points.post_points", village.code)
    key = pending.pending_key(village, period)
    with transaction.atomic():
        own_books(village.pk)
        known = find_notice(kind=kinds.POINTS_LIST.code, subject_key=key)
        if known is not None and known.is_public:
            return known
        rows = pending.to_list(village, period)
        ids = list(rows.values_list("pk", flat=True))
        if not ids:
            return None
        notice = issue_notice(
            actor=actor,
            kind=kinds.POINTS_LIST.code,
            content=_content(village, period, pending.lines_of(rows, period)),
            village=village,
            period=period,
            subject_key=key,
        )
        PointsRecord.objects.filter(pk__in=ids).update(listed_period=period.key)
    return notice


def post_cleared(*, actor: Actor, village: Village) -> MonthResult:
    """Post every listed deed whose publicity is over and clean, into the books of the running month.

    Safe to repeat. Raises AccessDenied, ConflictError.
    """
    authorize(actor, "points.post_points", village.code)
    period = Period.month_of(timezone.localdate())
    if not pending.cleared_periods(village):
        return MonthResult(period.key)
    return post_month(actor=actor, village=village, period=period)


def post_all_cleared(*, actor: Actor) -> dict[str, int]:
    """:func:`post_cleared` for every village with a list; village code -> entries. One that fails stops no other."""
    done: dict[str, int] = {}
    listed = PointsRecord.objects.filter(state=APPROVED).exclude(listed_period="")
    for village in Village.objects.filter(pk__in=listed.values("village")).order_by("code"):
        try:
            done[village.code] = post_cleared(actor=actor, village=village).posted
        except CogovError as error:
            _log.warning("lists of %s are not posted: %s", village.code, error.message)
    return done


def mark_outdated(rows: Iterable[PointsRecord]) -> None:
    """Deeds left the approved ones: whoever stood on a list that hangs makes it wrong until it is corrected.

    Called in the transaction of the decision. Approved again, the deed goes on the next list.
    """
    now = timezone.now()
    places = {(row.village_id, row.listed_period) for row in rows if row.listed_period}
    for village_id, period in sorted(places):
        PointsMonth.objects.get_or_create(village_id=village_id, period=period)
        PointsMonth.objects.filter(village_id=village_id, period=period).update(list_outdated_at=now)
    PointsRecord.objects.filter(pk__in=[row.pk for row in rows if row.listed_period]).update(listed_period="")


def correct_pending_list(*, actor: Actor, village: Village, period: Period, reason: str) -> Notice:
    """Draft the correction of the list that hangs from what is still approved; somebody else publishes it.

    Its publicity period starts anew. Raises AccessDenied, RuleError.
    """
    authorize(actor, "points.post_points", village.code)
    with transaction.atomic():
        own_books(village.pk)
        known = find_notice(kind=kinds.POINTS_LIST.code, subject_key=pending.pending_key(village, period))
        if known is None or not known.is_public:
            raise RuleError(f"{village}{period.label}没有正在公示的拟入账积分")
        if pending.is_posted(village, period):
            raise RuleError(f"{village}{period.label}公示的积分已经入账，弄错的一笔请到积分流水里冲正")
        lines = pending.lines_of(pending.listed(village, period), period)
        notice = draft_correction(
            actor=actor, notice=known, content=_content(village, period, lines), reason=reason
        )
        audit(
            actor=actor,
            action="points.correct_list",
            summary=f"按现有登记更正{village}{period.label}拟入账积分公示：{len(lines)} 户",
            obj=known,
            comment=reason,
        )
    return notice
