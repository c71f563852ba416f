"""What a notice says, as frozen values with one canonical JSON form.

The JSON is what is frozen at publication and what the digest covers, so its shape is part of the
record: keys are never renamed, new keys get defaults. Money, points and weights arrive here as text
or integers that are already rounded; floats are refused (design.md 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal, cast, get_args

from cogov.common.errors import Problem, RuleError

Align = Literal["left", "center", "right", "justify"]
ColumnKind = Literal["text", "name", "number"]
ChartKind = Literal["bar", "line", "ring"]
MAX_TITLE = 200
MAX_ROWS = 5000


class ContentError(RuleError):
    """The content cannot be printed or frozen; ``reasons`` says every fault in Chinese."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. ``indent`` is the usual two characters; line ends inside the text start a new paragraph.

    ``strong``: stretches (from, to) of the text that are set in 黑体.
    """

    TYPE: ClassVar[str] = "paragraph"
    text: str
    indent: bool = True
    align: Align = "justify"
    strong: tuple[tuple[int, int], ...] = field(default=(), metadata={"sparse": True})


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 一、黑体; 2 （一）楷体; 3 1. and 4 (1) 仿宋. The ordinal is part of the text."""

    TYPE: ClassVar[str] = "heading"
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. ``width`` is a weight; ``kind`` "name" is a person's name (masked on public pages)."""

    title: str
    width: int = 10
    align: Align = "center"
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table that runs over pages with its head repeated. ``totals`` last rows are set in 黑体."""

    TYPE: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    unit: str = ""
    note: str = ""
    totals: int = 0


@dataclass(frozen=True, slots=True)
class FigureItem:
    """One figure: ``value`` already formatted, ``compare`` such as 比上月增加12分."""

    label: str
    value: str
    unit: str = ""
    compare: str = ""


@dataclass(frozen=True, slots=True)
class FigureGrid:
    """Key figures in a ruled grid of ``columns`` per row."""

    TYPE: ClassVar[str] = "figures"
    items: tuple[FigureItem, ...]
    columns: int = 4


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One row of figures of a chart; None is a gap."""

    name: str
    values: tuple[int | Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A chart drawn by cogov.common.charts; ``lines`` is its height in text lines."""

    TYPE: ClassVar[str] = "chart"
    kind: ChartKind
    title: str
    labels: tuple[str, ...]
    series: tuple[ChartSeries, ...]
    unit: str = ""
    lines: int = 9


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The next block starts on a new page."""

    TYPE: ClassVar[str] = "page_break"


Block = Paragraph | Heading | Table | FigureGrid | ChartBlock | PageBreak
BLOCKS: dict[str, type[Block]] = {
    cls.TYPE: cls for cls in (Paragraph, Heading, Table, FigureGrid, ChartBlock, PageBreak)
}


@dataclass(frozen=True, slots=True)
class ObjectionPlace:
    """Where and how to object: the office's place and telephone (never a resident's)."""

    place: str
    telephone: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """An A4 document. Number, dates, code and digest are added at publication and do not stand here.

    ``basis``: the resolution, clause or law behind the decision; ``legal_basis``: why the list may be
    published; ``calculation``: how each figure came about (documents.md, what must stand on a notice).
    """

    title: str
    blocks: tuple[Block, ...]
    signer: str
    addressee: str = ""
    basis: tuple[str, ...] = ()
    legal_basis: str = ""
    calculation: str = ""
    objection: ObjectionPlace | None = None
    attachments: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    printed_by: str = ""


@dataclass(frozen=True, slots=True)
class PosterContent:
    """An A3 notice-board list. The first ``red_rows`` rows are red (ranks up to ten, shared ranks included)."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    signer: str
    subtitle: str = ""
    red_rows: int = 0
    panels: int = 2
    notes: tuple[str, ...] = ()
    objection: ObjectionPlace | None = None


def to_json(value: NoticeContent | PosterContent) -> dict[str, Any]:
    """The JSON-ready form; `from_json` and `poster_from_json` read it back to an equal value."""
    return cast("dict[str, Any]", _dump(value))


def _dump(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        # A sparse field that is empty is left out: documents frozen before it existed keep their form.
        out = {
            f.name: _dump(getattr(value, f.name))
            for f in fields(value)
            if getattr(value, f.name) or not f.metadata.get("sparse")
        }
        kind = getattr(type(value), "TYPE", None)
        return {"type": kind, **out} if kind else out
    if isinstance(value, tuple | list):
        return [item if type(item) is str else _dump(item) for item in value]
    if isinstance(value, float):
        raise ContentError("文书内容中的数字不能是浮点数")
    if isinstance(value, Decimal):
        return {"decimal": format(value, "f")}
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_json(data: Mapping[str, Any]) -> NoticeContent:
    """Read a notice back. Raises ContentError when the stored form is not one of ours."""
    values = _known(NoticeContent, data)
    values["blocks"] = tuple(_block(item) for item in _list(data, "blocks"))
    values["objection"] = _objection(data.get("objection"))
    for key in ("basis", "attachments", "cc"):
        values[key] = _strings(data.get(key, ()))
    return NoticeContent(**values)


def poster_from_json(data: Mapping[str, Any]) -> PosterContent:
    """Read a poster back. Raises ContentError."""
    values = _known(PosterContent, data)
    values["columns"] = _columns(data)
    values["rows"] = _rows(data)
    values["notes"] = _strings(data.get("notes", ()))
    values["objection"] = _objection(data.get("objection"))
    return PosterContent(**values)


def _known(cls: type, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(cls)}
    unknown = set(data) - names - {"type"}
    if unknown:
        raise ContentError("文书内容有不认识的项目", sorted(unknown))
    return {key: value for key, value in data.items() if key in names}


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise ContentError(f"文书内容的“{key}”应当是列表")
    return value


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value)


def _columns(data: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(Column(**_known(Column, item)) for item in _list(data, "columns"))


def _rows(data: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(_strings(row) for row in _list(data, "rows"))


def _objection(value: Any) -> ObjectionPlace | None:
    return None if value is None else ObjectionPlace(**_known(ObjectionPlace, value))


def _block(data: Mapping[str, Any]) -> Block:
    cls = BLOCKS.get(str(data.get("type", "")))
    if cls is None:
        raise ContentError(f"文书内容有不认识的段落类型“{data.get('type')}”")
    values = _known(cls, data)
    if cls is Table:
        values |= {"columns": _columns(data), "rows": _rows(data)}
    elif cls is Paragraph and "strong" in values:
        values["strong"] = tuple((int(low), int(high)) for low, high in _list(data, "strong"))
    elif cls is FigureGrid:
        values["items"] = tuple(FigureItem(**_known(FigureItem, item)) for item in _list(data, "items"))
    elif cls is ChartBlock:
        values["labels"] = _strings(_list(data, "labels"))
        values["series"] = tuple(
            ChartSeries(str(row["name"]), tuple(_number(v) for v in row["values"]))
            for row in _list(data, "series")
        )
    return cls(**values)


def _number(value: Any) -> int | Decimal | None:
    if isinstance(value, Mapping):
        return Decimal(str(value["decimal"]))
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ContentError("图表中的数字应当是整数或小数文本")


def validate(content: NoticeContent) -> tuple[Problem, ...]:
    """Faults that make a document unprintable: empty or overlong title, ragged tables, unknown values."""
    problems: list[Problem] = []
    if not content.title.strip():
        problems.append(Problem("标题不能为空", column="标题"))
    if len(content.title) > MAX_TITLE:
        problems.append(Problem(f"标题超过{MAX_TITLE}个字，请缩短", column="标题"))
    if not content.signer.strip():
        problems.append(Problem("落款单位不能为空", column="落款"))
    if not content.blocks:
        problems.append(Problem("正文不能为空", column="正文"))
    for block in content.blocks:
        if isinstance(block, Table):
            problems += _table_problems(block.caption or "表格", block.columns, block.rows)
        elif isinstance(block, Heading) and not 1 <= block.level <= 4:
            problems.append(Problem("标题层级只有一至四级", column=block.text))
        elif isinstance(block, ChartBlock) and block.kind not in get_args(ChartKind):
            problems.append(Problem("图表种类只有柱形、折线和环形", column=block.title))
    return tuple(problems)


def validate_poster(poster: PosterContent) -> tuple[Problem, ...]:
    """The same for a poster."""
    problems = list(_table_problems(poster.title or "公示榜", poster.columns, poster.rows))
    if not poster.title.strip():
        problems.append(Problem("公示榜标题不能为空", column="标题"))
    if poster.panels not in (1, 2):
        problems.append(Problem("公示榜只能排成一栏或两栏", column="栏数"))
    return tuple(problems)


def _table_problems(
    name: str, columns: tuple[Column, ...], rows: tuple[tuple[str, ...], ...]
) -> list[Problem]:
    if not columns:
        return [Problem("表格没有列", column=name)]
    out = [Problem("列宽必须是正数", column=c.title) for c in columns if c.width <= 0]
    if len(rows) > MAX_ROWS:
        out.append(Problem(f"表格超过{MAX_ROWS}行，请分成几份文书", column=name))
    width = len(columns)
    out += [
        Problem(f"应有{width}格，实有{len(row)}格", row=i, column=name)
        for i, row in enumerate(rows, 1)
        if len(row) != width
    ]
    return out


def texts(content: NoticeContent | PosterContent) -> tuple[str, ...]:
    """Every piece of text that will be printed, for the check of glyphs."""
    out: list[str] = []
    _collect(content, out)
    return tuple(out)


_NOT_PRINTED = frozenset({"align", "kind"})


def _collect(value: Any, out: list[str]) -> None:
    if isinstance(value, str):
        out.append(value)
    elif isinstance(value, tuple):
        for item in value:
            if type(item) is str:
                out.append(item)
            else:
                _collect(item, out)
    elif is_dataclass(value):
        for name in _printed(type(value)):
            _collect(getattr(value, name), out)


@cache
def _printed(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name not in _NOT_PRINTED)
