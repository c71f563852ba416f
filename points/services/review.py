"""Review by another person (PNT-2): approve, return or reject, one or many, with caps decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, SystemActor, authorize_object, limit
from cogov.audit.services import AuditDraft, record_many
from cogov.common.errors import RuleError, TransitionError
from points.models import PointsRecord
from points.selectors.interest import interests_of
from points.selectors.rules import may_review
from points.services.locks import lock_accounts
from points.services.publicity import mark_outdated
from points.services.recording import preview
from points.states import DECISIONS, RECORD_STATES
from villages.models import Village


@dataclass(slots=True)
class ReviewOutcome:
    """How many were decided, and which were not and why."""

    done: int = 0
    points: int = 0
    refused: list[tuple[PointsRecord, str]] = field(default_factory=list)


def _refusal(actor: Actor, row: PointsRecord, decision: str, interests: dict[int, str]) -> str:
    """Why this person can't decide on this record; "" when he can."""
    try:
        RECORD_STATES.move(row.state, decision)
    except TransitionError as error:
        return error.message
    if actor.pk is not None and row.recorder_id == actor.pk:
        return "登记人不能审核自己登记的积分，请另一位同志审核"
    if not may_review(actor, row.rule, row.village.code):
        return f"按细则，您不能审核“{row.rule.name}”"
    if decision == "approve" and row.household_id in interests:
        return f"有利害关系，须回避：{interests[row.household_id]}"
    return ""


def review_records(
    *, actor: Actor, records: Iterable[PointsRecord], decision: str, comment: str = ""
) -> ReviewOutcome:
    """Decide on many records in one transaction; what cannot be decided is left as it was, with the reason.

    ``decision`` is approve, return or reject; the latter two need a comment. Records outside scope raise AccessDenied.
    Points are computed here, in the order of the deeds, under the lock of the accounts, so that caps hold.
    """
    if decision not in DECISIONS:
        raise ValueError(decision)
    if decision != "approve" and not comment.strip():
        raise RuleError("退回或不予认定须写明理由")
    ids = sorted(record.pk for record in records)
    outcome = ReviewOutcome()
    with transaction.atomic():
        rows = list(
            PointsRecord.objects.select_for_update(of=("self",))
            .filter(pk__in=ids)
            .select_related("rule", "household__group", "village")
            .order_by("pk")
        )
        _authorize(actor, rows)
        interests = interests_of(actor, {row.household_id: row.household for row in rows}.values())
        accepted = []
        for row in rows:
            reason = _refusal(actor, row, decision, interests)
            if reason:
                outcome.refused.append((row, reason))
            else:
                accepted.append(row)
        if decision == "approve":
            _award(accepted)
        else:
            mark_outdated(accepted)
        _decide(actor, accepted, decision, comment)
        outcome.done = len(accepted)
        outcome.points = sum(row.points or 0 for row in accepted) if decision == "approve" else 0
    return outcome


def review_record(*, actor: Actor, record: PointsRecord, decision: str, comment: str = "") -> PointsRecord:
    """Decide on one record. Raises AccessDenied, TransitionError, RuleError with the reason."""
    authorize_object(actor, "points.review_points", record)
    outcome = review_records(actor=actor, records=[record], decision=decision, comment=comment)
    for row, reason in outcome.refused:
        RECORD_STATES.move(row.state, decision)
        raise RuleError(reason)
    record.refresh_from_db()
    return record


def _authorize(actor: Actor, rows: Sequence[PointsRecord]) -> None:
    if isinstance(actor, SystemActor) or not rows:
        return
    allowed = set(
        limit(
            PointsRecord.objects.filter(pk__in=[row.pk for row in rows]), actor, "points.review_points"
        ).values_list("pk", flat=True)
    )
    for row in rows:
        if row.pk not in allowed:
            authorize_object(actor, "points.review_points", row)


def _award(rows: Sequence[PointsRecord]) -> None:
    by_village: dict[Village, list[int]] = {}
    for row in rows:
        by_village.setdefault(row.village, []).append(row.household_id)
    for village in sorted(by_village, key=lambda v: v.pk):
        lock_accounts(village, by_village[village])
    preview(sorted(rows, key=lambda row: (row.occurred_on, row.pk)))


def _decide(actor: Actor, rows: Sequence[PointsRecord], decision: str, comment: str) -> None:
    now = timezone.now()
    label = next(move.label for move in RECORD_STATES.transitions if move.name == decision)
    drafts = []
    for row in rows:
        before = row.get_state_display()
        row.state = RECORD_STATES.move(row.state, decision).target
        row.reviewer_id, row.reviewer_name = actor.pk, actor.audit_name
        row.reviewed_at, row.comment = now, comment[:200]
        drafts.append(
            AuditDraft(
                actor=actor,
                action=f"points.{decision}_record",
                summary=f"{label}积分登记：{row} {row.points or 0:+d} 分",
                obj=row,
                before={"状态": before},
                after={"状态": row.get_state_display(), "积分": row.points, "计算": row.steps},
                comment=comment,
            )
        )
    if rows:  # one statement for what all have in common; only the computed figures differ from row to row
        shared = ("state", "reviewer_id", "reviewer_name", "reviewed_at", "comment")
        PointsRecord.objects.filter(pk__in=[row.pk for row in rows]).update(
            **{name: getattr(rows[0], name) for name in shared}
        )
        PointsRecord.objects.bulk_update(rows, ["points", "steps"], batch_size=200)
    record_many(drafts)
