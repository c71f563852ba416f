"""The arithmetic of points, to the point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import RuleError
from points.rules import (
    AccountFigures,
    Change,
    EntryKind,
    Terms,
    Used,
    award,
    change_of,
    plain_change,
    rank,
    reversal_of,
)

SWEEP = Terms("打扫公共巷道", "次", 5, cap_month=20)


def test_award_multiplies_units_by_points() -> None:
    result = award(SWEEP, 2)
    assert (result.points, result.steps) == (10, ("打扫公共巷道 2 次 × 5 分 = 10 分",))


def test_cap_hit_half_way_gives_the_rest_and_says_so() -> None:
    result = award(SWEEP, 2, Used(month=15))
    assert result.points == 5
    assert result.text == "打扫公共巷道 2 次 × 5 分 = 10 分；本月上限 20 分，已得 15 分，计 5 分"


def test_cap_already_reached_gives_nothing() -> None:
    result = award(SWEEP, 1, Used(month=20))
    assert (result.points, result.steps[-1]) == (0, "本月上限 20 分，已得 20 分，计 0 分")


def test_the_tightest_cap_counts() -> None:
    terms = Terms("照看老人", "次", 5, cap_day=10, cap_month=40, cap_year=42)
    result = award(terms, 3, Used(day=5, month=30, year=40))
    assert result.points == 2
    assert result.steps == (
        "照看老人 3 次 × 5 分 = 15 分",
        "当日上限 10 分，已得 5 分，计 5 分",
        "本年上限 42 分，已得 40 分，计 2 分",
    )


def test_deduction_is_negative_and_uncapped() -> None:
    assert award(Terms("乱倒垃圾", "次", 5, deducts=True, cap_month=5), 2).points == -10


@pytest.mark.parametrize("quantity", [0, -1, 1001, True, 1.5])
def test_quantity_is_a_whole_positive_number(quantity: int) -> None:
    with pytest.raises(RuleError, match="数量"):
        award(SWEEP, quantity)


@given(
    quantity=st.integers(1, 1000),
    points=st.integers(1, 100),
    cap=st.integers(0, 500),
    used=st.integers(0, 600),
)
def test_award_never_passes_a_cap(quantity: int, points: int, cap: int, used: int) -> None:
    result = award(Terms("事", "次", points, cap_month=cap), quantity, Used(month=used))
    assert 0 <= result.points <= quantity * points
    assert result.points == min(quantity * points, max(cap - used, 0))


def test_earning_pays_what_is_owed_first() -> None:
    change = change_of(AccountFigures(0, 8), EntryKind.EARN, 20)
    assert change == Change(12, 20, -8, ("其中 8 分抵扣此前冲正未扣足的部分",))


def test_deduction_stops_at_zero_but_lowers_the_score() -> None:
    change = change_of(AccountFigures(3), EntryKind.DEDUCT, -5)
    assert (change.points, change.score, change.owed) == (-3, -5, 0)


def test_redemption_needs_the_balance() -> None:
    with pytest.raises(RuleError, match="需要 30 分，现有 20 分"):
        change_of(AccountFigures(20), EntryKind.REDEEM, -30)
    assert change_of(AccountFigures(30), EntryKind.REDEEM, -30) == Change(-30, 0)


@pytest.mark.parametrize(
    ("kind", "points"), [(EntryKind.EARN, -1), (EntryKind.DEDUCT, 1), (EntryKind.REDEEM, 0)]
)
def test_signs_are_checked(kind: EntryKind, points: int) -> None:
    with pytest.raises(RuleError):
        change_of(AccountFigures(10), kind, points)


def test_reversal_of_spent_points_is_owed() -> None:
    change = reversal_of(AccountFigures(4), Change(20, 20))
    assert (change.points, change.score, change.owed) == (-4, -20, 16)
    assert change.steps == ("可用积分只有 4 分，余下 16 分从以后的得分中扣",)


def test_reversal_of_a_deduction_gives_back_what_was_taken() -> None:
    assert reversal_of(AccountFigures(0), Change(-3, -5)) == Change(3, 5, 0)


def test_equal_scores_share_a_rank() -> None:
    ranked = rank([("甲", 30), ("乙", 50), ("丙", 30), ("丁", 10)])
    assert [(row.key, row.rank) for row in ranked] == [("乙", 1), ("甲", 2), ("丙", 2), ("丁", 4)]


@given(st.lists(st.integers(-50, 50), max_size=40))
def test_rank_is_one_plus_how_many_are_better(scores: list[int]) -> None:
    for row in rank(enumerate(scores)):
        assert row.rank == 1 + sum(other > row.score for other in scores)


PLAIN = (
    EntryKind.EARN,
    EntryKind.BASE,
    EntryKind.DEDUCT,
    EntryKind.REDEEM,
    EntryKind.CARRY,
    EntryKind.CLEAR,
)


@given(st.sampled_from(PLAIN), st.integers(-200, 200), st.integers(0, 500))
def test_whoever_owes_nothing_and_bears_it_is_treated_alike(kind: EntryKind, points: int, more: int) -> None:
    """What the one-trip posting relies on, which does not know the account when it asks for the change."""
    account = AccountFigures(max(0, -points) + more, 0)
    try:
        expected = change_of(account, kind, points)
    except RuleError:
        with pytest.raises(RuleError):
            plain_change(kind, points)
        return
    assert plain_change(kind, points) == expected
    assert expected.owed == 0
    assert not expected.steps
