"""The legal moves of households and residents (VIL-2, VIL-3)."""

from __future__ import annotations

from cogov.common.workflow import Transition, TransitionTable

HOUSEHOLD_MOVES = TransitionTable(
    {"registered": "在册", "away": "外出", "cancelled": "注销"},
    (
        Transition("leave", "登记外出", ("registered",), "away"),
        Transition("come_back", "登记返回", ("away",), "registered"),
        Transition("cancel", "销户", ("registered", "away"), "cancelled"),
        Transition("restore", "恢复户籍", ("cancelled",), "registered"),
    ),
)

RESIDENT_MOVES = TransitionTable(
    {"registered": "在册", "away": "外出", "moved": "迁出", "deceased": "死亡"},
    (
        Transition("leave", "登记外出", ("registered",), "away"),
        Transition("come_back", "登记返回", ("away",), "registered"),
        Transition("move_out", "登记迁出", ("registered", "away"), "moved"),
        Transition("die", "登记死亡", ("registered", "away"), "deceased"),
        Transition("restore", "恢复在册", ("moved", "deceased"), "registered"),
    ),
)
