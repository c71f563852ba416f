"""Set-wise writing of the ledger on both databases (performance.md): one insert, one update."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from django.db import connection

from points.models import PointsAccount, PointsEntry
from points.services.prepared import Prepared, execute, int_array
from points.services.rows import COLUMNS, EntryRow, copy_line, parameters

_COPY_FROM = 8  # below this many rows COPY costs more than it saves
_LINES_AT_ONCE = 200
_CHUNK = 1000


COLUMN_NAMES = ", ".join(f'"{column}"' for column in COLUMNS)
_COPY = f"COPY {PointsEntry._meta.db_table} ({COLUMN_NAMES}) FROM STDIN"


@lru_cache(maxsize=64)
def insert_statement(rows: int = 1) -> str:
    """INSERT of so many entries, every value a parameter."""
    marks = f"({', '.join(['%s'] * len(COLUMNS))})"
    return f"INSERT INTO {PointsEntry._meta.db_table} ({COLUMN_NAMES}) VALUES {', '.join([marks] * rows)}"  # noqa: S608 - our own names


def insert_entry(row: EntryRow) -> int:
    """Insert one sealed row; returns its key."""
    with connection.cursor() as cursor:
        cursor.execute(f"{insert_statement()} RETURNING id", parameters(row, connection))
        return int(cursor.fetchone()[0])


class _Lines:
    """A file for COPY: rows are sealed and spelled while PostgreSQL stores those before."""

    def __init__(self, rows: Iterable[EntryRow]) -> None:
        self._lines = map(copy_line, rows)

    def read(self, _size: int) -> bytes:
        return "".join(islice(self._lines, _LINES_AT_ONCE)).encode()


def insert_entries(rows: Iterable[EntryRow], count: int) -> None:
    """Insert ``count`` sealed rows in their order. Keys and triggers work as for single rows.

    ``rows`` may be a generator, but one that never fails: COPY would hide its error.
    """
    if not count:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and count >= _COPY_FROM:
            cursor.copy_expert(_COPY, _Lines(rows))
        elif connection.vendor == "postgresql":
            values = [value for row in rows for value in parameters(row, connection)]
            cursor.execute(insert_statement(count), values)
        else:
            cursor.executemany(insert_statement(), [parameters(row, connection) for row in rows])


@dataclass(slots=True)
class AccountDelta:
    """What entries add to one account; ``year`` is the year of their period. ``key``: the account's, or its household's."""

    key: int
    year: int
    balance: int = 0
    owed: int = 0
    earned: int = 0
    deducted: int = 0
    redeemed: int = 0
    entries: int = 0

    def row(self) -> tuple[int, ...]:
        return (
            self.key,
            self.year,
            self.balance,
            self.owed,
            self.earned,
            self.deducted,
            self.redeemed,
            self.entries,
        )


_TABLE = PointsAccount._meta.db_table
_DELTA = "d (key, year, balance, owed, earned, deducted, redeemed, entries)"
_YEAR = "CASE WHEN {t}.year < d.year THEN d.{c} WHEN {t}.year = d.year THEN {t}.year_{c} + d.{c} ELSE {t}.year_{c} END"
_UPDATE = f"""
    UPDATE {_TABLE} SET
        balance = {_TABLE}.balance + d.balance,
        owed = {_TABLE}.owed + d.owed,
        earned = {_TABLE}.earned + d.earned,
        deducted = {_TABLE}.deducted + d.deducted,
        redeemed = {_TABLE}.redeemed + d.redeemed,
        entry_count = {_TABLE}.entry_count + d.entries,
        year_earned = {_YEAR.format(t=_TABLE, c="earned")},
        year_deducted = {_YEAR.format(t=_TABLE, c="deducted")},
        year = CASE WHEN {_TABLE}.year < d.year THEN d.year ELSE {_TABLE}.year END
    FROM d WHERE {_TABLE}."""  # noqa: S608 - our own names; every value is a parameter
_UPDATE_BY_ID = f"{_UPDATE}id = d.key"
_UPDATE_MANY = Prepared(
    "cogov_update_accounts",
    f"WITH {_DELTA} AS (SELECT * FROM unnest(%s::int8[]{', %s::int4[]' * 7})) {_UPDATE_BY_ID}",  # noqa: S608
)
# One account, for a larger statement of PostgreSQL: a query "d" and the update that follows it.
_PARTS = ", ".join(f"($1)[{number}]::int4" for number in range(2, 9))
ONE_DELTA = f"{_DELTA} AS (SELECT ($1)[1], {_PARTS})"  # $1: int8[], the row of an AccountDelta
UPDATE_BY_HOUSEHOLD = f"{_UPDATE}household_id = d.key"


def update_statement(rows: int = 1) -> str:
    """The same with so many rows of eight parameters each, for SQLite."""
    return (
        f"WITH {_DELTA} AS (VALUES {', '.join(['(%s, %s, %s, %s, %s, %s, %s, %s)'] * rows)}) {_UPDATE_BY_ID}"
    )


def update_accounts(deltas: Iterable[AccountDelta]) -> None:
    """Add the deltas to the accounts. The CHECKs of the table refuse what would go below zero."""
    ordered = [delta.row() for delta in sorted(deltas, key=lambda delta: delta.key)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if ordered:
                execute(cursor, (_UPDATE_MANY,), [int_array(column) for column in zip(*ordered, strict=True)])
            return
        for start in range(0, len(ordered), _CHUNK):
            chunk = ordered[start : start + _CHUNK]
            cursor.execute(update_statement(len(chunk)), [value for row in chunk for value in row])
