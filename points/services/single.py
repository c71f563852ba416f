"""One entry written in two trips to the database (performance.md). Batches go by ``bulk``.

The account is read without a lock and the month taken for open. The write asks for both again: when somebody posted to
the account in between, or the month is closed, it writes nothing, and all is done once more under locks. On PostgreSQL
the write is one message, a transaction in itself; SQLite cannot write two tables in one statement and takes three.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from cogov.audit import rows as audit_rows
from cogov.common.errors import ConflictError
from cogov.common.periods import Period
from points.models import PointsAccount, PointsEntry, PointsMonth
from points.rules import EntryKind
from points.services.bulk import COLUMN_NAMES, ONE_DELTA, UPDATE_ONE, AccountDelta, update_statement
from points.services.locks import SHARE_BOOKS, LockedAccount, books_key, lock_books, read_account
from points.services.prepared import Prepared, execute, pack
from points.services.rows import FIELDS, EntryRow, parameters
from villages.models import Village

# What must still be true of the account and the month.
_ACCOUNT = PointsAccount._meta.db_table
_UNCHANGED = f"""{_ACCOUNT}.balance = CAST(%s AS int4) AND {_ACCOUNT}.owed = CAST(%s AS int4) AND NOT EXISTS (
    SELECT 1 FROM {PointsMonth._meta.db_table} m
    WHERE m.village_id = CAST(%s AS int8) AND m.period = CAST(%s AS text) AND m.state = 'closed')"""  # noqa: S608
_INSERT = f"INSERT INTO {PointsEntry._meta.db_table} ({COLUMN_NAMES})"
_TYPED = ", ".join(audit_rows.typed_mark(field) for field in FIELDS)


def write_statement(unchanged: str) -> str:
    """All three tables at once; ``unchanged`` is the condition of the update, without which nothing is written."""
    return f"""
        WITH {ONE_DELTA}, u AS ({UPDATE_ONE} AND {unchanged} RETURNING 1),
             e AS ({_INSERT} SELECT {_TYPED} FROM u RETURNING id),
             a AS ({audit_rows.insert_where("e")})
        SELECT id FROM e"""  # noqa: S608 - put together of the statements above


_WRITE = Prepared("cogov_post_entry", write_statement(_UNCHANGED), packed=True)
_COLUMNS = ("id", *EntryRow._fields)
_UPDATE_LITE = f"{update_statement()} AND {_UNCHANGED} RETURNING 1"
_INSERT_LITE = f"{_INSERT} VALUES ({', '.join(['%s'] * len(FIELDS))}) RETURNING id"

# What an account and a month make of a posting: the entry, what it adds to the account, its audit event.
Write = tuple[EntryRow, AccountDelta, dict[str, Any]]


def _together(db: BaseDatabaseWrapper) -> AbstractContextManager[Any]:
    """A transaction, unless one message of PostgreSQL is one already."""
    alone = db.vendor == "postgresql" and not db.in_atomic_block
    return nullcontext() if alone else transaction.atomic()


def post(
    village: Village, household_id: int, wanted: Period, make: Callable[[LockedAccount, Period], Write]
) -> PointsEntry:
    """Read, let ``make`` say what is to be written, write. Raises what ``make`` raises, IntegrityError, ConflictError.

    The CHECKs of the tables refuse what would go below zero, their unique keys what was posted before.
    """
    with connection.cursor() as cursor:
        with _together(cursor.db):
            account = read_account(cursor, village, household_id)
            entry = _write(cursor, account, make(account, wanted))
        if entry is not None:
            return entry
        with transaction.atomic():
            accounts, month = lock_books(village, [household_id], wanted)
            account = accounts[household_id]
            entry = _write(cursor, account, make(account, month))
    if entry is None:
        raise ConflictError("积分没有入账：账户或月份刚刚变动，请重试")
    return entry


def _write(cursor: CursorWrapper, account: LockedAccount, write: Write) -> PointsEntry | None:
    """The entry, or None when the account or the month is no longer as it was read: nothing is written then."""
    row, delta, event = write
    unchanged = (account.balance, account.owed, account.village_id, row.period)
    if cursor.db.vendor == "postgresql":
        values = pack((*delta.row(), *unchanged, *row, *audit_rows.parameters(event, cursor.db)))
        execute(cursor, (SHARE_BOOKS, _WRITE), (*books_key(account.village_id), values))
        found = cursor.fetchone()
    else:
        cursor.execute(_UPDATE_LITE, (*delta.row(), *unchanged))
        if cursor.fetchone() is None:
            return None
        cursor.execute(_INSERT_LITE, parameters(row, cursor.db))
        found = cursor.fetchone()
        audit_rows.insert(event)
    return PointsEntry.from_db(cursor.db.alias, _COLUMNS, (*found, *row)) if found else None


def posted(kind: EntryKind, source: str) -> PointsEntry | None:
    """The entry that stands under a source, if any."""
    return PointsEntry.objects.filter(kind=kind.value, source=source, reversal_of__isnull=True).first()
