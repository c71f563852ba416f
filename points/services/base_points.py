"""The base score that every holder of points begins the year with, where the rules give one (PNT-8)."""

from __future__ import annotations

from cogov.common.periods import Period
from points.models import PointsEntry
from points.rules import EntryKind
from points.selectors.holders import holders, kind_of, wording_of
from points.selectors.rules import rule_set_on
from points.services.ledger import Posting
from villages.models import Village


def source_of(year: int, household_id: int) -> str:
    """The business key: one base score a household and year, whatever version of the rules gives it."""
    return f"base:{year}:{household_id}"


def base_postings(village: Village, period: Period) -> list[Posting]:
    """What the month's posting has to add: holders of the kind in force that have no base score this year.

    The caller holds the village's books. Who joins later in the year gets it with that month's posting.
    """
    rule_set = rule_set_on(village, period.end)
    if rule_set is None or not rule_set.base_points:
        return []
    homes = holders(village, kind_of(rule_set))
    given = PointsEntry.objects.filter(
        village=village, kind=EntryKind.BASE, source__startswith=f"base:{period.year}:"
    )
    known = set(given.values_list("source", flat=True))
    each = wording_of(rule_set).each
    wanted = {pk: source_of(period.year, pk) for pk in homes.order_by("pk").values_list("pk", flat=True)}
    return [
        Posting(
            household_id=pk,
            kind=EntryKind.BASE,
            points=rule_set.base_points,
            source=source,
            reason=f"{period.year}年每{each}基础分 {rule_set.base_points} 分（{rule_set}）",
            occurred_on=period.start,
            for_period=period.key,
            actor_name="系统",
        )
        for pk, source in wanted.items()
        if source not in known
    ]
