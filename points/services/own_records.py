"""What a recorder does with his own records before they are approved: hand in, put right, take back (PNT-2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record as audit
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.common.text import normalize_text
from points.models import PointsRecord
from points.photos import read_photo
from points.rules import require_quantity
from points.services.recording import (
    attach_photo,
    check_day,
    check_household,
    check_rule,
    preview,
    tell_twin,
)
from points.states import DRAFT, RECORD_STATES, RETURNED

_TYPED = ("quantity", "occurred_on", "period", "place", "note", "points", "steps")
_PICTURE = ("photo", "photo_digest", "photo_print", "photo_doubt")


def _own(actor: Actor, record: PointsRecord) -> None:
    authorize_object(actor, "points.record_points", record)
    if actor.pk is not None and record.recorder_id != actor.pk:
        raise RuleError("只有登记人自己可以提交或撤回")


def submit_record(*, actor: Actor, record: PointsRecord) -> PointsRecord:
    """Hand a draft or a returned record in for review. Raises AccessDenied, RuleError, TransitionError."""
    _own(actor, record)
    with transaction.atomic():
        row = PointsRecord.objects.select_for_update().get(pk=record.pk)
        row.state = RECORD_STATES.move(row.state, "submit").target
        row.submitted_at, row.reviewer, row.reviewed_at = timezone.now(), None, None
        preview([row])
        row.save(update_fields=["state", "submitted_at", "reviewer", "reviewed_at", "points", "steps"])
        audit(actor=actor, action="points.submit_record", summary=f"提交积分登记：{row}", obj=row)
    return row


def correct_record(
    *,
    actor: Actor,
    record: PointsRecord,
    quantity: int,
    occurred_on: date,
    place: str,
    note: str,
    photo: Any = None,
) -> PointsRecord:
    """Change a draft or a returned record before it is handed in (again); without a ``photo`` it keeps the one it has.

    Raises AccessDenied, RuleError, and for the photo what :func:`record_points` raises.
    """
    _own(actor, record)
    require_quantity(quantity)
    check_day(occurred_on, timezone.localdate())
    picture = read_photo(photo) if photo else None
    with transaction.atomic():
        row = PointsRecord.objects.select_for_update().get(pk=record.pk)
        if row.state not in (DRAFT, RETURNED):
            RECORD_STATES.move(row.state, "submit")
        check_rule(actor, row.rule, row.village, occurred_on)
        check_household(row.household, row.village, row.rule.rule_set, occurred_on)
        before = _typed(row)
        row.quantity, row.occurred_on = quantity, occurred_on
        row.period = Period.month_of(occurred_on).key
        row.place, row.note = normalize_text(place), normalize_text(note)
        twin = attach_photo(row, picture) if picture else None
        preview([row])
        row.save(update_fields=[*_TYPED, *(_PICTURE if picture else ())])
        if twin is not None:
            tell_twin(twin, row)
        audit(
            actor=actor,
            action="points.correct_record",
            summary=f"修改积分登记：{row}",
            obj=row,
            before=before,
            after=_typed(row),
        )
    return row


def _typed(row: PointsRecord) -> dict[str, Any]:
    """What its recorder may change, for the audit; the file of an earlier photo is kept under its name."""
    fields = {"数量": row.quantity, "日期": row.occurred_on, "地点": row.place, "说明": row.note}
    return {**fields, "照片": row.photo.name} if row.photo else fields


def resubmit_record(*, actor: Actor, record: PointsRecord, **corrected: Any) -> PointsRecord:
    """Correct a draft or a returned record and hand it in, or neither. Raises as the two do."""
    with transaction.atomic():
        correct_record(actor=actor, record=record, **corrected)
        return submit_record(actor=actor, record=record)


def withdraw_record(*, actor: Actor, record: PointsRecord, reason: str = "") -> PointsRecord:
    """Take one's own record back before it is approved. Raises AccessDenied, RuleError, TransitionError."""
    _own(actor, record)
    with transaction.atomic():
        row = PointsRecord.objects.select_for_update().get(pk=record.pk)
        row.state = RECORD_STATES.move(row.state, "withdraw").target
        row.save(update_fields=["state"])
        audit(
            actor=actor,
            action="points.withdraw_record",
            summary=f"撤回积分登记：{row}",
            obj=row,
            comment=reason,
        )
    return row
