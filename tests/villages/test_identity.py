"""GB 11643 (VIL-3)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villages.identity import IdentityFault, check_character, mask_identity, parse_identity

TODAY = date(2026, 11, 22)


def test_the_standards_own_example() -> None:
    # GB 11643-1999, appendix: 11010519491231002 has the check character X, 44052418800101001 has 4.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"
    found = parse_identity("11010519491231002X", today=TODAY)
    assert (found.birth_date, found.sex) == (date(1949, 12, 31), "female")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("110105194912310021", "校验码"),
        ("11010519491231002", "现在是 17 位"),
        ("1101054912310021", "现在是 16 位"),
        ("110105491231002", "15 位旧身份证号"),
        ("4.2E+17", "被 Excel 改成了数字"),
        ("420123199001012000", "被 Excel 改成了数字"),
        ("11010519491231002x", "只能是 17 位数字加一位数字或 X"),
        ("张三", "只能是 17 位数字加一位数字或 X"),
        ("１１０１０５１９４９１２３１００２X", "只能是 17 位数字加一位数字或 X"),
        ("16010519491231002" + check_character("16010519491231002"), "地区代码不存在"),
        ("11010519490231002" + check_character("11010519490231002"), "出生日期不存在"),
        ("11010520261123002" + check_character("11010520261123002"), "晚于今天"),
        ("11010518951231002" + check_character("11010518951231002"), "早于 1896 年"),
    ],
)
def test_what_is_wrong_is_said(number: str, message: str) -> None:
    with pytest.raises(IdentityFault, match=message) as caught:
        parse_identity(number, today=TODAY)
    assert number not in str(caught.value)


def test_born_today_is_fine() -> None:
    body = "42122320261122001"
    assert parse_identity(body + check_character(body), today=TODAY).birth_date == TODAY


NUMBERS = st.builds(
    lambda region, born, sequence: f"{region}{born:%Y%m%d}{sequence:03d}",
    st.sampled_from(["110105", "421223", "659004", "810000"]),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(1, 999),
)


@given(NUMBERS)
def test_every_built_number_says_what_it_was_built_from(body: str) -> None:
    found = parse_identity(body + check_character(body), today=TODAY)
    assert f"{found.birth_date:%Y%m%d}" == body[6:14]
    assert found.sex == ("male" if int(body[16]) % 2 else "female")


@given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(body: str, position: int, step: int) -> None:
    wrong = body[:position] + str((int(body[position]) + step) % 10) + body[position + 1 :]
    with pytest.raises(IdentityFault):
        parse_identity(wrong + check_character(body), today=TODAY)


@given(NUMBERS, st.integers(0, 15))
def test_two_neighbours_swapped_are_found(body: str, position: int) -> None:
    if body[position] == body[position + 1]:
        return
    wrong = body[:position] + body[position + 1] + body[position] + body[position + 2 :]
    with pytest.raises(IdentityFault):
        parse_identity(wrong + check_character(body), today=TODAY)


@given(st.text(max_size=30))
def test_any_text_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(IdentityFault, match="身份证号"):
        parse_identity(text, today=TODAY)


def test_masked() -> None:
    assert mask_identity("42122319900101001X") == "421**************X"
    assert mask_identity("1234567") == "*******"
