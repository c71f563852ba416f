from __future__ import annotations

import pytest

from cogov.common.errors import TransitionError
from cogov.common.workflow import Transition, TransitionTable

TABLE = TransitionTable(
    {"draft": "草稿", "sent": "已提交", "done": "办结"},
    [
        Transition("send", "提交", ("draft",), "sent"),
        Transition("finish", "办结", ("sent",), "done"),
        Transition("withdraw", "撤回", ("sent",), "draft"),
    ],
)


def test_a_legal_move_is_looked_up() -> None:
    assert TABLE.move("draft", "send").target == "sent"
    assert [move.name for move in TABLE.allowed("sent")] == ["finish", "withdraw"]


def test_an_illegal_move_says_what_is_possible() -> None:
    with pytest.raises(TransitionError) as caught:
        TABLE.move("draft", "finish")
    assert str(caught.value) == "当前状态是“草稿”，不能办结；现在可以做的是：提交"


def test_a_table_with_a_typing_error_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        TransitionTable({"a": "甲"}, [Transition("go", "走", ("a",), "b")])
    with pytest.raises(ValueError, match="twice"):
        TransitionTable(
            {"a": "甲", "b": "乙"}, [Transition("go", "走", ("a",), "b"), Transition("go", "走", ("a",), "a")]
        )
