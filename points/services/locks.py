"""Locks of the ledger, always in this order: the month's books of a village, then accounts by primary key.

Postings share the month, closing takes it alone. On SQLite a writing transaction holds the whole database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from cogov.common.periods import Period
from points.models import PointsAccount, PointsMonth
from points.rules import AccountFigures
from points.services.prepared import Prepared, execute, int_array
from villages.models import Village

_SPACE = 0x706F  # "po": keeps these advisory locks apart from others
SHARE_BOOKS = Prepared("cogov_share_books", "SELECT pg_advisory_xact_lock_shared(%s, %s)")
_OWN_BOOKS = Prepared("cogov_own_books", "SELECT pg_advisory_xact_lock(%s, %s)")
_ACCOUNTS = f"""
    SELECT a.household_id, a.id, a.village_id, a.balance, a.owed,
           (SELECT {{join}}(m.period, ',') FROM {PointsMonth._meta.db_table} m
            WHERE m.village_id = %s AND m.state = 'closed' AND m.period >= %s)
    FROM {PointsAccount._meta.db_table} a WHERE a.household_id {{wanted}} ORDER BY a.id"""  # noqa: S608 - our own names
_LOCK_ACCOUNTS = Prepared(
    "cogov_lock_accounts",
    f"{_ACCOUNTS.format(join='string_agg', wanted='= ANY(%s::int8[])')} FOR UPDATE OF a",
)
_ACCOUNTS_LITE = _ACCOUNTS.format(join="group_concat", wanted="IN (SELECT value FROM json_each(%s))")
_NO_MONTH = "9999"  # later than any


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


def books_key(village_id: int) -> tuple[int, int]:
    """The key of the advisory lock of a village's books."""
    return _SPACE, village_id % 2**31


def _advisory(statement: Prepared, village_id: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            execute(cursor, (statement,), books_key(village_id))


def share_books(village_id: int) -> None:
    """Nobody closes a month of the village until this transaction ends."""
    _advisory(SHARE_BOOKS, village_id)


def own_books(village_id: int) -> None:
    """Nobody posts to the village until this transaction ends."""
    _advisory(_OWN_BOOKS, village_id)


def lock_accounts(village: Village, household_ids: Iterable[int]) -> dict[int, LockedAccount]:
    """The accounts of these households, opened where missing, locked; by household id."""
    return _lock(village, household_ids, _NO_MONTH, share=False)[0]


def lock_books(
    village: Village, household_ids: Iterable[int], wanted: Period
) -> tuple[dict[int, LockedAccount], Period]:
    """Share the village's books and lock the accounts; also the month in whose books an entry of ``wanted`` stands.

    That is the wanted month, or the first open one after it. On PostgreSQL one trip of two statements: the second sees
    what was committed before the first had its lock.
    """
    accounts, closed = _lock(village, household_ids, wanted.key, share=True)
    return accounts, _first_open(wanted, closed)


def _first_open(period: Period, closed: str) -> Period:
    """``closed``: keys of months, joined by commas."""
    while closed and period.key in closed:
        period = period.next()
    return period


def _lock(
    village: Village, household_ids: Iterable[int], month: str, *, share: bool
) -> tuple[dict[int, LockedAccount], str]:
    """Locked accounts by household, and the village's closed months from ``month`` on."""
    missing, found, closed = set(household_ids), {}, ""
    for attempt in range(2):
        if attempt:
            open_missing(village, sorted(missing))
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                key, first = (books_key(village.pk), (SHARE_BOOKS,)) if share else ((), ())
                wanted = int_array(missing)
                execute(cursor, (*first, _LOCK_ACCOUNTS), [*key, village.pk, month, wanted])
            else:
                cursor.execute(_ACCOUNTS_LITE, [village.pk, month, json.dumps(list(missing))])
            for *figures, months in cursor.fetchall():
                found[figures[0]] = LockedAccount(*figures)
                closed = months or ""
        missing -= found.keys()
        if not missing:
            break
    return found, closed


def open_missing(village: Village, household_ids: Iterable[int]) -> None:
    """Open accounts of these households; whoever else opens them at the same time does no harm."""
    PointsAccount.objects.bulk_create(
        [PointsAccount(household_id=pk, village=village) for pk in household_ids], ignore_conflicts=True
    )
