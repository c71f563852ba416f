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


SHARE_BOOKS = "SELECT pg_advisory_xact_lock_shared(%s, %s)"  # PostgreSQL, with books_key
_OWN_BOOKS = "SELECT pg_advisory_xact_lock(%s, %s)"


def books_key(village_id: int) -> tuple[int, int]:
    """The key of the advisory lock of a village's books."""
    return _SPACE, village_id % 2**31


def _advisory(statement: str, village_id: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, books_key(village_id))


def share_books(village_id: int) -> None:
    """Nobody closes a month of the village until this transaction ends."""
    _advisory(SHARE_BOOKS, village_id)


def own_books(village_id: int) -> None:
    """Nobody posts to the village until this transaction ends."""
    _advisory(_OWN_BOOKS, village_id)


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
        if attempt:
            open_missing(village, missing)
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


def open_missing(village: Village, household_ids: Iterable[int]) -> None:
    """Open accounts of these households; whoever else opens them at the same time does no harm."""
    PointsAccount.objects.bulk_create(
        [PointsAccount(household_id=pk, village=village) for pk in household_ids], ignore_conflicts=True
    )


def open_accounts(village: Village) -> int:
    """An account for every household of the village that is not cancelled; returns how many were opened."""
    missing = (
        Household.objects.filter(village=village, points_account__isnull=True)
        .exclude(state="cancelled")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    wanted = list(missing)
    open_missing(village, wanted)
    return len(wanted)
