"""Notices that higher rooms take down before their posting ends: no board, screen or public page shows them then.

The notice stays in its chain, and its paper can still be verified; only what it says is no longer shown to strangers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db.models import Q

from notices.models import Notice

GONE = "这份公示已经到期或撤下，内容不再公开。"

TakenDown = Callable[[date], Q]
_rules: dict[str, TakenDown] = {}


def register(code: str, rule: TakenDown) -> None:
    """``rule(day)`` is the condition on notices that are taken down on that day."""
    known = _rules.setdefault(code, rule)
    if known is not rule:
        raise ValueError(f"visibility rule {code} is registered twice")


def taken_down(day: date) -> Q:
    """Condition on all notices that are taken down."""
    condition = Q(pk__in=())
    for code in sorted(_rules):
        condition |= _rules[code](day)
    return condition


def is_taken_down(notice: Notice, day: date) -> bool:
    return Notice.objects.filter(taken_down(day), pk=notice.pk).exists()
