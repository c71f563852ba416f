"""Set-wise writing of the ledger on both databases (performance.md): one insert, one update."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection

from points.models import PointsAccount, PointsEntry

_COPY_FROM = 40  # below this many rows COPY costs more than it saves
_CHUNK = 400
_FIELDS = tuple(field for field in PointsEntry._meta.concrete_fields if not field.primary_key)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)


def _values(entry: PointsEntry) -> list[Any]:
    return [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in _FIELDS]


def _copy_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return str(value)


def insert_entries(entries: Sequence[PointsEntry]) -> None:
    """Insert built entries in their order. Keys and triggers work as for single rows."""
    if not entries:
        return
    table, columns = _quoted([PointsEntry._meta.db_table]), _quoted(str(field.column) for field in _FIELDS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(entries) >= _COPY_FROM:
            lines = ("\t".join(_copy_text(getattr(e, f.attname)) for f in _FIELDS) for e in entries)
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("\n".join(lines) + "\n"))
            return
        marks = ", ".join(["%s"] * len(_FIELDS))
        if connection.vendor == "postgresql":
            rows = ", ".join([f"({marks})"] * len(entries))
            values = [value for entry in entries for value in _values(entry)]
            cursor.execute(f"INSERT INTO {table} ({columns}) VALUES {rows}", values)  # noqa: S608 - our own names
            return
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
        cursor.executemany(statement, [_values(entry) for entry in entries])


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
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * rows)
    year = "CASE WHEN {t}.year < d.year THEN d.{c} WHEN {t}.year = d.year THEN {t}.year_{c} + d.{c} ELSE {t}.year_{c} END"
    return f"""
        WITH d (id, year, balance, owed, earned, deducted, redeemed, entries) AS (VALUES {marks})
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
        while chunk := list(islice(remaining, _CHUNK)):
            cursor.execute(_update_sql(table, len(chunk)), [v for delta in chunk for v in delta.row()])
