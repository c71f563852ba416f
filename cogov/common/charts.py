"""Small SVG charts (bars, lines, ring) for pages and for paper, without any script.

Only presentation attributes are written, never ``style``, so the output obeys the strict
Content-Security-Policy.  ``Variant.PAGE`` takes text and grid from ``currentColor`` and gives every
mark a class ``chart-c1`` ... ``chart-c6`` that a style sheet may recolour for dark mode;
``Variant.PRINT`` names its colours and font.  The same input gives the same bytes.
Every text is escaped here; the result is safe to print in a template.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from django.utils.safestring import SafeString

from cogov.common.svg import (
    EMPTY_NOTE,
    PALETTE,
    Number,
    Pen,
    Scale,
    Series,
    Variant,
    coord,
    format_value,
    text_width,
)

__all__ = [
    "EMPTY_NOTE",
    "PALETTE",
    "Number",
    "Series",
    "SeriesInput",
    "Variant",
    "bar_chart",
    "format_value",
    "line_chart",
    "render_chart",
    "ring_chart",
]

SeriesInput = Sequence[Series | tuple[str, Sequence[Number | None]]]


def bar_chart(
    *,
    title: str,
    labels: Sequence[str],
    series: SeriesInput,
    unit: str = "",
    width: int = 480,
    height: int = 260,
    variant: Variant = Variant.PAGE,
) -> SafeString:
    """Grouped bars; turns them on their side when the labels are too long to stand below."""
    rows = _rows(series, labels)
    pen = Pen(title, unit, width, height, variant, labels, rows)
    if not pen.has_data:
        return pen.empty()
    slot = (width - 72) / len(labels)
    if max(text_width(label, pen.size) for label in labels) > slot - 4:
        return _lying_bars(pen)
    return _standing_bars(pen)


def line_chart(
    *,
    title: str,
    labels: Sequence[str],
    series: SeriesInput,
    unit: str = "",
    width: int = 480,
    height: int = 260,
    variant: Variant = Variant.PAGE,
) -> SafeString:
    """Lines with a dot per figure; a gap interrupts the line."""
    rows = _rows(series, labels)
    pen = Pen(title, unit, width, height, variant, labels, rows)
    if not pen.has_data:
        return pen.empty()
    scale = Scale.over(rows)
    left, top, right, bottom = pen.frame(scale)
    step = (right - left) / max(len(labels) - 1, 1) if len(labels) > 1 else 0.0
    first = left if len(labels) > 1 else (left + right) / 2
    out = [pen.grid(scale, left, top, right, bottom), pen.labels_below(first, step, bottom, right)]
    for index, row in enumerate(rows):
        points = [
            None if value is None else (first + i * step, scale.place(value, bottom, top), value)
            for i, value in enumerate(row.values)
        ]
        for run in _runs(points):
            path = " ".join(f"{coord(x)},{coord(y)}" for x, y, _ in run)
            if len(run) > 1:
                out.append(
                    f'<polyline points="{path}" fill="none" stroke-width="2.5" stroke-linejoin="round" '
                    f"{pen.stroke(index)}/>"
                )
        for i, point in enumerate(points):
            if point is not None:
                tip = pen.tip(row, labels[i], point[2])
                out.append(
                    f'<circle cx="{coord(point[0])}" cy="{coord(point[1])}" r="3.5" {pen.fill(index)}>{tip}</circle>'
                )
    return pen.finish(out)


def ring_chart(
    *,
    title: str,
    labels: Sequence[str],
    values: Sequence[Number],
    unit: str = "",
    width: int = 480,
    height: int = 260,
    variant: Variant = Variant.PAGE,
) -> SafeString:
    """Shares of a whole, with the total in the middle and a legend; negative values are refused."""
    if any(value < 0 for value in values):
        raise ValueError("a ring shows shares of a whole; a negative value has none")
    pen = Pen(title, unit, width, height, variant, labels, _rows([Series("", tuple(values))], labels))
    total = sum(values, start=0)
    if not labels or total == 0:
        return pen.empty()
    radius = min((height - pen.head) / 2 - 14, width * 0.17)
    cx, cy, thick = radius + 8, (height + pen.head) / 2, radius * 0.36
    mid = radius - thick / 2
    out: list[str] = []
    angle = Decimal(0)
    for index, (label, value) in enumerate(zip(labels, values, strict=True)):
        share = Decimal(value) / Decimal(total)
        tip = f"<title>{escape(f'{label}：{format_value(value)}{unit}（{_percent(share)}）')}</title>"
        if share == 1:
            out.append(
                f'<circle cx="{coord(cx)}" cy="{coord(cy)}" r="{coord(mid)}" fill="none" stroke-width="{coord(thick)}" '
                f"{pen.stroke(index)}>{tip}</circle>"
            )
        elif share:
            path = _arc(cx, cy, mid, float(angle), float(angle + share))
            out.append(
                f'<path d="{path}" fill="none" stroke-width="{coord(thick)}" {pen.stroke(index)}>{tip}</path>'
            )
        angle += share
    out.append(pen.text(cx, cy + 2, format_value(total), size=pen.size + 8, anchor="middle", weight="bold"))
    out.append(pen.text(cx, cy + pen.size + 6, unit or "合计", anchor="middle"))
    line = min(pen.size + 12, (height - pen.head - 12) / len(labels))
    top = cy - line * len(labels) / 2
    for index, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + line * (index + 0.5)
        x = cx + radius + 18
        out.append(
            f'<rect x="{coord(x)}" y="{coord(y - 6)}" width="12" height="12" rx="2" {pen.fill(index)}/>'
        )
        figure = f" {format_value(value)}（{_percent(Decimal(value) / Decimal(total))}）"
        room = width - x - 20 - text_width(figure, pen.size)
        out.append(pen.text(x + 18, y + pen.size * 0.35, _shorten(label, room, pen.size) + figure))
    return pen.finish(out, legend=False)


def render_chart(
    *,
    kind: str,
    title: str,
    labels: Sequence[str],
    series: SeriesInput,
    unit: str = "",
    width: int = 480,
    height: int = 260,
    variant: Variant = Variant.PAGE,
) -> SafeString:
    """Draw by name of kind ("bar", "line", "ring"); a ring shows the first series."""
    if kind == "ring":
        rows = _rows(series, labels)
        values = tuple(value or 0 for value in rows[0].values) if rows else ()
        return ring_chart(
            title=title,
            labels=labels if rows else (),
            values=values,
            unit=unit,
            width=width,
            height=height,
            variant=variant,
        )
    draw = {"bar": bar_chart, "line": line_chart}[kind]
    return draw(
        title=title, labels=labels, series=series, unit=unit, width=width, height=height, variant=variant
    )


def _standing_bars(pen: Pen) -> SafeString:
    scale = Scale.over(pen.rows)
    left, top, right, bottom = pen.frame(scale)
    slot = (right - left) / len(pen.labels)
    bar = min(slot * 0.72 / len(pen.rows), 44)
    zero = scale.place(0, bottom, top)
    out = [pen.grid(scale, left, top, right, bottom), pen.labels_below(left + slot / 2, slot, bottom, right)]
    for index, row in enumerate(pen.rows):
        for i, value in enumerate(row.values):
            if value is None:
                continue
            x = left + slot * (i + 0.5) + bar * (index - len(pen.rows) / 2)
            y = scale.place(value, bottom, top)
            out.append(
                f'<rect x="{coord(x)}" y="{coord(min(y, zero))}" width="{coord(bar - 1)}" '
                f'height="{coord(abs(y - zero))}" '
                f"{pen.fill(index)}>{pen.tip(row, pen.labels[i], value)}</rect>"
            )
            if len(pen.rows) == 1 and text_width(format_value(value), pen.size) <= slot:
                lift = -4 if value >= 0 else pen.size + 1
                out.append(pen.text(x + bar / 2, y + lift, format_value(value), anchor="middle"))
    return pen.finish(out)


def _lying_bars(pen: Pen) -> SafeString:
    """One line per label, as high as it needs; the height asked for is the least."""
    thick = pen.size + 3
    line = thick * len(pen.rows) + 12
    top = pen.head + 14.0 + (pen.size + 10 if len(pen.rows) > 1 or pen.unit else 0)
    pen.height = max(math.ceil(top + line * len(pen.labels) + 8), 80)
    scale = Scale.over(pen.rows)
    name = min(max(text_width(label, pen.size) for label in pen.labels), pen.width * 0.42)
    figure = max(
        text_width(format_value(v), pen.size) for row in pen.rows for v in row.values if v is not None
    )
    left, right = name + 14, pen.width - figure - 14
    zero = scale.place(0, left, right)
    out: list[str] = []
    for i, label in enumerate(pen.labels):
        y = top + line * i
        out.append(
            pen.text(name + 6, y + line / 2 + pen.size * 0.35, _shorten(label, name, pen.size), anchor="end")
        )
        for index, row in enumerate(pen.rows):
            value = row.values[i]
            if value is None:
                continue
            x = scale.place(value, left, right)
            at = y + 6 + thick * index
            out.append(
                f'<rect x="{coord(min(x, zero))}" y="{coord(at)}" width="{coord(abs(x - zero))}" height="{thick - 1}" '
                f"{pen.fill(index)}>{pen.tip(row, label, value)}</rect>"
            )
            out.append(pen.text(max(x, zero) + 5, at + thick / 2 + pen.size * 0.35, format_value(value)))
    return pen.finish(out)


def _rows(series: SeriesInput, labels: Sequence[str]) -> list[Series]:
    rows = [item if isinstance(item, Series) else Series(item[0], tuple(item[1])) for item in series]
    for row in rows:
        if len(row.values) != len(labels):
            raise ValueError(f"series {row.name!r} has {len(row.values)} values for {len(labels)} labels")
    return rows


def _runs(
    points: Sequence[tuple[float, float, Number] | None],
) -> list[list[tuple[float, float, Number]]]:
    """Unbroken stretches between gaps."""
    runs: list[list[tuple[float, float, Number]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _arc(cx: float, cy: float, radius: float, begin: float, end: float) -> str:
    """An arc clockwise from the top; ``begin`` and ``end`` are shares of the full turn."""

    def at(turn: float) -> str:
        return f"{coord(cx + radius * math.sin(turn * math.tau))} {coord(cy - radius * math.cos(turn * math.tau))}"

    return f"M {at(begin)} A {coord(radius)} {coord(radius)} 0 {int(end - begin > 0.5)} 1 {at(end)}"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.1'), rounding='ROUND_HALF_UP')}%"


def _shorten(text: str, room: float, size: float) -> str:
    if text_width(text, size) <= room + 1:
        return text
    while text and text_width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"
