"""First fill of the calendar from the chinesecalendar library, for the years it knows and no other."""

from __future__ import annotations

from datetime import date

from django.db import connections, transaction

from cogov.workcalendar.models import CalendarDay, CalendarYear
from cogov.workcalendar.services.editing import new_stamp

_BASIS = "国务院办公厅当年节假日安排通知"
# The library names the extra day of 2015 in full; every festival keeps its usual name.
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def known_years() -> dict[int, dict[date, tuple[bool, str]]]:
    """Year -> its exceptions (worked?, name), as the library has them."""
    from chinese_calendar import constants

    years: dict[int, dict[date, tuple[bool, str]]] = {}
    for day, name in constants.holidays.items():
        years.setdefault(day.year, {})[day] = (False, _NAMES[name])
    for day, name in constants.workdays.items():
        years.setdefault(day.year, {})[day] = (True, f"{_NAMES[name]}调休上班")
    return years


def seed_calendar(*, using: str = "default") -> list[int]:
    """Add the years that are not in the table yet, published; returns them. Edited years are never touched."""
    with transaction.atomic(using=using):
        present = set(CalendarYear.objects.using(using).values_list("year", flat=True))
        fresh = {year: days for year, days in sorted(known_years().items()) if year not in present}
        CalendarDay.objects.using(using).bulk_create(
            [
                CalendarDay(date=day, is_workday=worked, name=name)
                for days in fresh.values()
                for day, (worked, name) in sorted(days.items())
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        CalendarYear.objects.using(using).bulk_create(
            [CalendarYear(year=year, published=True, basis=_BASIS, stamp=new_stamp()) for year in fresh]
        )
    return list(fresh)


def seed_if_empty(*, using: str) -> None:
    """Seed a database that has the tables and no year at all."""
    tables = connections[using].introspection.table_names()
    wanted = {CalendarYear._meta.db_table, CalendarDay._meta.db_table}
    if wanted <= set(tables) and not CalendarYear.objects.using(using).exists():
        seed_calendar(using=using)
