"""Household cards for printing: issued where they are missing, recorded one by one, set ten to a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from notices.printing.weasy import available
from points.printing.cards import cards_pdf
from villages.models import Household
from villages.services import print_cards

MOST_CARDS = 300
"""At once; more would keep the person waiting for half a minute."""


def card_sheets(*, actor: Actor, households: Sequence[Household]) -> bytes:
    """The PDF. Raises AccessDenied, RuleError (none, too many, a household cancelled, no printing here); then no card is
    issued."""
    if not households:
        raise RuleError("没有选出要打印的户")
    if len(households) > MOST_CARDS:
        raise RuleError(f"一次最多打印 {MOST_CARDS} 张，请分组打印")
    reason = available()
    if reason:
        raise RuleError(reason)
    return cards_pdf(print_cards(actor=actor, households=households))
