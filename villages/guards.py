"""What higher apps have to say before a household ends, and what they do when it is merged into another.

    register_cancel_guard("points.balance", lambda household: ["积分余额 30 分未结清"] if … else [])
    register_merge_hook("points.balance", transfer_balance)

Both run inside the service's transaction with the households locked; a guard returns reasons in Chinese, a hook moves
what belongs to the old household. Hooks run before the guards of the household that ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cogov.access.scope import Actor
from cogov.desk.registry import DuplicateCodeError

CancelGuard = Callable[[Any], Sequence[str]]
MergeHook = Callable[[Actor, Any, Any], None]

_guards: dict[str, CancelGuard] = {}
_hooks: dict[str, MergeHook] = {}


def register_cancel_guard(code: str, guard: CancelGuard) -> None:
    """``guard(household)`` returns why the household can't end yet; empty when nothing speaks against it."""
    if code in _guards:
        raise DuplicateCodeError(f"cancel guard {code!r} is registered twice")
    _guards[code] = guard


def register_merge_hook(code: str, hook: MergeHook) -> None:
    """``hook(actor, source, target)`` moves what ``source`` owns to ``target``."""
    if code in _hooks:
        raise DuplicateCodeError(f"merge hook {code!r} is registered twice")
    _hooks[code] = hook


def unregister(code: str) -> None:
    """Take a guard or hook out again (tests)."""
    _guards.pop(code, None)
    _hooks.pop(code, None)


def reasons_against(household: Any) -> list[str]:
    """Every reason of every guard, in the order of their codes."""
    return [reason for code in sorted(_guards) for reason in _guards[code](household)]


def run_merge_hooks(actor: Actor, source: Any, target: Any) -> None:
    for code in sorted(_hooks):
        _hooks[code](actor, source, target)
