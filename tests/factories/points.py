"""Rules, records and people of the points system."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from cogov.access.models import User
from cogov.access.roles import Role
from points.models import PointsRecord, PointsRule, PointsRuleSet
from points.services.recording import record_points
from points.services.review import review_record
from points.services.rulesets import add_rules, draft_rule_set, publish_rule_set
from tests.factories.access import user_with
from tests.factories.villages import HouseholdFactory, VillageFactory, VillageGroupFactory
from tests.support.worlds import kept
from villages.models import Household, Village, VillageGroup

RULES: tuple[dict[str, Any], ...] = (
    {"code": "E01", "category": "environment", "name": "打扫公共巷道", "unit": "次", "points": 5, "cap_month": 20},
    {"code": "L01", "category": "labour", "name": "修路投工", "unit": "工日", "points": 20},
    {"code": "V01", "category": "volunteer", "name": "照看老人", "unit": "次", "points": 5, "cap_day": 5, "cap_year": 40},
    {"code": "D01", "category": "environment", "name": "乱倒垃圾", "unit": "次", "points": 5, "sign": "deduct"},
)  # fmt: skip


def published_rules(
    village: Village,
    *,
    drafter: User,
    publisher: User,
    rules: tuple[dict[str, Any], ...] = RULES,
    effective_from: dt.date = dt.date(2026, 1, 1),
) -> PointsRuleSet:
    """A rule set in force."""
    draft = draft_rule_set(
        actor=drafter,
        township=village.township,
        village=village,
        title=f"{village}积分制管理细则",
        effective_from=effective_from,
        resolution="2025年12月20日村民代表会议决议",
        resolved_on=min(dt.date(2025, 12, 20), effective_from),
        covenant=f"{village}村规民约第八条",
    )
    add_rules(actor=drafter, rule_set=draft, rules=rules)
    return publish_rule_set(actor=publisher, rule_set=draft)


@dataclass
class Setting:
    """A village with two cadres, a secretary, rules in force and households in two groups."""

    village: Village
    cadre: User
    other: User
    secretary: User
    rule_set: PointsRuleSet
    groups: list[VillageGroup]
    households: list[Household]
    rules: dict[str, PointsRule] = field(default_factory=dict)

    def record(self, index: int = 0, code: str = "L01", quantity: int = 1, **fields: Any) -> PointsRecord:
        """A submitted record of the ``index``-th household by the cadre."""
        fields.setdefault("occurred_on", dt.date(2026, 10, 12))
        return record_points(
            actor=fields.pop("actor", self.cadre),
            household=self.households[index],
            rule=self.rules[code],
            quantity=quantity,
            **fields,
        )

    def approved(self, index: int = 0, code: str = "L01", quantity: int = 1, **fields: Any) -> PointsRecord:
        """The same, approved by the secretary."""
        row = self.record(index, code, quantity, **fields)
        return review_record(actor=self.secretary, record=row, decision="approve")


@kept
def setting(households: int = 4, groups: int = 2) -> Setting:
    """Everything that points need; the clock should stand after 2026-10-12."""
    village = VillageFactory(name="板坑村", township__name="沙坪镇")
    cadre = user_with(Role.VILLAGE_CADRE, village.code, full_name="陈干事")
    other = user_with(Role.VILLAGE_CADRE, village.code, full_name="刘干事")
    secretary = user_with(Role.VILLAGE_SECRETARY, village.code, full_name="王书记")
    rule_set = published_rules(village, drafter=cadre, publisher=secretary)
    group_rows = [VillageGroupFactory(village=village) for _ in range(groups)]
    homes = [HouseholdFactory(group=group_rows[n % groups], number=f"{n + 1:03d}") for n in range(households)]
    return Setting(
        village,
        cadre,
        other,
        secretary,
        rule_set,
        group_rows,
        homes,
        {rule.code: rule for rule in rule_set.rules.select_related("rule_set")},
    )


def later_version(
    place: Setting, effective_from: dt.date = dt.date(2026, 10, 1), **fields: Any
) -> PointsRuleSet:
    """The rules anew, published and taken into the setting; ``fields`` differ from the version before."""
    draft = draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title=place.rule_set.title,
        effective_from=effective_from,
        copy_from=place.rule_set,
        resolution="2026年9月20日村民代表会议决议",
        resolved_on=dt.date(2026, 9, 20),
        **fields,
    )
    place.rule_set = publish_rule_set(actor=place.secretary, rule_set=draft)
    place.rules = {rule.code: rule for rule in draft.rules.select_related("rule_set")}
    return place.rule_set
