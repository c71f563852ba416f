"""Sheets of cards: ten cards of bank-card size (85.6 x 54 mm) on A4, each with a QR code; cut along the marks. Pure.

Household cards, goods labels, facility plates and seat cards are all this one layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notices.printing import geometry as g
from notices.printing.composer import Line
from notices.printing.faces import Role
from notices.printing.qr import qr_svg
from notices.printing.sheet import Pen, Printout, StyleSheet, cell_lines, fit_size

PER_SHEET = g.CARD_COLUMNS * g.CARD_ROWS
_PAD = 4 * g.MM
_QR = 28 * g.MM
_HEAD, _HEAD_PITCH = 13.0, 18.0
_TEXT, _PITCH = 12.0, 16.0
_CODE = 12.0
_MARK = 3 * g.MM
_MARK_RULE = 0.4
_BAR = 1.5 * g.MM
_ACCENT = "#b3202c"


@dataclass(frozen=True, slots=True)
class Label:
    """One card: ``heading`` (issuer or kind), ``title`` set large, ``lines`` below, QR with ``code`` under the text."""

    heading: str
    title: str
    lines: tuple[str, ...] = ()
    qr: str = ""
    code: str = ""


def layout_labels(labels: Sequence[Label], *, title: str, created: str = "2000-01-01") -> Printout:
    """Ten cards a sheet, row by row, with cutting marks outside the cards."""
    styles = StyleSheet()
    pages = []
    for start in range(0, max(len(labels), 1), PER_SHEET):
        pen = Pen(styles)
        _cutting_marks(pen)
        for i, label in enumerate(labels[start : start + PER_SHEET]):
            x = _left() + (i % g.CARD_COLUMNS) * g.CARD_WIDTH
            y = _top() + (i // g.CARD_COLUMNS) * g.CARD_HEIGHT
            _card(pen, label, x=x, y=y)
        pages.append(pen.html())
    return Printout("a4", title, tuple(pages), styles.css(), created)


def _left() -> float:
    return (g.A4_WIDTH - g.CARD_COLUMNS * g.CARD_WIDTH) / 2


def _top() -> float:
    return (g.A4_HEIGHT - g.CARD_ROWS * g.CARD_HEIGHT) / 2


def _cutting_marks(pen: Pen) -> None:
    """Short rules in the margin at every cut, none on a card."""
    left, top = _left(), _top()
    right, bottom = left + g.CARD_COLUMNS * g.CARD_WIDTH, top + g.CARD_ROWS * g.CARD_HEIGHT
    for i in range(g.CARD_COLUMNS + 1):
        x = left + i * g.CARD_WIDTH - _MARK_RULE / 2
        pen.box(x=x, y=top - _MARK - 2, width=_MARK_RULE, height=_MARK)
        pen.box(x=x, y=bottom + 2, width=_MARK_RULE, height=_MARK)
    for i in range(g.CARD_ROWS + 1):
        y = top + i * g.CARD_HEIGHT - _MARK_RULE / 2
        pen.box(x=left - _MARK - 2, y=y, width=_MARK, height=_MARK_RULE)
        pen.box(x=right + 2, y=y, width=_MARK, height=_MARK_RULE)


def _card(pen: Pen, label: Label, *, x: float, y: float) -> None:
    qr_room = _QR + _PAD if label.qr else 0.0
    inner = g.CARD_WIDTH - 2 * _PAD
    width = inner - qr_room
    pen.box(x=x + _PAD, y=y + _PAD, width=inner, height=_BAR, color=_ACCENT)
    top = y + _PAD + _BAR + 4
    size = max(fit_size(label.heading, size=_HEAD, width=inner, role="hei"), g.SMALLEST)
    pen.text(label.heading, x=x + _PAD, y=top, size=size, role="hei", pitch=_HEAD_PITCH)
    top += _HEAD_PITCH + 2
    if label.qr:
        pen.raw(qr_svg(label.qr, _QR), x=x + g.CARD_WIDTH - _PAD - _QR, y=top)
    bottom = y + g.CARD_HEIGHT - _PAD - (_CODE + 4 if label.code else 0)
    big = max(fit_size(label.title, size=18, width=width, role="title"), g.SMALLEST)
    for line in _fitting(label.title, width, big, int((bottom - top) // (big + 4)), "title"):
        pen.text(line.text, x=x + _PAD, y=top, size=big, role="title", pitch=big + 4)
        top += big + 4
    for text in label.lines:
        room = int((bottom - top) // _PITCH)
        for line in _fitting(text, width, _TEXT, room, "song"):
            pen.text(line.text, x=x + _PAD, y=top, size=_TEXT, role="song", pitch=_PITCH)
            top += _PITCH
    if label.code:
        fitted = max(fit_size(label.code, size=_CODE, width=inner, role="num"), g.SMALLEST)
        pen.text(
            label.code, x=x + _PAD, y=y + g.CARD_HEIGHT - _PAD - _CODE, size=fitted, role="num", pitch=_CODE
        )


def _fitting(text: str, width: float, size: float, most: int, role: Role) -> list[Line]:
    """The lines that still fit; a card has no second page."""
    lines = cell_lines(text, width=width, size=size, role=role)
    return lines[: max(most, 0)]
