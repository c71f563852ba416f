"""Periods: keys, labels, bounds, neighbours."""

from datetime import date

import pytest

from cogov.common.errors import RuleError
from cogov.common.periods import Period, PeriodKind


@pytest.mark.parametrize(
    ("key", "label", "start", "end"),
    [
        ("2026-10", "2026年10月", date(2026, 10, 1), date(2026, 10, 31)),
        ("2028-02", "2028年2月", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", "2026年第四季度", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-H1", "2026年上半年", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026", "2026年度", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_key_round_trip_label_and_bounds(key: str, label: str, start: date, end: date) -> None:
    period = Period.parse(key)
    assert (period.key, str(period), period.label, period.start, period.end) == (key, key, label, start, end)


@pytest.mark.parametrize(
    "key", ["", "2026-13", "2026-00", "2026-Q5", "2026-H3", "26-10", "2026-1", "2026/10", "０"]
)
def test_bad_keys_are_refused_in_chinese(key: str) -> None:
    with pytest.raises(RuleError, match=r"[期年]"):
        Period.parse(key)


def test_neighbours_cross_the_year() -> None:
    assert Period.month(2026, 12).next() == Period.month(2027, 1)
    assert Period.month(2026, 1).previous() == Period.month(2025, 12)
    assert Period.quarter(2026, 1).previous() == Period.quarter(2025, 4)
    assert Period.half_year(2026, 2).next() == Period.half_year(2027, 1)
    assert Period.full_year(2026).next() == Period.full_year(2027)
    assert Period.month(2026, 10).shifted(-22) == Period.month(2024, 12)
    assert Period.month(2026, 10).same_last_year() == Period.month(2025, 10)


def test_months_and_contains() -> None:
    assert [m.key for m in Period.quarter(2026, 4).months()] == ["2026-10", "2026-11", "2026-12"]
    assert len(Period.full_year(2026).months()) == 12
    assert Period.month_of(date(2026, 10, 31)) == Period.month(2026, 10)
    assert Period.month(2026, 10).contains(date(2026, 10, 31))
    assert not Period.month(2026, 10).contains(date(2026, 11, 1))
    assert Period.month(2026, 10).kind is PeriodKind.MONTH
