"""Locks of the ledger, always in this order: the month's books of a village, then accounts by primary key.

Postings share the month, closing takes it alone. On SQLite a writing transaction holds the whole database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from points.models import PointsAccount
from points.rules import AccountFigures
from villages.models import Household, Village

_WHOLE_VILLAGE = 100
_SPACE = 0x706F  # "po": keeps these advisory locks apart from others


def _advisory(function: str, village_id: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [_SPACE, village_id % 2**31])


def share_books(village_id: int) -> None:
    """Nobody closes a month of the village until this transaction ends."""
    _advisory("pg_advisory_xact_lock_shared", village_id)


def own_books(village_id: int) -> None:
    """Nobody posts to the village until this transaction ends."""
    _advisory("pg_advisory_xact_lock", village_id)


class LockedAccount(NamedTuple):
    """What posting needs of an account whose row is locked."""

    household_id: int
    pk: int
    village_id: int
    balance: int
    owed: int

    @property
    def figures(self) -> AccountFigures:
        return AccountFigures(self.balance, self.owed)


def lock_accounts(village: Village, household_ids: Iterable[int]) -> dict[int, LockedAccount]:
    """The accounts of these households, opened where missing, locked; by household id."""
    wanted = sorted(set(household_ids))
    found: dict[int, LockedAccount] = {}
    for attempt in range(2):
        missing = [pk for pk in wanted if pk not in found]
        if attempt and missing:
            PointsAccount.objects.bulk_create(
                [PointsAccount(household_id=pk, village=village) for pk in missing], ignore_conflicts=True
            )
        for start in range(0, len(missing), 5000):
            part = missing[start : start + 5000]
            # A long list of numbers costs more than to take the village's few hundred rows.
            narrowed = {"household_id__in": part} if len(part) < _WHOLE_VILLAGE else {"village": village}
            rows = (
                PointsAccount.objects.select_for_update()
                .filter(**narrowed)
                .order_by("pk")
                .values_list(*LockedAccount._fields)
            )
            chosen = set(part)
            found.update((row[0], LockedAccount(*row)) for row in rows if row[0] in chosen)
        if len(found) == len(wanted):
            break
    return found


def open_accounts(village: Village) -> int:
    """An account for every household of the village that is not cancelled; returns how many were opened."""
    missing = (
        Household.objects.filter(village=village, points_account__isnull=True)
        .exclude(state="cancelled")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    rows = [PointsAccount(household_id=pk, village=village) for pk in missing]
    PointsAccount.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
