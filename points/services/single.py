"""One entry written in the fewest statements (performance.md). Batches go by ``bulk``.

On PostgreSQL the entry, the account and the audit event are written by one statement, all or none of them; SQLite cannot
write two tables in one statement and takes three, in the same transaction.
"""

from __future__ import annotations

from django.db import connection

from cogov.audit import rows as audit_rows
from cogov.audit.models import AuditEvent
from points.models import PointsEntry
from points.rules import EntryKind
from points.services.bulk import ONE_DELTA, UPDATE_ONE, AccountDelta, insert_statement, update_statement
from points.services.prepared import Prepared, execute
from points.services.rows import EntryRow, parameters

_ENTRY = (
    f"{insert_statement()} ON CONFLICT (source, kind) WHERE reversal_of_id IS NULL DO NOTHING RETURNING id"
)
_WRITE = Prepared(
    "cogov_post_entry",
    f"""
    WITH e AS ({_ENTRY}), {ONE_DELTA}, u AS ({UPDATE_ONE} AND EXISTS (SELECT 1 FROM e)),
         a AS ({audit_rows.insert_where("e")})
    SELECT id FROM e""",  # noqa: S608 - put together of the statements above
)


def write(row: EntryRow, delta: AccountDelta, event: AuditEvent) -> int | None:
    """Insert the entry, move the balance, note the event; the entry's key, or None when its source was posted before.

    Then nothing at all is written. The CHECKs of the tables refuse what would go below zero (IntegrityError).
    """
    entry, event_values = parameters(row, connection), audit_rows.parameters(event, connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            execute(cursor, (_WRITE,), [*entry, *delta.row(), *event_values])
            found = cursor.fetchone()
        else:
            cursor.execute(_ENTRY, entry)
            found = cursor.fetchone()
            if found is not None:
                cursor.execute(update_statement(), delta.row())
                audit_rows.insert(event)
    return int(found[0]) if found else None


def as_entry(pk: int, row: EntryRow) -> PointsEntry:
    """The model object of a row just written."""
    return PointsEntry.from_db(connection.alias, ("id", *EntryRow._fields), (pk, *row))


def posted(kind: EntryKind, source: str) -> PointsEntry | None:
    """The entry that stands under a source, if any."""
    return PointsEntry.objects.filter(kind=kind.value, source=source, reversal_of__isnull=True).first()


def standing(kind: EntryKind, source: str) -> PointsEntry:
    """The entry that stands under a source."""
    return PointsEntry.objects.get(kind=kind.value, source=source, reversal_of__isnull=True)
