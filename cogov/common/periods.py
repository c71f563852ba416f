"""Months, quarters, half-years and years as values.

Everything the system closes, ranks or reports covers one of these periods.  The key
("2026-10", "2026-Q4", "2026-H1", "2026") is what the database stores and what commands and
URLs accept; it sorts by time within one kind.  Pure: no clock, no settings.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cogov.common.errors import RuleError


class PeriodKind(StrEnum):
    """Length of a period; the value is stable and stored in the database."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS_IN: dict[PeriodKind, int] = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.YEAR: 12,
}
_QUARTER_NAMES = ("一", "二", "三", "四")
_KEY = re.compile(r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?$")
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar period; ``number`` is its place in the year, counted from 1."""

    year: int
    number: int
    kind: PeriodKind = PeriodKind.MONTH

    def __post_init__(self) -> None:
        if not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise RuleError(f"年份“{self.year}”不在{_FIRST_YEAR}至{_LAST_YEAR}之间。")
        if not 1 <= self.number <= 12 // _MONTHS_IN[self.kind]:
            raise RuleError(f"{self.year}年没有第{self.number}个这样的期间。")

    # -- making one ---------------------------------------------------------------------

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return cls(year, month, PeriodKind.MONTH)

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Period:
        return cls(year, quarter, PeriodKind.QUARTER)

    @classmethod
    def half_year(cls, year: int, half: int) -> Period:
        return cls(year, half, PeriodKind.HALF_YEAR)

    @classmethod
    def full_year(cls, year: int) -> Period:
        return cls(year, 1, PeriodKind.YEAR)

    @classmethod
    def month_of(cls, day: date) -> Period:
        """The month that contains ``day`` (for a datetime: its own calendar date)."""
        return cls(day.year, day.month, PeriodKind.MONTH)

    @classmethod
    def parse(cls, key: str) -> Period:
        """Read a key; raises RuleError with the accepted forms when it is none."""
        found = _KEY.match(key.strip())
        if found is None:
            raise RuleError(f"“{key}”不是有效的期间，应为 2026-10、2026-Q4、2026-H1 或 2026 的形式。")
        year = int(found["year"])
        if found["month"]:
            return cls.month(year, int(found["month"]))
        if found["quarter"]:
            return cls.quarter(year, int(found["quarter"]))
        if found["half"]:
            return cls.half_year(year, int(found["half"]))
        return cls.full_year(year)

    # -- reading it ---------------------------------------------------------------------

    @property
    def key(self) -> str:
        match self.kind:
            case PeriodKind.MONTH:
                return f"{self.year:04d}-{self.number:02d}"
            case PeriodKind.QUARTER:
                return f"{self.year:04d}-Q{self.number}"
            case PeriodKind.HALF_YEAR:
                return f"{self.year:04d}-H{self.number}"
            case PeriodKind.YEAR:
                return f"{self.year:04d}"

    @property
    def label(self) -> str:
        """Chinese name as printed: 2026年10月, 2026年第四季度, 2026年上半年, 2026年度."""
        match self.kind:
            case PeriodKind.MONTH:
                return f"{self.year}年{self.number}月"
            case PeriodKind.QUARTER:
                return f"{self.year}年第{_QUARTER_NAMES[self.number - 1]}季度"
            case PeriodKind.HALF_YEAR:
                return f"{self.year}年{'上半年' if self.number == 1 else '下半年'}"
            case PeriodKind.YEAR:
                return f"{self.year}年度"

    @property
    def start(self) -> date:
        return date(self.year, (self.number - 1) * _MONTHS_IN[self.kind] + 1, 1)

    @property
    def end(self) -> date:
        """Last day, inclusive."""
        last_month = self.number * _MONTHS_IN[self.kind]
        return date(self.year, last_month, monthrange(self.year, last_month)[1])

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def months(self) -> tuple[Period, ...]:
        """The calendar months it consists of, in order."""
        first = self.start.month
        return tuple(Period.month(self.year, first + i) for i in range(_MONTHS_IN[self.kind]))

    # -- neighbours ---------------------------------------------------------------------

    def shifted(self, steps: int) -> Period:
        """The period ``steps`` later (negative: earlier) of the same kind."""
        per_year = 12 // _MONTHS_IN[self.kind]
        year, index = divmod(self.year * per_year + self.number - 1 + steps, per_year)
        return Period(year, index + 1, self.kind)

    def previous(self) -> Period:
        return self.shifted(-1)

    def next(self) -> Period:
        return self.shifted(1)

    def same_last_year(self) -> Period:
        return Period(self.year - 1, self.number, self.kind)

    def __str__(self) -> str:
        return self.key
