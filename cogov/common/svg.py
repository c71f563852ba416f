"""The pen that the charts are drawn with: colours, text, scale, grid and legend as SVG.

Knows nothing of bars or rings; `cogov.common.charts` has the public functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from django.utils.safestring import SafeString, mark_safe

Number = int | Decimal
EMPTY_NOTE = "本期暂无数据"
PALETTE = ("#c8102e", "#3a6ea5", "#d9822b", "#4b8b5f", "#7a5ea8", "#6b7280")
_DESC_LIMIT = 40


class Variant(StrEnum):
    """Where the chart is going to be seen."""

    PAGE = "page"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures; None is a gap (no figure), which is not zero."""

    name: str
    values: tuple[Number | None, ...]


def format_value(value: Number) -> str:
    """1234567 -> "1,234,567"; Decimal("12.50") -> "12.5"."""
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,d}"


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from ``low`` to ``high`` in whole steps that includes zero."""

    low: Decimal
    high: Decimal
    step: Decimal

    @classmethod
    def over(cls, rows: Sequence[Series]) -> Scale:
        values = [Decimal(v) for row in rows for v in row.values if v is not None]
        high, low = max([*values, Decimal(0)]), min([*values, Decimal(0)])
        raw = (high - low) / 4 or Decimal(1)
        magnitude = Decimal(1).scaleb(raw.adjusted())
        step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= raw)
        if step < 1 and all(v == v.to_integral_value() for v in values):
            step = Decimal(1)
        top = max(
            (high / step).to_integral_value(rounding="ROUND_CEILING") * step, step if low == 0 else Decimal(0)
        )
        return cls((low / step).to_integral_value(rounding="ROUND_FLOOR") * step, top, step)

    def ticks(self) -> list[Decimal]:
        count = int((self.high - self.low) / self.step)
        return [self.low + self.step * i for i in range(count + 1)]

    def place(self, value: Number, at_low: float, at_high: float) -> float:
        share = float((Decimal(value) - self.low) / (self.high - self.low))
        return at_low + (at_high - at_low) * share


class Pen:
    """Writes elements in the colours and sizes of one chart."""

    def __init__(
        self,
        title: str,
        unit: str,
        width: int,
        height: int,
        variant: Variant,
        labels: Sequence[str],
        rows: Sequence[Series],
    ) -> None:
        self.title, self.unit, self.width, self.height = title, unit, width, height
        self.labels, self.rows, self.variant = labels, rows, variant
        self.size = 14 if variant is Variant.PAGE else 12
        # On a page the caption beside the chart names it; on paper the chart does so itself.
        self.head = 0.0 if variant is Variant.PAGE else self.size + 12.0
        self.ink = "currentColor" if variant is Variant.PAGE else "#222222"

    @property
    def has_data(self) -> bool:
        return bool(self.labels) and any(v is not None for row in self.rows for v in row.values)

    def fill(self, index: int) -> str:
        return f'class="chart-c{index % len(PALETTE) + 1}" fill="{PALETTE[index % len(PALETTE)]}"'

    def stroke(self, index: int) -> str:
        return f'class="chart-l{index % len(PALETTE) + 1}" stroke="{PALETTE[index % len(PALETTE)]}"'

    def tip(self, row: Series, label: str, value: Number) -> str:
        name = f"{row.name} " if row.name else ""
        return f"<title>{escape(f'{label} {name}{format_value(value)}{self.unit}')}</title>"

    def text(
        self, x: float, y: float, text: str, *, size: float = 0, anchor: str = "start", weight: str = "normal"
    ) -> str:
        bold = f' font-weight="{weight}"' if weight != "normal" else ""
        return (
            f'<text x="{coord(x)}" y="{coord(y)}" font-size="{coord(size or self.size)}" text-anchor="{anchor}"'
            f'{bold} fill="{self.ink}">{escape(text)}</text>'
        )

    def frame(self, scale: Scale) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the plotting area."""
        widest = max(text_width(format_value(tick), self.size) for tick in scale.ticks())
        top = self.head + 14.0 + (self.size + 10 if self._legend_needed or self.unit else 0)
        return widest + 12, top, self.width - 16.0, self.height - self.size - 14.0

    def grid(self, scale: Scale, left: float, top: float, right: float, bottom: float) -> str:
        out: list[str] = []
        for tick in scale.ticks():
            y = scale.place(tick, bottom, top)
            opacity = "0.55" if tick == 0 else "0.16"
            out.append(
                f'<line x1="{coord(left)}" y1="{coord(y)}" x2="{coord(right)}" y2="{coord(y)}" stroke="{self.ink}" '
                f'stroke-opacity="{opacity}" stroke-width="1"/>'
            )
            out.append(self.text(left - 6, y + self.size * 0.35, format_value(tick), anchor="end"))
        return "".join(out)

    def labels_below(self, first: float, step: float, bottom: float, right: float) -> str:
        """Labels under an axis; every n-th when they would touch, always the last."""
        widest = max(text_width(label, self.size) for label in self.labels)
        every = max(1, math.ceil((widest + 6) / step)) if step else 1
        last = len(self.labels) - 1
        out: list[str] = []
        for i, label in enumerate(self.labels):
            if (last - i) % every == 0:
                half = text_width(label, self.size) / 2
                x = min(max(first + i * step, half), self.width - half - 1)
                out.append(self.text(x, bottom + self.size + 5, label, anchor="middle"))
        return "".join(out)

    @property
    def _legend_needed(self) -> bool:
        return len(self.rows) > 1

    def heading(self) -> str:
        if not self.head:
            return ""
        return self.text(
            self.width / 2, self.size + 4, self.title, size=self.size + 1, anchor="middle", weight="bold"
        )

    def legend(self) -> str:
        out: list[str] = []
        x, y = 8.0, self.head + 6
        if self._legend_needed:
            for index, row in enumerate(self.rows):
                out.append(
                    f'<rect x="{coord(x)}" y="{coord(y)}" width="12" height="12" rx="2" {self.fill(index)}/>'
                )
                out.append(self.text(x + 16, y + self.size * 0.8, row.name))
                x += 16 + text_width(row.name, self.size) + 16
        if self.unit:
            out.append(self.text(self.width - 8, y + self.size * 0.8, f"单位：{self.unit}", anchor="end"))
        return "".join(out)

    def finish(self, parts: Sequence[str], *, legend: bool = True) -> SafeString:
        body = self.heading() + (self.legend() if legend else "") + "".join(parts)
        return self._wrap(body, _describe(self.labels, self.rows, self.unit))

    def empty(self) -> SafeString:
        note = self.text(self.width / 2, self.height / 2 + self.size * 0.35, EMPTY_NOTE, anchor="middle")
        frame = (
            f'<rect x="1" y="1" width="{self.width - 2}" height="{self.height - 2}" rx="6" fill="none" '
            f'stroke="{self.ink}" stroke-opacity="0.2" stroke-dasharray="4 4"/>'
        )
        return self._wrap(frame + self.heading() + note, EMPTY_NOTE)

    def _wrap(self, body: str, desc: str) -> SafeString:
        font = ' font-family="GCHei, GCNum, sans-serif"' if self.variant is Variant.PRINT else ""
        return mark_safe(  # every text above went through escape()
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label={quoteattr(self.title)} '
            f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"{font}>'
            f"<title>{escape(self.title)}</title><desc>{escape(desc)}</desc>{body}</svg>"
        )


def _describe(labels: Sequence[str], rows: Sequence[Series], unit: str) -> str:
    """The figures as a sentence, for people who do not see the picture."""
    parts: list[str] = []
    for row in rows:
        items = [
            f"{label}{'无数据' if value is None else format_value(value) + unit}"
            for label, value in zip(labels, row.values, strict=True)
        ]
        more = f"等{len(items)}项" if len(items) > _DESC_LIMIT else ""
        text = "，".join(items[:_DESC_LIMIT]) + more
        parts.append(f"{row.name}：{text}" if row.name else text)
    return "；".join(parts)


def text_width(text: str, size: float) -> float:
    """Rough width: a Han character is one em wide, anything else 0.58."""
    return sum(size if east_asian_width(c) in "WF" else size * 0.58 for c in text)


def coord(value: float) -> str:
    """At most two decimals, no trailing zeros, no negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
