"""Writing tens of thousands of rows set-wise on PostgreSQL (COPY) and SQLite (one prepared statement).

Ids are taken before writing, so that rows may name one another: a household its head, a tag its resident.
Call inside a transaction. Values must already be what the column stores.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, models

_COPY_BATCH = 5_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def take_ids(model: type[models.Model], count: int) -> range | list[int]:
    """``count`` fresh primary keys of ``model``."""
    if count == 0:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction is IMMEDIATE: nobody else writes until it ends.
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        first = cursor.fetchone()[0] + 1
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a model's table
        first = max(first, cursor.fetchone()[0])
        return range(first, first + count)


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert all rows; constraints are checked as always."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join(map(quote, columns))
            _copy(cursor, f"COPY {quote(table)} ({names}) FROM STDIN", rows)
            return
        names = ", ".join(map(quote, columns))
        marks = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own models
        for batch in _batches(rows):
            cursor.executemany(statement, [tuple(map(_sqlite_value, row)) for row in batch])


def update_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set ``columns[1:]`` of the rows whose id is in the first column. One statement on PostgreSQL."""
    if not rows:
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            stage = "import_stage"
            names = ", ".join(map(quote, columns))
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{stage}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {names} FROM {quote(table)} LIMIT 0"  # noqa: S608
            )
            _copy(cursor, f"COPY pg_temp.{stage} ({names}) FROM STDIN", rows)
            settings = ", ".join(f"{quote(name)} = stage.{quote(name)}" for name in columns[1:])
            key = quote(columns[0])
            cursor.execute(
                f"UPDATE {quote(table)} AS target SET {settings} FROM pg_temp.{stage} AS stage "  # noqa: S608
                f"WHERE target.{key} = stage.{key}"
            )
            return
        settings = ", ".join(f"{quote(name)} = %s" for name in columns[1:])
        statement = f"UPDATE {quote(table)} SET {settings} WHERE {quote(columns[0])} = %s"  # noqa: S608
        cursor.executemany(statement, [(*map(_sqlite_value, row[1:]), row[0]) for row in rows])


def stage_texts(values: Iterable[str]) -> str:
    """A temporary table ``(value)`` with the given texts, for set-wise questions; returns its name."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TABLE IF EXISTS pg_temp.import_values")
            cursor.execute("CREATE TEMPORARY TABLE import_values (value text NOT NULL) ON COMMIT DROP")
            _copy(cursor, "COPY pg_temp.import_values (value) FROM STDIN", ((value,) for value in values))
            cursor.execute("ANALYZE pg_temp.import_values")
            return "pg_temp.import_values"
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS import_values (value text NOT NULL)")
        cursor.execute("DELETE FROM temp.import_values")
        for batch in _batches((value,) for value in values):
            cursor.executemany("INSERT INTO temp.import_values (value) VALUES (%s)", batch)
        return "temp.import_values"


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while batch := list(islice(source, _COPY_BATCH)):
        yield batch


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is str:
        return value.translate(_ESCAPES) if "\\" in value or not value.isprintable() else value
    return str(value)


def _copy_line(row: Sequence[Any]) -> str:
    return "\t".join(
        [value if type(value) is str and value.isalnum() else _copy_value(value) for value in row]
    )


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    for batch in _batches(rows):
        text = "\n".join(map(_copy_line, batch))
        cursor.copy_expert(statement, io.StringIO(text + "\n"))


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
