"""What the kiosk shows: to a card its household, masked; to nobody anything else."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.access.masking import mask_name
from notices import kinds
from notices import selectors as notice_selectors
from notices.models import Notice
from points.kiosk.services import IDLE, LONGEST
from points.models import KioskDevice, KioskSession, PointsAccount, PointsEntry
from points.selectors.statements import Rank, account_of, group_rank, last_entries
from villages.models import Household, HouseholdState

LAST_ENTRIES = 10
NOTICES = 6


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A current notice as the kiosk lists it."""

    pk: int
    title: str
    kind: str
    until: str


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """Everything on a household's page."""

    name: str
    place: str
    group: str
    account: PointsAccount
    year: int
    rank: Rank
    entries: list[PointsEntry]
    notices: list[NoticeLine]


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


def household_page(household: Household) -> HouseholdPage:
    """Balance, rank in the group, the last entries with their reasons, the village's notices."""
    account = account_of(household)
    year = timezone.localdate().year
    return HouseholdPage(
        name=mask_name(household.head_name) if household.head_name else "本户",
        place=household.village.name,
        group=household.group.name,
        account=account,
        year=year,
        rank=group_rank(household, account, year),
        entries=last_entries(account, LAST_ENTRIES),
        notices=current_notices(household),
    )


def current_notices(household: Household) -> list[NoticeLine]:
    """The notices that hang in the household's village now."""
    rows = notice_selectors.current_notices(household.village)[:NOTICES]
    return [
        NoticeLine(
            row.pk,
            row.title,
            kinds.label_of(row.kind),
            f"公示到{row.publicity_end.month}月{row.publicity_end.day}日" if row.publicity_end else "",
        )
        for row in rows
    ]


def current_notice(household: Household, pk: int) -> Notice | None:
    """One of these notices."""
    return (
        notice_selectors.current_notices(household.village).filter(pk=pk).select_related("snapshot").first()
    )
