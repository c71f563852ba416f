"""A township whose villages have households, and figures that a lower app would contribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cogov.common.periods import Period
from cogov.desk.registry import (
    ChartSpec,
    CloseStep,
    Figure,
    ReportScope,
    ReportSection,
    SectionData,
    TableData,
)
from tests.factories.notices import Place, make_place
from villages.models import Household, VillageGroup


def make_living_place() -> Place:
    """沙坪镇 with two villages of two households each."""
    place = make_place()
    for village in (place.village, place.other):
        group = VillageGroup.objects.create(village=village, serial=1, name="1组", code=f"{village.code}001")
        for number in ("001", "002"):
            Household.objects.create(village=village, number=number, group=group, registered_population=3)
    return place


def sample_section(scope: ReportScope, period: Period) -> SectionData:
    """Deterministic figures: they depend on the place and month alone."""
    base = int(scope.code[-3:]) % 100 + period.number * 10
    return SectionData(
        figures=[Figure("发放积分", base, "分"), Figure("参与户数", 2, "户", previous=2)],
        tables=[TableData("前三名", ("名次", "户主", "积分"), [(1, "张三", base), (2, "李四", base - 1)])],
        charts=[ChartSpec("bar", "近两月积分", ["上月", "本月"], [("积分", [base - 10, base])], "分")],
        notes=["积分以流水为准。"],
    )


SAMPLE_SECTION = ReportSection("sample", "积分", 10, sample_section)


def posting_step(effect: Callable[[Any, Any, Period], dict[str, Any]]) -> CloseStep:
    return CloseStep("sample.post", "过账", 10, effect)


__all__ = ["SAMPLE_SECTION", "make_living_place", "posting_step", "sample_section"]
