"""Trial run (试算, BEY-11): what a draft rule set would have given for the deeds of past months."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils import timezone

from cogov.common.periods import Period
from points.models import PointsEntry, PointsRecord, PointsRule, PointsRuleSet
from points.rules import EntryKind
from points.selectors.caps import Tally
from points.selectors.figures import place_filter
from points.selectors.holders import adults_in, kind_of, kind_on, wording_of
from points.states import COUNTED
from villages.models import Household, HouseholdKind, HouseholdState, VillageGroup

BASE = "基础分"


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """One rule, by its code: points as they were given and as the draft would give them."""

    code: str
    name: str
    records: int
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class HouseholdTrial:
    """One household whose sum would differ."""

    household: Household
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Trial:
    """The result: per rule, who gains and who loses most, and what it costs in points."""

    months: tuple[Period, ...]
    records: int
    before: int
    after: int
    rules: list[RuleTrial]
    gainers: list[HouseholdTrial]
    losers: list[HouseholdTrial]
    gaining: int
    losing: int

    @property
    def change(self) -> int:
        return self.after - self.before


def _deeds(rule_set: PointsRuleSet, months: tuple[Period, ...]) -> QuerySet[PointsRecord]:
    rows = PointsRecord.objects.filter(
        state__in=COUNTED, period__gte=months[0].key, period__lte=months[-1].key
    )
    if rule_set.village_id is not None:
        rows = rows.filter(village=rule_set.village_id)
    else:
        rows = rows.filter(village__township=rule_set.township_id)
    return rows.select_related("rule").order_by("occurred_on", "pk")


def _base_lines(rule_set: PointsRuleSet, months: tuple[Period, ...]) -> list[RuleTrial]:
    """The base score as a line of its own: the same for everybody, so that nobody gains or loses by it."""
    village, township = rule_set.village, rule_set.township
    code = village.code if village is not None else township.code
    given = PointsEntry.objects.filter(
        place_filter(code), kind=EntryKind.BASE, period__gte=months[0].key, period__lte=months[-1].key
    )
    before = given.aggregate(total=Sum("score", default=0))["total"]
    households, years = _expected(rule_set, code), len({month.year for month in months})
    after = rule_set.base_points * households * years
    if not before and not after:
        return []
    each = wording_of(rule_set).each
    label = f"每{each}每年基础分（各{each}相同，不计入增减{each}数）"
    return [RuleTrial(BASE, label, households, before, after)]


def _expected(rule_set: PointsRuleSet, code: str) -> int:
    """How many would hold points under the rule set: families, adults or groups (PNT-8)."""
    kind = kind_of(rule_set)
    if kind == HouseholdKind.PERSON:
        return adults_in(place_filter(code, "household__village"), timezone.localdate()).count()
    if kind == HouseholdKind.COLLECTIVE:
        return VillageGroup.objects.filter(place_filter(code)).count()
    return Household.objects.filter(place_filter(code)).exclude(state=HouseholdState.CANCELLED).count()


def changes_holder(rule_set: PointsRuleSet) -> bool:
    """Whether the rule set gives points to others than the village's version in force."""
    village = rule_set.village
    return village is not None and kind_of(rule_set) != kind_on(village, timezone.localdate())


def try_out(rule_set: PointsRuleSet, first: Period, last: Period, *, most: int = 10) -> Trial:
    """Replay the approved deeds of ``first``..``last`` under ``rule_set``; nothing is written.

    Rules are matched by code. A deed whose rule the draft does not have would give nothing. Caps start empty, so that
    the result can be repeated by hand.
    """
    months = [first]
    while months[-1] < last:
        months.append(months[-1].next())
    drafted: dict[str, PointsRule] = {rule.code: rule for rule in rule_set.rules.all()}
    tally = Tally()
    by_rule: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    by_home: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    names: dict[str, str] = {}
    for deed in _deeds(rule_set, tuple(months)).iterator(chunk_size=2000):
        rule = drafted.get(deed.rule.code)
        before = deed.points or 0
        after = (
            tally.award(deed.household_id, rule, deed.occurred_on, deed.quantity).points
            if rule is not None
            else 0
        )
        names[deed.rule.code] = rule.name if rule is not None else f"{deed.rule.name}（新细则没有这一项）"
        line = by_rule[deed.rule.code]
        line[0], line[1], line[2] = line[0] + 1, line[1] + before, line[2] + after
        home = by_home[deed.household_id]
        home[0], home[1] = home[0] + before, home[1] + after
    differing = sorted(
        ((after - before, pk) for pk, (before, after) in by_home.items() if after != before),
        key=lambda pair: (-pair[0], pair[1]),
    )
    up = [pk for change, pk in differing if change > 0]
    down = [pk for change, pk in reversed(differing) if change < 0]
    homes = {
        home.pk: home
        for home in Household.holders.filter(pk__in=[*up[:most], *down[:most]]).select_related(
            "village", "group"
        )
    }
    lines = _base_lines(rule_set, tuple(months))
    lines += [
        RuleTrial(code, names[code], *by_rule[code])  # records, before, after
        for code in sorted(by_rule)
    ]
    return Trial(
        months=tuple(months),
        records=sum(line.records for line in lines if line.code != BASE),
        before=sum(line.before for line in lines),
        after=sum(line.after for line in lines),
        rules=lines,
        gainers=[HouseholdTrial(homes[pk], *by_home[pk]) for pk in up[:most]],
        losers=[HouseholdTrial(homes[pk], *by_home[pk]) for pk in down[:most]],
        gaining=len(up),
        losing=len(down),
    )
