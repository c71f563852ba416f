"""What a household may claim itself, and what became of its claims (PNT-2)."""

from __future__ import annotations

from datetime import date

from points.models import PointsRecord, PointsRule, RecordSource
from points.selectors.holders import kind_of, public_name, refusal
from points.selectors.rules import rules_on
from villages.models import Household, HouseholdKind

SHOWN = 20
_OTHER_CARD = {
    HouseholdKind.FAMILY: "村里的积分现在记给家庭户，请用您家的户卡申报。",
    HouseholdKind.PERSON: "村里的积分现在记给个人，请用您本人的卡申报；孩子做的好事用户主的卡。还没有卡的，请找村干部办。",
    HouseholdKind.COLLECTIVE: "村里的积分现在记给村民小组，请组长用小组的卡申报。",
}


def claimable_rules(household: Household, day: date) -> list[PointsRule]:
    """The rules in force under which this household, person or group may claim, in their order (PNT-8)."""
    rules = [rule for rule in rules_on(household.village, day) if rule.claimable]
    return [] if rules and refusal(household, rules[0].rule_set, day) else rules


def claim_refusal(household: Household, day: date) -> str:
    """Why this card can claim nothing where others can, said to whoever holds it; "" when the rules just have nothing
    to claim."""
    rule = next((rule for rule in rules_on(household.village, day) if rule.claimable), None)
    if rule is None:
        return ""
    kind = kind_of(rule.rule_set)
    if household.kind != kind:
        return _OTHER_CARD[kind]
    return without_name(refusal(household, rule.rule_set, day), household)


def without_name(text: str, household: Household) -> str:
    """A refusal of a service as it may stand on a screen that others see: the name masked."""
    return text.replace(household.head_name, public_name(household)) if household.head_name else text


def claims_of(household: Household) -> list[PointsRecord]:
    """The household's newest claims."""
    rows = PointsRecord.objects.filter(household=household, source=RecordSource.CLAIM)
    return list(rows.select_related("rule__rule_set").order_by("-id")[:SHOWN])
