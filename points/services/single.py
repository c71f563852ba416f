"""One entry in one trip to PostgreSQL, for an account that bears it (performance.md). Batches go by ``bulk``.

The account's row is locked by its own UPDATE, which says what the balance became; entry, digest and audit event follow from
it in the same statement, made of the very texts that their digests cover. The message is a transaction in itself. An account
that owes points, that would fall below zero or that is not open yet, and a closed month, make it write nothing: then the
ledger locks, reads and decides.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction

from cogov.audit import rows as audit_rows
from points.models import PointsAccount, PointsEntry, PointsMonth
from points.rules import EntryKind
from points.services.bulk import COLUMN_NAMES, ONE_DELTA, UPDATE_BY_HOUSEHOLD, AccountDelta
from points.services.locks import SHARE_BOOKS, books_key
from points.services.prepared import Prepared, execute, int_array
from points.services.rows import FIELDS, EntryRow, canonical

_ACCOUNT = PointsAccount._meta.db_table
_MARK = "\0"  # JSON escapes it, so that no text of an entry holds it
_TYPES = ("int8[]", "int8", "text", "text", "text", "text", "text")
# $1 the delta, $2 the village, $3 the period, $4 to $6 the entry's text around its account and its balance, $7 the event's.
_GIVEN = "given AS MATERIALIZED (SELECT ($4 || '0' || $5 || '0' || $6)::jsonb AS entry, $7 AS told, $7::jsonb AS event)"
_FILLED = {
    "account_id": "u.id",
    "balance_after": "u.balance",
    "digest": audit_rows.digest_sql("$4 || u.id || $5 || u.balance || $6"),
}
_VALUES = ", ".join(
    _FILLED.get(field.attname) or audit_rows.spelled_value(field, "given.entry") for field in FIELDS
)
_PLAIN = f"""
    {_ACCOUNT}.village_id = $2 AND {_ACCOUNT}.owed = 0 AND {_ACCOUNT}.balance + d.balance >= 0
    AND NOT EXISTS (SELECT 1 FROM {PointsMonth._meta.db_table} m
                    WHERE m.village_id = $2 AND m.period = $3 AND m.state = 'closed')"""  # noqa: S608
STATEMENT = f"""
    WITH {_GIVEN}, {ONE_DELTA},
         u AS ({UPDATE_BY_HOUSEHOLD} AND {_PLAIN} RETURNING {_ACCOUNT}.id, {_ACCOUNT}.balance),
         e AS (INSERT INTO {PointsEntry._meta.db_table} ({COLUMN_NAMES}) SELECT {_VALUES} FROM u, given
               RETURNING id),
         a AS ({audit_rows.insert_spelled("given.told", "given.event", "e, given")})
    SELECT id FROM e"""  # noqa: S608 - put together of the statements above
_WRITE = Prepared("cogov_post_entry", STATEMENT, types=_TYPES)


def post(row: EntryRow, delta: AccountDelta, event: str) -> int | None:
    """Write ``row``, whose account, balance and digest the database fills in. Returns its key; None: nothing was written.

    ``delta`` is keyed by the household; ``event`` is spelled. Raises IntegrityError when the source was posted before.
    """
    parts = canonical(row, account=_MARK, balance=_MARK).split(_MARK)
    with _together(), connection.cursor() as cursor:
        values = (
            *books_key(row.village_id),
            int_array(delta.row()),
            row.village_id,
            row.period,
            *parts,
            event,
        )
        execute(cursor, (SHARE_BOOKS, _WRITE), values)
        found = cursor.fetchone()
    return None if found is None else int(found[0])


def _together() -> AbstractContextManager[Any]:
    """A savepoint within a transaction; outside of any, one message of PostgreSQL is one already."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def posted(kind: EntryKind, source: str) -> int | None:
    """The key of the entry that stands under a source, if any."""
    standing = PointsEntry.objects.filter(kind=kind.value, source=source, reversal_of__isnull=True)
    return standing.values_list("pk", flat=True).first()
