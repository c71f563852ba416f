"""Rows of the ledger before they are written: plain tuples, because a month of a county has a quarter of a million.

The digest is that of ``PointsEntry.canonical()`` to the byte; ``verify_ledgers`` recomputes it from the database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

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


@lru_cache(maxsize=4)  # every row of a batch has the same
def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def canonical(row: EntryRow, *, account: str = "", balance: str = "") -> str:
    """What the digest covers. ``account`` and ``balance`` stand where the row does not know them yet.

    Periods and kinds are ours and hold nothing that JSON escapes; texts are escaped.
    """
    (
        created_at, _, account_id, village_id, kind, points, score, owed, balance_after, period, for_period, occurred_on,
        source, rule_id, reversal_of_id, reason, actor_id, actor_name, reviewer_id, reviewer_name,
    ) = row  # fmt: skip
    text = encode_basestring
    return (
        f'{{"account_id":{account or account_id},"actor_id":{_number(actor_id)},"actor_name":{text(actor_name)},'
        f'"balance_after":{balance or balance_after},"created_at":"{_stamp(created_at)}","for_period":"{for_period}",'
        f'"kind":"{kind}","occurred_on":"{occurred_on.isoformat()}","owed":{owed},'
        f'"period":"{period}","points":{points},"reason":{text(reason)},'
        f'"reversal_of_id":{_number(reversal_of_id)},"reviewer_id":{_number(reviewer_id)},'
        f'"reviewer_name":{text(reviewer_name)},"rule_id":{_number(rule_id)},"score":{score},'
        f'"source":{text(source)},"village_id":{village_id}}}'
    )


def sealed(row: EntryRow) -> EntryRow:
    """The row with its digest."""
    return EntryRow(row[0], sha256(canonical(row).encode()).hexdigest(), *row[2:])


def _text(value: str) -> str:
    """A text in COPY's form: tab, newlines and the backslash itself are written with a backslash."""
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value or "\t" in value or "\r" in value:
        value = value.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return value


def _null(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def copy_line(row: EntryRow) -> str:
    """The row in PostgreSQL's COPY text form."""
    (
        created_at, digest, account_id, village_id, kind, points, score, owed, balance_after, period, for_period,
        occurred_on, source, rule_id, reversal_of_id, reason, actor_id, actor_name, reviewer_id, reviewer_name,
    ) = row  # fmt: skip
    return (
        f"{_stamp(created_at)}\t{digest}\t{account_id}\t{village_id}\t{kind}\t{points}\t{score}\t{owed}\t"
        f"{balance_after}\t{period}\t{for_period}\t{occurred_on.isoformat()}\t{_text(source)}\t{_null(rule_id)}\t"
        f"{_null(reversal_of_id)}\t{_text(reason)}\t{_null(actor_id)}\t{_text(actor_name)}\t"
        f"{_null(reviewer_id)}\t{_text(reviewer_name)}\n"
    )


def parameters(row: EntryRow, connection: BaseDatabaseWrapper) -> list[Any]:
    """The row as parameters of a statement; psycopg takes dates and times as they are."""
    if connection.vendor == "postgresql":
        return list(row)
    return [field.get_db_prep_save(value, connection) for field, value in zip(FIELDS, row, strict=True)]
