"""Cells as villages fill them in (VIL-7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villages.importing import normalise, vocabulary
from villages.importing.normalise import CellFault
from villages.importing.safecells import cell_text, safe_text


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("张 三", "张三"), ("张　三", "张三"), (" 欧阳 小三 ", "欧阳小三"), ("买买提・艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"), ("\u202d张三\u202c", "张三"), ("㐂田", "㐂田"), ("𠮷野", "𠮷野"),
    ],
)  # fmt: skip
def test_names(value: str, clean: str) -> None:
    assert normalise.person_name(value) == clean


@pytest.mark.parametrize("value", ["张三2", "=cmd|'/c calc'!A0", "张三<b>", "张\ufffd", "@张三", 3.0])
def test_what_is_not_a_name(value: Any) -> None:
    with pytest.raises(CellFault):
        normalise.person_name(value)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (3.0, "3"),
        (3, "3"),
        ("０１２", "012"),
        (" 沙坪 - 12 ", "沙坪-12"),
        ("12户", "12"),
        ("A001", "A001"),
        ("'007", "007"),
    ],
)
def test_household_numbers(value: Any, clean: str) -> None:
    assert normalise.household_number(value) == clean


@pytest.mark.parametrize("value", [3.5, "1" * 21, "=1+1", "12;13"])
def test_bad_household_numbers(value: Any) -> None:
    with pytest.raises(CellFault, match="户号"):
        normalise.household_number(value)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("42122319900101001x", "42122319900101001X"),
        ("４２１２２３１９９００１０１００１Ｘ", "42122319900101001X"),
        ("421223 19900101 001X", "42122319900101001X"),
        ("421223-19900101-001X", "42122319900101001X"),
        ("'42122319900101001X", "42122319900101001X"),
        ('="42122319900101001X"', "42122319900101001X"),
        ("\u202a42122319900101001X\t", "42122319900101001X"),
        ("无", ""), ("-", ""), ("", ""),
    ],
)  # fmt: skip
def test_identity_numbers(value: str, clean: str) -> None:
    assert normalise.identity_number(value) == clean


@pytest.mark.parametrize(
    "value", [4.20123199001011e17, 420123199001011234, "4.2E+17", "4.20123E+17", "4.2e17", "4.2 E+17"]
)
def test_numbers_that_excel_rounded(value: Any) -> None:
    with pytest.raises(CellFault, match="被 Excel 改成了数字"):
        normalise.identity_number(value)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("138-0013-8000", "13800138000"), ("138 0013 8000", "13800138000"), (13800138000.0, "13800138000"),
        ("+86 13800138000", "13800138000"), ("86-13800138000", "13800138000"), ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"), ("0715-3388123", "07153388123"), ("(0715)3388123", "07153388123"),
        ("3388123", "3388123"), ("无", ""), ("", ""), ("—", ""),
    ],
)  # fmt: skip
def test_phones(value: Any, clean: str) -> None:
    assert normalise.phone(value) == clean


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("13800138000、13900139000", "一格只能填一个"),
        ("1380013800", "11 位"),
        ("12345678901", "11 位"),
        ("找村长", "11 位"),
    ],
)
def test_bad_phones(value: str, message: str) -> None:
    with pytest.raises(CellFault, match=message):
        normalise.phone(value)


@pytest.mark.parametrize(
    "value",
    [
        "二组",
        "2组",
        "第2组",
        "第二组",
        "第二村民小组",
        "2",
        2.0,
        2,
        "２组",
        "二 组",
        "2社",
        "二队",
        "02组",
        "第二小组",
        "2组（张家湾）",
    ],
)
def test_one_group_in_many_spellings(value: Any) -> None:
    group = normalise.group_name(value)
    assert group is not None
    assert (group.key, group.label) == ("2", "2组")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("十组", "10"),
        ("十二组", "12"),
        ("二十组", "20"),
        ("廿一组", "21"),
        ("一百零五组", "105"),
        ("李家湾", "李家湾"),
        ("张家湾二组", "张家湾2组"),
    ],
)
def test_other_groups(value: str, key: str) -> None:
    group = normalise.group_name(value)
    assert group is not None
    assert group.key == key


@pytest.mark.parametrize("value", ["0组", "1000组", "=1", "二组;三组", 2.5])
def test_bad_groups(value: Any) -> None:
    with pytest.raises(CellFault, match="组"):
        normalise.group_name(value)


@given(st.integers(1, 199))
def test_chinese_numerals_are_read_back(number: int) -> None:
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = digits[hundreds] + "百" if hundreds else ""
    if hundreds and rest and not tens:
        text += "零"
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    if ones:
        text += digits[ones]
    assert normalise.chinese_number(text) == number
    group = normalise.group_name(f"第{text}村民小组")
    assert group is not None
    assert group.key == str(number)


@pytest.mark.parametrize(
    "value",
    ["1990-01-02", "1990/1/2", "1990.1.2", "1990年1月2日", "1990年01月02日", "19900102", " 1990 年 1 月 2 日 ", "１９９０－１－２",
     date(1990, 1, 2), datetime(1990, 1, 2, 8, 30), 32875.0, "1990-01-02 00:00:00", "1990。1。2"],
)  # fmt: skip
def test_dates(value: Any) -> None:
    assert normalise.any_date(value) == date(1990, 1, 2)


@pytest.mark.parametrize("value", ["1990-02-30", "1990-13-01", "1990", "90-1-2", "去年"])
def test_bad_dates(value: str) -> None:
    with pytest.raises(CellFault):
        normalise.any_date(value)


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_every_way_to_write_a_day_is_that_day(day: date) -> None:
    serial = float((day - date(1899, 12, 30)).days)
    for written in (
        day,
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        serial,
    ):
        assert normalise.any_date(written) == day


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("低保、残疾人", ("低保", "残疾人")), ("低保,残疾人，低保户", ("低保", "残疾人")), ("五保户;烈属", ("五保", "烈属")),
        ("脱贫户/监测户", ("脱贫户", "监测户")), ("低保 党员", ("低保", "党员")), ("无", ()), ("种粮大户", ("种粮大户",)),
    ],
)  # fmt: skip
def test_tags(value: str, tags: tuple[str, ...]) -> None:
    assert vocabulary.tags(value) == tags


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("户主", "head"), ("本人", "head"), ("妻", "spouse"), ("丈夫", "spouse"), ("长子", "child"), ("二女儿", "child"),
        ("三子", "child"), ("独生女", "child"), ("儿媳", "child_in_law"), ("长媳", "child_in_law"), ("孙子", "grandchild"),
        ("外孙女", "grandchild"), ("父亲", "parent"), ("岳母", "parent_in_law"), ("奶奶", "grandparent"), ("弟", "sibling"),
        ("侄子", "other_kin"), ("其他", "other_kin"), ("保姆", "not_kin"), (" 配 偶 ", "spouse"), ("户主之妻", "spouse"),
    ],
)  # fmt: skip
def test_relations(value: str, code: str) -> None:
    assert vocabulary.relation(value) == code


def test_an_unknown_relation_is_refused() -> None:
    with pytest.raises(CellFault, match="与户主关系不认识"):
        vocabulary.relation("邻居家的狗")


@given(
    st.one_of(
        st.text(max_size=40),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(),
        st.booleans(),
        st.none(),
        st.dates(),
    )
)
def test_no_cell_breaks_the_reader(value: Any) -> None:
    """Whatever a cell holds is understood, is nothing, or is a CellFault; and clean text stays as it is."""
    for understand in (
        normalise.person_name, normalise.household_number, normalise.identity_number, normalise.phone,
        normalise.group_name, normalise.any_date, normalise.sex, vocabulary.relation, vocabulary.state, vocabulary.tags,
        vocabulary.political_status,
    ):  # fmt: skip
        try:
            clean = understand(value)
        except CellFault as fault:
            assert str(fault)
            continue
        if isinstance(clean, str) and understand in (
            normalise.person_name,
            normalise.household_number,
            normalise.phone,
        ):
            assert understand(clean) == clean


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1", "%0A=1", "|calc"]
)
def test_text_that_could_be_a_formula_is_quoted(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert normalise.text_of(cell_text(text)) == normalise.text_of(text)


def test_harmless_text_stays() -> None:
    assert safe_text("张三") == "张三"
    assert safe_text(3) == 3
    assert cell_text(13800138000.0) == "13800138000"
    assert cell_text(date(1990, 1, 2)) == "1990-01-02"
