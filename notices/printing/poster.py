"""The A3 notice-board poster: read at 1.5 m, so nothing that matters is below 28 pt (documents.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notices.printing import geometry as g
from notices.printing.composer import compose
from notices.printing.content import Column, ObjectionPlace, PosterContent
from notices.printing.imprint import Imprint, chinese_date, span_text
from notices.printing.qr import qr_svg, show_code
from notices.printing.sheet import (
    Pen,
    Printout,
    StyleSheet,
    cell_lines,
    fit_size,
    line_inner,
    name_text,
    shares,
    text_width,
)

_WIDTH = g.A3_WIDTH - 2 * g.POSTER_MARGIN
_TITLE = 66.0
_TITLE_PITCH = 78.0
_GUTTER = 8 * g.MM
_FOOT_LINES = 5
_ITEMS_PER_PAGE = 30
_HOUSEHOLDS_PER_PAGE = 40


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[tuple[str, ...], ...]
    lines: int
    red: bool


def layout_poster(poster: PosterContent, imprint: Imprint) -> Printout:
    """As many A3 sheets as the rows need, each complete in itself: heading, period, place to object, QR."""
    styles = StyleSheet()
    panels = max(1, min(poster.panels, 2))
    panel_width = (_WIDTH - _GUTTER * (panels - 1)) / panels
    widths = shares((c.width for c in poster.columns), panel_width)
    rows = [_row(poster, values, widths, i) for i, values in enumerate(poster.rows)]
    pages = _paginate(rows, panels)
    out = []
    for number, page in enumerate(pages, 1):
        pen = Pen(styles)
        if not imprint.number or imprint.mark:
            css = f"width:{g.pt(_WIDTH)};font-size:180pt"
            pen.raw(imprint.mark or "草　稿", x=g.POSTER_MARGIN, y=g.A3_HEIGHT * 0.4, css=css, names="wm hei")
        y = _heading(pen, poster, imprint, number, len(pages))
        for i, column in enumerate(page):
            x = g.POSTER_MARGIN + i * (panel_width + _GUTTER)
            _panel(pen, poster.columns, widths, column, x=x, y=y)
        _foot(pen, poster, imprint)
        out.append(pen.html())
    created = imprint.signed_on.isoformat() if imprint.signed_on else "2000-01-01"
    return Printout("a3", poster.title, tuple(out), styles.css(), created)


def _row(poster: PosterContent, values: Sequence[str], widths: Sequence[float], index: int) -> _Row:
    cells, most = [], 1
    red = index < poster.red_rows
    for value, column, width in zip(values, poster.columns, widths, strict=True):
        shown = name_text(value) if column.kind == "name" else value
        lines = cell_lines(shown, width=width - 4, size=g.POSTER_TEXT, role="num" if red else "song")
        cells.append(tuple(line_inner(line) for line in lines))
        most = max(most, len(lines))
    return _Row(tuple(cells), most, red)


def _paginate(rows: Sequence[_Row], panels: int) -> list[list[list[_Row]]]:
    """Pages of panels of rows; the last page is shared out evenly, so that no panel stands empty beside a full one."""
    limit = _HOUSEHOLDS_PER_PAGE if panels == 2 else _ITEMS_PER_PAGE
    pages: list[list[list[_Row]]] = []
    i = 0
    while i < len(rows) or not pages:
        page: list[list[_Row]] = []
        left = rows[i : i + limit]
        needed = sum(row.lines for row in left)
        share = (
            min(g.POSTER_ROWS, -(-needed // panels)) if needed <= g.POSTER_ROWS * panels else g.POSTER_ROWS
        )
        for _ in range(panels):
            panel: list[_Row] = []
            used = 0
            while i < len(rows) and (not panel or used + rows[i].lines <= max(share, 1)):
                panel.append(rows[i])
                used += rows[i].lines
                i += 1
            page.append(panel)
        pages.append(page)
    return pages


def _heading(pen: Pen, poster: PosterContent, imprint: Imprint, number: int, count: int) -> float:
    """Red title, the issuer's line with the number, a red rule. Returns the top of the table."""
    y = g.POSTER_MARGIN
    size = fit_size(poster.title, size=_TITLE, width=_WIDTH, role="title")
    pen.text(
        poster.title,
        x=g.POSTER_MARGIN,
        y=y,
        size=size,
        role="title",
        width=_WIDTH,
        align="center",
        pitch=_TITLE_PITCH,
        color=g.POSTER_RED,
        tag="h1",
    )
    y += _TITLE_PITCH
    sheet = f"（第{number}张，共{count}张）" if count > 1 else ""
    line = "　".join(part for part in (poster.subtitle, imprint.number_text + sheet) if part)
    if text_width(line, g.POSTER_TEXT, "hei") > _WIDTH:
        line = imprint.number_text + sheet
    pen.text(
        line,
        x=g.POSTER_MARGIN,
        y=y,
        size=g.POSTER_TEXT,
        role="hei",
        width=_WIDTH,
        align="center",
        pitch=g.POSTER_ROW,
    )
    y += g.POSTER_ROW + 2
    pen.box(x=g.POSTER_MARGIN, y=y, width=_WIDTH, height=3, color=g.POSTER_RED)
    return y + 10


