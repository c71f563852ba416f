"""Receipts: A5 landscape for the file, an 80 mm roll for the counter. Type is never below 11 pt. Pure.

The caller (supermarket, store, cashier) says what stands on it; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notices.printing import geometry as g
from notices.printing.content import Column
from notices.printing.faces import Role
from notices.printing.grid import Grid, Row, paint, rules
from notices.printing.qr import qr_svg
from notices.printing.sheet import Pen, Printout, StyleSheet, cell_lines, fit_size, shares, text_width

_MARGIN = 12 * g.MM
_TITLE = 22.0
_TEXT, _PITCH = 12.0, 19.0
_ROW_AIR = 6.0
_QR = 26 * g.MM
_SIGN_ROOM = 30.0
_ROLL_TEXT, _ROLL_PITCH = 11.0, 16.0
_ROLL_QR = 34 * g.MM
_INNER = g.A5_LONG - 2 * _MARGIN


@dataclass(frozen=True, slots=True)
class Receipt:
    """``facts``: label and value, such as 户号; ``total``: label and value set large; ``signers``: empty lines to sign.

    ``verify_url`` is what the QR says, ``code`` stands below it; without an address there is no QR.
    """

    title: str
    issuer: str
    number: str
    issued_on: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...] = ()
    total: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ("领取人", "经办人")
    verify_url: str = ""
    code: str = ""
    created: str = "2000-01-01"


# -- A5 landscape -----------------------------------------------------------------------------


def layout_receipt(receipt: Receipt) -> Printout:
    """As many A5 sheets as the rows need, each with heading; the signatures and the QR stand on the last."""
    styles = StyleSheet()
    grid = _grid(receipt.columns, _INNER, _TEXT, 14.0)
    head = _row([c.title for c in receipt.columns], grid, "hei", _TEXT)
    rows = [_row(values, grid, "song", _TEXT) for values in receipt.rows]
    pages = _split(receipt, rows, head.height)
    out = []
    for number, chunk in enumerate(pages, 1):
        pen = Pen(styles)
        y = _heading(pen, receipt, f"（第{number}页，共{len(pages)}页）" if len(pages) > 1 else "")
        boxes = rules([head.height, *(row.height for row in chunk)], grid.lefts, g.TABLE_RULE)
        paint(pen, boxes, x=_MARGIN, y=y, color="#000")
        grid.draw(pen, [head], x=_MARGIN, y=y)
        grid.draw(pen, chunk, x=_MARGIN, y=y + head.height)
        if number == len(pages):
            _closing(pen, receipt)
        out.append(pen.html())
    return Printout("a5l", receipt.title, tuple(out), styles.css(), receipt.created)


def _grid(columns: Sequence[Column], width: float, size: float, leading: float) -> Grid:
    aligns = tuple("center" if column.align == "justify" else column.align for column in columns)
    return Grid(tuple(shares((c.width for c in columns), width)), aligns, size, leading)


def _row(values: Sequence[str], grid: Grid, role: Role, size: float) -> Row:
    cells = tuple(
        tuple(cell_lines(value, width=width - 2 * grid.pad, size=size, role=role))
        for value, width in zip(values, grid.widths, strict=True)
    )
    most = max((len(lines) for lines in cells), default=1)
    return Row(cells, most * grid.leading + _ROW_AIR, role)


def _head_height(receipt: Receipt) -> float:
    return _TITLE + 10 + _PITCH + -(-len(receipt.facts) // 3) * _PITCH + 4


def _closing_lines(receipt: Receipt) -> list[str]:
    return [
        line.text
        for note in receipt.notes
        for line in cell_lines(note, width=_left(receipt), size=_TEXT, role="kai")
    ]


def _left(receipt: Receipt) -> float:
    return _INNER - (_code_width(receipt) + 8 * g.MM if receipt.verify_url else 0.0)


def _code_size(receipt: Receipt) -> float:
    return max(fit_size(receipt.code, size=_TEXT, width=_QR + 20, role="num"), g.SMALLEST)


def _code_width(receipt: Receipt) -> float:
    """Of the QR and of the code below it, which may be the wider."""
    return max(_QR, text_width(receipt.code, _code_size(receipt), "num"))


def _closing_height(receipt: Receipt) -> float:
    text = (_PITCH + 6 if receipt.total[0] else 0) + len(_closing_lines(receipt)) * _PITCH + _SIGN_ROOM
    return max(text, _QR + 16 if receipt.verify_url else 0) + 6


def _split(receipt: Receipt, rows: Sequence[Row], head: float) -> list[list[Row]]:
    """Rows by page; the last page keeps room for the closing."""
    full = g.A5_SHORT - 2 * _MARGIN - _head_height(receipt) - head
    pages: list[list[Row]] = [[]]
    used = 0.0
    for row in rows:
        if used + row.height > full and pages[-1]:
            pages.append([])
            used = 0.0
        pages[-1].append(row)
        used += row.height
    moved: list[Row] = []
    while pages[-1] and sum(row.height for row in pages[-1]) > full - _closing_height(receipt):
        moved.insert(0, pages[-1].pop())
    if moved:
        pages = [page for page in pages if page]
        pages.append(moved)
    return pages


def _heading(pen: Pen, receipt: Receipt, sheet: str) -> float:
    size = fit_size(receipt.title, size=_TITLE, width=_INNER, role="title")
    y = _MARGIN
    pen.text(
        receipt.title, x=_MARGIN, y=y, size=max(size, g.SMALLEST), role="title", width=_INNER, align="center",
        pitch=_TITLE, tag="h1",
    )  # fmt: skip
    y += _TITLE + 10
    pen.text(receipt.issuer, x=_MARGIN, y=y, size=_TEXT, role="song", pitch=_PITCH)
    right = f"{receipt.issued_on}　{receipt.number}{sheet}"
    pen.text(right, x=_MARGIN, y=y, size=_TEXT, role="song", width=_INNER, align="right", pitch=_PITCH)
    y += _PITCH
    for i, (label, value) in enumerate(receipt.facts):
        x = _MARGIN + (i % 3) * _INNER / 3
        text = f"{label}：{value}"
        fitted = max(fit_size(text, size=_TEXT, width=_INNER / 3 - 6, role="song"), g.SMALLEST)
        pen.text(text, x=x, y=y + (i // 3) * _PITCH, size=fitted, role="song", pitch=_PITCH)
    return _MARGIN + _head_height(receipt)


def _closing(pen: Pen, receipt: Receipt) -> None:
    """Total, notes and places to sign on the left, the QR on the right; all at the foot of the sheet."""
    y = g.A5_SHORT - _MARGIN - _closing_height(receipt) + 6
    if receipt.verify_url:
        width = _code_width(receipt)
        x = _MARGIN + _INNER - width
        pen.raw(qr_svg(receipt.verify_url, _QR), x=x + (width - _QR) / 2, y=y)
        pen.text(
            receipt.code, x=x, y=y + _QR + 2, size=_code_size(receipt), role="num", width=width, align="center", pitch=14
        )  # fmt: skip
    if receipt.total[0]:
        pen.text(
            f"{receipt.total[0]}：{receipt.total[1]}", x=_MARGIN, y=y, size=15, role="hei", pitch=_PITCH + 6
        )
        y += _PITCH + 6
    for text in _closing_lines(receipt):
        pen.text(text, x=_MARGIN, y=y, size=_TEXT, role="kai", pitch=_PITCH)
        y += _PITCH
    width = _left(receipt) / max(len(receipt.signers), 1)
    bottom = g.A5_SHORT - _MARGIN - _PITCH
    for i, signer in enumerate(receipt.signers):
        x = _MARGIN + i * width
        pen.text(f"{signer}：", x=x, y=bottom, size=_TEXT, role="song", pitch=_PITCH)
        lead = _TEXT * (len(signer) + 1)
        pen.box(x=x + lead, y=bottom + _PITCH - 3, width=max(width - lead - 14, 20), height=0.6)


# -- 80 mm roll -------------------------------------------------------------------------------


def layout_roll(receipt: Receipt) -> Printout:
    """One strip as long as it must be. Each row: its first column on a line, the others below it."""
    styles = StyleSheet()
    pen = Pen(styles)
    inner = g.ROLL_WIDTH - 2 * g.ROLL_MARGIN
    y = g.ROLL_MARGIN

    def line(text: str, *, size: float = _ROLL_TEXT, role: Role = "song", align: str = "left") -> None:
        nonlocal y
        pitch = size + _ROLL_PITCH - _ROLL_TEXT
        for part in cell_lines(text, width=inner, size=size, role=role):
            pen.text(
                part.text, x=g.ROLL_MARGIN, y=y, size=size, role=role, width=inner, align=align, pitch=pitch
            )
            y += pitch

    def rule() -> None:
        nonlocal y
        pen.box(x=g.ROLL_MARGIN, y=y + 2, width=inner, height=0.75)
        y += 6

    line(receipt.title, size=15, role="hei", align="center")
    line(receipt.issuer, align="center")
    line(f"{receipt.issued_on}　{receipt.number}")
    for label, value in receipt.facts:
        line(f"{label}：{value}")
    rule()
    for values in receipt.rows:
        line(values[0], role="hei")
        rest = "　".join(
            f"{column.title}{value}"
            for column, value in zip(receipt.columns[1:], values[1:], strict=True)
            if value
        )
        if rest:
            line(rest, align="right")
    rule()
    if receipt.total[0]:
        line(f"{receipt.total[0]}　{receipt.total[1]}", size=15, role="hei", align="right")
    for note in receipt.notes:
        line(note)
    if receipt.verify_url:
        y += 6
        pen.raw(qr_svg(receipt.verify_url, _ROLL_QR), x=(g.ROLL_WIDTH - _ROLL_QR) / 2, y=y)
        y += _ROLL_QR + 3
        line(receipt.code, role="num", align="center")
    for signer in receipt.signers:
        y += 10
        line(f"{signer}：________________")
    height = y + g.ROLL_MARGIN
    page = f"@page{{size:{g.pt(g.ROLL_WIDTH)} {g.pt(height)};margin:0}}\n.roll{{height:{g.pt(height)}}}"
    return Printout("roll", receipt.title, (pen.html(),), f"{page}\n{styles.css()}", receipt.created)
