"""Tables that villages fill in themselves: where the header is, who is meant, how much. Faults name row, column and cure.

Opening the file and reading single cells is the registry's import (villages.importing); this knows only the columns
that points need beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from cogov.common.errors import Problem
from points.rules import MAX_QUANTITY
from points.selectors.holders import holder_hint, wording
from villages.importing import limits
from villages.importing.headers import field_of, words_of
from villages.importing.normalise import CellFault, blank_word, compact, household_number, person_name
from villages.importing.table import Cell, Row, SheetTable, refuse
from villages.models import Household, HouseholdKind, Village

MAX_LINES: Final = 2000
LABELS: Final = {
    "number": "户号", "head_name": "户主", "signed": "签到", "quantity": "数量",
    "date": "日期", "rule": "事项编号", "note": "说明", "village": "村名",
}  # fmt: skip
_WORDS: Final = {
    "signed": "签到 签名 签字 到场 是否到场 参加 是否参加 出勤 到会",
    "quantity": "数量 次数 工日 天数 小时 小时数 件数 份数 个数 工日数",
    "date": "日期 发生日期 时间 活动日期 发生时间",
    "rule": "事项编号 编号 事项 积分事项 细则编号 项目 积分项目 项目编号 细则",
    "note": "说明 备注 事由 情况说明",
    "head_name": "集体",
    "number": "个人户编号 集体户编号 户头编号",
}
_OWN: Final = {word: name for name, words in _WORDS.items() for word in words.split()}
_YES = frozenset("√ ✓ ✔ ☑ v 是 到 有 1 y 已到 到场 参加 已签 签到 yes true".split())
_NO = frozenset("× x ✗ ✘ ☐ 否 缺 缺席 未到 没到 没来 未参加 请假 0 n no false 未".split())
_FOOTER = re.compile(r"合计|总计|小计|共计|制表|填表|审核|备注|说明|注[:：]|记录人|登记人|负责人|组织者|示例")
_CODE = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d*\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """The header row: field -> column (from 1), and what the columns are called in this file."""

    row: int
    columns: dict[str, int]
    titles: dict[int, str]

    def title(self, name: str) -> str:
        """The column as the person knows it."""
        return self.titles.get(self.columns.get(name, 0), LABELS[name])

    def cell(self, cells: Sequence[Cell], name: str) -> Cell:
        """The row's cell of a field; None when the file has no such column."""
        place = self.columns.get(name, 0)
        return cells[place - 1] if 0 < place <= len(cells) else None


@dataclass(slots=True)
class Faults:
    """Problems of a file as they are found; a row with one is not recorded."""

    found: list[Problem] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)

    def add(self, message: str, row: int, column: str, value: Cell = "") -> None:
        self.rows.add(row)
        if len(self.found) < limits.MAX_PROBLEMS:
            self.found.append(Problem(message, row, column, compact(value)[:60]))

    def sorted(self) -> list[Problem]:
        return sorted(self.found, key=lambda problem: problem.row or 0)


def _name_of(cell: Cell) -> str:
    whole, bare = words_of(cell)
    return _OWN.get(whole) or _OWN.get(bare) or field_of(cell)


