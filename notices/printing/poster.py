"""The A3 notice-board poster: read at 1.5 m, so nothing that matters is below 28 pt (documents.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notices.printing import geometry as g
from notices.printing.composer import Line, balanced, compose
from notices.printing.content import Column, ObjectionPlace, PosterContent
from notices.printing.faces import Role
from notices.printing.grid import Grid, Row, paint
from notices.printing.imprint import Imprint, chinese_date, span_text
from notices.printing.qr import qr_svg, show_code
from notices.printing.sheet import (
    Pen,
    Printout,
    StyleSheet,
    cell_lines,
    fit_size,
    name_text,
    shares,
    text_width,
)

_TITLE = 66.0
_TITLE_PITCH = 72.0
_TITLE_SIZES = (48.0, 42.0, 36.0, 32.0, 28.0)
_TITLE_MOST = 130.0
"""Height that the lines of a long title may take before smaller type is tried."""
_FOOT_QR = g.POSTER_QR + g.POSTER_ROW + 6
_GUTTER = 8 * g.MM
_FOOT_LINES = 5
_FOOT_TIGHT = 30.0
"""The closest that lines of 28 pt may stand when a foot has many."""
_GAP = 8.0
_HEAD_RULES = 12.0
_ITEMS_PER_PAGE = 30
_HOUSEHOLDS_PER_PAGE = 40
_FEW = 10
_HEAD_TIGHT = 0.9
"""How far the head of a column may be set together before it would run into the next one."""
_SIGNATURE_TIGHT = 0.88
"""The same of signer and date, which would otherwise take a line from forty households."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The paper and what the title takes of it. ``rows``: the most rows of a panel under a one-line title."""

    paper: str
    width: float
    height: float
    rows: int
    title: tuple[str, ...]
    title_size: float

    @property
    def inner(self) -> float:
        return self.width - 2 * g.POSTER_MARGIN

    @property
    def title_pitch(self) -> float:
        return _TITLE_PITCH if len(self.title) == 1 else self.title_size * 1.15

    @property
    def title_height(self) -> float:
        return self.title_pitch * len(self.title)


def _sheet(title: str, *, landscape: bool) -> _Sheet:
    """A title that is too long for one line of at least 48 pt takes more lines, never less than 28 pt high."""
    width, height = (g.A3_HEIGHT, g.A3_WIDTH) if landscape else (g.A3_WIDTH, g.A3_HEIGHT)
    inner = width - 2 * g.POSTER_MARGIN
    rows = g.POSTER_ROWS_LANDSCAPE if landscape else g.POSTER_ROWS
    size = fit_size(title, size=_TITLE, width=inner, role="title")
    lines = [title]
    for trial in () if size >= _TITLE_SIZES[0] else _TITLE_SIZES:
        size, lines = trial, balanced(title, measure=inner / trial)
        if len(lines) * trial <= _TITLE_MOST:
            break
    paper = "a3l" if landscape else "a3"
    return _Sheet(paper, width, height, rows, tuple(lines), size)


def layout_poster(poster: PosterContent, imprint: Imprint, *, landscape: bool = False) -> Printout:
    """As many A3 sheets as the rows need, each complete in itself: heading, period, place to object, QR.

    A landscape sheet sets one panel more beside the others.
    """
    styles = StyleSheet()
    sheet = _sheet(poster.title, landscape=landscape)
    panels, grid, rows = _arranged(poster, sheet, max(1, min(poster.panels, 2)) + (1 if landscape else 0))
    foot, signature = _foot_lines(poster, imprint, sheet), _signature(poster, imprint, sheet)
    pages = _paginate(rows, panels, _rows_beside(sheet, len(foot) + len(signature)))
    out = []
    for number, page in enumerate(pages, 1):
        pen = Pen(styles)
        if not imprint.number or imprint.mark:
            css = f"width:{g.pt(sheet.inner)};font-size:180pt"
            pen.raw(
                imprint.mark or "草　稿", x=g.POSTER_MARGIN, y=sheet.height * 0.4, css=css, names="wm hei"
            )
        y = _heading(pen, sheet, poster, imprint, number, len(pages))
        for i, column in enumerate(page):
            x = g.POSTER_MARGIN + i * (grid.width + _GUTTER)
            _panel(pen, poster.columns, grid, column, x=x, y=y)
        _foot(pen, sheet, foot, signature, imprint)
        out.append(pen.html())
    created = imprint.signed_on.isoformat() if imprint.signed_on else "2000-01-01"
    return Printout(sheet.paper, poster.title, tuple(out), styles.css(), created)


def _arranged(poster: PosterContent, sheet: _Sheet, most: int) -> tuple[int, Grid, list[Row]]:
    """The table in as many panels as its heads fit into; a short list is not torn into panels of a few rows."""
    for panels in range(most, 0, -1):
        grid = _grid(poster.columns, (sheet.inner - _GUTTER * (panels - 1)) / panels)
        rows = [_row(poster, values, grid.widths, i) for i, values in enumerate(poster.rows)]
        fits = all(
            _HEAD_TIGHT * text_width(column.title, g.POSTER_TEXT, "hei") <= width - 2
            for column, width in zip(poster.columns, grid.widths, strict=True)
        )
        if fits and sum(map(_lines, rows)) > _FEW:
            break
    return panels, grid, rows


