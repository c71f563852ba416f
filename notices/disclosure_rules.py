"""When the items of three-affairs disclosure are due (村民委员会组织法 art. 35). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cogov.common.periods import Period, PeriodKind

PARTY, VILLAGE, FINANCE = "party", "village", "finance"
CATEGORIES = {PARTY: "党务", VILLAGE: "村务", FINANCE: "财务"}
AT_ONCE = "at_once"
RHYTHMS = {
    PeriodKind.MONTH.value: "每月",
    PeriodKind.QUARTER.value: "每季度",
    PeriodKind.HALF_YEAR.value: "每半年",
    PeriodKind.YEAR.value: "每年",
    AT_ONCE: "随时（发生后）",
}
BACK = 12
"""Latest periods that the list shows one by one; of older ones what is still missing, in one line."""


def kind_of(category: str) -> str:
    """The kind of notice that discloses a category."""
    return f"disclosure_{category}"


def period_with(rhythm: str, day: date) -> Period:
    """The period of this rhythm that contains ``day``."""
    month = Period.month_of(day)
    if rhythm == PeriodKind.MONTH.value:
        return month
    if rhythm == PeriodKind.QUARTER.value:
        return Period.quarter(day.year, (day.month + 2) // 3)
    if rhythm == PeriodKind.HALF_YEAR.value:
        return Period.half_year(day.year, 1 if day.month <= 6 else 2)
    if rhythm == PeriodKind.YEAR.value:
        return Period.full_year(day.year)
    raise ValueError(f"{rhythm} has no periods")


@dataclass(frozen=True, slots=True)
class Due:
    """One period to be disclosed; ``due_on`` is the last day for it."""

    period: Period
    due_on: date


def periods_due(rhythm: str, *, since: date, due_days: int, today: date) -> tuple[Due, ...]:
    """All ended periods, oldest first, from the one that contains ``since``."""
    if rhythm == AT_ONCE:
        return ()
    first = period_with(rhythm, since)
    period = period_with(rhythm, today).previous()
    out: list[Due] = []
    while (period.year, period.number) >= (first.year, first.number):
        out.append(Due(period, period.end + timedelta(days=due_days)))
        period = period.previous()
    return tuple(reversed(out))


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One item of the general catalogue; a township changes it as it needs."""

    category: str
    name: str
    rhythm: str
    due_days: int
    guidance: str


CATALOGUE: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(PARTY, "党组织工作计划和落实情况", "quarter", 15, "【填：本季度工作计划、完成情况】"),
    CatalogueEntry(PARTY, "发展党员和党费收缴", "quarter", 15, "【填：发展对象、接收和转正、党费收缴情况】"),
    CatalogueEntry(PARTY, "党员活动和民主评议", "half_year", 15, "【填：活动次数、评议结果】"),
    CatalogueEntry(PARTY, "党组织重大决策", AT_ONCE, 5, "【填：决策事项、依据、结果】"),
    CatalogueEntry(VILLAGE, "村级事务办理情况", "quarter", 15, "【填：本季度办理的主要事务】"),
    CatalogueEntry(VILLAGE, "惠农补贴和救助发放", "quarter", 15, "【填：项目、户数、金额；名单另行公示】"),
    CatalogueEntry(VILLAGE, "共同缔造项目和群众投", "quarter", 15, "【填：项目进度、群众投工投资】"),
    CatalogueEntry(VILLAGE, "宅基地、土地和集体资源", AT_ONCE, 5, "【填：事项、面积、对象、依据】"),
    CatalogueEntry(VILLAGE, "村民会议和村民代表会议决定", AT_ONCE, 5, "【填：决定事项和落实情况】"),
    CatalogueEntry(FINANCE, "村级财务收支明细", "month", 10, "表：收支明细（单位：元）\n| 日期 | 事项 | 收入 | 支出 |\n| 【填】 | 【填】 | 【填】 | 【填】 |"),
    CatalogueEntry(FINANCE, "集体资产和债权债务", "quarter", 15, "【填：期初、增减、期末】"),
    CatalogueEntry(FINANCE, "项目资金使用", "quarter", 15, "【填：来源、用途、结余】"),
    CatalogueEntry(FINANCE, "年度预算决算", "year", 31, "【填：预算、决算、差额说明】"),
    CatalogueEntry(FINANCE, "大额支出", AT_ONCE, 5, "【填：金额、用途、审批和票据】"),
)  # fmt: skip
