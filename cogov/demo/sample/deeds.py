"""Months of points for the demo: sign-in lists recorded by the cadre and reviewed by the secretary."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cogov.common.periods import Period
from cogov.demo.sample.staff import VillageStaff
from points.models import Category, PointsRecord, PointsRule, PointsRuleSet
from points.models.rules import HOUSEHOLD
from points.services.recording import Line, record_activity
from points.services.review import review_records
from villages.models import Household, HouseholdState, Village

_RULES = Path(__file__).with_name("points_rules.csv")
_CATEGORIES = {
    "环境卫生": Category.ENVIRONMENT,
    "义务劳动": Category.LABOUR,
    "集体活动": Category.LABOUR,
    "产业发展": Category.INDUSTRY,
    "技能培训": Category.TRAINING,
    "志愿服务": Category.VOLUNTEER,
    "共管认领": Category.UPKEEP,
    "平安建设": Category.SAFETY,
    "移风易俗": Category.CUSTOMS,
    "先进典型": Category.HONOUR,
    "建言献策": Category.IDEAS,
}


# Who may record what households may also claim themselves (column "claim": "yes", or "photo" when one is needed).
# Of honours with the same word in "highest" only the highest of a year counts (PNT-8).
_RECORDERS = ["village_cadre", "village_secretary", "grid_head", "grid_worker"]


def default_rules() -> Iterator[dict[str, Any]]:
    """The thirty rules of the demo's township template, each with its source."""
    with _RULES.open(encoding="utf-8", newline="") as stream:
        for order, row in enumerate(csv.DictReader(stream), start=1):
            caps = {
                name: int(row[name]) if row[name] else None for name in ("cap_day", "cap_month", "cap_year")
            }
            yield {
                "code": row["code"],
                "category": _CATEGORIES[row["category"]],
                "name": row["name"],
                "unit": row["unit"],
                "points": int(row["points"]),
                "evidence": row["evidence"],
                "source": row["source"],
                "photo_required": row["claim"] == "photo",
                "recorder_roles": [*_RECORDERS, HOUSEHOLD] if row["claim"] else [],
                "exclusive_group": row["highest"],
                "order": order * 10,
                **caps,
            }


@dataclass(frozen=True, slots=True)
class Deed:
    """A monthly activity: rule, name, place, day of the month, share of households, most units per household."""

    rule: str
    name: str
    place: str
    day: int
    share: float
    most: int = 1


_MONTHLY = (
    Deed("E03", "清洁家园日集中整治", "村主干道", 5, 0.42),
    Deed("E01", "房前屋后卫生检查", "各户", 12, 0.55),
    Deed("L03", "湾子夜话", "村文化广场", 15, 0.35),
    Deed("L02", "义务保洁", "公共巷道", 18, 0.25),
    Deed("E02", "垃圾分类检查", "各户", 20, 0.30, 5),
    Deed("V01", "志愿服务活动", "村党群服务中心", 22, 0.15),
    Deed("L01", "修渠投工投劳", "灌溉渠", 24, 0.12, 3),
    Deed("C01", "公共绿地管护认领", "村口花园", 26, 0.06),
    Deed("V02", "照看空巢老人", "各湾", 27, 0.07, 2),
    Deed("A01", "合理化建议采纳", "理事会", 28, 0.03),
    Deed("H01", "“最美庭院”评选", "各湾", 23, 0.04),
    Deed("H02", "镇文明家庭评选", "镇文化站", 25, 0.02),
    Deed("H03", "见义勇为表彰", "村党群服务中心", 26, 0.002),
)


def record_month(
    village: Village, staff: VillageStaff, rule_set: PointsRuleSet, period: Period, today: date
) -> int:
    """One month of a village, up to ``today``; what lies in a month that is over is reviewed. Returns the records."""
    chance = random.Random(f"{village.code}-{period.key}")  # noqa: S311 - a demo, not a secret
    rules: dict[str, PointsRule] = {rule.code: rule for rule in rule_set.rules.all()}
    active = Household.objects.filter(village=village).exclude(state=HouseholdState.CANCELLED)
    households = list(active.select_related("group", "village").order_by("number"))
    # Some families take part in everything, some in little: otherwise every ranking would be flat.
    zeal = {
        household.pk: 0.35 + 1.3 * random.Random(f"{village.code}-{household.number}").random()  # noqa: S311
        for household in households
    }
    count = 0
    for deed in _MONTHLY:
        held_on = period.start + timedelta(days=deed.day - 1 + chance.randint(0, 1))
        lines = [
            Line(household, chance.randint(1, deed.most))
            for household in households
            if chance.random() < deed.share * zeal[household.pk]
        ]
        if held_on > today or not lines:
            continue
        activity = record_activity(
            actor=staff.cadre,
            village=village,
            name=deed.name,
            held_on=held_on,
            place=deed.place,
            rule=rules[deed.rule],
            lines=lines,
        )
        count += len(lines)
        if period.end < today:
            records = PointsRecord.objects.filter(activity=activity)
            review_records(actor=staff.secretary, records=records, decision="approve")
    return count
