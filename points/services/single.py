"""One entry in three statements on PostgreSQL: lock, read, write (performance.md). Batches go by ``ledger``."""

from __future__ import annotations

from django.db import connection

from cogov.common.periods import Period
from points.models import PointsAccount, PointsEntry, PointsMonth
from points.rules import AccountFigures, Change, EntryKind, change_of
from points.services.bulk import AccountDelta, insert_statement
from points.services.locks import LockedAccount, share_books
from points.services.rows import EntryRow, parameters
from villages.models import Village

_ENTRY, _ACCOUNT = PointsEntry._meta.db_table, PointsAccount._meta.db_table
_READ = f"""
    SELECT a.household_id, a.id, a.village_id, a.balance, a.owed,
           ARRAY(SELECT m.period FROM {PointsMonth._meta.db_table} m
                 WHERE m.village_id = %s AND m.state = 'closed' AND m.period >= %s)
    FROM {_ACCOUNT} a WHERE a.household_id = %s FOR UPDATE OF a
"""  # noqa: S608 - our own names; every value is a parameter
_WRITE = f"""
    WITH e AS ({insert_statement()} ON CONFLICT (source, kind) WHERE reversal_of_id IS NULL DO NOTHING RETURNING id),
    u AS (
        UPDATE {_ACCOUNT} SET
            balance = balance + %s, owed = owed + %s, earned = earned + %s, deducted = deducted + %s,
            redeemed = redeemed + %s, entry_count = entry_count + 1,
            year_earned = CASE WHEN year < %s THEN %s WHEN year = %s THEN year_earned + %s ELSE year_earned END,
            year_deducted = CASE WHEN year < %s THEN %s WHEN year = %s THEN year_deducted + %s ELSE year_deducted END,
            year = GREATEST(year, %s)
        WHERE id = %s AND EXISTS (SELECT 1 FROM e)
    )
    SELECT id FROM e
"""  # noqa: S608 - our own names; every value is a parameter


def is_available() -> bool:
    """SQLite cannot write two tables in one statement; it has no network between, either."""
    return connection.vendor == "postgresql"


def lock_account(village: Village, household_id: int, period: Period) -> tuple[LockedAccount, Period] | None:
    """The locked account and the open month for an entry of ``period``; None when there is no account yet."""
    share_books(village.pk)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [village.pk, period.key, household_id])
        found = cursor.fetchone()
    if found is None:
        return None
    closed = set(found[5])
    while period.key in closed:
        period = period.next()
    return LockedAccount(*found[:5]), period


def change_for(account: LockedAccount, kind: EntryKind, points: int) -> tuple[Change, AccountFigures]:
    """What the entry does, and the account afterwards. Raises RuleError."""
    change = change_of(account.figures, kind, points)
    return change, account.figures.after(change)


def write(row: EntryRow, delta: AccountDelta) -> int | None:
    """Insert the entry and move the balance; the entry's key, or None when its source was posted before."""
    _, year, balance, owed, earned, deducted, redeemed, _ = delta.row()
    values = [
        *parameters(row, connection),
        *(balance, owed, earned, deducted, redeemed),
        *(year, earned, year, earned),
        *(year, deducted, year, deducted),
        *(year, delta.account_id),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        found = cursor.fetchone()
    return int(found[0]) if found else None


def as_entry(pk: int, row: EntryRow) -> PointsEntry:
    """The model object of a row just written."""
    entry = PointsEntry(pk=pk, **row._asdict())
    entry._state.adding = False
    entry._state.db = connection.alias
    return entry


def posted(kind: EntryKind, source: str) -> PointsEntry | None:
    """The entry that stands under a source."""
    return PointsEntry.objects.filter(kind=kind.value, source=source, reversal_of__isnull=True).first()
