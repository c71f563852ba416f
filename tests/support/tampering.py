"""The tools of a tamperer: rows changed and erased by raw SQL, with the append-only guards of a table lifted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models

from cogov.audit import guards


@contextmanager
def lifted(model: type[models.Model]) -> Iterator[None]:
    """The guards of one table, off and on again as a careful tamperer would leave them."""
    table = model._meta.db_table
    append_only = getattr(model, "append_only", False)
    if append_only:
        guards._drop(connection, table)
    yield
    connection.check_constraints()  # PostgreSQL creates no trigger while checks are waiting
    if append_only:
        guards.install(connection, [model])


def write(row: models.Model, **values: Any) -> None:
    """UPDATE by hand, in raw SQL."""
    model, quote = type(row), connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in values]
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    stored = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values.values(), strict=True)
    ]
    with lifted(model), connection.cursor() as cursor:
        table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
        cursor.execute(f"UPDATE {table} SET {columns} WHERE {key} = %s", [*stored, row.pk])
        assert cursor.rowcount == 1


def erase(row: models.Model) -> None:
    """DELETE by hand."""
    model, quote = type(row), connection.ops.quote_name
    with lifted(model), connection.cursor() as cursor:
        table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
        cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [row.pk])
        assert cursor.rowcount == 1


def other(chance: random.Random, value: Any) -> Any:
    """Something else of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.randint(1, 9)
    if isinstance(value, datetime | date):
        return value + timedelta(days=chance.randint(1, 9))
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        return value[:at] + ("7" if value[at] != "7" else "8") + value[at + 1 :]
    return "改" if isinstance(value, str) else 1


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every text of a document."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from leaves(item, (*path, key))
    elif isinstance(value, str) and value:
        yield path


def bent(chance: random.Random, document: Any) -> Any:
    """The document with one character of one text changed."""
    copy = json.loads(json.dumps(document))
    path = chance.choice(list(leaves(copy)))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = other(chance, inner[path[-1]])
    return copy