def find_head(
    tables: Sequence[SheetTable], required: Iterable[str], kind: str = HouseholdKind.FAMILY
) -> tuple[SheetTable, Head]:
    """The sheet whose header knows most of our columns. Raises InputError: none, or a column is missing.

    Where persons have the points, 姓名 says whose they are; beside families it is anybody who was there.
    """
    best: tuple[int, SheetTable, int, Sequence[Cell]] | None = None
    for table in tables:
        for number, cells in islice(table.rows(), limits.HEADER_SEARCH_ROWS):
            score = len({name for name in map(_name_of, cells) if name in LABELS})
            if score > (best[0] if best else 0):
                best = score, table, number, cells
    if best is None:
        raise refuse(
            f"没有找到表头。前 {limits.HEADER_SEARCH_ROWS} 行里应有一行列名：{'、'.join(LABELS[n] for n in required)}"
        )
    _, table, row, cells = best
    columns: dict[str, int] = {}
    titles: dict[int, str] = {}
    for place, cell in enumerate(cells, start=1):
        name, title = _name_of(cell), words_of(cell)[0]
        if name == "name" and kind == HouseholdKind.PERSON:
            name = "head_name"
        if title:
            titles[place] = title
        if name in columns:
            raise refuse(
                f"有两列都是“{LABELS[name]}”（{titles[columns[name]]}、{title}），请只保留一列", row=row
            )
        if name in LABELS:
            columns[name] = place
    for name in required:
        if name not in columns and not (name == "number" and "head_name" in columns):
            raise refuse(f"表头缺少“{LABELS[name]}”这一列（表头在第 {row} 行）", row=row, column=LABELS[name])
    return table, Head(row, columns, titles)


def require_village(table: SheetTable, head: Head, village: Village) -> None:
    """Refuse a table that names another village's code above its header. Raises InputError."""
    for number, cells in islice(table.rows(), head.row):
        for code in (code for cell in cells for code in _CODE.findall(compact(cell))):
            if number < head.row and code != village.code:
                raise refuse(
                    f"这是村代码 {code} 的表，不是{village}（{village.code}）的。请用本村的模板", row=number
                )


def data_rows(table: SheetTable, head: Head, faults: Faults) -> Iterator[Row]:
    """The rows below the header that hold data; merged and uncalculated cells in columns that count are faults."""
    used = set(head.columns.values())
    start = max([head.row, *(area.bottom for area in table.merged if area.top <= head.row <= area.bottom)])
    rows = []
    for number, cells in table.rows():
        words = [text for text in map(compact, cells) if text]
        if number <= start or not words or _FOOTER.match(words[0]):
            continue
        rows.append((number, cells))
        if len(rows) > MAX_LINES:
            raise refuse(f"表里超过 {MAX_LINES} 行，请分几个文件上传", row=number)
    numbers = {number for number, _ in rows}
    for area in table.merged:
        inside = numbers & set(range(area.top, area.bottom + 1))
        if inside and used & set(range(area.left, area.right + 1)):
            title = head.titles.get(area.left, "")
            faults.add(f"这里有合并单元格 {area.place}，请取消合并，每一行都填写", min(inside), title)
    for (row, column), reason in table.broken.items():
        if row in numbers and column in used:
            faults.add(reason, row, head.titles.get(column, ""))
    yield from rows


