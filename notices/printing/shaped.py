"""Lines that our own composer has made, set by WeasyPrint in one go and with its own bytes.

WeasyPrint shapes every line of text three times and carries two boxes for each through all its passes: six tenths of
the time of a list of 600 households. Our pages hold nothing but placed boxes of ready-made lines (``white-space: pre``),
so here such a box becomes one line box with one `Column`, whose lines are measured once a process and drawn once a
document, by WeasyPrint's own functions and with its own arithmetic in its own order. Whatever else stands in a box
(half-width marks, SVG, anything that would break over pages) goes the ordinary way.

Made for the WeasyPrint releases in ``MADE_FOR``; with any other the ordinary way is taken for everything. The test
``tests/notices/test_shaped.py`` compares the bytes of both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

MADE_FOR = ("70.0",)
_MOST_SHAPES = 20_000
"""Lines that are remembered a process, some 10 MB; then it begins anew."""
_STYLE_KEYS = (
    "font_family",
    "font_size",
    "font_style",
    "font_stretch",
    "font_weight",
    "font_kerning",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
    "font_variation_settings",
    "font_language_override",
    "lang",
    "letter_spacing",
    "word_spacing",
    "overflow_wrap",
    "tab_size",
)
"""Everything that Pango is told about a line (weasyprint.text.line_break.Layout)."""
_BREAKS = re.compile("[\\t\\r\\f\\v\\x1c-\\x1f\\x85\\u2028\\u2029]")
_PLAIN = {
    "white_space": "pre",
    "direction": "ltr",
    "vertical_align": "baseline",
    "text_decoration_line": "none",
    "visibility": "visible",
}


class Shape(NamedTuple):
    """One line in one style: the text that is drawn and its measures in CSS pixels."""

    text: str
    width: float
    height: float
    baseline: float


@dataclass(slots=True)
class _Kept:
    """What is remembered: styles and shapes by process, operators by document."""

    styles: dict[str, int]
    shapes: dict[tuple[int, str], Shape]
    drawn: dict[tuple[int, str, Any], tuple[bytes, Any]]


_kept = _Kept({}, {}, {})


def is_known_release() -> bool:
    """Whether WeasyPrint is one whose insides are known here."""
    import weasyprint

    return weasyprint.__version__ in MADE_FOR


def install() -> bool:
    """Teach WeasyPrint, once a process; False when it is a release that this was not made for."""
    from weasyprint import draw
    from weasyprint.layout import block

    if not is_known_release():
        return False
    if draw.draw_text.__module__ != __name__:
        block._linebox_layout = _layout_with(block._linebox_layout)
        draw.draw_text = _draw_with(draw.draw_text)
    return True


def new_document() -> None:
    """Forget the operators of the last document: they name its fonts. Call before each, one document at a time."""
    _kept.drawn.clear()
    if len(_kept.shapes) > _MOST_SHAPES:
        _kept.shapes.clear()


def _style_number(style: Any) -> int:
    """A number for everything that decides how a line is shaped; kept on WeasyPrint's style object."""
    number: int | None = getattr(style, "shaped_number", None)
    if number is None:
        key = str([style[name] for name in _STYLE_KEYS])
        number = style.shaped_number = _kept.styles.setdefault(key, len(_kept.styles))
    return number


def _strut(style: Any) -> tuple[float, float]:
    """The height and the baseline of WeasyPrint's empty line in the style; kept on its style object."""
    found: tuple[float, float] | None = getattr(style, "shaped_strut", None)
    if found is None:
        from weasyprint.text.line_break import strut

        found = style.shaped_strut = strut(style)
    return found


def _shape(text: str, style: Any) -> Shape | None:
    """How WeasyPrint sets the line; None for an empty one."""
    if not text:
        return None
    key = (_style_number(style), text)
    found = _kept.shapes.get(key)
    if found is None:
        from weasyprint.text.line_break import split_first_line

        layout, _, _, width, height, baseline = split_first_line(
            text, style, context=None, max_width=None, justification_spacing=0
        )
        found = _kept.shapes[key] = Shape(layout.text, width, height, baseline)
    return found


# -- layout -------------------------------------------------------------------------------------------------------


class Placed(NamedTuple):
    """A line where it stands, in CSS pixels: left, top, and the baseline below the top."""

    x: float
    y: float
    baseline: float
    shape: Shape


@cache
def _column_class() -> Any:
    """WeasyPrint's box of text, for many lines; made when WeasyPrint is there."""
    from weasyprint.formatting_structure.boxes import TextBox

    class Column(TextBox):  # type: ignore[misc]  # WeasyPrint has no types
        """Lines one below the other."""

        lines: tuple[Placed, ...]

        def translate(self, dx: float = 0, dy: float = 0, ignore_floats: bool = False) -> None:
            if dx == dy == 0:
                return
            super().translate(dx, dy, ignore_floats)
            self.lines = tuple(Placed(x + dx, y + dy, down, shape) for x, y, down, shape in self.lines)

    return Column


def _layout_with(ordinary: Callable[..., Any]) -> Callable[..., Any]:
    """WeasyPrint's layout of the lines of a block, by columns where that is possible."""

    def linebox_layout(
        context: Any,
        box: Any,
        index: int,
        child: Any,
        new_children: list[Any],
        page_is_empty: bool,
        absolute_boxes: list[Any],
        fixed_boxes: list[Any],
        adjoining_margins: list[Any],
        bottom_space: float,
        position_y: float,
        *rules: Any,
    ) -> Any:
        if not new_children and _is_plain(context, box, child, rules):
            top = position_y + _collapsed(adjoining_margins)
            line, bottom = _line_box(context, box, child, top)
            if line is not None and not context.overflows_page(bottom_space, bottom):
                new_children.append(line)
                return False, False, {index: None}, bottom, [], None
        return ordinary(
            context,
            box,
            index,
            child,
            new_children,
            page_is_empty,
            absolute_boxes,
            fixed_boxes,
            adjoining_margins,
            bottom_space,
            position_y,
            *rules,
        )

    return linebox_layout


