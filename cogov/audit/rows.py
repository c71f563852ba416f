"""Audit events in plain SQL: one INSERT without the ORM between, alone or as a part of a larger statement.

A service that writes its change in one statement takes its event along (points.services.single, performance.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field

from cogov.audit.models import AuditEvent

_TYPES = {
    "BigIntegerField": "int8",
    "CharField": "text",
    "DateField": "date",
    "DateTimeField": "timestamptz",
    "ForeignKey": "int8",
    "IntegerField": "int4",
    "JSONField": "jsonb",
}


def spelled_value(field: Field[Any, Any], content: str) -> str:
    """A field's value out of the canonical JSON of a row, for PostgreSQL; ``content`` names a jsonb."""
    kind, name = _TYPES[field.get_internal_type()], field.attname
    if kind == "jsonb":
        return f"nullif({content} -> '{name}', 'null')"
    value = f"({content} ->> '{name}')"
    return value if kind == "text" else f"{value}::{kind}"


_FIELDS = tuple(field for field in AuditEvent._meta.concrete_fields if not field.primary_key)
_JSON = tuple(field.attname for field in _FIELDS if isinstance(field, models.JSONField))
_ATTRIBUTES = tuple(field.attname for field in _FIELDS)
_NAMES = ", ".join(f'"{field.column}"' for field in _FIELDS)
_MARKS = ", ".join(["%s"] * len(_FIELDS))
_INTO = f"INSERT INTO {AuditEvent._meta.db_table} ({_NAMES})"
_INSERT = f"{_INTO} VALUES ({_MARKS}) RETURNING id"


def digest_sql(text: str) -> str:
    """:func:`cogov.common.canonical.digest_of` in PostgreSQL's SQL, of an expression."""
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def insert_spelled(text: str, content: str, source: str) -> str:
    """INSERT of an event from the text that its digest covers, for PostgreSQL: what is sealed is what is written.

    ``text`` and ``content`` name that text and the same as jsonb, columns of the query ``source``; without a row of it
    nothing is written.
    """
    values = (
        digest_sql(text) if field.attname == "digest" else spelled_value(field, content) for field in _FIELDS
    )
    return f"{_INTO} SELECT {', '.join(values)} FROM {source}"  # noqa: S608 - our own names


def parameters(event: Mapping[str, Any], connection: BaseDatabaseWrapper) -> list[Any]:
    """The values of a sealed event in the order of the statements above; JSON goes as text on both databases."""
    values = dict(event)
    for name in _JSON:
        if values[name] is not None:
            values[name] = json.dumps(values[name])
    values["created_at"] = connection.ops.adapt_datetimefield_value(values["created_at"])
    return [values[name] for name in _ATTRIBUTES]


def insert(event: Mapping[str, Any]) -> AuditEvent:
    """Write a sealed event; returns it as a model object."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters(event, connection))
        pk = cursor.fetchone()[0]
    # from_db takes the values in the order of the model, whatever names go with them.
    return AuditEvent.from_db(
        connection.alias, ("id", *_ATTRIBUTES), (pk, *(event[name] for name in _ATTRIBUTES))
    )