def _grid(columns: Sequence[Column], width: float) -> Grid:
    aligns = tuple("center" if column.align == "justify" else column.align for column in columns)
    widths = tuple(shares((column.width for column in columns), width))
    return Grid(widths, aligns, g.POSTER_TEXT, g.POSTER_ROW, pad=1.0)


def _row(poster: PosterContent, values: Sequence[str], widths: Sequence[float], index: int) -> Row:
    cells, most = [], 1
    red = index < poster.red_rows
    role: Role = "num" if red else "song"
    for value, column, width in zip(values, poster.columns, widths, strict=True):
        shown = name_text(value) if column.kind == "name" else value
        lines = cell_lines(shown, width=width - 4, size=g.POSTER_TEXT, role=role)
        cells.append(tuple(lines))
        most = max(most, len(lines))
    return Row(tuple(cells), g.POSTER_ROW * most, role, g.POSTER_RED if red else "")


def _lines(row: Row) -> int:
    return round(row.height / g.POSTER_ROW)


def _paginate(rows: Sequence[Row], panels: int, most: int) -> list[list[list[Row]]]:
    """As few pages as hold the rows, all panels about equally full, so that no sheet hangs nearly empty."""
    limit = min(most * panels, _ITEMS_PER_PAGE if panels == 1 else _HOUSEHOLDS_PER_PAGE)
    needed = sum(_lines(row) for row in rows)
    count = max(-(-needed // limit), 1)
    share = max(-(-needed // (count * panels)), 1)
    pages: list[list[list[Row]]] = []
    i = 0
    while i < len(rows) or not pages:
        page: list[list[Row]] = []
        for _ in range(panels):
            panel: list[Row] = []
            used = 0
            while i < len(rows) and (not panel or used + _lines(rows[i]) <= share):
                panel.append(rows[i])
                used += _lines(rows[i])
                i += 1
            page.append(panel)
        pages.append(page)
    return pages


def _heading(
    pen: Pen, sheet_of: _Sheet, poster: PosterContent, imprint: Imprint, number: int, count: int
) -> float:
    """Red title, the issuer's line with the number, a red rule. Returns the top of the table."""
    y = g.POSTER_MARGIN
    for text in sheet_of.title:
        pen.text(
            text,
            x=g.POSTER_MARGIN,
            y=y,
            size=sheet_of.title_size,
            role="title",
            width=sheet_of.inner,
            align="center",
            pitch=sheet_of.title_pitch,
            color=g.POSTER_RED,
            tag="h1",
        )
        y += sheet_of.title_pitch
    sheet = f"（第{number}张，共{count}张）" if count > 1 else ""
    line = "　".join(part for part in (poster.subtitle, imprint.number_text + sheet) if part)
    if text_width(line, g.POSTER_TEXT, "hei") > sheet_of.inner:
        line = imprint.number_text + sheet
    pen.text(
        line,
        x=g.POSTER_MARGIN,
        y=y,
        size=g.POSTER_TEXT,
        role="hei",
        width=sheet_of.inner,
        align="center",
        pitch=g.POSTER_ROW,
    )
    y += g.POSTER_ROW + 2
    pen.box(x=g.POSTER_MARGIN, y=y, width=sheet_of.inner, height=3, color=g.POSTER_RED)
    return y + _HEAD_RULES - 2


def _panel(
    pen: Pen, columns: Sequence[Column], grid: Grid, rows: Sequence[Row], *, x: float, y: float
) -> None:
    """Head between two strong rules, rows on alternating ground, a thin rule below each."""
    if not rows:
        return
    top = y + g.POSTER_ROW
    grounds, thin, below = [], [], 0.0
    for i, row in enumerate(rows):
        if i % 2:
            grounds.append((0.0, below, grid.width, row.height))
        below += row.height
        thin.append((0.0, below - g.POSTER_RULE, grid.width, g.POSTER_RULE))
    paint(pen, grounds, x=x, y=top, color="#f3f1ee")
    paint(pen, thin, x=x, y=top, color="#999")
    paint(
        pen, [(0.0, 0.0, grid.width, 2.0), (0.0, g.POSTER_ROW - 2, grid.width, 2.0)], x=x, y=y, color="#000"
    )
    for column, left, width in zip(columns, grid.lefts, grid.widths, strict=False):
        natural = text_width(column.title, g.POSTER_TEXT, "hei")
        tight = min((width - 2 - natural) / max(len(column.title), 1), 0.0)
        pen.text(
            column.title,
            x=x + left,
            y=y,
            size=g.POSTER_TEXT,
            role="hei",
            width=width,
            align="center",
            pitch=g.POSTER_ROW,
            spacing=tight,
        )
    grid.draw(pen, rows, x=x, y=top)


def _foot_space(sheet: _Sheet, rows: int) -> float:
    """Height left for the foot below ``rows`` rows."""
    above = sheet.title_height + g.POSTER_ROW + _HEAD_RULES + g.POSTER_ROW * (rows + 1)
    return sheet.height - 2 * g.POSTER_MARGIN - above - _GAP


def _rows_beside(sheet: _Sheet, notes: int) -> int:
    """Rows of a panel that leave room for this many lines of notes and signature, and for the QR code."""
    rows = sheet.rows
    least = max(notes * _FOOT_TIGHT, _FOOT_QR if len(sheet.title) > 1 else 0.0)
    while rows > 1 and least > _foot_space(sheet, rows):
        rows -= 1
    return rows


def _code_block(imprint: Imprint) -> float:
    """Width of the block of QR and check code; 0 for a draft."""
    if not imprint.verify_url:
        return 0.0
    return max(g.POSTER_QR, text_width(show_code(imprint.check_code), g.POSTER_TEXT, "num")) + 4


def _foot_room(sheet: _Sheet, imprint: Imprint) -> float:
    block = _code_block(imprint)
    return sheet.inner - block - (6 * g.MM if block else 0.0)


def _signature(poster: PosterContent, imprint: Imprint, sheet: _Sheet) -> list[str]:
    """Signer and date on one line; on lines of their own where they would run into the check code."""
    room = _foot_room(sheet, imprint)
    day = chinese_date(imprint.signed_on) if imprint.signed_on else ""
    signed = "　".join(part for part in (poster.signer, day) if part)
    if _SIGNATURE_TIGHT * text_width(signed, g.POSTER_TEXT, "hei") <= room:
        return [signed]
    return [*balanced(poster.signer, measure=room / g.POSTER_TEXT), *([day] if day else [])]


def _foot(pen: Pen, sheet: _Sheet, lines: Sequence[Line], signature: Sequence[str], imprint: Imprint) -> None:
    """Period, where to object, notes, signer and date; QR with the check code below."""
    count = max(_FOOT_LINES, len(lines) + len(signature))
    beside = _rows_beside(sheet, len(lines) + len(signature))
    pitch = min(g.POSTER_ROW, _foot_space(sheet, beside) / count)
    height = count * pitch
    y = sheet.height - g.POSTER_MARGIN - height
    pen.box(x=g.POSTER_MARGIN, y=y - 6, width=sheet.inner, height=2)
    code, block, room = show_code(imprint.check_code), _code_block(imprint), _foot_room(sheet, imprint)
    if imprint.verify_url:
        x = g.POSTER_MARGIN + sheet.inner - block
        pen.raw(qr_svg(imprint.verify_url, g.POSTER_QR), x=x + (block - g.POSTER_QR) / 2, y=y + 3)
        top = y + 3 + g.POSTER_QR
        pen.text(
            code, x=x, y=top, size=g.POSTER_TEXT, role="num", width=block, align="center", pitch=g.POSTER_ROW
        )
    for i, line in enumerate(lines):
        pen.line(line, x=g.POSTER_MARGIN, y=y + i * pitch, size=g.POSTER_TEXT, role="song", pitch=pitch)
    size = min(fit_size(text, size=30, width=room, role="hei") for text in signature)
    size = max(size, g.POSTER_TEXT)
    for i, text in enumerate(signature, count - len(signature)):
        pen.text(
            text,
            x=g.POSTER_MARGIN,
            y=y + i * pitch,
            size=size,
            role="hei",
            width=room,
            align="right",
            pitch=pitch,
            spacing=min((room - text_width(text, size, "hei")) / len(text), 0.0),
        )


def _foot_lines(poster: PosterContent, imprint: Imprint, sheet: _Sheet) -> list[Line]:
    """A line for each note; notes that would take rows from the table run on in one paragraph."""
    measure = _foot_room(sheet, imprint) / g.POSTER_TEXT
    texts: list[str] = []
    if imprint.publicity_start and imprint.publicity_end:
        texts.append(f"公示期：{span_text(imprint.publicity_start, imprint.publicity_end)}")
    elif imprint.posting_until:
        texts.append(f"张贴至：{chinese_date(imprint.posting_until)}")
    if poster.objection:
        texts += _objection_texts(poster.objection, measure)
    apart = _composed((*texts, *poster.notes), measure)
    if _rows_beside(sheet, len(apart) + len(_signature(poster, imprint, sheet))) == sheet.rows:
        return apart
    return _composed((*texts, "".join(poster.notes)), measure)


def _composed(texts: Sequence[str], measure: float) -> list[Line]:
    return [line for text in texts if text for line in compose(text, measure=measure, role="song")]


def _objection_texts(place: ObjectionPlace, measure: float) -> list[str]:
    """One text when it fits on a line; otherwise the telephone has a line of its own and is never broken."""
    where = f"异议受理：{place.place}"
    if not place.telephone:
        return [where]
    whole = f"{where}，电话{place.telephone}"
    fits = len(compose(whole, measure=measure, role="song")) == 1
    return [whole] if fits else [where, f"受理电话：{place.telephone}"]