def _is_plain(context: Any, box: Any, child: Any, rules: tuple[Any, ...]) -> bool:
    """One stretch of ready-made lines, laid out from its beginning, and no rule that could break or shift it."""
    from weasyprint.formatting_structure.boxes import TextBox

    skip_stack, first_letter_style, first_line_style, _, max_lines = rules
    if len(child.children) != 1 or type(child.children[0]) is not TextBox:
        return False
    text = child.children[0]
    return (
        skip_stack is first_letter_style is first_line_style is max_lines is None
        and all(text.style[name] == value for name, value in _PLAIN.items())
        and box.style["position"] == "absolute"
        and box.style["text_indent"].value == 0
        and box.style["overflow"] == "visible"
        and not context.excluded_shapes
        and not context.footnotes
        and _BREAKS.search(text.text) is None
    )


def _collapsed(margins: list[Any]) -> float:
    from weasyprint.layout.block import collapse_margin

    height: float = collapse_margin(margins) if margins else 0
    return height


def _line_box(context: Any, box: Any, child: Any, top: float) -> tuple[Any, float]:
    """The line box that holds the column (None when there is nothing to see), and where its last line ends.

    The arithmetic is that of ``get_next_linebox`` for a line of one text, operation by operation.
    """
    from weasyprint.layout.inline import text_align

    text = child.children[0]
    for part in (child, text):
        part.__dict__.update(_initial(part, box))
    left = box.content_box_x()
    available = left + box.width - left
    line_height, line_baseline = _strut(child.style)
    text_height, _ = _strut(text.style)
    margin = (line_height - child.style["font_size"]) / 2
    own_top = 0 - line_baseline
    own_bottom = own_top + (child.style["font_size"] + margin + margin)
    placed: list[Placed] = []
    y = top
    for content in text.text.removesuffix("\n").split("\n"):
        shape = _shape(content, text.style)
        if shape is None:
            y += own_bottom - own_top
            continue
        leading = (text_height - shape.height) / 2
        baseline = shape.baseline + leading
        text_top = 0 - baseline
        line_top = min(own_top, text_top)
        line_bottom = max(own_bottom, text_top + (shape.height + leading + leading))
        line = SimpleNamespace(width=left + shape.width - left, style=child.style)
        x = left + text_align(context, line, available, last=True)
        placed.append(Placed(x, text_top + (y - line_top), baseline, shape))
        y += line_bottom - line_top
    return (_boxes(child, left, top, y, tuple(placed)) if placed else None), y


_initials: dict[type, dict[str, Any]] = {}


def _initial(part: Any, containing: Any) -> dict[str, Any]:
    """The used margins, borders and sizes of an anonymous box: the initial ones, the same for every such box."""
    from weasyprint.css import AnonymousStyle
    from weasyprint.layout.percent import resolve_percentages

    if type(part.style) is AnonymousStyle and type(part) in _initials:
        return _initials[type(part)]
    before = dict(part.__dict__)
    resolve_percentages(part, containing)
    found = {name: value for name, value in part.__dict__.items() if before.get(name, before) is not value}
    if type(part.style) is AnonymousStyle:
        _initials[type(part)] = found
    return found


def _boxes(child: Any, left: float, top: float, bottom: float, lines: tuple[Placed, ...]) -> Any:
    """A line box as high as all the lines, with the column in it."""
    column = _column_class().__new__(_column_class())
    column.__dict__.update(child.children[0].__dict__)
    column.lines = lines
    line = child.copy_with_children([column])
    line.margin_top = line.margin_bottom = 0
    line.resume_at = None
    for part in (line, column):
        part.position_x, part.position_y = left, top
        part.width, part.height = max(placed.shape.width for placed in lines), bottom - top
    return line


# -- drawing ------------------------------------------------------------------------------------------------------


def _draw_with(ordinary: Callable[..., None]) -> Callable[..., None]:
    """WeasyPrint's drawing of a box of text, of columns line by line."""
    column_class = _column_class()

    def draw_text(stream: Any, textbox: Any, *rest: Any) -> None:
        if not isinstance(textbox, column_class):
            ordinary(stream, textbox, *rest)
            return
        stream.set_color(textbox.style["color"])
        for x, y, baseline, shape in textbox.lines:
            stream.begin_text()
            if shape.text.strip():
                _draw_line(stream, textbox.style, shape.text, x, y + baseline)
            stream.end_text()

    return draw_text


def _draw_line(stream: Any, style: Any, text: str, x: float, y: float) -> None:
    """The operators of a line: WeasyPrint's the first time, the same ones again at another place after that."""
    key = (_style_number(style), text, stream._current_font)
    known = _kept.drawn.get(key)
    if known is not None:
        operators, stream._current_font = known
        stream.set_text_matrix(1, 0, 0, -1, x, y)
        stream.stream.append(operators)
        return
    from pydyf import _to_bytes  # noqa: PLC0415 - WeasyPrint may be missing
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.text.line_break import Layout

    layout = Layout(style)
    layout.set_text(text, justify=True)
    begin = len(stream.stream)
    line = SimpleNamespace(text=text, style=style, pango_layout=layout)
    draw_first_line(stream, line, "clip", "none", Matrix(d=-1, e=x, f=y))
    operators = b"\n".join(_to_bytes(operator) for operator in stream.stream[begin + 1 :])
    _kept.drawn[key] = operators, stream._current_font
