"""我家明白纸 on A4 (BEY-9): front and back of one sheet for a household; a group's sheets follow one another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notices.printing import geometry as g
from notices.printing.content import ObjectionPlace
from notices.printing.faces import Role
from notices.printing.grid import Grid, Row, paint, rules
from notices.printing.imprint import chinese_date
from notices.printing.qr import check_code, show_code
from notices.printing.sheet import Pen, Printout, StyleSheet, cell_lines, fit_size, shares
from notices.rules import ANSWER_DAYS
from points.selectors.holders import wording
from points.selectors.sheets import HouseholdSheet
from villages.models import HouseholdKind

_LEFT, _TOP, _BOTTOM = 16 * g.MM, 15 * g.MM, g.A4_HEIGHT - 15 * g.MM
_WIDTH = g.A4_WIDTH - 2 * _LEFT
_RED = "#a50d26"
_TITLE = 26.0
_SIZES = ((12.0, 16.5, 7.0), (10.5, 13.5, 4.0))
"""Type, leading and air of a row; the smaller one when front and back of one sheet would not hold the larger."""
_SIDES = 2
_BOX = 19 * g.MM
_CAPTION = 28.0
_NOTE, _NOTE_PITCH = 12.0, 18.5
_LEDGER = (("日期", 23), ("事由和算法", 90), ("积分", 17), ("入账前", 20), ("入账后", 20))
_MORE = (("日期", 23), ("事由和算法", 112), ("金额", 35))


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that is placed: a caption, or a row of a table with the head that is repeated on a new page."""

    height: float
    row: Row | None = None
    grid: Grid | None = None
    head: Row | None = None
    caption: str = ""


def layout_sheets(
    sheets: Sequence[HouseholdSheet],
    objection: ObjectionPlace,
    *,
    progress: Callable[[int], None] | None = None,
) -> Printout:
    """The pages of all sheets. When one has a back, all get one, so that two-sided printing keeps households apart.

    ``progress`` is called with the number of sheets laid out so far.
    """
    styles = StyleSheet()
    placed = []
    for count, sheet in enumerate(sheets, 1):
        placed.append(_pages(sheet, objection, styles))
        if progress is not None:
            progress(count)
    padded = any(len(pages) > 1 for pages in placed) and len(placed) > 1
    out: list[str] = []
    for pages in placed:
        out += pages
        if padded and len(pages) % 2:
            out.append("")
    title = f"{sheets[0].village}{sheets[0].period.label}明白纸" if sheets else "明白纸"
    created = sheets[0].period.end.isoformat() if sheets else "2000-01-01"
    return Printout("a4", title, tuple(out), styles.css(), created)


def _pages(sheet: HouseholdSheet, objection: ObjectionPlace, styles: StyleSheet) -> list[str]:
    notes = _notes(sheet, objection)
    foot = len(notes) * _NOTE_PITCH + 3 * _NOTE_PITCH
    first = _BOTTOM - _TOP - _head_height()
    for sizes in _SIZES:
        pages = _split(_parts(sheet, sizes), first, _BOTTOM - _TOP - 2 * _NOTE_PITCH, foot)
        if len(pages) <= _SIDES:
            break
    out = []
    for number, parts in enumerate(pages, 1):
        pen = Pen(styles)
        y = _heading(pen, sheet) if number == 1 else _running_head(pen, sheet)
        y = _draw(pen, parts, y)
        if not sheet.lines and number == 1:
            pen.text("本期没有积分变动。", x=_LEFT, y=y - 6, size=14, role="kai", pitch=22)
        if number == len(pages):
            _foot(pen, sheet, notes, foot)
        _folio(pen, sheet, number, len(pages))
        out.append(pen.html())
    return out


# -- what is placed ------------------------------------------------------------------------------------------


_Sizes = tuple[float, float, float]


def _grid(columns: Sequence[tuple[str, int]], sizes: _Sizes) -> Grid:
    aligns = tuple("left" if title.startswith("事由") else "center" for title, _ in columns)
    return Grid(tuple(shares((width for _, width in columns), _WIDTH)), aligns, sizes[0], sizes[1], pad=4.0)


def _row(values: Sequence[str], grid: Grid, role: Role, air: float, *, color: str = "") -> Row:
    cells = tuple(
        tuple(cell_lines(value, width=width - 2 * grid.pad, size=grid.size, role=role))
        for value, width in zip(values, grid.widths, strict=True)
    )
    return Row(cells, max(len(lines) for lines in cells) * grid.leading + air, role, color)


