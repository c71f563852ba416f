"""Deeds that are approved and hang on the board, or are about to, before they are posted (PNT-2, BEY-3).

Where the rules say so, the month's list comes first and the ledger follows when its publicity is over and clean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.selectors import find_notice
from notices.services.publicity_gate import gate
from points.models import PointsAccount, PointsMonth, PointsRecord, PostingRule
from points.selectors.statements import Deeds, MonthLine
from points.sheet_sections import SheetItem
from points.states import APPROVED, CONFIRMED, POSTED, REVERSED
from points.typography import chinese
from villages.models import Household, Village

BY_PUBLICITY = Q(rule__rule_set__posting=PostingRule.PUBLICITY)


def postable_deductions(today: date) -> Q:
    """Condition on records: no deduction, or one whose hearing is confirmed and whose window is over."""
    return Q(rule__sign="earn") | Q(hearing__state=CONFIRMED, hearing__reply_until__lt=today)


def pending_key(village: Village, period: Period) -> str:
    """The subject under which the list of a month's deeds is published before they are posted."""
    return f"{village.code}:{period.key}:pending"


def awaiting(village: Village) -> QuerySet[PointsRecord]:
    """Approved deeds that need publicity before posting, listed or not."""
    return PointsRecord.objects.filter(BY_PUBLICITY, village=village, state=APPROVED)


def to_list(village: Village, period: Period, today: date | None = None) -> QuerySet[PointsRecord]:
    """What the month's list has to name: approved up to its end, on no list yet, hearings of deductions over."""
    day = today or timezone.localdate()
    return awaiting(village).filter(postable_deductions(day), listed_period="", period__lte=period.key)


def listed(village: Village, period: Period) -> QuerySet[PointsRecord]:
    """What stands on the month's list and is not posted yet."""
    return awaiting(village).filter(listed_period=period.key)


def list_to_correct(village: Village, period: Period) -> Notice | None:
    """The month's list that hangs, as long as nothing on it has been posted."""
    notice = find_notice(kind=kinds.POINTS_LIST.code, subject_key=pending_key(village, period))
    return notice if notice is not None and notice.is_public and not is_posted(village, period) else None


def is_posted(village: Village, period: Period) -> bool:
    """Whether deeds of the month's list stand in the ledger; what is wrong there is reversed one by one."""
    rows = PointsRecord.objects.filter(village=village, listed_period=period.key)
    return rows.filter(state__in=(POSTED, REVERSED)).exists()


def lines_of(records: QuerySet[PointsRecord], period: Period) -> list[MonthLine]:
    """One line a household, equal deeds together, most points first; ``year_score`` is what stands in the books."""
    by_household: defaultdict[int, list[PointsRecord]] = defaultdict(list)
    rows = records.select_related("rule", "household__group", "household__head", "household__village")
    for row in rows.order_by("occurred_on", "pk"):
        by_household[row.household_id].append(row)
    accounts = PointsAccount.objects.filter(household__in=by_household, year=period.year)
    books = {row.household_id: row.year_earned - row.year_deducted for row in accounts}
    lines = [_line(deeds, period, books.get(pk, 0)) for pk, deeds in by_household.items()]
    return sorted(lines, key=lambda line: (-line.score, line.household.number))


def _line(rows: list[PointsRecord], period: Period, year_score: int) -> MonthLine:
    deeds: dict[str, Deeds] = {}
    for row in rows:
        name = row.rule.name if row.period == period.key else f"补记{int(row.period[5:])}月{row.rule.name}"
        deed = deeds.setdefault(name, Deeds(row.rule.unit, bool(row.rule.exclusive_group)))
        deed.score += row.points or 0
        deed.quantity += row.quantity
        deed.full += row.quantity * row.rule.points
    points = [row.points or 0 for row in rows]
    return MonthLine(
        household=rows[0].household,
        earned=sum(value for value in points if value > 0),
        deducted=-sum(value for value in points if value < 0),
        redeemed=0,
        score=sum(points),
        reasons=tuple(deed.text(name) for name, deed in deeds.items()),
        year_score=year_score,
    )


@dataclass(frozen=True, slots=True)
class ListState:
    """A month's list before posting: how much stands on it, and what keeps it from being posted."""

    period: Period
    records: int
    points: int
    notice: Notice | None
    reasons: tuple[str, ...]

    @property
    def clear(self) -> bool:
        return not self.reasons


def list_states(village: Village, today: date | None = None) -> list[ListState]:
    """Every list of the village with deeds that wait for posting, oldest first."""
    found = awaiting(village).exclude(listed_period="").values("listed_period").order_by("listed_period")
    rows = found.annotate(records=Count("pk"), total=Sum("points", default=0))
    return [_state(village, dict(row), today) for row in rows]


def _state(village: Village, row: dict[str, Any], today: date | None) -> ListState:
    period = Period.parse(row["listed_period"])
    result = gate(kind=kinds.POINTS_LIST.code, subject_key=pending_key(village, period), today=today)
    reasons, notice = result.reasons, result.notice
    changed = (
        PointsMonth.objects.filter(village=village, period=period.key)
        .values_list("list_outdated_at", flat=True)
        .first()
    )
    if changed and notice is not None and notice.published_at and notice.published_at <= changed:
        reasons = (*reasons, f"{notice.number}发布后有登记被退回或不予认定，须先发布更正公示")
    return ListState(period, row["records"], row["total"], notice, reasons)


def cleared_periods(village: Village, today: date | None = None) -> list[str]:
    """The months whose lists may be posted now."""
    return [state.period.key for state in list_states(village, today) if state.clear]


def postable(village: Village, today: date) -> Q:
    """Condition on approved records: may enter the ledger now."""
    return postable_deductions(today) & (~BY_PUBLICITY | Q(listed_period__in=cleared_periods(village, today)))


def pending_items(households: Sequence[Household], period: Period) -> dict[int, list[SheetItem]]:
    """Household id -> deeds of the period that are approved and wait for their publicity (BEY-9)."""
    months = [month.key for month in period.months()]
    rows = (
        PointsRecord.objects.filter(BY_PUBLICITY, state=APPROVED, period__in=months, household__in=households)
        .select_related("rule")
        .order_by("occurred_on", "pk")
    )
    found: defaultdict[int, list[SheetItem]] = defaultdict(list)
    for row in rows:
        found[row.household_id].append(
            SheetItem(row.occurred_on, chinese(row.explanation).rstrip("。"), f"{row.points or 0:+d} 分")
        )
    return found
