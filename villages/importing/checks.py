"""Checks that need more than one row: merged areas, cells without a value, and each household as a whole."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date

from villages.importing.headers import Header
from villages.importing.plan import ImportPlan, PlannedHousehold
from villages.importing.table import Cell, SheetTable, column_letter


def check_merged_areas(
    plan: ImportPlan, table: SheetTable, header: Header, last_row: int, footers: set[int]
) -> None:
    """Cells merged inside the data are refused with their place; titles above and notes below may be merged."""
    for area in table.merged:
        if area.bottom <= header.row or area.top > last_row:
            continue
        if area.bottom - area.top < 100 and set(range(area.top, area.bottom + 1)) <= footers:
            continue
        title = header.titles.get(area.left, "")
        where = f"{column_letter(area.left)} 列" + (f"“{title}”" if title else "")
        plan.problems.add(
            f"数据中有合并单元格 {area.place}（{where}），请取消合并，并在每一行填写内容",
            max(area.top, header.row + 1),
            title or column_letter(area.left),
            area.place,
        )


def check_broken_cells(plan: ImportPlan, table: SheetTable, header: Header, footers: set[int]) -> None:
    """Formulas without a result and error values, in the columns that are used."""
    used = set(header.columns.values())
    for (row, column), reason in table.broken.items():
        if row > header.row and row not in footers and column in used:
            plan.problems.add(reason, row, header.titles.get(column, ""), "")


def check_household(
    plan: ImportPlan,
    household: PlannedHousehold,
    head_names: Iterable[tuple[int, str]],
    unusable: Container[tuple[int, int]],
) -> None:
    """One group, one head, the head's name the same on every row, nobody twice."""
    header = plan.header
    if header is None:
        return

    def problem(message: str, row: int, name: str, value: Cell = "") -> None:
        plan.problems.add(message, row, header.place(name), str(value))

    number, row = household.number, household.row
    if (
        household.group is None
        and not household.group_row
        and (row, header.columns.get("group", 0)) not in unusable
    ):
        problem(f"组别没有填写（户号 {number}）", row, "group")
    heads = household.heads
    if not heads and not household.doubtful:
        problem(f"户号 {number} 没有户主：应有一行的“与户主关系”是“户主”", row, "relation")
    for extra in heads[1:]:
        problem(
            f"户号 {number} 有两个户主：第 {heads[0].row} 行“{heads[0].name}”和第 {extra.row} 行“{extra.name}”",
            extra.row,
            "relation",
            "户主",
        )
    if len(heads) == 1 and heads[0].name:
        for place, head_name in head_names:
            if head_name != heads[0].name:
                problem(
                    f"户主姓名与本户户主“{heads[0].name}”（第 {heads[0].row} 行）不一致",
                    place,
                    "head_name",
                    head_name,
                )
    if len(household.members) < 2:
        return
    seen: dict[tuple[str, date | None], int] = {}
    for member in household.members:
        if member.identity or not member.name:
            continue
        first = seen.setdefault((member.name, member.birth_date), member.row)
        if first != member.row:
            problem(
                f"与第 {first} 行重复：同一户有两个“{member.name}”，都没有身份证号，无法区分",
                member.row,
                "name",
                member.name,
            )
