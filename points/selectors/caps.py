"""What has been awarded already, against which caps count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from points.models import PointsRecord
from points.rules import Used
from points.states import COUNTED


class Tally:
    """Points awarded per household, rule code and day. Rules keep their code across versions, so caps do too."""

    def __init__(self) -> None:
        self._days: defaultdict[tuple[int, str], defaultdict[date, int]] = defaultdict(
            lambda: defaultdict(int)
        )

    def add(self, household_id: int, code: str, day: date, points: int) -> None:
        self._days[household_id, code][day] += points

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
    codes = sorted({record.rule.code for record in rows})
    own = {record.pk for record in rows}
    for start in range(0, len(households), 2000):
        awarded = (
            PointsRecord.objects.filter(in_years, state__in=COUNTED, points__gt=0)
            .filter(household__in=households[start : start + 2000], rule__code__in=codes)
            .values_list("pk", "household_id", "rule__code", "occurred_on", "points")
        )
        for pk, household_id, code, day, points in awarded:
            if pk not in own:
                tally.add(household_id, code, day, points or 0)
    return tally
