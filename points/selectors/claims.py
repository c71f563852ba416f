"""What a household may claim itself, and what became of its claims (PNT-2)."""

from __future__ import annotations

from datetime import date

from points.models import PointsRecord, PointsRule, RecordSource
from points.selectors.rules import rules_on
from villages.models import Household, Village

SHOWN = 20


def claimable_rules(village: Village, day: date) -> list[PointsRule]:
    """The rules in force under which households may claim, in their order."""
    return [rule for rule in rules_on(village, day) if rule.claimable]


def claims_of(household: Household) -> list[PointsRecord]:
    """The household's newest claims."""
    rows = PointsRecord.objects.filter(household=household, source=RecordSource.CLAIM)
    return list(rows.select_related("rule__rule_set").order_by("-id")[:SHOWN])
