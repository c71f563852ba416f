"""The way of a deduction (PNT-1): recorded, reviewed, household told with the article, its reply, confirmed, posted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record as audit
from cogov.common.errors import RuleError
from cogov.workcalendar.selectors import add_workdays_from_db
from points.models import DeductionHearing, PointsRecord
from points.selectors.interest import interests_of
from points.states import APPROVED, HEARING_STATES, NOTIFIED, RECORD_STATES, REPLIED


def notify_household(
    *, actor: Actor, record: PointsRecord, article: str, way: str, notified_on: date
) -> DeductionHearing:
    """Tell the household which article it broke and until when it may reply. Raises RuleError, AccessDenied.

    The window is ``reply_workdays`` of the rule set; a calendar without data is an error, never a guess.
    """
    authorize_object(actor, "points.record_points", record)
    if not article.strip():
        raise RuleError("扣分须写明村规民约的条款")
    if actor.pk is None:
        raise RuleError("告知须由工作人员办理")
    if notified_on > timezone.localdate():
        raise RuleError("告知日期不能晚于今天")
    with transaction.atomic():
        row = (
            PointsRecord.objects.select_for_update(of=("self",))
            .select_related("rule__rule_set")
            .get(pk=record.pk)
        )
        if not row.rule.deducts:
            raise RuleError("只有扣分才需要告知")
        if row.state != APPROVED:
            raise RuleError("审核通过以后才告知农户")
        if DeductionHearing.objects.filter(record=row).exists():
            raise RuleError("这一条已经告知过农户")
        hearing = DeductionHearing(
            record=row,
            article=article.strip(),
            way=way,
            notified_on=notified_on,
            notified_by_id=actor.pk,
            reply_until=add_workdays_from_db(notified_on, row.rule.rule_set.reply_workdays),
            state=NOTIFIED,
        )
        hearing.full_clean()
        hearing.save()
        audit(
            actor=actor,
            action="points.notify_household",
            summary=f"告知扣分：{row}，申辩截止 {hearing.reply_until:%Y-%m-%d}",
            obj=hearing,
            after={"条款": hearing.article, "告知": hearing.notified_on, "申辩截止": hearing.reply_until},
        )
    return hearing


def _locked(hearing: DeductionHearing) -> DeductionHearing:
    rows: Any = DeductionHearing.objects.select_for_update(of=("self",)).select_related(
        "record__household", "record__rule"
    )
    found: DeductionHearing = rows.get(pk=hearing.pk)
    return found


def record_reply(
    *, actor: Actor, hearing: DeductionHearing, reply: str, replied_on: date
) -> DeductionHearing:
    """What the household says; only within the window. Raises RuleError, TransitionError, AccessDenied."""
    authorize_object(actor, "points.record_points", hearing)
    if not reply.strip():
        raise RuleError("请写下农户的申辩意见")
    with transaction.atomic():
        row = _locked(hearing)
        target = HEARING_STATES.move(row.state, "reply").target
        if replied_on > row.reply_until:
            raise RuleError(f"申辩期已于 {row.reply_until:%Y年%m月%d日} 截止")
        if not row.notified_on <= replied_on <= timezone.localdate():
            raise RuleError("申辩日期不能早于告知，也不能晚于今天")
        row.state, row.reply, row.replied_on = target, reply.strip(), replied_on
        row.save(update_fields=["state", "reply", "replied_on"])
        audit(
            actor=actor,
            action="points.record_reply",
            summary=f"登记申辩：{row.record}",
            obj=row,
            comment=reply,
        )
    return row


def decide_hearing(
    *, actor: Actor, hearing: DeductionHearing, uphold: bool, decision: str
) -> DeductionHearing:
    """Confirm or drop a deduction: by neither its recorder nor who told the household, and not before the window ends.

    A household that has replied may be decided on at once. Raises RuleError, TransitionError, AccessDenied.
    """
    authorize_object(actor, "points.review_points", hearing)
    if not decision.strip():
        raise RuleError("请写明决定的理由")
    if actor.pk is None:
        raise RuleError("扣分须由工作人员决定")
    with transaction.atomic():
        row = _locked(hearing)
        move = HEARING_STATES.move(row.state, "confirm" if uphold else "drop")
        if actor.pk in (row.notified_by_id, row.record.recorder_id):
            raise RuleError("登记人和告知人不能自己决定，请另一位同志决定")
        interests = interests_of(actor, [row.record.household])
        if interests:
            raise RuleError(f"有利害关系，须回避：{interests[row.record.household_id]}")
        if uphold and row.state != REPLIED and timezone.localdate() <= row.reply_until:
            raise RuleError(f"申辩期到 {row.reply_until:%Y年%m月%d日} 为止，期满后才能决定")
        row.state, row.decision, row.decided_by_id = move.target, decision.strip(), actor.pk
        row.decided_at = timezone.now()
        row.save(update_fields=["state", "decision", "decided_by", "decided_at"])
        if not uphold:
            record = PointsRecord.objects.select_for_update().get(pk=row.record_id)
            record.state = RECORD_STATES.move(record.state, "reject").target
            record.comment = decision.strip()[:200]
            record.save(update_fields=["state", "comment"])
        audit(
            actor=actor,
            action=f"points.{move.name}_deduction",
            summary=f"{move.label}：{row.record}",
            obj=row,
            after={"状态": row.get_state_display()},
            comment=decision,
        )
    return row
