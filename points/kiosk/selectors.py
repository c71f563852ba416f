"""What the kiosk shows: to a card its household, masked; to nobody anything else."""

from __future__ import annotations

from django.utils import timezone

from cogov.access.encryption import keyed_hash
from notices import selectors as notice_selectors
from notices.models import Notice
from points.kiosk.services import IDLE, LONGEST
from points.models import KioskDevice, KioskSession
from villages.models import Household, HouseholdState


def device_of(secret: str) -> KioskDevice | None:
    """The enrolled screen with this secret, unless it was taken out of service."""
    if not secret:
        return None
    return KioskDevice.objects.filter(
        secret_hash=keyed_hash(secret, "kiosk-device"), revoked_at__isnull=True
    ).first()


def live_session(key: str) -> KioskSession | None:
    """The running visit of this key: not ended, not silent for long, its card still valid."""
    if not key:
        return None
    now = timezone.now()
    return (
        KioskSession.objects.filter(
            key_hash=keyed_hash(key, "kiosk-session"),
            ended_at__isnull=True,
            last_seen_at__gt=now - IDLE,
            opened_at__gt=now - LONGEST,
            card__revoked_at__isnull=True,
        )
        .exclude(card__household__state=HouseholdState.CANCELLED)
        .select_related("card__household__village__township", "card__household__group")
        .first()
    )


def current_notice(household: Household, pk: int) -> Notice | None:
    """One of these notices."""
    return (
        notice_selectors.current_notices(household.village).filter(pk=pk).select_related("snapshot").first()
    )
