"""Line breaking: 28 cells, no forbidden line start or end, words whole."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notices.printing.composer import NO_END, NO_START, balanced, compose

PIECES = [
    "积分",
    "村民委员会",
    "，",
    "。",
    "、",
    "；",
    "：",
    "“",
    "”",
    "（",
    "）",
    "《",
    "》",
    "〔2026〕",
    "3号",
    "1,234",
    "——",
    "……",
    "12.5%",
    "公示",
]


def text_of(lines: list) -> str:
    return "".join(line.text for line in lines)


def test_a_full_line_holds_twenty_eight_characters() -> None:
    lines = compose("村" * 90, measure=28, indent=2)
    assert [len(line.text) for line in lines] == [26, 28, 28, 8]
    assert [line.full for line in lines] == [True, True, True, False]


@example(
    [
        "村民委员会",
        "，",
        "，",
        "，",
        "，",
        "〔2026〕",
        "3号",
        "3号",
        "3号",
        "，",
        "12.5%",
        "12.5%",
        "12.5%",
        "“",
        "“",
    ]
)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=120))
@settings(max_examples=300, deadline=None)
def test_no_text_is_lost_and_no_line_overflows(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines = compose(text, measure=28, indent=2)
    assert text_of(lines) == text
    for line in lines:
        assert line.width + line.indent <= 28.0001


@given(
    st.lists(st.sampled_from(["积分", "村民委员会", "公示情况", "如下"]), min_size=1, max_size=40), st.data()
)
@settings(max_examples=200, deadline=None)
def test_no_line_begins_or_ends_with_a_forbidden_mark(words: list[str], data: st.DataObject) -> None:
    text = "".join(
        word + data.draw(st.sampled_from(["", "，", "。", "；", "”。", "《办法》", "（3号）"]))
        for word in words
    )
    lines = compose(text, measure=28, indent=2)
    for before, after in itertools.pairwise(lines):
        assert after.text[0] not in NO_START
        assert before.text[-1] not in NO_END


def test_marks_side_by_side_lose_half_a_cell() -> None:
    (line,) = compose("他说：“好。”", measure=28)
    assert [run.text for run in line.runs if run.half] == ["：", "。"]
    assert line.width == 6.0


def test_a_mark_that_would_begin_a_line_is_squeezed_in() -> None:
    first, second = compose("村" * 14 + "，" + "村" * 13 + "。村村", measure=28)
    assert first.text.endswith("。")
    assert first.width <= 28
    assert second.text == "村村"


def test_numbers_and_dashes_stay_whole() -> None:
    lines = compose("村" * 27 + "2026年" + "村" * 25 + "——完", measure=28)
    assert lines[0].text.endswith("村")
    assert lines[1].text.startswith("2026年")
    assert not any(line.text.startswith("—") and not line.text.startswith("——") for line in lines)


def test_an_overlong_word_is_broken() -> None:
    lines = compose("https://example.cn/" + "a" * 200, measure=28)
    assert all(line.width <= 28.0001 for line in lines)
    assert text_of(lines).endswith("a" * 200)


@pytest.mark.parametrize("length", [5, 20, 30, 61, 200])
def test_title_lines_are_balanced(length: int) -> None:
    lines = balanced("关于公布积分情况的公示" * (length // 11 + 1), measure=19)
    assert max(map(len, lines)) <= 19
    if len(lines) > 1:
        assert max(map(len, lines[:-1])) - len(lines[-1]) <= 6
