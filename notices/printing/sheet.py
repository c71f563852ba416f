"""Small tools with which the layouts write their pages: escaped text, style classes, placed boxes.

Everything that came from a person passes through `esc`. Styles become numbered classes, never
``style`` attributes, so the same pages obey the Content-Security-Policy when a browser shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from notices.printing import geometry as g
from notices.printing.composer import Line, compose
from notices.printing.faces import Role, advance, printable


def esc(text: str) -> str:
    """Text for HTML, quotes included."""
    return escape(text, quote=True)


@dataclass(slots=True)
class StyleSheet:
    """Declarations -> class names in order of first use: the same content gives the same names.

    Those of places have names of their own kind, because ``placed`` takes them out again.
    """

    _names: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)

    def cls(self, declarations: str) -> str:
        return self._names.setdefault(declarations, f"c{len(self._names)}")

    def place(self, x: float, y: float) -> str:
        """The class of everything that has its corner there."""
        return self._places.setdefault(f"left:{g.pt(x)};top:{g.pt(y)}", f"p{len(self._places)}")

    def css(self) -> str:
        rules = (*self._names.items(), *self._places.items())
        return "\n".join(f".{name}{{{declarations}}}" for declarations, name in rules)


@dataclass(frozen=True, slots=True)
class Printout:
    """Laid-out pages: ``pages`` are the inner HTML of each sheet, ``css`` belongs to them alone."""

    paper: str
    title: str
    pages: tuple[str, ...]
    css: str
    created: str

    def body(self) -> str:
        return "".join(f'<section class="sheet {self.paper}">{page}</section>' for page in self.pages)


def spacing_of(line: Line, *, measure: float, size: float, cell: float) -> float:
    """Letter-spacing in points: full lines reach the right edge, the last one stays on the grid."""
    grid = cell - size
    if not line.full or line.gaps == 0:
        return grid
    room = measure - line.indent * cell - line.width * size
    return max(min(room / line.gaps, size / 4), -size / 8)


def line_inner(line: Line) -> str:
    """The runs of a line as HTML."""
    return "".join(
        f'<span class="h">{esc(run.text)}</span>' if run.half else esc(run.text) for run in line.runs
    )


def strong_inner(line: Line, flags: Sequence[bool]) -> str:
    """The same with stretches in 黑体; ``flags`` belongs to the characters of the line."""
    out: list[str] = []
    at = 0
    for run in line.runs:
        for strong, group in groupby(
            zip(run.text, flags[at : at + len(run.text)], strict=True), lambda p: p[1]
        ):
            names = " ".join(name for name, on in (("h", run.half), ("st", strong)) if on)
            text = esc("".join(char for char, _ in group))
            out.append(f'<span class="{names}">{text}</span>' if names else text)
        at += len(run.text)
    return "".join(out)


@dataclass(slots=True)
class Pen:
    """Writes boxes at fixed places of one page. ``x`` and ``y`` are points from the corner of the paper."""

    styles: StyleSheet
    parts: list[str] = field(default_factory=list)

    def raw(self, html: str, *, x: float, y: float, css: str = "", tag: str = "div", names: str = "") -> None:
        place = self.styles.place(x, y)
        extra = f" {self.styles.cls(css)}" if css else ""
        more = f" {names}" if names else ""
        self.parts.append(f'<{tag} class="b {place}{extra}{more}">{html}</{tag}>')

    def box(self, *, x: float, y: float, width: float, height: float, color: str = "#000") -> None:
        """A filled block: rules are drawn so, because one-sided borders become clipped polygons."""
        self.raw("", x=x, y=y, css=f"width:{g.pt(width)};height:{g.pt(height)};background:{color}")

    def text(
        self,
        text: str,
        *,
        x: float,
        y: float,
        size: float,
        role: Role = "fang",
        width: float | None = None,
        align: str = "left",
        pitch: float | None = None,
        color: str = "",
        spacing: float = 0.0,
        tag: str = "div",
    ) -> None:
        """One line of text; ``y`` is the top of its line box of height ``pitch``."""
        height = pitch or size
        css = f"font-size:{g.pt(size)};line-height:{g.pt(height)};height:{g.pt(height)}"
        if width is not None:
            css += f";width:{g.pt(width)}"
        if align != "left":
            css += f";text-align:{align}"
        if color:
            css += f";color:{color}"
        if spacing:
            css += f";letter-spacing:{g.pt(spacing)}"
        self.raw(esc(printable(text, role)), x=x, y=y, css=css, tag=tag, names=role)

    def line(self, line: Line, *, x: float, y: float, size: float, role: Role, pitch: float) -> None:
        """A composed line with its half-width marks; ``y`` is the top of its line box."""
        css = f"font-size:{g.pt(size)};line-height:{g.pt(pitch)};height:{g.pt(pitch)}"
        self.raw(line_inner(line), x=x, y=y, css=css, names=role)

    def html(self) -> str:
        return "".join(self.parts)


def text_width(text: str, size: float, role: Role) -> float:
    """Natural width in points."""
    return sum(advance(char, role) for char in printable(text, role)) * size


def fit_size(text: str, *, size: float, width: float, role: Role) -> float:
    """The largest type up to ``size`` in which ``text`` stays on one line of ``width`` points."""
    natural = text_width(text, size, role)
    return size if natural <= width else size * width / natural


def cell_lines(text: str, *, width: float, size: float, role: Role) -> list[Line]:
    """A table cell's text in lines; ``width`` in points."""
    out: list[Line] = []
    for part in text.split("\n") or [""]:
        out += compose(part, measure=max(width / size, 1.0), role=role)
    return out


def name_text(name: str) -> str:
    """Names of two characters take an ideographic space, so that columns of names align (张　三)."""
    return f"{name[0]}\u3000{name[1]}" if len(name) == 2 and all(c >= "\u3400" for c in name) else name


def shares(weights: Iterable[int], total: float) -> list[float]:
    """Widths in points from weights; they add up to ``total``."""
    values = list(weights)
    whole = sum(values) or 1
    return [total * w / whole for w in values]