def _table(
    caption: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[tuple[Sequence[str], str]],
    sizes: _Sizes,
) -> list[_Part]:
    grid = _grid(columns, sizes)
    head = _row([title for title, _ in columns], grid, "hei", sizes[2])
    parts = [_Part(_CAPTION, caption=caption)]
    for values, color in rows:
        row = _row(values, grid, "song", sizes[2], color=color)
        parts.append(_Part(row.height, row, grid, head))
    return parts


def _parts(sheet: HouseholdSheet, sizes: _Sizes) -> list[_Part]:
    rows = [
        (
            (
                f"{line.on.month}月{line.on.day}日",
                line.text if line.kind in ("得分", "扣分") else f"{line.kind}：{line.text}",
                f"{line.points:+d}",
                str(line.before),
                str(line.after),
            ),
            _RED if line.points < 0 and line.kind == "扣分" else "",
        )
        for line in sheet.lines
    ]
    parts = _table("每一笔积分", _LEDGER, rows, sizes)
    for title, items in sheet.more:
        parts += _table(
            title,
            _MORE,
            [((f"{item.on.month}月{item.on.day}日", item.text, item.amount), "") for item in items],
            sizes,
        )
    return parts


def _split(parts: Sequence[_Part], first: float, other: float, foot: float) -> list[list[_Part]]:
    """Greedy from top to bottom; captions stay with their first row; the last page keeps room for the foot."""
    pages: list[list[_Part]] = [[]]
    used = 0.0
    for i, part in enumerate(parts):
        room = first if len(pages) == 1 else other
        need = part.height
        if part.caption and i + 1 < len(parts):
            following = parts[i + 1]
            need += following.height + (following.head.height if following.head else 0)
        elif part.head is not None and _begins_table(pages[-1], part):
            need += part.head.height
        if used + need > room and pages[-1]:
            pages.append([])
            used = 0.0
        if part.head is not None and _begins_table(pages[-1], part):
            used += part.head.height
        pages[-1].append(part)
        used += part.height
    room = first if len(pages) == 1 else other
    if used + foot > room:
        moved: list[_Part] = []
        while len(pages[-1]) > 1 and used + foot > room:
            moved.insert(0, pages[-1].pop())
            used -= moved[0].height
        while pages[-1] and pages[-1][-1].caption:
            moved.insert(0, pages[-1].pop())
        pages = [*pages, moved] if pages[-1] else [moved]
    return pages


def _begins_table(page: Sequence[_Part], part: _Part) -> bool:
    return not page or page[-1].grid is not part.grid


def _draw(pen: Pen, parts: Sequence[_Part], y: float) -> float:
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.grid is None or part.head is None:
            pen.text(part.caption, x=_LEFT, y=y, size=14, role="hei", pitch=_CAPTION)
            y += part.height
            at += 1
            continue
        run = [part.head]
        while at < len(parts) and parts[at].grid is part.grid:
            row = parts[at].row
            if row is not None:
                run.append(row)
            at += 1
        paint(pen, rules([row.height for row in run], part.grid.lefts, 0.5), x=_LEFT, y=y, color="#000")
        part.grid.draw(pen, run, x=_LEFT, y=y)
        y += sum(row.height for row in run) + 6
    return y


# -- head and foot -------------------------------------------------------------------------------------------


def _head_height() -> float:
    return _TITLE + 10 + 22 + 4 + 2 * _BOX + 12


