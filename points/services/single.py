"""One entry in the fewest statements (performance.md): lock and read, then write. Batches go by ``ledger``.

On PostgreSQL the entry, the account and the audit event are written by one statement, all or none of them; SQLite cannot
write two tables in one statement and takes three, in the same transaction.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from cogov.audit import rows as audit_rows
from cogov.audit.models import AuditEvent
from cogov.common.errors import ConflictError
from cogov.common.periods import Period
from points.models import PointsAccount, PointsEntry, PointsMonth
from points.rules import EntryKind
from points.services.bulk import AccountDelta, insert_statement
from points.services.locks import SHARE_BOOKS, LockedAccount, books_key, open_missing
from points.services.rows import EntryRow, parameters
from villages.models import Village

_ACCOUNT = PointsAccount._meta.db_table
_READ = """
    SELECT a.household_id, a.id, a.village_id, a.balance, a.owed,
           (SELECT {join}(m.period, ',') FROM {month} m
            WHERE m.village_id = %s AND m.state = 'closed' AND m.period >= %s)
    FROM {account} a WHERE a.household_id = %s"""
_NAMES = {"month": PointsMonth._meta.db_table, "account": _ACCOUNT}
# One trip, two statements: the second sees what was committed before the first had its lock.
_LOCK_AND_READ = f"{SHARE_BOOKS}; {_READ.format(join='string_agg', **_NAMES)} FOR UPDATE OF a"
_READ_LITE = _READ.format(join="group_concat", **_NAMES)
_ENTRY = (
    f"{insert_statement()} ON CONFLICT (source, kind) WHERE reversal_of_id IS NULL DO NOTHING RETURNING id"
)
_UPDATE = f"""
    UPDATE {_ACCOUNT} SET
        balance = balance + %s, owed = owed + %s, earned = earned + %s, deducted = deducted + %s,
        redeemed = redeemed + %s, entry_count = entry_count + 1,
        year_earned = CASE WHEN year < %s THEN %s WHEN year = %s THEN year_earned + %s ELSE year_earned END,
        year_deducted = CASE WHEN year < %s THEN %s WHEN year = %s THEN year_deducted + %s ELSE year_deducted END,
        year = CASE WHEN year < %s THEN %s ELSE year END
    WHERE id = %s"""  # noqa: S608 - our own names; every value is a parameter
_WRITE = f"""
    WITH e AS ({_ENTRY}), u AS ({_UPDATE} AND EXISTS (SELECT 1 FROM e)), a AS ({audit_rows.insert_where("e")})
    SELECT id FROM e"""  # noqa: S608 - put together of the statements above


def lock_account(village: Village, household_id: int, period: Period) -> tuple[LockedAccount, Period]:
    """The household's account, opened where missing, locked; and the open month for an entry of ``period``."""
    found = _read(village, household_id, period)
    if found is None:
        open_missing(village, [household_id])
        found = _read(village, household_id, period)
    if found is None:  # cannot be: accounts are never deleted
        raise ConflictError("这一户的积分账户刚才没有开成，请重试")
    closed = (found[5] or "").split(",")
    while period.key in closed:
        period = period.next()
    return LockedAccount(*found[:5]), period


def _read(village: Village, household_id: int, period: Period) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_LOCK_AND_READ, [*books_key(village.pk), village.pk, period.key, household_id])
        else:
            cursor.execute(_READ_LITE, [village.pk, period.key, household_id])
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def write(row: EntryRow, delta: AccountDelta, event: AuditEvent) -> int | None:
    """Insert the entry, move the balance, note the event; the entry's key, or None when its source was posted before.

    Then nothing at all is written. The CHECKs of the tables refuse what would go below zero (IntegrityError).
    """
    entry, event_values = parameters(row, connection), audit_rows.parameters(event, connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_WRITE, [*entry, *_update_values(delta), *event_values])
            found = cursor.fetchone()
        else:
            cursor.execute(_ENTRY, entry)
            found = cursor.fetchone()
            if found is not None:
                cursor.execute(_UPDATE, _update_values(delta))
                audit_rows.insert(event)
    return int(found[0]) if found else None


def _update_values(delta: AccountDelta) -> tuple[int, ...]:
    year, earned, deducted = delta.year, delta.earned, delta.deducted
    return (
        *(delta.balance, delta.owed, earned, deducted, delta.redeemed),
        *(year, earned, year, earned),
        *(year, deducted, year, deducted),
        *(year, year, delta.account_id),
    )


def as_entry(pk: int, row: EntryRow) -> PointsEntry:
    """The model object of a row just written."""
    return PointsEntry.from_db(connection.alias, ("id", *EntryRow._fields), (pk, *row))


def posted(kind: EntryKind, source: str) -> PointsEntry | None:
    """The entry that stands under a source, if any."""
    return PointsEntry.objects.filter(kind=kind.value, source=source, reversal_of__isnull=True).first()


def standing(kind: EntryKind, source: str) -> PointsEntry:
    """The entry that stands under a source."""
    return PointsEntry.objects.get(kind=kind.value, source=source, reversal_of__isnull=True)