def _panel(
    pen: Pen, columns: Sequence[Column], widths: Sequence[float], rows: Sequence[_Row], *, x: float, y: float
) -> None:
    if not rows:
        return
    styles = pen.styles
    cols = "".join(f'<col class="{styles.cls(f"width:{g.pt(width)}")}">' for width in widths)
    head = "".join(f"<th>{_fitted(pen, c.title, w)}</th>" for c, w in zip(columns, widths, strict=True))
    height = styles.cls(f"height:{g.pt(g.POSTER_ROW - g.POSTER_RULE)}")
    body = []
    for i, row in enumerate(rows):
        names = " ".join(name for name, on in (("r", row.red), ("z", i % 2)) if on)
        tall = (
            height
            if row.lines == 1
            else styles.cls(f"height:{g.pt(g.POSTER_ROW * row.lines - g.POSTER_RULE)}")
        )
        cells = "".join(f"<td>{'<br>'.join(lines)}</td>" for lines in row.cells)
        body.append(f'<tr class="{tall} {names}">{cells}</tr>')
    width = f"width:{g.pt(sum(widths))}"
    pen.raw(
        f'<colgroup>{cols}</colgroup><thead><tr class="{height}">{head}</tr></thead><tbody>{"".join(body)}</tbody>',
        x=x,
        y=y,
        css=width,
        tag="table",
        names="pt song",
    )


def _fitted(pen: Pen, title: str, width: float) -> str:
    """A column's title; too wide a one is set tighter, never smaller than 28 pt."""
    lines = cell_lines(title, width=10_000, size=g.POSTER_TEXT, role="hei")
    natural = text_width(title, g.POSTER_TEXT, "hei")
    inner = line_inner(lines[0])
    if natural <= width - 2:
        return inner
    tight = (width - 2 - natural) / max(len(title), 1)
    return f'<span class="{pen.styles.cls(f"letter-spacing:{g.pt(tight)}")}">{inner}</span>'


def _foot(pen: Pen, poster: PosterContent, imprint: Imprint) -> None:
    """Period, where to object, notes, signer and date; QR with the check code below."""
    height = _FOOT_LINES * g.POSTER_ROW
    y = g.A3_HEIGHT - g.POSTER_MARGIN - height
    pen.box(x=g.POSTER_MARGIN, y=y - 6, width=_WIDTH, height=2)
    code = show_code(imprint.check_code)
    block = max(g.POSTER_QR, text_width(code, g.POSTER_TEXT, "num")) + 4 if imprint.verify_url else 0.0
    room = _WIDTH - block - 6 * g.MM * (1 if block else 0)
    if imprint.verify_url:
        x = g.POSTER_MARGIN + _WIDTH - block
        pen.raw(qr_svg(imprint.verify_url, g.POSTER_QR), x=x + (block - g.POSTER_QR) / 2, y=y + 3)
        top = y + height - g.POSTER_ROW + 3
        pen.text(
            code, x=x, y=top, size=g.POSTER_TEXT, role="num", width=block, align="center", pitch=g.POSTER_ROW
        )
    lines = _foot_lines(poster, imprint, room)
    for i, text in enumerate(lines[: _FOOT_LINES - 1]):
        pen.text(
            text,
            x=g.POSTER_MARGIN,
            y=y + i * g.POSTER_ROW,
            size=g.POSTER_TEXT,
            role="song",
            pitch=g.POSTER_ROW,
        )
    day = chinese_date(imprint.signed_on) if imprint.signed_on else ""
    signed = "　".join(part for part in (poster.signer, day) if part)
    size = fit_size(signed, size=30, width=room, role="hei")
    pen.text(
        signed,
        x=g.POSTER_MARGIN,
        y=y + (_FOOT_LINES - 1) * g.POSTER_ROW,
        size=max(size, g.POSTER_TEXT) if size < 30 else size,
        role="hei",
        width=room,
        align="right",
        pitch=g.POSTER_ROW,
    )


def _foot_lines(poster: PosterContent, imprint: Imprint, room: float) -> list[str]:
    measure = room / g.POSTER_TEXT
    out: list[str] = []
    if imprint.publicity_start and imprint.publicity_end:
        out.append(f"公示期：{span_text(imprint.publicity_start, imprint.publicity_end)}")
    elif imprint.posting_until:
        out.append(f"张贴至：{chinese_date(imprint.posting_until)}")
    if poster.objection:
        out += _wrapped(_objection(poster.objection), measure)
    for note in poster.notes:
        out += _wrapped(note, measure)
    return out


def _objection(place: ObjectionPlace) -> str:
    telephone = f"，电话{place.telephone}" if place.telephone else ""
    return f"异议受理：{place.place}{telephone}"


def _wrapped(text: str, measure: float) -> list[str]:
    return [line.text for line in compose(text, measure=measure, role="song", hang=0)]
