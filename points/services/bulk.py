"""Set-wise writing of the ledger on both databases (performance.md): one insert, one update."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection

from points.models import PointsAccount, PointsEntry
from points.services.rows import COLUMNS, EntryRow, copy_line, parameters

_COPY_FROM = 40  # below this many rows COPY costs more than it saves
_CHUNK = 1000


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)


@lru_cache(maxsize=64)
def insert_statement(rows: int = 1) -> str:
    """INSERT of so many entries, every value a parameter."""
    marks = f"({', '.join(['%s'] * len(COLUMNS))})"
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    table = PointsEntry._meta.db_table
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * rows)}"  # noqa: S608 - our own names


def insert_entries(rows: Sequence[EntryRow]) -> None:
    """Insert sealed rows in their order. Keys and triggers work as for single rows."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) >= _COPY_FROM:
            table, columns = _quoted([PointsEntry._meta.db_table]), _quoted(COLUMNS)
            cursor.copy_expert(
                f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(map(copy_line, rows)))
            )
        elif connection.vendor == "postgresql":
            values = [value for row in rows for value in parameters(row, connection)]
            cursor.execute(insert_statement(len(rows)), values)
        else:
            cursor.executemany(insert_statement(), [parameters(row, connection) for row in rows])


@dataclass(slots=True)
class AccountDelta:
    """What a batch of entries adds to one account; ``year`` is the year of its period."""

    account_id: int
    year: int
    balance: int = 0
    owed: int = 0
    earned: int = 0
    deducted: int = 0
    redeemed: int = 0
    entries: int = 0

    def row(self) -> tuple[int, ...]:
        return (
            self.account_id,
            self.year,
            self.balance,
            self.owed,
            self.earned,
            self.deducted,
            self.redeemed,
            self.entries,
        )


def _update_sql(table: str, rows: int) -> str:
    source = f"VALUES {', '.join(['(%s, %s, %s, %s, %s, %s, %s, %s)'] * rows)}"
    if connection.vendor == "postgresql":
        source = "SELECT * FROM unnest(%s::int8[]" + ", %s::int4[]" * 7 + ")"
    year = "CASE WHEN {t}.year < d.year THEN d.{c} WHEN {t}.year = d.year THEN {t}.year_{c} + d.{c} ELSE {t}.year_{c} END"
    return f"""
        WITH d (id, year, balance, owed, earned, deducted, redeemed, entries) AS ({source})
        UPDATE {table} SET
            balance = {table}.balance + d.balance,
            owed = {table}.owed + d.owed,
            earned = {table}.earned + d.earned,
            deducted = {table}.deducted + d.deducted,
            redeemed = {table}.redeemed + d.redeemed,
            entry_count = {table}.entry_count + d.entries,
            year_earned = {year.format(t=table, c="earned")},
            year_deducted = {year.format(t=table, c="deducted")},
            year = CASE WHEN {table}.year < d.year THEN d.year ELSE {table}.year END
        FROM d WHERE {table}.id = d.id
    """  # noqa: S608 - our own names; every value is a parameter


def update_accounts(deltas: Iterable[AccountDelta]) -> None:
    """Add the deltas to the accounts. The CHECKs of the table refuse what would go below zero."""
    table = connection.ops.quote_name(PointsAccount._meta.db_table)
    remaining = iter(sorted(deltas, key=lambda delta: delta.account_id))
    with connection.cursor() as cursor:
        while chunk := [delta.row() for delta in islice(remaining, _CHUNK)]:
            if connection.vendor == "postgresql":
                values: list[Any] = [list(column) for column in zip(*chunk, strict=True)]
            else:
                values = [value for row in chunk for value in row]
            cursor.execute(_update_sql(table, len(chunk)), values)
