"""The blocks of an A4 document as pieces for the flow: text lines, tables, figures, charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notices.printing import geometry as g
from notices.printing.composer import Line, compose
from notices.printing.content import (
    Block,
    ChartBlock,
    Column,
    FigureGrid,
    FigureItem,
    Heading,
    PageBreak,
    Paragraph,
    Table,
)
from notices.printing.faces import Role, printable
from notices.printing.flow import Flow, Piece
from notices.printing.grid import Grid, Row, paint, rules
from notices.printing.sheet import (
    Pen,
    cell_lines,
    esc,
    fit_size,
    line_inner,
    name_text,
    shares,
    spacing_of,
    strong_inner,
)

_HEADING_ROLES: dict[int, Role] = {1: "hei", 2: "kai", 3: "fang", 4: "fang"}
_CELL_PAD = 3.0
_ROW_AIR = 5.0
_MIN_ROWS = 2
_KEEP_WHOLE = 8
"""A table of no more rows than this is not torn apart by the end of a page."""


def text_piece(
    line: Line,
    role: Role,
    *,
    tag: str = "p",
    align: str = "justify",
    keep_next: bool = False,
    flags: Sequence[bool] = (),
) -> Piece:
    """One line of body text on the grid; ``flags`` marks the characters in 黑体."""
    inner = strong_inner(line, flags) if any(flags) else line_inner(line)

    def draw(pen: Pen, y: float) -> None:
        x, css = g.LEFT + line.indent * g.CELL, f"letter-spacing:{g.pt(_spacing(line, align))}"
        if align in ("center", "right"):
            x, css = g.LEFT, f"{css};width:{g.pt(g.TEXT_WIDTH)};text-align:{align}"
        pen.raw(inner, x=x, y=y, css=css, tag=tag, names=f"l {role}")

    return Piece(g.PITCH, draw, keep_next=keep_next, is_text=True)


def _spacing(line: Line, align: str) -> float:
    if align != "justify":
        return g.SPACING
    return spacing_of(line, measure=g.TEXT_WIDTH, size=g.BODY, cell=g.CELL)


def add_paragraph(
    flow: Flow,
    text: str,
    *,
    indent: float = 2,
    hang: float = 0,
    align: str = "justify",
    strong: Sequence[tuple[int, int]] = (),
) -> None:
    """Every line end in ``text`` begins a paragraph. ``strong``: stretches of ``text`` in 黑体."""
    start = 0
    for part in text.split("\n"):
        if part.strip():
            lines = compose(part, measure=g.CELLS, indent=indent, hang=hang)
            for line, flags in zip(lines, _flags(part, start, strong, lines), strict=True):
                flow.add(text_piece(line, "fang", align=align, flags=flags))
        start += len(part) + 1


def _flags(
    part: str, start: int, strong: Sequence[tuple[int, int]], lines: Sequence[Line]
) -> list[list[bool]]:
    """Per line, which of its characters are strong. The composer drops characters but never moves one."""
    if not strong:
        return [[] for _ in lines]
    shown = [
        (out, any(low <= start + i < high for low, high in strong))
        for i, char in enumerate(part)
        if (out := printable(char, "fang"))
    ]
    at, found = 0, []
    for line in lines:
        flags = []
        for char in line.text:
            while shown[at][0] != char:
                at += 1
            flags.append(shown[at][1])
            at += 1
        found.append(flags)
    return found


def add_heading(flow: Flow, heading: Heading) -> None:
    role = _HEADING_ROLES.get(heading.level, "fang")
    tag = f"h{min(heading.level + 1, 5)}"
    for line in compose(heading.text, measure=g.CELLS, role=role, indent=2):
        flow.add(text_piece(line, role, tag=tag, keep_next=True))


def add_block(flow: Flow, block: Block) -> None:
    """Place one block of the content."""
    if isinstance(block, Paragraph):
        add_paragraph(
            flow, block.text, indent=2 if block.indent else 0, align=block.align, strong=block.strong
        )
    elif isinstance(block, Heading):
        add_heading(flow, block)
    elif isinstance(block, Table):
        add_table(flow, block)
    elif isinstance(block, FigureGrid):
        add_figures(flow, block)
    elif isinstance(block, ChartBlock):
        add_chart(flow, block)
    elif isinstance(block, PageBreak) and flow.pages[-1]:
        flow.new_page()


# -- tables -----------------------------------------------------------------------------------


def _row(values: Sequence[str], columns: Sequence[Column], widths: Sequence[float], role: Role) -> Row:
    cells = []
    most = 1
    for value, column, width in zip(values, columns, widths, strict=True):
        shown = name_text(value) if column.kind == "name" and role == "song" else value
        lines = cell_lines(shown, width=width - 2 * _CELL_PAD, size=g.TABLE_SIZE, role=role)
        cells.append(tuple(lines))
        most = max(most, len(lines))
    return Row(tuple(cells), max(g.ROW, most * g.TABLE_LEADING + _ROW_AIR), role)


def add_table(flow: Flow, table: Table) -> None:
    """Chunks of a table, one a page, each with caption, unit and head; never a last row alone."""
    widths = shares((c.width for c in table.columns), g.TEXT_WIDTH)
    head = _row([c.title for c in table.columns], table.columns, widths, "hei")
    plain = len(table.rows) - table.totals
    rows = [
        _row(row, table.columns, widths, "song" if i < plain else "hei") for i, row in enumerate(table.rows)
    ]
    top = g.PITCH if table.caption or table.unit else g.PITCH / 3
    start, first = 0, True
    while first or start < len(rows):
        least = rows if len(rows) <= _KEEP_WHOLE else rows[start : start + _MIN_ROWS]
        needed = top + head.height + sum(row.height for row in least)
        if needed > flow.left and flow.pages[-1]:
            flow.break_page()
        count = _fitting(rows, start, flow.left - top - head.height)
        if len(rows) - start - count == 1 and count > _MIN_ROWS:
            count -= 1
        chunk = rows[start : start + count]
        flow.add(_table_piece(table, widths, head, chunk, top=top, again=not first))
        start, first = start + count, False
    if table.note:
        flow.snap()
        add_note(flow, table.note)
    flow.snap()


def _fitting(rows: Sequence[Row], start: int, room: float) -> int:
    used, count = 0.0, 0
    for row in rows[start:]:
        if used + row.height > room + 0.01:
            break
        used += row.height
        count += 1
    return max(count, 1)


def _table_piece(
    table: Table, widths: Sequence[float], head: Row, rows: Sequence[Row], *, top: float, again: bool
) -> Piece:
    height = top + head.height + sum(row.height for row in rows)
    aligns = tuple("center" if column.align == "justify" else column.align for column in table.columns)
    body = Grid(tuple(widths), aligns, g.TABLE_SIZE, g.TABLE_LEADING, _CELL_PAD)
    heads = Grid(tuple(widths), ("center",) * len(aligns), g.TABLE_SIZE, g.TABLE_LEADING, _CELL_PAD)

    def draw(pen: Pen, y: float) -> None:
        _table_caption(pen, table, y, again=again)
        boxes = rules([head.height, *(row.height for row in rows)], body.lefts, g.TABLE_RULE)
        paint(pen, boxes, x=g.LEFT - g.TABLE_RULE / 2, y=y + top - g.TABLE_RULE / 2, color="#000")
        heads.draw(pen, [head], x=g.LEFT, y=y + top)
        body.draw(pen, rows, x=g.LEFT, y=y + top + head.height)

    def split() -> tuple[Piece, Piece]:
        at = len(rows) - (_MIN_ROWS if len(rows) >= 2 * _MIN_ROWS else 1)
        parts = (rows[:at], again), (rows[at:], True)
        stays, goes = (_table_piece(table, widths, head, part, top=top, again=later) for part, later in parts)
        return stays, goes

    return Piece(height, draw, split=split if len(rows) > 1 else None)


def _table_caption(pen: Pen, table: Table, y: float, *, again: bool) -> None:
    tail = "（续）" if again else ""
    if table.caption:
        text = table.caption + tail
        size = fit_size(text, size=14, width=g.TEXT_WIDTH, role="hei")
        pen.text(
            text, x=g.LEFT, y=y, size=size, role="hei", width=g.TEXT_WIDTH, align="center", pitch=g.PITCH
        )
    if table.unit:
        pen.text(
            f"单位：{table.unit}",
            x=g.LEFT,
            y=y,
            size=10.5,
            role="song",
            width=g.TEXT_WIDTH,
            align="right",
            pitch=g.PITCH + 8,
        )


def add_note(flow: Flow, text: str) -> None:
    """A note below a table, 小四楷体."""
    per_line = g.TEXT_WIDTH / g.TABLE_SIZE
    for line in compose(text, measure=per_line, role="kai"):

        def draw(pen: Pen, y: float, line: Line = line) -> None:
            css = f"font-size:{g.pt(g.TABLE_SIZE)};line-height:{g.pt(g.ROW)}"
            pen.raw(line_inner(line), x=g.LEFT, y=y, css=css, tag="p", names="kai")

        flow.add(Piece(g.ROW, draw))


# -- figures and charts -----------------------------------------------------------------------


def add_figures(flow: Flow, grid: FigureGrid) -> None:
    """Key figures: label above, the figure large, the comparison below; three lines of the grid a row."""
    per_row = max(1, min(grid.columns, 4))
    for start in range(0, len(grid.items), per_row):
        flow.add(Piece(3 * g.PITCH, _figure_row(grid.items[start : start + per_row], per_row)))


def _figure_row(items: Sequence[FigureItem], per_row: int) -> Callable[[Pen, float], None]:
    width = g.TEXT_WIDTH / per_row
    height = 3 * g.PITCH - 6

    def draw(pen: Pen, y: float) -> None:
        top = y + 3
        for i, item in enumerate(items):
            x = g.LEFT + i * width
            inner = width - 6
            css = f"width:{g.pt(inner)};height:{g.pt(height)};background:#f6f4f1"
            pen.raw("", x=x + 3, y=top, css=css)
            pen.box(x=x + 3, y=top, width=inner, height=1.5, color="#b3202c")
            label = fit_size(item.label, size=11, width=inner - 8, role="hei")
            pen.text(
                item.label, x=x + 3, y=top + 9, size=label, role="hei", width=inner, align="center", pitch=15
            )
            shown = item.value + item.unit
            size = fit_size(shown, size=22, width=inner - 8, role="title")
            unit = f'<span class="fu">{esc(printable(item.unit, "song"))}</span>' if item.unit else ""
            big = f"font-size:{g.pt(size)};line-height:30pt;width:{g.pt(inner)};text-align:center"
            pen.raw(esc(printable(item.value, "title")) + unit, x=x + 3, y=top + 25, css=big, names="title")
            note = fit_size(item.compare, size=10, width=inner - 8, role="song")
            pen.text(
                item.compare,
                x=x + 3,
                y=top + 58,
                size=note,
                role="song",
                width=inner,
                align="center",
                pitch=14,
            )

    return draw


def add_chart(flow: Flow, chart: ChartBlock) -> None:
    """A chart of cogov.common.charts, as wide as the text, ``lines`` of the grid high."""
    height = max(5, min(chart.lines, g.LINES)) * g.PITCH

    def draw(pen: Pen, y: float) -> None:
        from cogov.common.charts import Variant, render_chart  # noqa: PLC0415 - imports Django; most notices have no chart

        svg = render_chart(
            kind=chart.kind,
            title=printable(chart.title, "song"),
            labels=[printable(label, "song") for label in chart.labels],
            series=[(printable(row.name, "song"), row.values) for row in chart.series],
            unit=printable(chart.unit, "song"),
            width=round(g.TEXT_WIDTH),
            height=round(height - 8),
            variant=Variant.PRINT,
        )
        css = f"width:{g.pt(g.TEXT_WIDTH)};height:{g.pt(height - 8)}"
        pen.raw(str(svg), x=g.LEFT, y=y + 4, css=css, names="chart song")

    flow.add(Piece(height, draw))
