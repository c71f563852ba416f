from __future__ import annotations

import pytest

from cogov.common.text import mask_name, normalize_name, normalize_text, pinyin_initials


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("张三", "zs"),
        ("单小芳", "sxf"),
        ("仇大国", "qdg"),
        ("曾庆红", "zqh"),
        ("查良", "zl"),
        ("区楚良", "ocl"),
        ("解晓东", "xxd"),
        ("尉迟敬德", "ycjd"),
        ("欧阳锋", "oyf"),
        ("", ""),
    ],
)
def test_initials_read_surnames_as_people_do(name: str, initials: str) -> None:
    assert pinyin_initials(name) == initials


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三"), ("王", "王"), ("张 三", "张*")],
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_typed_text_is_normalised() -> None:
    assert normalize_text(" 12\u3000组 ") == "12 组"
    assert normalize_name("张 三") == "张三"
    assert normalize_name("阿依古丽•买买提") == "阿依古丽·买买提"
