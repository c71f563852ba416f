"""Rows of the ledger before they are written: plain tuples, because a month of a county has a quarter of a million.

The digest is that of ``PointsEntry.canonical()`` to the byte; ``verify_ledgers`` recomputes it from the database.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from points.models import PointsEntry


class EntryRow(NamedTuple):
    """The columns of an entry, in the order of the model."""

    created_at: datetime
    digest: str
    account_id: int
    village_id: int
    kind: str
    points: int
    score: int
    owed: int
    balance_after: int
    period: str
    for_period: str
    occurred_on: date
    source: str
    rule_id: int | None
    reversal_of_id: int | None
    reason: str
    actor_id: int | None
    actor_name: str
    reviewer_id: int | None
    reviewer_name: str


FIELDS = tuple(field for field in PointsEntry._meta.concrete_fields if not field.primary_key)
COLUMNS = tuple(str(field.column) for field in FIELDS)


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def seal(row: EntryRow) -> EntryRow:
    """The row with its digest."""
    text = encode_basestring
    stamp = row.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    canonical = (
        f'{{"account_id":{row.account_id},"actor_id":{_number(row.actor_id)},"actor_name":{text(row.actor_name)},'
        f'"balance_after":{row.balance_after},"created_at":"{stamp}","for_period":"{row.for_period}",'
        f'"kind":"{row.kind}","occurred_on":"{row.occurred_on.isoformat()}","owed":{row.owed},'
        f'"period":"{row.period}","points":{row.points},"reason":{text(row.reason)},'
        f'"reversal_of_id":{_number(row.reversal_of_id)},"reviewer_id":{_number(row.reviewer_id)},'
        f'"reviewer_name":{text(row.reviewer_name)},"rule_id":{_number(row.rule_id)},"score":{row.score},'
        f'"source":{text(row.source)},"village_id":{row.village_id}}}'
    )
    return row._replace(digest=hashlib.sha256(canonical.encode()).hexdigest())


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(row: EntryRow) -> str:
    """The row in PostgreSQL's COPY text form."""
    return (
        f"{row.created_at.isoformat()}\t{row.digest}\t{row.account_id}\t{row.village_id}\t{row.kind}\t{row.points}\t"
        f"{row.score}\t{row.owed}\t{row.balance_after}\t{row.period}\t{row.for_period}\t"
        f"{row.occurred_on.isoformat()}\t{row.source.translate(_ESCAPES)}\t{_null(row.rule_id)}\t"
        f"{_null(row.reversal_of_id)}\t{row.reason.translate(_ESCAPES)}\t{_null(row.actor_id)}\t"
        f"{row.actor_name.translate(_ESCAPES)}\t{_null(row.reviewer_id)}\t{row.reviewer_name.translate(_ESCAPES)}\n"
    )


def _null(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def parameters(row: EntryRow, connection: Any) -> list[Any]:
    """The row as parameters of a statement; psycopg takes dates and times as they are."""
    if connection.vendor == "postgresql":
        return list(row)
    return [field.get_db_prep_save(value, connection) for field, value in zip(FIELDS, row, strict=True)]
