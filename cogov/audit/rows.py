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


def typed_mark(field: Field[Any, Any]) -> str:
    """The place of a field's value in a statement of PostgreSQL that is told no types: ``%s::int8``."""
    return f"%s::{_TYPES[field.get_internal_type()]}"


_FIELDS = tuple(field for field in AuditEvent._meta.concrete_fields if not field.primary_key)
_JSON = tuple(field.attname for field in _FIELDS if isinstance(field, models.JSONField))
_ATTRIBUTES = tuple(field.attname for field in _FIELDS)
_NAMES = ", ".join(f'"{field.column}"' for field in _FIELDS)
_MARKS = ", ".join(["%s"] * len(_FIELDS))
_INTO = f"INSERT INTO {AuditEvent._meta.db_table} ({_NAMES})"
_INSERT = f"{_INTO} VALUES ({_MARKS}) RETURNING id"


def insert_where(source: str) -> str:
    """INSERT of one event for each row of the named query: none when the change was not made. For PostgreSQL: typed."""
    marks = ", ".join(typed_mark(field) for field in _FIELDS)
    return f"{_INTO} SELECT {marks} FROM {source}"  # noqa: S608 - our own names; every value is a parameter


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
