"""Ruled tables drawn by columns: one block of text for each column of each stretch of rows, one path for all rules.

The renderer's own tables cost a millisecond a cell. Here the cells' lines are known already (the composer
made them), so a column is a single block whose lines stand ``ROW`` apart, and the rules are one SVG path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from notices.printing import geometry as g
from notices.printing.composer import Line
from notices.printing.faces import Role
from notices.printing.sheet import Pen, line_inner


@dataclass(frozen=True, slots=True)
class Row:
    """Cells as composed lines; ``height`` in points. Rows of one kind are alike in face and colour."""

    cells: tuple[tuple[Line, ...], ...]
    height: float
    role: Role = "song"
    color: str = ""

    @property
    def single(self) -> bool:
        return all(len(lines) <= 1 for lines in self.cells)

    @property
    def kind(self) -> tuple[Role, str, float]:
        return self.role, self.color, self.height


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the columns stand and how they are set. ``aligns`` as in CSS; ``pad`` inside the cell, in points."""

    widths: tuple[float, ...]
    aligns: tuple[str, ...]
    size: float
    leading: float
    pad: float = 3.0
    lefts: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lefts", (0.0, *accumulate(self.widths)))

    @property
    def width(self) -> float:
        return self.lefts[-1]

    def draw(self, pen: Pen, rows: Sequence[Row], *, x: float, y: float) -> None:
        """The text of all rows."""
        top = y
        for stretch in stretches(rows):
            if stretch[0].single:
                self._columns(pen, stretch, x=x, y=top)
            else:
                self._tall(pen, stretch[0], x=x, y=top)
            top += sum(row.height for row in stretch)

    def _css(self, row: Row, column: int, pitch: float) -> str:
        css = f"font-size:{g.pt(self.size)};line-height:{g.pt(pitch)};width:{g.pt(self.widths[column] - 2 * self.pad)}"
        if self.aligns[column] != "left":
            css += f";text-align:{self.aligns[column]}"
        return f"{css};color:{row.color}" if row.color else css

    def _columns(self, pen: Pen, rows: Sequence[Row], *, x: float, y: float) -> None:
        first = rows[0]
        for i in range(len(self.widths)):
            text = "\n".join(line_inner(row.cells[i][0]) if row.cells[i] else "" for row in rows)
            if text.strip("\n"):
                place = x + self.lefts[i] + self.pad
                pen.raw(text, x=place, y=y, css=self._css(first, i, first.height), names=first.role)

    def _tall(self, pen: Pen, row: Row, *, x: float, y: float) -> None:
        for i, lines in enumerate(row.cells):
            top = y + (row.height - len(lines) * self.leading) / 2
            text = "\n".join(line_inner(line) for line in lines)
            if text.strip("\n"):
                place = x + self.lefts[i] + self.pad
                pen.raw(text, x=place, y=top, css=self._css(row, i, self.leading), names=row.role)


def stretches(rows: Sequence[Row]) -> list[list[Row]]:
    """Consecutive single-line rows of one kind together; a row of several lines by itself."""
    out: list[list[Row]] = []
    for row in rows:
        if out and row.single and out[-1][0].single and out[-1][0].kind == row.kind:
            out[-1].append(row)
        else:
            out.append([row])
    return out


Box = tuple[float, float, float, float]


def paint(pen: Pen, boxes: Sequence[Box], *, x: float, y: float, color: str) -> None:
    """Filled rectangles (left, top, width, height; relative to x, y) as one path."""
    if not boxes:
        return
    width = max(left + w for left, _, w, _ in boxes)
    height = max(top + h for _, top, _, h in boxes)
    path = "".join(f"M{n(left)} {n(top)}h{n(w)}v{n(h)}h-{n(w)}z" for left, top, w, h in boxes)
    pen.raw(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{g.pt(width)}" height="{g.pt(height)}"'
        f' viewBox="0 0 {n(width)} {n(height)}" aria-hidden="true"><path fill="{color}" d="{path}"/></svg>',
        x=x,
        y=y,
    )


def n(value: float) -> str:
    """A number of an SVG path."""
    return g.pt(value).removesuffix("pt")


def rules(heights: Sequence[float], lefts: Sequence[float], thickness: float) -> list[Box]:
    """All horizontal and vertical rules of a table."""
    tops = [0.0, *accumulate(heights)]
    width, height = lefts[-1], tops[-1]
    across = [(0.0, top, width + thickness, thickness) for top in tops]
    down = [(left, 0.0, thickness, height) for left in lefts]
    return [*across, *down]
