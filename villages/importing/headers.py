"""Find the header row under titles and notes, and know the columns by whatever name the village gives them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cogov.common.errors import Problem
from villages.importing import limits
from villages.importing.table import Cell, SheetTable, column_letter

LABELS: Final = {
    "number": "户号",
    "head_name": "户主姓名",
    "relation": "与户主关系",
    "name": "姓名",
    "sex": "性别",
    "identity": "身份证号",
    "phone": "联系电话",
    "group": "组别",
    "state": "户籍状态",
    "tags": "人户标签",
    "birth_date": "出生日期",
    "address": "住址",
    "political_status": "政治面貌",
    "village": "村名",
}
"""Field -> the column's name in the template; the first ten are the template's columns."""
TEMPLATE_FIELDS: Final = tuple(LABELS)[:10]
REQUIRED: Final = ("number", "relation", "name", "identity", "group")

_SYNONYMS: Final = {
    "number": "户号 户编号 户籍号 户口号 户口编号 户口簿号 户口本号 家庭编号 家庭号 家庭户号 农户编号 农户编码 户编码 户代码 家庭编码 户序号",
    "head_name": "户主姓名 户主 户主名 户主名字 户主姓名户主 所属户主",
    "relation": "与户主关系 关系 与户主的关系 和户主关系 同户主关系 与户主之间的关系 家庭关系 成员关系 与户主 人员关系",
    "name": "姓名 成员姓名 人员姓名 家庭成员 家庭成员姓名 人口姓名 居民姓名 名字 村民姓名 本人姓名 家庭人员姓名",
    "sex": "性别 男女",
    "identity": (
        "身份证号 身份证号码 身份证 证件号码 证件号 公民身份号码 公民身份证号码 公民身份证号 居民身份证号 "
        "居民身份证号码 身份号码 身份证件号码 身份证编号 有效证件号码"
    ),
    "phone": "联系电话 电话 手机 手机号 手机号码 联系方式 电话号码 联系手机 联系号码 移动电话 本人电话 联系电话手机",
    "group": "组别 组 小组 村民小组 村组 所在组 所属组 所在小组 组名 组号 村民组 居民小组 小组名称 所属小组 湾组 社 湾子 自然村 自然湾",
    "state": "户籍状态 状态 户状态 户口状态 在册状态 人员状态 居住状态 户籍情况",
    "tags": "人户标签 标签 备注标签 户标签 人员标签 家庭标签 类别标签 人员类别 农户类型 特殊标签 人户类别 户类型 类型标签",
    "birth_date": "出生日期 出生年月日 生日 出生时间 出生年月",
    "address": "住址 地址 家庭住址 家庭地址 居住地址 详细地址 住所 现住址 户籍地址",
    "political_status": "政治面貌 政治身份",
    "village": "村名 村 行政村 所在村 所属村 村社区 村居 村名称 所属行政村 村委会",
}
_FIELD_OF: Final = {word: name for name, words in _SYNONYMS.items() for word in words.split()}
_NOISE = re.compile(r"[\s*＊★※:：()（）\[\]【】、,，/\\.。_\-]+")
_HINT = re.compile(r"[(（\[【].*?[)）\]】]")


@dataclass(frozen=True)
class Header:
    """Where the header is and what it says. Columns count from 1."""

    row: int
    columns: dict[str, int]
    titles: dict[int, str]
    ignored: tuple[str, ...]

    def place(self, name: str) -> str:
        """The column as the person knows it, ``F列 身份证号``; the template's name when the sheet has no such column."""
        column = self.columns.get(name)
        return self.titles.get(column, LABELS[name]) if column else LABELS[name]


def words_of(title: Cell) -> tuple[str, str]:
    """A header cell without marks and spaces: as it is, and without what stands in brackets."""
    if not isinstance(title, str) or not title:
        return "", ""
    text = unicodedata.normalize("NFKC", title)
    return _NOISE.sub("", text), _NOISE.sub("", _HINT.sub("", text))


def field_of(title: Cell) -> str:
    """The field a header cell means, empty when unknown. ``身份证号码（必填）*`` is 身份证号."""
    whole, bare = words_of(title)
    return _FIELD_OF.get(whole) or _FIELD_OF.get(bare, "")


def _score(cells: Sequence[Cell]) -> int:
    return len({name for name in map(field_of, cells) if name})


def find_header(table: SheetTable) -> tuple[Header | None, list[Problem]]:
    """The header of a sheet and what is wrong with it; (None, []) when nothing looks like a household list."""
    rows = [(number, list(cells)) for number, cells in islice(table.rows(), limits.HEADER_SEARCH_ROWS)]
    by_number = dict(rows)
    for area in table.merged:  # a header of two lines: what spans both stands in both
        first = by_number.get(area.top)
        if first is None or area.left > len(first) or area.bottom - area.top > 5:
            continue
        value = first[area.left - 1]
        for number in range(area.top + 1, area.bottom + 1):
            cells = by_number.get(number)
            if cells is not None and area.left == area.right and area.left <= len(cells):
                cells[area.left - 1] = value
    best, score = 0, 0
    for number, cells in rows:
        here = _score(cells)
        if here > score or (here == score and number == best + 1):
            best, score = number, here
    if score < 2:
        return None, []
    return _read_header(best, by_number[best])


def _read_header(row: int, cells: Sequence[Cell]) -> tuple[Header, list[Problem]]:
    columns: dict[str, int] = {}
    titles: dict[int, str] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    for position, cell in enumerate(cells, start=1):
        title = _NOISE.sub("", cell) if isinstance(cell, str) else ""
        if not title:
            continue
        titles[position] = title
        name = field_of(cell)
        if not name:
            ignored.append(title)
        elif name in columns:
            first = columns[name]
            problems.append(
                Problem(
                    f"{column_letter(first)} 列“{titles[first]}”和 {column_letter(position)} 列“{title}”"
                    f"都是“{LABELS[name]}”，请只保留一列",
                    row=row,
                    column=title,
                    value=title,
                )
            )
        else:
            columns[name] = position
    missing = [LABELS[name] for name in REQUIRED if name not in columns]
    problems.extend(
        Problem(f"表头缺少“{label}”这一列（表头在第 {row} 行）", row=row, column=label) for label in missing
    )
    return Header(row, columns, titles, tuple(ignored)), problems


def choose_table(tables: Sequence[SheetTable]) -> tuple[SheetTable | None, Header | None, list[Problem]]:
    """The one sheet with a household list. Problems when there is none, more than one, or its header is wrong."""
    found = [(table, *find_header(table)) for table in tables]
    listed = [(table, header, problems) for table, header, problems in found if header is not None]
    whole = [item for item in listed if not item[2]]
    if len(whole) > 1:
        names = "、".join(f"“{table.name}”" for table, _, _ in whole)
        return None, None, [Problem(f"有多个工作表都是户籍表（{names}），请合并成一个工作表，或分别导入")]
    if whole:
        return whole[0]
    if listed:
        return max(listed, key=lambda item: len(item[1].columns) if item[1] else 0)
    wanted = "、".join(LABELS[name] for name in TEMPLATE_FIELDS)
    return None, None, [Problem(f"没有找到表头。前 {limits.HEADER_SEARCH_ROWS} 行里应有一行列名：{wanted}")]
