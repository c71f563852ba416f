"""What a report says in words, computed from its figures and from nothing else (RPT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from cogov.common.periods import PeriodKind

YEAR_AGO = "上年同期"
_WORDS = {
    PeriodKind.MONTH: ("上月", "本月"),
    PeriodKind.QUARTER: ("上季度", "本季度"),
    PeriodKind.HALF_YEAR: ("上半年度", "本半年度"),
    PeriodKind.YEAR: ("上年", "本年"),
}
_NAMES = {
    PeriodKind.MONTH: "月报",
    PeriodKind.QUARTER: "季报",
    PeriodKind.HALF_YEAR: "半年报",
    PeriodKind.YEAR: "年报",
}
# A figure that moved by this much deserves a look; small numbers jump about by themselves.
MOVED_PERCENT, MOVED_LEAST = 50, 10
# Fewer households than this say little about a village (BEY-6); it is shown without a rank.
LEAST_HOUSEHOLDS = 10

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
    last_year: Number | None = None

    @property
    def against_last_year(self) -> FigureFact:
        """The same figure with last year's in the place of the previous one."""
        return FigureFact(self.label, self.text, self.unit, self.value, self.last_year)

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


def words_of(kind: PeriodKind) -> tuple[str, str]:
    """(上月, 本月) and so on: the period before, and the period itself within a sentence."""
    return _WORDS[kind]


def report_name(kind: PeriodKind) -> str:
    """月报, 季报, 半年报, 年报."""
    return _NAMES[kind]


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
    name: str,
    period: str,
    sections: Sequence[SectionFacts],
    before: str = "上月",
    whole: str = "本月",
    year_ago: str = "",
) -> tuple[str, ...]:
    """The short commentary (短评): a paragraph of figures, and one of what moved most.

    ``before`` names the period compared with, ``whole`` the period itself within a sentence, ``year_ago`` the same
    period of last year; empty when that is not compared with.
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
    if year_ago:
        yearly = _movement([f.against_last_year for s in told for f in s.figures], year_ago)
        out += [yearly] if yearly else []
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


def jumps(facts: Sequence[FigureFact]) -> list[FigureFact]:
    """Figures that moved by half or more against the period before, and by ten or more."""
    return [
        fact
        for fact in facts
        if fact.percent is not None
        and fact.change is not None
        and abs(fact.percent) >= MOVED_PERCENT
        and abs(Decimal(fact.change)) >= MOVED_LEAST
    ]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A village in a ranking: its sum and the households that it is divided by."""

    name: str
    total: Number
    households: int


@dataclass(frozen=True, slots=True)
class Placing:
    """Its rank, None below the least number of households, and the mean per household to two places."""

    rank: int | None
    contestant: Contestant
    mean: Decimal


def rank_per_household(contestants: Sequence[Contestant]) -> list[Placing]:
    """Best mean first; equal means (as printed) share a rank; places without a rank come last (BEY-6)."""

    def mean(one: Contestant) -> Decimal:
        if not one.households:
            return Decimal("0.00")
        return (Decimal(one.total) / one.households).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    known = [(mean(one), one) for one in contestants]
    ranked = [pair for pair in known if pair[1].households >= LEAST_HOUSEHOLDS]
    rest = [pair for pair in known if pair[1].households < LEAST_HOUSEHOLDS]
    placings = [Placing(1 + sum(other > value for other, _ in ranked), one, value) for value, one in ranked]
    placings.sort(key=lambda placing: placing.rank or 0)
    return placings + [Placing(None, one, value) for value, one in rest]


@dataclass(frozen=True, slots=True)
class Copies:
    """How many of a paper are printed, and for what."""

    boards: int = 0
    sent: int = 0
    archive: int = 0

    @property
    def total(self) -> int:
        return self.boards + self.sent + self.archive


def copies_of(layout: str, *, boards: int, posted: bool) -> Copies:
    """A poster once per board; a posted paper once per board and one for the file; others to be sent, and the file."""
    if layout != "a4":
        return Copies(boards=boards)
    return Copies(boards=boards, archive=1) if posted else Copies(sent=1, archive=1)
