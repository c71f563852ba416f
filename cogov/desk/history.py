"""Audit events as a person reads them: what happened, and a table of fields before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet

from cogov.audit.models import AuditEvent
from cogov.audit.services import history_of

EMPTY = "—"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an event."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """True when the value differs, so that pages can stress it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, ready for a template."""

    event: AuditEvent
    changes: tuple[Change, ...]

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.event.created_at


def events_of(obj: Model) -> QuerySet[AuditEvent]:
    """Every event about an object, newest first; a proxy has those of the object itself."""
    concrete = obj._meta.concrete_model or type(obj)
    return history_of(concrete(pk=obj.pk)).order_by("-id")


def readable(value: Any) -> str:
    """A JSON value in Chinese: 是/否, lists joined by 、, nothing as a dash."""
    if value is None or value == "" or value == []:
        return EMPTY
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(readable(item) for item in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{readable(item)}" for key, item in value.items())
    return str(value)


def _label(model: type[Model] | None, name: str) -> str:
    if model is None:
        return name
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def changes_of(event: AuditEvent, model: type[Model] | None = None) -> tuple[Change, ...]:
    """Fields named before or after, in the order in which the event has them."""
    before = event.before if isinstance(event.before, dict) else {}
    after = event.after if isinstance(event.after, dict) else {}
    names: Iterable[str] = dict.fromkeys([*before, *after])
    return tuple(
        Change(_label(model, name), readable(before.get(name)), readable(after.get(name))) for name in names
    )


def describe(event: AuditEvent, model: type[Model] | None = None) -> Entry:
    """The event with its field table."""
    return Entry(event, changes_of(event, model))
