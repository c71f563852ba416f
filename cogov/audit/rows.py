"""Audit events in plain SQL: one INSERT without the ORM between, alone or as a part of a larger statement.

A service that writes its change in one statement takes its event along (points.services.single, performance.md).
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from cogov.audit.models import AuditEvent

_FIELDS = tuple(field for field in AuditEvent._meta.concrete_fields if not field.primary_key)
_JSON = tuple(field.attname for field in _FIELDS if isinstance(field, models.JSONField))
_NAMES = ", ".join(f'"{field.column}"' for field in _FIELDS)
_MARKS = ", ".join(["%s"] * len(_FIELDS))
_INTO = f"INSERT INTO {AuditEvent._meta.db_table} ({_NAMES})"
_INSERT = f"{_INTO} VALUES ({_MARKS}) RETURNING id"


def insert_where(source: str) -> str:
    """INSERT of one event for each row of the named query: none when the change was not made."""
    return f"{_INTO} SELECT {_MARKS} FROM {source}"  # noqa: S608 - our own names; every value is a parameter


def parameters(event: AuditEvent, connection: BaseDatabaseWrapper) -> list[Any]:
    """The values of a sealed event in the order of the statements above; JSON goes as text on both databases."""
    values = {field.attname: getattr(event, field.attname) for field in _FIELDS}
    for name in _JSON:
        values[name] = None if values[name] is None else json.dumps(values[name])
    values["created_at"] = connection.ops.adapt_datetimefield_value(event.created_at)
    return list(values.values())


def insert(event: AuditEvent) -> AuditEvent:
    """Write a sealed event; it gets its key."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters(event, connection))
        event.pk = cursor.fetchone()[0]
    event._state.adding, event._state.db = False, connection.alias
    return event
