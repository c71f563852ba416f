"""The registry's pure rules, with the documents' worked examples."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import TransitionError
from tests.factories.villages import identity_number
from villages import card_codes, rules
from villages.rules import ResidentDraft
from villages.states import HOUSEHOLD_MOVES, RESIDENT_MOVES

TODAY = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("population", "per", "cleaners"),
    [(1104, 300, 4), (300, 300, 1), (301, 300, 2), (0, 300, 0), (1, 300, 1), (900, 250, 4)],
)
def test_cleaners_needed(population: int, per: int, cleaners: int) -> None:
    found = rules.cleaners_needed(population, per)
    assert found.value == cleaners
    assert str(population) in found.steps[0]


def test_fee_of_four_people_for_a_year_is_48_yuan() -> None:
    fee = rules.rubbish_fee(4, 100)
    assert fee.value == 4800
    assert fee.steps == ("4 人 × 每人每月 1.00 元 × 12 个月 = 48.00 元",)


@pytest.mark.parametrize(
    ("due", "paid", "matched", "percent", "still"),
    [
        (4800, 4799, 0, 100, 0),
        (4800, 4800, 0, 100, 4800),
        (4800, 4800, 4800, 100, 0),
        (4800, 4800, 0, 50, 2400),
        (4800, 4800, 3000, 50, 0),
        (333, 333, 0, 50, 166),
        (0, 0, 0, 100, 0),
    ],
)
def test_matching_comes_after_paying(due: int, paid: int, matched: int, percent: int, still: int) -> None:
    assert rules.fee_match(due=due, paid=paid, matched=matched, percent=percent).value == still


@pytest.mark.parametrize("months", [0, 13])
def test_impossible_months_are_refused(months: int) -> None:
    with pytest.raises(ValueError, match="months"):
        rules.rubbish_fee(1, 100, months)


@pytest.mark.parametrize(
    ("taken", "number"),
    [([], "001"), (["001", "002"], "003"), (["099"], "100"), (["9"], "10"), (["A1", "甲"], "001")],
)
def test_next_number(taken: list[str], number: str) -> None:
    assert rules.next_number(taken) == number


@given(st.lists(st.integers(1, 99999).map(str), max_size=20))
def test_next_number_is_free(taken: list[str]) -> None:
    assert rules.next_number(taken) not in taken


def test_populations() -> None:
    assert rules.populations(["registered", "away", "moved", "deceased", "registered"]) == (3, 2)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (dt.date(2008, 11, 1), TODAY, 18),
        (dt.date(2008, 11, 2), TODAY, 17),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), 17),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), 18),
    ],
)
def test_age(born: dt.date, day: dt.date, age: int) -> None:
    assert rules.age_on(born, day) == age


def test_draft_takes_birth_and_sex_from_the_number() -> None:
    number = identity_number(4, dt.date(1988, 5, 6), "female")
    clean, problems = rules.check_resident(
        ResidentDraft(
            name=" 单 小芳 ", relation="head", id_number=f" {number.lower()} ", phone="138-1234 5678"
        ),
        today=TODAY,
    )
    assert problems == []
    assert (clean.name, clean.sex, clean.birth_date) == ("单小芳", "female", dt.date(1988, 5, 6))
    assert (clean.id_number, clean.phone) == (number, "13812345678")
    assert number not in repr(clean)


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"sex": "male"}, ["性别"]),
        ({"birth_date": dt.date(1988, 5, 7)}, ["出生日期"]),
        ({"id_number": ""}, ["性别"]),
        ({"id_number": "", "sex": "male", "birth_date": dt.date(1890, 1, 1)}, ["出生日期"]),
        ({"id_number": "", "sex": "male", "birth_date": dt.date(2026, 11, 2)}, ["出生日期"]),
        ({"phone": "12"}, ["联系电话"]),
        ({"name": "\u3000"}, ["姓名"]),
        ({"name": "长" * 51}, ["姓名"]),
    ],
)
def test_faults_name_their_columns(changes: dict[str, object], columns: list[str]) -> None:
    number = identity_number(4, dt.date(1988, 5, 6), "female")
    draft = {"name": "单小芳", "relation": "head", "id_number": number, **changes}
    _, problems = rules.check_resident(ResidentDraft(**draft), today=TODAY)
    assert [problem.column for problem in problems] == columns


RELATIONS = st.sampled_from(
    [
        "spouse",
        "child",
        "child_in_law",
        "parent",
        "parent_in_law",
        "grandchild",
        "grandparent",
        "sibling",
        "not_kin",
    ]
)


@given(st.lists(RELATIONS, min_size=1, max_size=6), st.integers(0, 5))
def test_new_head_leaves_exactly_one_head(others: list[str], pick: int) -> None:
    relations = {0: "head", **dict(enumerate(others, start=1))}
    head = sorted(relations)[pick % len(relations)]
    derived, doubtful = rules.relations_under(relations, head)
    assert derived.keys() == relations.keys()
    assert [pk for pk, relation in derived.items() if relation == "head"] == [head]
    assert doubtful <= {pk for pk, relation in derived.items() if relation == "other_kin"}


@pytest.mark.parametrize(
    ("was", "old_head_becomes"),
    [
        ("spouse", "spouse"),
        ("child", "parent"),
        ("parent", "child"),
        ("sibling", "sibling"),
        ("grandchild", "grandparent"),
        ("child_in_law", "parent_in_law"),
        ("not_kin", "not_kin"),
    ],
)
def test_what_the_old_head_is_to_the_new_one(was: str, old_head_becomes: str) -> None:
    derived, _ = rules.relations_under({1: "head", 2: was}, 2)
    assert derived == {1: old_head_becomes, 2: "head"}


def test_states_name_what_is_possible() -> None:
    assert HOUSEHOLD_MOVES.move("registered", "cancel").target == "cancelled"
    with pytest.raises(TransitionError, match="现在可以做的是：恢复户籍"):
        HOUSEHOLD_MOVES.move("cancelled", "leave")
    with pytest.raises(TransitionError, match="恢复在册"):
        RESIDENT_MOVES.move("deceased", "move_out")


# --- card codes ---


@given(st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_code_is_sixteen_unmistakable_characters(token: str) -> None:
    code = card_codes.code_of(token)
    assert len(code) == 16 and set(code) <= set(card_codes.ALPHABET)
    assert card_codes.as_code(card_codes.grouped(code).lower()) == code
    assert card_codes.as_token(f"http://x/kiosk/card/{token}/") == token


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("OIL0-1111-2222-3333", "0110111122223333"),
        ("0110 1111 2222 3333", "0110111122223333"),
        ("0110-1111-2222-333", ""),
        ("0110-1111-2222-333U", ""),
        ("", ""),
    ],
)
def test_typed_codes(typed: str, code: str) -> None:
    assert card_codes.as_code(typed) == code


@pytest.mark.parametrize(
    ("birth", "on", "adult", "minor"),
    [
        (dt.date(2008, 10, 31), dt.date(2026, 10, 31), True, False),
        (dt.date(2008, 10, 31), dt.date(2026, 10, 30), False, True),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), False, True),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), True, False),
        (None, dt.date(2026, 10, 31), False, False),
    ],
)
def test_the_eighteenth_birthday_decides(
    birth: dt.date | None, on: dt.date, adult: bool, minor: bool
) -> None:
    assert (rules.is_adult(birth, on), rules.is_minor(birth, on)) == (adult, minor)
