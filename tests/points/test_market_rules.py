"""The supermarket's rules: value of the shelf, caps, time for taking back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import RuleError
from points import market_rules as rules
from points.market_rules import Level, Move


def test_cost_is_the_average_and_the_last_piece_takes_the_rest() -> None:
    assert rules.take(Level(3, 1000), 1, name="盐", unit="包") == Move(-1, -333)
    assert rules.take(Level(2, 667), 1, name="盐", unit="包") == Move(-1, -334)
    assert rules.take(Level(1, 333), 1, name="盐", unit="包") == Move(-1, -333)


@given(value=st.integers(0, 10**7), pieces=st.integers(1, 200))
def test_selling_everything_one_by_one_leaves_nothing(value: int, pieces: int) -> None:
    level = Level(pieces, value)
    for _ in range(pieces):
        move = rules.take(level, 1, name="盐", unit="包")
        level = Level(level.quantity + move.quantity, level.value + move.value)
        assert level.value >= 0
    assert (level.quantity, level.value) == (0, 0)


def test_refusals_say_what_is_left() -> None:
    with pytest.raises(RuleError, match="“盐”只剩 2 包，不够 3 包，本次没有兑换"):
        rules.take(Level(5, 500, 3), 3, name="盐", unit="包")
    with pytest.raises(RuleError, match="“盐”已经兑完，本次没有兑换"):
        rules.take(Level(3, 300, 3), 1, name="盐", unit="包")


@pytest.mark.parametrize("bad", [0, -1, 100, 1.5, "2", True, None])
def test_pieces_are_whole_and_positive(bad: Any) -> None:
    with pytest.raises(RuleError):
        rules.require_count(bad, "盐")


def test_counting_values_what_is_missing_and_what_is_too_much() -> None:
    assert rules.counted(Level(10, 2500), 8, reference=300) == Move(-2, -500)
    assert rules.counted(Level(10, 2500), 12, reference=300) == Move(2, 500)
    assert rules.counted(Level(0, 0), 2, reference=300) == Move(2, 600)
    assert rules.counted(Level(0, 0), 0, reference=300) == Move(0, 0)


def test_ten_minutes_and_a_clock_moved_back() -> None:
    sold = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
    assert rules.free_to_cancel(sold, sold + dt.timedelta(minutes=10))
    assert not rules.free_to_cancel(sold, sold + dt.timedelta(minutes=10, seconds=1))
    assert not rules.free_to_cancel(sold, sold - dt.timedelta(seconds=1))


def test_cap_of_the_day() -> None:
    rules.require_cap(None, 1000, 1000)
    rules.require_cap(50, 20, 30)
    with pytest.raises(RuleError, match="每户每天最多兑换 50 分，今天已兑换 20 分，本次 31 分"):
        rules.require_cap(50, 20, 31)


def test_cover_is_rounded_down() -> None:
    assert (rules.percent(999, 1000), rules.percent(1, 0)) == (99, 100)
