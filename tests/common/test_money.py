from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import RuleError
from cogov.common.money import format_yuan, from_fen, round_half_up, to_fen
from cogov.common.quantities import convert, from_base, to_base


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [("1234.50", 123450), ("1,234.5", 123450), (48, 4800), (Decimal("0.01"), 1), ("-3", -300)],
)
def test_yuan_become_exact_fen(yuan: Decimal | str | int, fen: int) -> None:
    assert to_fen(yuan) == fen


@pytest.mark.parametrize("yuan", ["1.005", "abc", "", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused_with_a_reason(yuan: str) -> None:
    with pytest.raises(RuleError, match="不是金额|不能精确到分"):
        to_fen(yuan)


def test_floats_never_become_money() -> None:
    with pytest.raises(TypeError):
        to_fen(0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        round_half_up(0.5)  # type: ignore[arg-type]


def test_rounding_is_half_up() -> None:
    assert round_half_up(Decimal("90.495")) == Decimal("90.50")
    assert round_half_up(Decimal("-0.005")) == Decimal("-0.01")
    assert round_half_up(Decimal("2.5"), 0) == Decimal(3)


@given(st.integers(-(10**12), 10**12))
def test_fen_survive_the_way_through_yuan(fen: int) -> None:
    assert to_fen(from_fen(fen)) == fen
    assert to_fen(format_yuan(fen).removesuffix(" 元")) == fen


def test_cement_of_the_worked_example() -> None:
    """SUB-2: 4,480 斤 = 2,240 kg = 44.8 bags."""
    assert convert(4480, "jin", "kg") == 2240
    assert convert(4480, "jin", "bag") == Decimal("44.8")
    assert from_base(to_base("2.8", "m"), "cm") == 280


def test_dimensions_do_not_mix() -> None:
    with pytest.raises(RuleError, match="换算"):
        convert(1, "kg", "m")
