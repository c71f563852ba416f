"""评议签字表 on A4: what the review group deliberates on, with room for its opinion and both signatures (PNT-8). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from notices.printing import geometry as g
from notices.printing.grid import Grid, Row, paint, rules
from notices.printing.sheet import Pen, Printout, StyleSheet, cell_lines, shares
from points.selectors.review_sheets import ReviewLine, ReviewSheet

_LEFT, _TOP, _BOTTOM = 16 * g.MM, 16 * g.MM, g.A4_HEIGHT - 18 * g.MM
_WIDTH = g.A4_WIDTH - 2 * _LEFT
_COLUMNS = (
    ("序号", 10),
    ("组别", 14),
    ("户主", 20),
    ("事项和算法", 80),
    ("拟计分", 15),
    ("评议意见", 19),
    ("户主签字", 20),
)
_ALIGNS = ("center", "center", "center", "left", "center", "center", "center")
_SIZE, _LEADING, _AIR = 11.0, 14.5, 6.0
_ROW = 26.0
"""A row is at least as high as a signature needs."""
_TITLE, _PITCH = 22.0, 20.0
_FOOT = 5 * _PITCH
_SEATS = 5


def layout_review_sheet(sheet: ReviewSheet, created: str) -> Printout:
    """The pages; ``created`` is the ISO date that the file carries."""
    styles = StyleSheet()
    grid = Grid(tuple(shares((w for _, w in _COLUMNS), _WIDTH)), _ALIGNS, _SIZE, _LEADING)
    words = {"户主": sheet.words.head, "户主签字": "签字" if sheet.words.head != "户主" else "户主签字"}
    head = _row([words.get(title, title) for title, _ in _COLUMNS], grid, strong=True)
    rows = [_row(_values(number, line), grid) for number, line in enumerate(sheet.lines, 1)]
    pages = _split(rows, head.height)
    out = []
    for number, page in enumerate(pages, 1):
        pen = Pen(styles)
        y = _heading(pen, sheet, number)
        if page:
            run = [head, *page]
            paint(pen, rules([row.height for row in run], grid.lefts, 0.5), x=_LEFT, y=y, color="#000")
            grid.draw(pen, run, x=_LEFT, y=y)
            y += sum(row.height for row in run)
        if number == len(pages):
            _signatures(pen, sheet, y + _PITCH)
        pen.text(
            f"第{number}页，共{len(pages)}页",
            x=_LEFT,
            y=_BOTTOM + 6,
            size=10.5,
            role="song",
            width=_WIDTH,
            align="center",
            pitch=14,
        )
        out.append(pen.html())
    return Printout("a4", f"{sheet.village}{sheet.month}积分评议签字表", tuple(out), styles.css(), created)


def _values(number: int, line: ReviewLine) -> list[str]:
    who = f"{line.head or '—'}\n{line.number}"
    return [
        str(number),
        line.group,
        who,
        "\n".join(line.deeds),
        f"{line.points:+d}",
        "",
        "",
    ]


def _row(values: Sequence[str], grid: Grid, *, strong: bool = False) -> Row:
    role = "hei" if strong else "song"
    cells = tuple(
        tuple(cell_lines(value, width=width - 2 * grid.pad, size=grid.size, role=role)) if value else ()
        for value, width in zip(values, grid.widths, strict=True)
    )
    height = max(len(lines) for lines in cells) * grid.leading + _AIR
    return Row(cells, height if strong else max(height, _ROW), role)


def _split(rows: Sequence[Row], head: float) -> list[list[Row]]:
    """Greedy from top to bottom; the signatures stay on the last page with at least one row."""
    pages: list[list[Row]] = [[]]
    used = 0.0
    for row in rows:
        if pages[-1] and used + row.height > _room(len(pages)) - head:
            pages.append([])
            used = 0.0
        pages[-1].append(row)
        used += row.height
    if used + _FOOT > _room(len(pages)) - head:
        pages.append([pages[-1].pop()] if len(pages[-1]) > 1 else [])
    return pages


def _room(page: int) -> float:
    return _BOTTOM - _TOP - (_TITLE + 10 + 2 * _PITCH if page == 1 else _PITCH + 4)


def _heading(pen: Pen, sheet: ReviewSheet, page: int) -> float:
    name = f"{sheet.village}{sheet.month}积分评议签字表"
    if page > 1:
        pen.text(f"{name}（续）", x=_LEFT, y=_TOP, size=12, role="kai", pitch=_PITCH)
        return _TOP + _PITCH + 4
    pen.text(name, x=_LEFT, y=_TOP, size=_TITLE, role="title", width=_WIDTH, align="center", tag="h1")
    y = _TOP + _TITLE + 10
    told = f"共{len(sheet.lines)}{sheet.words.unit}{sheet.records}笔，拟计{sheet.points}分。"
    pen.text(told, x=_LEFT, y=y, size=12, role="song", pitch=_PITCH)
    blank = "评议日期：　　　　年　　月　　日"
    pen.text(blank, x=_LEFT, y=y, size=12, role="song", width=_WIDTH, align="right", pitch=_PITCH)
    signer = "户主" if sheet.words.head == "户主" else "本人或组长"
    note = f"评议意见写“同意”或改后的分值和理由；{signer}核对后签字，不在家的由受托人签字并注明。"
    pen.text(note, x=_LEFT, y=y + _PITCH, size=10.5, role="kai", pitch=_PITCH)
    return y + 2 * _PITCH


def _signatures(pen: Pen, sheet: ReviewSheet, y: float) -> None:
    names = [*sheet.members, *([""] * max(0, 3 - len(sheet.members)))][: max(_SEATS, len(sheet.members))]
    pen.text("评议小组成员签字", x=_LEFT, y=y, size=12, role="hei", pitch=_PITCH)
    width = _WIDTH / min(len(names), _SEATS)
    for index, name in enumerate(names):
        x, top = _LEFT + (index % _SEATS) * width, y + (1 + index // _SEATS) * _PITCH
        pen.text(f"{name}　" if name else "", x=x, y=top + 6, size=11, role="song", pitch=_PITCH)
        pen.box(x=x + 46, y=top + 6 + _PITCH - 3, width=width - 56, height=0.5)
    y += (2 + (len(names) - 1) // _SEATS) * _PITCH + 10
    pen.text("主持人：", x=_LEFT, y=y, size=11, role="song", pitch=_PITCH)
    pen.text("记录人：", x=_LEFT + _WIDTH / 2, y=y, size=11, role="song", pitch=_PITCH)
