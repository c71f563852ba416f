"""The life of a month close."""

from __future__ import annotations

from cogov.common.workflow import Transition, TransitionTable

CLOSING, CLOSED = "closing", "closed"

CLOSE_STATES = TransitionTable(
    {CLOSING: "月结中", CLOSED: "已月结"},
    (Transition("close", "月结完成", (CLOSING,), CLOSED),),
)
