"""The first page: this month's figures and charts of the user's scope, and what waits for him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.desk import registry


@dataclass(frozen=True, slots=True)
class Card:
    """A dashboard card with its content; ``problem`` says in Chinese why there is none."""

    code: str
    title: str
    wide: bool
    data: registry.CardData
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """The items of one to-do source."""

    code: str
    label: str
    entries: Sequence[registry.TodoItem]

    @property
    def count(self) -> int:
        """How many things wait in this group."""
        return sum(item.count for item in self.entries)


@dataclass(frozen=True, slots=True)
class MonthSwitch:
    """The month shown, its neighbours, and the current month; ``following`` is None at the present."""

    shown: Period
    earlier: Period
    following: Period | None
    current: Period

    @property
    def is_current(self) -> bool:
        """True when the page shows the month we live in."""
        return self.shown == self.current


def month_switch(wanted: str, today: date | None = None) -> MonthSwitch:
    """The month a visitor asks for; anything unreadable or in the future becomes the current month."""
    current = Period.month_of(today or timezone.localdate())
    shown = current
    try:
        asked = Period.parse(wanted) if wanted else current
    except CogovError:
        asked = current
    if asked.kind == current.kind and asked <= current and asked.year >= 2000:
        shown = asked
    return MonthSwitch(shown, shown.previous(), None if shown == current else shown.next(), current)


def cards_for(user: Any, period: Period) -> list[Card]:
    """Every card the user may see. A rule's refusal (such as an unknown calendar) is shown on its card."""
    result = []
    for card in registry.cards:
        if card.permission and not user.has_perm(card.permission):
            continue
        try:
            result.append(Card(card.code, card.title, card.wide, card.build(user, period)))
        except CogovError as problem:
            result.append(Card(card.code, card.title, card.wide, registry.CardData(), problem.message))
    return result


def todos_for(user: Any) -> list[TodoGroup]:
    """What waits for the user, by source; empty sources are left out."""
    groups = []
    for source in registry.todos:
        if source.permission and not user.has_perm(source.permission):
            continue
        items = list(source.build(user))
        if items:
            groups.append(TodoGroup(source.code, source.label, items))
    return groups
