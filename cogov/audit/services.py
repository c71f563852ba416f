"""Writing audit events. Call inside the transaction of the change, so that both stand or fall together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import models
from django.utils import timezone

from cogov.audit.models import AuditEvent
from cogov.audit.rows import insert
from cogov.common.canonical import digest_of, plain, spell


class AuditActor(Protocol):
    """Whoever does something: a user or the system itself."""

    @property
    def audit_id(self) -> int | None: ...

    @property
    def audit_name(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDraft:
    """An event to be written: by :func:`record_many`, or sealed by :func:`sealed` for a statement of the caller."""

    actor: AuditActor
    action: str
    summary: str
    obj: models.Model | None = None
    township_code: str = ""
    village_code: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    comment: str = ""


def snapshot(obj: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """The named fields as they stand, in JSON form; relations and choices as their text, personal values masked."""
    values: dict[str, Any] = {}
    for name in fields:
        display = getattr(obj, f"get_{name}_display", None)
        value = getattr(obj, name) if display is None else display()
        label = str(obj._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # named fields have one
        try:
            values[label] = plain(value)
        except TypeError:
            values[label] = str(value)
    return values


def _codes(draft: AuditDraft) -> tuple[str, str]:
    township, village = draft.township_code, draft.village_code
    audit_codes = getattr(draft.obj, "audit_codes", None)
    if audit_codes is not None and not (township or village):
        township, village = audit_codes()
    return township or village[:9], village


def _content(draft: AuditDraft, moment: datetime) -> dict[str, Any]:
    """An event's columns in JSON form: what its digest covers."""
    township, village = _codes(draft)
    obj = draft.obj
    return {
        "created_at": plain(moment),
        "actor_id": draft.actor.audit_id,
        "actor_name": draft.actor.audit_name[:150],
        "action": draft.action,
        "summary": draft.summary[:300],
        "object_type": obj._meta.label_lower if obj is not None else "",
        "object_id": str(obj.pk) if obj is not None else "",
        "object_label": str(obj)[:200] if obj is not None else "",
        "township_code": township,
        "village_code": village,
        "before": plain(draft.before),
        "after": plain(draft.after),
        "comment": draft.comment[:500],
    }


def sealed(draft: AuditDraft) -> dict[str, Any]:
    """An event's columns and digest. Whoever asks for it writes it (:mod:`cogov.audit.rows`)."""
    moment = timezone.now()
    content = _content(draft, moment)
    return {**content, "created_at": moment, "digest": digest_of(spell(content))}


def spelled(draft: AuditDraft) -> str:
    """The text that an event's digest covers, for a statement that makes the row of it (``rows.insert_spelled``)."""
    return spell(_content(draft, timezone.now()))


def record(
    *,
    actor: AuditActor,
    action: str,
    summary: str,
    obj: models.Model | None = None,
    township_code: str = "",
    village_code: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    comment: str = "",
) -> AuditEvent:
    """Write one event. The place comes from ``obj.audit_codes() -> (township, village)`` unless given."""
    return insert(
        sealed(
            AuditDraft(
                actor=actor,
                action=action,
                summary=summary,
                obj=obj,
                township_code=township_code,
                village_code=village_code,
                before=before,
                after=after,
                comment=comment,
            )
        )
    )


def record_many(drafts: Iterable[AuditDraft]) -> int:
    """Write many events set-wise; returns how many."""
    return len(
        AuditEvent.objects.bulk_create([AuditEvent(**sealed(draft)) for draft in drafts], batch_size=1000)
    )


def history_of(obj: models.Model) -> models.QuerySet[AuditEvent]:
    """Every event about one object, newest first."""
    return AuditEvent.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))
