"""Booking goods at the kiosk and taking a booking back, for the household that showed card and PIN."""

from __future__ import annotations

from django.db import transaction

from cogov.common.errors import RuleError
from points.kiosk.services import household_actor
from points.market_rules import BOOKED, CANCELLED
from points.models import Goods, KioskSession, Redemption
from points.services.market.cancelling import cancel
from points.services.market.redeeming import book, lock_redemption
from villages.models import Household

_REASON = "本户在自助机上取消"


def book_goods(*, visit: KioskSession, goods: Goods, quantity: int, expected: int, key: str) -> Redemption:
    """Keep ``quantity`` pieces for pick-up. The same ``key`` gives the same booking. Raises RuleError, ConflictError."""
    household = visit.card.household
    return book(
        actor=household_actor(household),
        supermarket=goods.supermarket,
        card=visit.card,
        visit=visit,
        basket={goods.pk: quantity},
        key=key,
        expected_points=expected,
    )


def cancel_booking(*, visit: KioskSession, booking: Redemption) -> Redemption:
    """Give up goods that have not been fetched; the points return. Idempotent.

    Raises RuleError when they were fetched in the meantime: a sale is taken back only at the counter.
    """
    household = visit.card.household
    with transaction.atomic():
        Household.holders.select_for_update(of=("self",)).get(pk=household.pk)
        row = lock_redemption(booking)
        if row.household_id != household.pk or row.state not in (BOOKED, CANCELLED):
            raise RuleError(f"这张预约{row.get_state_display()}，不能再取消")
        return cancel(actor=household_actor(household), redemption=row, reason=_REASON)
