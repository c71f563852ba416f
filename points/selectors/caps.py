"""What has been awarded already, against which caps count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from points.models import PointsRecord, PointsRule
from points.rules import Award, Used, award
from points.states import COUNTED


class Tally:
    """Points awarded per household, rule code and day. Rules keep their code across versions, so caps do too."""

    def __init__(self) -> None:
        self._days: defaultdict[tuple[int, str], defaultdict[date, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._honours: defaultdict[tuple[int, str, int], int] = defaultdict(int)

    def add(self, household_id: int, rule: PointsRule, day: date, points: int) -> None:
        self._days[household_id, rule.code][day] += points
        if rule.exclusive_group:
            self._honours[household_id, rule.exclusive_group, day.year] += points

    def honoured(self, household_id: int, rule: PointsRule, day: date) -> int | None:
        """Points of this year for honours of the rule's kind; None when the rule is no such honour."""
        if not rule.exclusive_group:
            return None
        return self._honours[household_id, rule.exclusive_group, day.year]

    def award(self, household_id: int, rule: PointsRule, day: date, quantity: int) -> Award:
        """What the deed gives after all that was added, and add it."""
        result = award(
            rule.terms,
            quantity,
            self.used(household_id, rule.code, day),
            self.honoured(household_id, rule, day),
        )
        if result.points > 0:
            self.add(household_id, rule, day, result.points)
        return result

    def used(self, household_id: int, code: str, day: date) -> Used:
        """Awarded on the day, in its month and in its year."""
        year = month = own = 0
        for other, points in self._days[household_id, code].items():
            if other.year != day.year:
                continue
            year += points
            if other.month == day.month:
                month += points
                own += points if other == day else 0
        return Used(own, month, year)


def tally_for(records: Iterable[PointsRecord]) -> Tally:
    """Everything awarded to these records' households under their rules in their years, themselves left out."""
    rows = [record for record in records if not record.rule.deducts]
    tally = Tally()
    if not rows:
        return tally
    years = {record.occurred_on.year for record in rows}
    in_years = Q()
    for year in sorted(years):
        in_years |= Q(occurred_on__range=(date(year, 1, 1), date(year, 12, 31)))
    households = sorted({record.household_id for record in rows})
    alike = Q(rule__code__in=sorted({record.rule.code for record in rows}))
    honours = sorted({record.rule.exclusive_group for record in rows if record.rule.exclusive_group})
    if honours:
        alike |= Q(rule__exclusive_group__in=honours)
    own = {record.pk for record in rows}
    for start in range(0, len(households), 2000):
        awarded = (
            PointsRecord.objects.filter(in_years, state__in=COUNTED, points__gt=0)
            .filter(alike, household__in=households[start : start + 2000])
            .select_related("rule")
            .only("household_id", "occurred_on", "points", "rule__code", "rule__exclusive_group")
        )
        for row in awarded.iterator(chunk_size=2000):
            if row.pk not in own:
                tally.add(row.household_id, row.rule, row.occurred_on, row.points or 0)
    return tally
