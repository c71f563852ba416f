"""Reading the calendar. Cached per process, keyed by the stamps of all years: one small query tells whether the
cache is still true, so an edit in one process is seen by every other at once."""

from __future__ import annotations

from datetime import date

from cogov.common import workdays
from cogov.common.workdays import WorkCalendar
from cogov.workcalendar.models import CalendarDay, CalendarYear

Stamps = tuple[tuple[int, str], ...]
_cache: dict[str, tuple[Stamps, WorkCalendar]] = {}


def load_calendar() -> WorkCalendar:
    """The published years with their exceptions."""
    stamps: Stamps = tuple(
        CalendarYear.objects.filter(published=True).order_by("year").values_list("year", "stamp")
    )
    held = _cache.get("calendar")
    if held is not None and held[0] == stamps:
        return held[1]
    years = frozenset(year for year, _ in stamps)
    rows = CalendarDay.objects.values_list("date", "is_workday")
    calendar = WorkCalendar(years, {day: worked for day, worked in rows if day.year in years})
    _cache["calendar"] = (stamps, calendar)
    return calendar


def add_workdays_from_db(start: date, days: int) -> date:
    """`cogov.common.workdays.add_workdays` with the township's calendar. Raises CalendarUnknown."""
    return workdays.add_workdays(start, days, load_calendar())


def workdays_between_from_db(start: date, end: date) -> int:
    """Working days after ``start`` up to ``end``. Raises CalendarUnknown."""
    return workdays.workdays_between(start, end, load_calendar())
