"""The small mark-up in which clerks write notices; no HTML, nothing that could run or be fetched. Pure.

    # 项目概况            heading of level 1 to 4 by the number of #; without an ordinal it gets one (一、（一）1. (1))
    现将有关事项公示如下。   a line is a paragraph; **bold** inside
    1. 第一项             numbered items are checked: no number left out
    = 居中    > 右对齐    ~ 顶格
    表：奖补明细（单位：元）  caption, unit
    | 户主 | 金额 |        table; a delimiter line below the head is optional: :-- left, --: right, 人 a person's name
    |= 合计 | 300 |       a row of totals
    注：……               a note right below the table
    数据：户数 | 42 | 户   a key figure: label, value, unit, remark; lines below each other stand side by side, four a
                         row, or as many as 数据3： says
    ---                  new page

A backslash takes the next character as it is. Problems carry the line number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cogov.common.errors import Problem, RuleError
from notices.printing.content import (
    Align,
    Block,
    Column,
    ColumnKind,
    FigureGrid,
    FigureItem,
    Heading,
    PageBreak,
    Paragraph,
    Table,
)

MAX_TEXT = 60_000
_MAX_CELLS = 12
_HEADING = re.compile(r"^(#{1,6})\s*(.*)$")
_CAPTION = re.compile(r"^表：\s*(.+?)\s*(?:（单位：(.+?)）)?$")
_FIGURE = re.compile(r"^数据([1-4])?[：:]\s*(.*)$")
_ITEM = re.compile(r"^(?:(\d{1,2})[.、．]\s*|[（(](\d{1,2})[）)]\s*)")
_DELIMITER = re.compile(r"^(:?)-{2,}(:?)(人?)$")
_ORDINALS = (
    re.compile(r"^[一二三四五六七八九十百]+、"),
    re.compile(r"^（[一二三四五六七八九十百]+）"),
    re.compile(r"^\d+[.．]"),
    re.compile(r"^[（(]\d+[）)]"),
)
_NAMES = ("姓名", "户主", "负责人", "当事人", "获奖人", "联系人", "经办人")
_MARKUP = re.compile(r"<\s*[A-Za-z/!?]")
_ADDRESS = re.compile(r"(?:file|javascript|vbscript)\s*[:：]|data\s*[:：]\s*\w+/", re.IGNORECASE)
_ALIGNS: dict[str, Align] = {"=": "center", ">": "right", "~": "left"}
_MARKS = {align: mark for mark, align in _ALIGNS.items()}
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Parsed:
    """``blocks`` as far as they could be read; publish only when there are no ``problems``."""

    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]


def unsafe(text: str) -> str:
    """Why this text is no plain text; empty when it is."""
    if _MARKUP.search(text):
        return "不能含网页代码（<…>）"
    if _ADDRESS.search(text):
        return "不能含文件或脚本地址（file: 等）"
    return ""


def chinese_number(value: int) -> str:
    """1 to 99 in Chinese: 一, 十二, 三十."""
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones or not tens else "")


def ordinal(level: int, number: int) -> str:
    """The ordinal of a heading by GB/T 9704: 一、 （一） 1. (1)."""
    han = chinese_number(min(number, 99))
    return (f"{han}、", f"（{han}）", f"{number}. ", f"({number})")[level - 1]


@dataclass(slots=True)
class _Reader:
    """Reads lines one after the other; ``at`` counts from 0, problems name lines from 1."""

    lines: list[str]
    at: int = 0
    blocks: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counters: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    item: tuple[int, int] = (0, 0)

    def fault(self, message: str, at: int | None = None) -> None:
        self.problems.append(Problem(message, row=(self.at if at is None else at) + 1, column="正文"))

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            caption = _CAPTION.match(line)
            if not line:
                pass
            elif line == "---":
                self.blocks.append(PageBreak())
            elif line.startswith("#"):
                self._heading(line)
            elif line.startswith("|"):
                self._table("", "")
                continue
            elif caption and self._next_line().startswith("|"):
                self.at += 1
                self._table(caption[1], caption[2] or "")
                continue
            elif _FIGURE.match(line):
                self._figures()
                continue
            else:
                self._paragraph(line)
            self.at += 1

    def _next_line(self) -> str:
        return self.lines[self.at + 1].strip() if self.at + 1 < len(self.lines) else ""

    def _heading(self, line: str) -> None:
        found = _HEADING.match(line)
        marks, text = (found[1], found[2]) if found else ("#", "")
        level = len(marks)
        self.item = (0, 0)
        if level > 4:
            self.fault("标题最多四级，请用一至四个#")
            return
        if not text:
            self.fault("#后面没有标题文字")
            return
        if "**" in text:
            self.fault("标题不用加粗，请去掉**")
        text = _plain(text)
        self.counters[level - 1] += 1
        self.counters[level:] = [0] * (4 - level)
        if not _ORDINALS[level - 1].match(text):
            text = ordinal(level, self.counters[level - 1]) + text
        self.blocks.append(Heading(text, level))

    def _paragraph(self, line: str) -> None:
        align: Align = "justify"
        indent = True
        if line[0] in _ALIGNS and line[1:2] in (" ", "\u3000", ""):
            align, line = _ALIGNS[line[0]], line[1:].strip()
            indent = False
            align = "justify" if align == "left" else align
        if not line:
            self.fault("这一行只有排版记号，没有文字")
            return
        self._count_item(line)
        text, strong, closed = _spans(line)
        if not closed:
            self.fault("加粗的**没有成对，请补上或去掉")
        if text.strip():
            self.blocks.append(Paragraph(text, indent=indent, align=align, strong=strong))

    def _count_item(self, line: str) -> None:
        found = _ITEM.match(line)
        if found is None:
            return
        style = 0 if found[1] else 1
        number, last = int(found[1] or found[2]), self.item[style]
        if number not in (1, last + 1):
            expected = f"应为{last + 1}" if last else "应从1开始"
            self.fault(f"编号不连续：这里是{number}，{expected}")
        self.item = (number, 0) if style == 0 else (self.item[0], number)

    def _figures(self) -> None:
        items: list[FigureItem] = []
        per_row = 0
        while self.at < len(self.lines) and (found := _FIGURE.match(self.lines[self.at].strip())):
            cells = [_plain(cell) for cell in _cells(f"{found[2]}|")]
            if not 2 <= len(cells) <= 4 or not cells[0] or not cells[1]:
                self.fault("数据写成：数据：名称 | 数值 | 单位 | 说明（单位和说明可以不写）")
            else:
                items.append(FigureItem(*cells))
            per_row = per_row or int(found[1] or 4)
            self.at += 1
        if items:
            self.blocks.append(FigureGrid(tuple(items), per_row))

    def _table(self, caption: str, unit: str) -> None:
        start = self.at
        rows: list[tuple[int, bool, list[str]]] = []
        while self.at < len(self.lines) and self.lines[self.at].strip().startswith("|"):
            line = self.lines[self.at].strip()
            total = line.startswith("|=")
            if not line.endswith("|") or line.endswith("\\|"):
                self.fault("表格的行要以|开头、以|结尾")
            rows.append((self.at, total, [_plain(c) for c in _cells(line[2 if total else 1 :])]))
            if "**" in line:
                self.fault("表格里不用加粗，请去掉**")
            self.at += 1
        head, body = rows[0][2], rows[1:]
        marks = [_DELIMITER.match(cell.replace(" ", "")) for cell in body[0][2]] if body else []
        delimited = bool(marks) and all(marks)
        body = body[1:] if delimited else body
        if len(head) > _MAX_CELLS:
            self.fault(f"表格最多{_MAX_CELLS}列", start)
        if not all(head):
            self.fault("表头不能有空格子", start)
        if not body:
            self.fault("表格只有表头，没有内容", start)
        if not head:
            self.fault("表格里没有格子，请写成 | 甲 | 乙 |", start)
        if delimited and len(marks) != len(head):
            self.fault(f"表头有{len(head)}格，这一行有{len(marks)}格", start + 1)
            marks, delimited = [], False
        for at, _, cells in body:
            if len(cells) != len(head):
                self.fault(f"表头有{len(head)}格，这一行有{len(cells)}格", at)
        seen_total = False
        for at, total, _ in body:
            if seen_total and not total:
                self.fault("合计行（|=）要放在表格最后", at)
            seen_total = seen_total or total
        note = ""
        if self.at < len(self.lines) and self.lines[self.at].strip().startswith("注："):
            note = _plain(self.lines[self.at].strip())
            self.at += 1
        good = [tuple(cells) for _, _, cells in body if len(cells) == len(head)]
        columns = tuple(
            _column(title, i, good, marks[i] if delimited else None) for i, title in enumerate(head) if title
        )
        if len(columns) == len(head) and good:
            totals = sum(1 for _, total, cells in body if total and len(cells) == len(head))
            self.blocks.append(Table(columns, tuple(good), _plain(caption), _plain(unit), note, totals))


def _column(title: str, index: int, rows: Sequence[tuple[str, ...]], mark: re.Match[str] | None) -> Column:
    width = max([len(title) + 1, *(len(row[index]) for row in rows)], default=4)
    align: Align = "center"
    if mark is not None and (mark[1], mark[2]) in ((":", ""), ("", ":")):
        align = "left" if mark[1] else "right"
    person = (mark is not None and bool(mark[3])) or any(word in title for word in _NAMES)
    kind: ColumnKind = "name" if person else "text"
    return Column(title, min(max(width, 4), 24), align, kind)


def _cells(line: str) -> Iterator[str]:
    """Cells between unescaped bars; the closing bar yields none."""
    cell, escaped = "", False
    for char in line:
        if char == "|" and not escaped:
            yield cell.strip()
            cell = ""
            continue
        cell += char
        escaped = char == "\\" and not escaped
    if cell.strip():
        yield cell.strip()


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).strip()


def _spans(line: str) -> tuple[str, tuple[tuple[int, int], ...], bool]:
    """The text without marks, its strong stretches, and whether every ** was closed."""
    out: list[str] = []
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    i = 0
    while i < len(line):
        if line[i] == "\\" and i + 1 < len(line):
            out.append(line[i + 1])
            i += 2
        elif line.startswith("**", i):
            if opened is None:
                opened = len(out)
            else:
                spans += [(opened, len(out))] if len(out) > opened else []
                opened = None
            i += 2
        else:
            out.append(line[i])
            i += 1
    return "".join(out), tuple(spans), opened is None


def parse(text: str) -> Parsed:
    """Blocks and faults of a text. Never raises for what somebody typed."""
    if len(text) > MAX_TEXT:
        return Parsed((), (Problem(f"正文超过{MAX_TEXT}字，请分成几份文书", column="正文"),))
    reader = _Reader(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n"))
    for number, line in enumerate(reader.lines):
        why = unsafe(line)
        if why:
            reader.fault(why, number)
    reader.read()
    if not reader.blocks and not reader.problems:
        reader.problems.append(Problem("正文不能为空", column="正文"))
    problems = sorted(reader.problems, key=lambda problem: problem.row or 0)
    return Parsed(tuple(reader.blocks), tuple(problems))


# -- and back ---------------------------------------------------------------------------------


def write(blocks: Sequence[Block]) -> str:
    """The mark-up of blocks, to be edited again. Raises RuleError for charts, which are not typed."""
    return "\n".join(line for block in blocks for line in _written(block))


def _written(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return ["#" * block.level + " " + _escape(block.text)]
    if isinstance(block, Paragraph):
        return _written_paragraph(block)
    if isinstance(block, PageBreak):
        return ["---"]
    if isinstance(block, Table):
        return _written_table(block)
    if isinstance(block, FigureGrid):
        mark = "数据：" if block.columns == 4 else f"数据{block.columns}："
        return [
            mark + " | ".join(_escape(cell) for cell in (i.label, i.value, i.unit, i.compare)).rstrip(" |")
            for i in block.items
        ]
    raise RuleError("这份文书有图表，不能手工改写，请由系统重新生成")


def _written_paragraph(block: Paragraph) -> list[str]:
    opens = {low for low, _ in block.strong}
    closes = {high for _, high in block.strong}
    mark = "" if block.indent else f"{_MARKS.get(block.align, '~')} "
    out, line = [], mark
    for i, char in enumerate(block.text):
        if i in closes or i in opens:
            line += "**" * ((i in closes) + (i in opens))
        if char == "\n":
            out.append(line)
            line = mark
        else:
            line += f"\\{char}" if char in "\\*" or (line in ("", mark) and char in "#|=>~- \u3000") else char
    if len(block.text) in closes:
        line += "**"
    return [text for text in (*out, line) if text.strip()]


def _written_table(block: Table) -> list[str]:
    out = []
    if block.caption or block.unit:
        unit = f"（单位：{_escape(block.unit)}）" if block.unit else ""
        out.append(f"表：{_escape(block.caption or '表')}{unit}")
    out.append(_bars(column.title for column in block.columns))
    marks = {"left": ":--", "right": "--:"}
    delimiters = (
        marks.get(column.align, "---") + ("人" if column.kind == "name" else "") for column in block.columns
    )
    out.append("| " + " | ".join(delimiters) + " |")
    plain = len(block.rows) - block.totals
    out += [("" if i < plain else "=").join(("|", _bars(row)[1:])) for i, row in enumerate(block.rows)]
    if block.note:
        out.append(_escape(block.note if block.note.startswith("注：") else f"注：{block.note}"))
    return out


def _bars(cells: Sequence[str] | Iterator[str]) -> str:
    return "| " + " | ".join(_escape(cell.replace("\n", " ")) for cell in cells) + " |"


def _escape(text: str) -> str:
    return re.sub(r"([\\|*])", r"\\\1", text)