class Neighbours:
    """A village's holders of one kind by number as people type it, and by name; a person by family number and name too."""

    def __init__(self, households: Iterable[Household], kind: str = HouseholdKind.FAMILY) -> None:
        self._kind, self._words = kind, wording(kind)
        self._number = "户号" if kind == HouseholdKind.FAMILY else "编号"
        self._family: defaultdict[str, list[Household]] = defaultdict(list)
        self._exact: dict[str, Household] = {}
        self._plain: defaultdict[str, list[Household]] = defaultdict(list)
        self._named: defaultdict[str, list[Household]] = defaultdict(list)
        for home in households:
            self._exact[home.number] = home
            self._plain[_plain(home.number)].append(home)
            self._named[home.head_name].append(home)
            if kind == HouseholdKind.COLLECTIVE:
                self._named[home.group.name].append(home)
            if home.family is not None:
                self._family[_plain(home.family.number)].append(home)

    def find(self, head: Head, cells: Sequence[Cell], village: Village) -> tuple[Household | None, str, str]:
        """(household, "", "") or (None, what is wrong, the field it is in)."""
        told = compact(head.cell(cells, "village"))
        if told and told not in (village.name, village.code, str(village)):
            return None, f"这一行写的是“{told}”，不是{village}", "village"
        try:
            number = household_number(head.cell(cells, "number"))
            name = self._name(head.cell(cells, "head_name"))
        except CellFault as fault:
            return None, str(fault), "number"
        if number:
            return self._by_number(number, name, village)
        if not name:
            return None, f"没有填{self._number}", "number"
        found = self._named.get(name, [])
        if len(found) == 1:
            return found[0], "", ""
        if not found:
            missing = f"本村没有户主叫“{name}”的户，请填户号"
            return None, missing if self._of_families else self._unknown(name), "head_name"
        numbers = "、".join(home.number for home in found)
        if not self._of_families:
            return None, f"有 {len(found)} {self._words.unit}叫“{name}”（{numbers}），请填编号", "head_name"
        return None, f"有 {len(found)} 户的户主叫“{name}”（{numbers}），请填户号", "head_name"

    def _name(self, cell: Cell) -> str:
        """The name as it is compared; a masked one says nothing. Raises CellFault."""
        if self._kind == HouseholdKind.COLLECTIVE:
            return compact(cell)
        return person_name(cell) if "*" not in compact(cell) else ""

    @property
    def _of_families(self) -> bool:
        return self._kind == HouseholdKind.FAMILY

    def _unknown(self, what: str) -> str:
        return f"没有“{what}”这个{self._words.title}。{holder_hint(self._kind)}"

    def _of_family(self, number: str, name: str) -> tuple[Household | None, str, str]:
        """The person of this name in the family of this number."""
        there = self._family.get(_plain(number), [])
        found = [row for row in there if row.head_name == name]
        if len(found) == 1:
            return found[0], "", ""
        known = "、".join(f"{row.number} {row.head_name}" for row in there)
        told = f"。{number}户有：{known}" if known else ""
        return None, f"{self._unknown(f'{number} {name}'.strip())}{told}", "number"

    def _by_number(self, number: str, name: str, village: Village) -> tuple[Household | None, str, str]:
        alike = self._plain.get(_plain(number), [])
        home = self._exact.get(number) or (alike[0] if len(alike) == 1 else None)
        if home is None and alike:
            return None, f"户号“{number}”有几户相近（{'、'.join(h.number for h in alike)}），请写全", "number"
        if home is None and not self._of_families:
            return self._of_family(number, name)
        if home is None:
            return None, f"{village}没有户号“{number}”（或者这一户已经注销），请核对", "number"
        if name and home.head_name and home not in self._named.get(name, ()):
            return (
                None,
                f"{home.number}户的户主是{home.head_name}，表里写的是“{name}”，请核对户号"
                if self._of_families
                else f"{home.number} 是{home.head_name}，表里写的是“{name}”，请核对",
                "head_name",
            )
        return home, "", ""


def _plain(number: str) -> str:
    """Without leading noughts: 0012 is 12, 0012-2 is 12-2."""
    family, dash, ordinal = number.partition("-")
    return str(int(family)) + dash + ordinal if family.isdecimal() else number


def quantity_of(value: Cell, unit: str = "") -> int | None:
    """A whole number from 1 on, None when blank; ``3工日`` and 3.0 are 3. Raises CellFault."""
    text = compact(value)
    if unit and text.endswith(unit):
        text = text.removesuffix(unit)
    if blank_word(text):
        return None
    if _DECIMAL.fullmatch(text):
        raise CellFault("数量要填整数，不能是小数")
    if not _WHOLE.fullmatch(text):
        raise CellFault("数量看不懂，请填 1、2、3 这样的整数")
    if not 1 <= int(text) <= MAX_QUANTITY:
        raise CellFault(f"数量应在 1 到 {MAX_QUANTITY} 之间；没有的请留空")
    return int(text)


def signed_in(value: Cell) -> bool | None:
    """Whether somebody was there: a tick, a name, 是; a cross or 未到 says no; None when blank."""
    text = compact(value).lower()
    if text in _NO:
        return False
    if text in _YES:
        return True
    return None if blank_word(text) else True
