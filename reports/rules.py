"""What a report says in words, computed from its figures and from nothing else (RPT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Number = int | Decimal
_TENTH = Decimal("0.1")
_PER_SECTION = 3


@dataclass(frozen=True, slots=True)
class FigureFact:
    """One figure; ``value`` None when it is text, ``previous`` None when there was none to compare with."""

    label: str
    text: str
    unit: str
    value: Number | None
    previous: Number | None = None

    @property
    def change(self) -> Number | None:
        return None if self.value is None or self.previous is None else self.value - self.previous

    @property
    def is_zero(self) -> bool:
        """Nothing now and nothing before: not worth a word."""
        return not self.value and not self.previous

    @property
    def percent(self) -> Decimal | None:
        """Growth in per cent of the previous figure; None where it was zero or unknown, or a share itself."""
        if self.unit == "%" or self.change is None or not self.previous or self.previous < 0:
            return None
        share = Decimal(self.change) * 100 / Decimal(self.previous)
        return share.quantize(_TENTH, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """The figures of one section of a report."""

    title: str
    figures: tuple[FigureFact, ...]


def number_text(value: Number) -> str:
    """1234 -> "1,234"; Decimal("12.50") -> "12.5"."""
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,d}"


def compare_text(fact: FigureFact, before: str = "上月") -> str:
    """比上月增加12户（增长4.8%）; 与上月持平; empty when there is nothing to compare with."""
    change = fact.change
    if change is None:
        return ""
    if change == 0:
        return f"与{before}持平"
    word, size = ("增加", change) if change > 0 else ("减少", -change)
    percent, unit = fact.percent, "个百分点" if fact.unit == "%" else fact.unit
    share = "" if percent is None else f"（{'增长' if change > 0 else '下降'}{number_text(abs(percent))}%）"
    return f"比{before}{word}{number_text(size)}{unit}{share}"


def narrate(
    name: str, period: str, sections: Sequence[SectionFacts], before: str = "上月", whole: str = "本月"
) -> tuple[str, ...]:
    """The short commentary (短评): a paragraph of figures, and one of what moved most.

    ``before`` names the period compared with, ``whole`` the period itself within a sentence.
    """
    told = [s for s in sections if any(f.value for f in s.figures)]
    silent = [s.title for s in sections if s.figures and s not in told]
    if not told:
        return (f"{period}，{name}没有登记数据。",)
    sentences = []
    for section in told:
        parts = []
        for fact in [f for f in section.figures if f.value is not None and not f.is_zero][:_PER_SECTION]:
            compared = compare_text(fact, before)
            parts.append(f"{fact.label}{fact.text}{fact.unit}" + (f"，{compared}" if compared else ""))
        sentences.append(f"{section.title}方面，{'；'.join(parts)}。")
    out = [f"{period}，{name}各项工作情况如下。" + "".join(sentences)]
    moved = _movement([f for s in told for f in s.figures], before)
    if moved:
        out.append(moved)
    if silent:
        out.append(f"{whole}没有登记数据的有：{'、'.join(silent)}。")
    return tuple(out)


def _movement(facts: Sequence[FigureFact], before: str) -> str:
    compared = [f for f in facts if f.change is not None]
    if not compared:
        return ""
    up = [f for f in compared if f.change and f.change > 0]
    down = [f for f in compared if f.change and f.change < 0]
    flat = len(compared) - len(up) - len(down)
    text = f"与{before}相比，{len(compared)}项可比指标中，{len(up)}项上升、{len(down)}项下降、{flat}项持平"
    grown = [(f.percent, f) for f in up if f.percent is not None]
    fallen = [(f.percent, f) for f in down if f.percent is not None]
    # The first of equals in the order of the report, so that the same figures give the same words.
    if grown:
        percent, fact = max(grown, key=lambda pair: pair[0])
        text += f"；升幅最大的是{fact.label}，增长{number_text(percent)}%"
    if fallen:
        percent, fact = min(fallen, key=lambda pair: pair[0])
        text += f"；降幅最大的是{fact.label}，下降{number_text(abs(percent))}%"
    return text + "。"


_DIGITS = "零一二三四五六七八九"


def ordinal(number: int) -> str:
    """1 -> 一, 10 -> 十, 21 -> 二十一; for headings, up to 99."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