def _heading(pen: Pen, sheet: HouseholdSheet) -> float:
    y = _TOP
    pen.text(
        _title(sheet),
        x=_LEFT,
        y=y,
        size=_TITLE,
        role="title",
        width=_WIDTH,
        align="center",
        color=_RED,
        tag="h1",
    )
    y += _TITLE + 10
    place = _whose(sheet)
    size = fit_size(place, size=15, width=_WIDTH * 0.68, role="hei")
    pen.text(place, x=_LEFT, y=y, size=size, role="hei", pitch=22)
    pen.text(sheet.period.label, x=_LEFT, y=y, size=15, role="hei", width=_WIDTH, align="right", pitch=22)
    y += 22 + 4
    group = sheet.kind == HouseholdKind.COLLECTIVE
    boxes = (
        ("期初可用", f"{sheet.opening}", "分"),
        ("本期得分", f"{sheet.earned}", "分"),
        ("本期扣分", f"{sheet.deducted}", "分"),
        ("本期兑换", f"{sheet.redeemed}", "分"),
        ("期末可用", f"{sheet.closing}", "分"),
        ("本期排名分", f"{sheet.score}", "分"),
        ("村内名次" if group else "组内名次", f"第{sheet.place}名", ""),
        (
            "全村组数" if group else f"全组{wording(sheet.kind).unit}数",
            f"{sheet.of}",
            wording(sheet.kind).unit,
        ),
    )
    width = _WIDTH / 4
    lefts = tuple(i * width for i in range(5))
    paint(pen, rules([_BOX, _BOX], lefts, 0.5), x=_LEFT, y=y, color="#000")
    for i, (label, value, unit) in enumerate(boxes):
        x, top = _LEFT + (i % 4) * width, y + (i // 4) * _BOX
        pen.text(label, x=x, y=top + 5, size=12, role="song", width=width, align="center", pitch=16)
        pen.text(
            f"{value}{unit}", x=x, y=top + 24, size=19, role="hei", width=width, align="center", pitch=24
        )
    return _TOP + _head_height()


_OWN = {
    HouseholdKind.FAMILY: ("我家", "本户"),
    HouseholdKind.PERSON: ("我的", "本人"),
    HouseholdKind.COLLECTIVE: ("本组", "本组"),
}


def _title(sheet: HouseholdSheet) -> str:
    return f"{_OWN[HouseholdKind(sheet.kind)][0]}明白纸"


def _number(sheet: HouseholdSheet) -> str:
    return f"{sheet.number}户" if sheet.kind == HouseholdKind.FAMILY else sheet.number


def _whose(sheet: HouseholdSheet) -> str:
    """The line under the title: where, number and name of who holds the points."""
    if sheet.kind == HouseholdKind.COLLECTIVE:
        return f"{sheet.village}　{sheet.number}　{sheet.head}"
    label = wording(sheet.kind).head
    return f"{sheet.village}{sheet.group}　{_number(sheet)}　{label}：{sheet.head or '—'}"


def _running_head(pen: Pen, sheet: HouseholdSheet) -> float:
    text = f"{_title(sheet)}　{sheet.village}{sheet.group}　{_number(sheet)}　{sheet.period.label}（续）"
    pen.text(text, x=_LEFT, y=_TOP, size=12, role="kai", pitch=_NOTE_PITCH)
    return _TOP + 2 * _NOTE_PITCH


def _notes(sheet: HouseholdSheet, objection: ObjectionPlace) -> list[str]:
    told = f"，电话 {objection.telephone}" if objection.telephone else ""
    receiver = f"，由{objection.receiver}受理" if objection.receiver else ""
    texts = (
        f"怎么算：积分＝数量×细则规定的分值，超过每{wording(sheet.kind).each}上限的部分不计。可用积分能兑换；排名分是得分减扣分，"
        "兑换不减少排名分；分数相同，名次并列。每一笔由一人登记、另一人审核。",
        f"有疑问怎么办：对任何一笔有疑问，可到{objection.place}当面查询或提出异议{told}{receiver}，{ANSWER_DAYS}日内答复；"
        "也可以在张贴的积分公示上扫码提出异议。弄错的一笔用冲正改过来，两笔都留在账上。",
    )
    return [line.text for text in texts for line in cell_lines(text, width=_WIDTH, size=_NOTE, role="kai")]


def _foot(pen: Pen, sheet: HouseholdSheet, notes: Sequence[str], height: float) -> None:
    y = _BOTTOM - height
    pen.box(x=_LEFT, y=y + 4, width=_WIDTH, height=0.75, color=_RED)
    y += 12
    for text in notes:
        pen.text(text, x=_LEFT, y=y, size=_NOTE, role="kai", pitch=_NOTE_PITCH)
        y += _NOTE_PITCH
    code = show_code(check_code(sheet.digest()))
    end = chinese_date(sheet.period.end)
    pen.text(f"校验码 {code}", x=_LEFT, y=y + 4, size=11, role="song", pitch=_NOTE_PITCH)
    pen.text(
        f"账目截至{end}　本纸只发{_OWN[HouseholdKind(sheet.kind)][1]}，请收好",
        x=_LEFT,
        y=y + 4,
        size=11,
        role="song",
        width=_WIDTH,
        align="right",
        pitch=_NOTE_PITCH,
    )


def _folio(pen: Pen, sheet: HouseholdSheet, number: int, of: int) -> None:
    text = f"{_number(sheet)}　第{number}页，共{of}页"
    pen.text(text, x=_LEFT, y=_BOTTOM + 4, size=11, role="song", width=_WIDTH, align="center", pitch=14)
