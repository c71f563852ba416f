"""Chinese working days: weekends, public holidays and make-up days.

The State Council publishes the holidays of a year late in the year before.  A year nobody has
published is *unknown*: computing across it is refused with `CalendarUnknown`, never guessed,
because a publicity period that ends a day early can void the publicity (NTC-2).
Pure; the table behind it lives in `cogov.workcalendar`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from cogov.common.errors import RuleError

_SATURDAY = 5


class CalendarUnknown(RuleError):
    """The holidays of a year that is needed have not been entered."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"{year}年的放假安排尚未公布或尚未录入，无法推算工作日。"
            "请乡镇管理员按国务院办公厅通知在“工作日历”中录入该年安排后再试。"
        )


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Published years and their exceptions.

    ``exceptions`` maps a date to True (make-up working day) or False (day off).  Any other day of
    a published year is a working day from Monday to Friday.
    """

    years: frozenset[int]
    exceptions: Mapping[date, bool] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))

    def is_workday(self, day: date) -> bool:
        """Raises CalendarUnknown when the day's year is not published."""
        if day.year not in self.years:
            raise CalendarUnknown(day.year)
        exception = self.exceptions.get(day)
        return day.weekday() < _SATURDAY if exception is None else exception


def add_workdays(start: date, days: int, calendar: WorkCalendar) -> date:
    """The working day that is ``days`` working days after ``start``.

    The day of ``start`` itself does not count (the day of the event is not included); with
    ``days=0`` the answer is ``start`` when it is a working day, else the next one.  A negative
    number counts backwards.  Raises CalendarUnknown when the way leads through an unknown year.
    """
    step = timedelta(days=-1 if days < 0 else 1)
    current, left = start, abs(days)
    if left == 0:
        while not calendar.is_workday(current):
            current += step
        return current
    while left:
        current += step
        if calendar.is_workday(current):
            left -= 1
    return current


def workdays_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after ``start`` up to and including ``end``; the inverse of `add_workdays`.

    Negative when ``end`` lies before ``start``.
    """
    if end < start:
        return -workdays_between(end, start, calendar)
    span = (end - start).days
    return sum(calendar.is_workday(start + timedelta(days=i)) for i in range(1, span + 1))


def next_workday(day: date, calendar: WorkCalendar) -> date:
    """``day`` itself when it is a working day, else the first one after it."""
    return add_workdays(day, 0, calendar)
