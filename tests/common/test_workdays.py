"""Working days with the real holidays of 2026 (national day, spring festival, make-up days)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import RuleError
from cogov.common.workdays import CalendarUnknown, WorkCalendar, add_workdays, next_workday, workdays_between

# State Council notice for 2026: national day 1-7 October; make-up days 20 September and 10 October.
_NATIONAL_DAY = {date(2026, 10, day): False for day in range(1, 8)}
CALENDAR = WorkCalendar(
    years=frozenset({2026}),
    exceptions={**_NATIONAL_DAY, date(2026, 9, 20): True, date(2026, 10, 10): True},
)


def test_weekend_holiday_and_make_up_day() -> None:
    assert CALENDAR.is_workday(date(2026, 9, 30))
    assert not CALENDAR.is_workday(date(2026, 10, 1))
    assert CALENDAR.is_workday(date(2026, 10, 10)), "a Saturday that is worked"
    assert not CALENDAR.is_workday(date(2026, 10, 11))


def test_seven_working_days_over_the_national_day() -> None:
    # 8, 9, 10 (make-up Saturday), 12, 13, 14, 15 October
    assert add_workdays(date(2026, 9, 30), 7, CALENDAR) == date(2026, 10, 15)
    assert workdays_between(date(2026, 9, 30), date(2026, 10, 15), CALENDAR) == 7


def test_backwards_and_zero() -> None:
    assert add_workdays(date(2026, 10, 15), -7, CALENDAR) == date(2026, 9, 30)
    assert add_workdays(date(2026, 10, 12), 0, CALENDAR) == date(2026, 10, 12)
    assert next_workday(date(2026, 10, 1), CALENDAR) == date(2026, 10, 8)
    assert workdays_between(date(2026, 10, 15), date(2026, 9, 30), CALENDAR) == -7


def test_unknown_year_is_refused_never_guessed() -> None:
    with pytest.raises(CalendarUnknown, match="2027年的放假安排尚未公布") as caught:
        add_workdays(date(2026, 12, 28), 7, CALENDAR)
    assert caught.value.year == 2027
    assert isinstance(caught.value, RuleError)
    assert add_workdays(date(2026, 12, 28), 3, CALENDAR) == date(2026, 12, 31), (
        "inside the known year it works"
    )


@given(start=st.dates(date(2026, 1, 1), date(2026, 10, 31)), days=st.integers(1, 30))
def test_between_is_the_inverse_of_add(start: date, days: int) -> None:
    end = add_workdays(start, days, CALENDAR)
    assert CALENDAR.is_workday(end)
    assert workdays_between(start, end, CALENDAR) == days
    assert workdays_between(start, end - timedelta(days=1), CALENDAR) == days - 1
