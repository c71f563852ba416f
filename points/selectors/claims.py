"""What a household may claim itself, and what became of its claims (PNT-2)."""

from __future__ import annotations

from datetime import date

from points.models import PointsRecord, PointsRule, RecordSource
from points.selectors.holders import refusal
from points.selectors.rules import rules_on
from villages.models import Household

SHOWN = 20


def claimable_rules(household: Household, day: date) -> list[PointsRule]:
    """The rules in force under which this household, person or group may claim, in their order (PNT-8)."""
    rules = [rule for rule in rules_on(household.village, day) if rule.claimable]
    return [] if rules and refusal(household, rules[0].rule_set, day) else rules


def claim_refusal(household: Household, day: date) -> str:
    """Why this card can claim nothing where others can; "" when the rules just have nothing to claim."""
    rules = rules_on(household.village, day)
    return next((refusal(household, rule.rule_set, day) for rule in rules if rule.claimable), "")


def claims_of(household: Household) -> list[PointsRecord]:
    """The household's newest claims."""
    rows = PointsRecord.objects.filter(household=household, source=RecordSource.CLAIM)
    return list(rows.select_related("rule__rule_set").order_by("-id")[:SHOWN])
