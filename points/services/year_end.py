"""Year end (PNT-6): balances are carried, halved or cleared by the published rules, as entries, by two people.

One person has the totals worked out (:func:`draft_year_end`), another approves them, one job per village and year posts.
The ranking score is never touched: such entries have score 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from cogov.access.scope import Actor, SystemActor, authorize, authorize_object
from cogov.audit.services import record as audit
from cogov.common.errors import ConflictError, RuleError, TransitionError
from cogov.common.periods import Period
from cogov.jobs.services import enqueue_job
from points.models import PointsAccount, PointsMonth, PointsRuleSet, YearEnd, YearEndRun
from points.models.year_ends import APPROVED, DRAFT, DROPPED, POSTED
from points.rules import EntryKind, year_end_change
from points.selectors.rules import rule_set_on
from points.services.ledger import Posting, open_period, write_postings
from points.services.locks import lock_accounts, own_books
from points.states import CLOSED
from villages.models import Village

DRAFT_PERMISSION, DECIDE = "points.draft_year_end", "points.approve_year_end"
JOB_KIND = "points.year_end"


@dataclass(frozen=True, slots=True)
class YearEndLine:
    """One household: what stood on 31 December, and what leaves its balance now (a positive number)."""

    household_id: int
    balance: int
    points: int
    text: str


def year_end_lines(village: Village, year: int, policy: str) -> list[YearEndLine]:
    """Every household that had points on 31 December, by account.

    What was redeemed since then is taken from the old points first, and points earned since then stay untouched.
    """
    later = Q(entries__period__gt=f"{year}-12")
    spent = later & Q(entries__kind__in=("redeem", "deduct", "reverse"))
    accounts = (
        PointsAccount.objects.filter(village=village)
        .annotate(
            since=Coalesce(Sum("entries__points", filter=later), 0),
            used=-Coalesce(Sum("entries__points", filter=spent), 0),
        )
        .order_by("pk")
    )
    lines = []
    for account in accounts:
        stood = account.balance - account.since
        if stood <= 0:
            continue
        change = year_end_change(policy, stood)
        left = max(min(stood - max(account.used, 0), account.balance), 0)
        text = change.text
        if -change.points > left:
            text += f"；其中 {-change.points - left} 分已在年后用去，现减 {left} 分"
        lines.append(YearEndLine(account.household_id, stood, min(-change.points, left), text))
    return lines


def _policy(village: Village, year: int) -> PointsRuleSet:
    rule_set = rule_set_on(village, date(year, 12, 31))
    if rule_set is None:
        raise RuleError(f"{village}{year}年12月31日没有已发布的积分细则，不能办年终处理")
    return rule_set


def draft_year_end(*, actor: Actor, village: Village, year: int) -> YearEndRun:
    """Work out the totals; nothing is posted. Safe to repeat: an open draft is worked out anew.

    December's books must be closed. Raises AccessDenied, RuleError, ConflictError.
    """
    authorize(actor, DRAFT_PERMISSION, village.code)
    if actor.pk is None:
        raise RuleError("年终处理须由工作人员试算")
    rule_set = _policy(village, year)
    december = PointsMonth.objects.filter(village=village, period=f"{year}-12", state=CLOSED)
    if not december.exists():
        raise RuleError(f"{village}{year}年12月的积分还没有结账，请先月结")
    try:
        with transaction.atomic():
            own_books(village.pk)
            run = (
                YearEndRun.objects.select_for_update()
                .filter(village=village, year=year)
                .exclude(state=DROPPED)
                .first()
            )
            if run is not None and run.state != DRAFT:
                raise RuleError(f"{village}{year}年的年终处理{run.get_state_display()}，不能再办")
            lines = year_end_lines(village, year, rule_set.year_end)
            run = run or YearEndRun(village=village, year=year)
            run.rule_set, run.policy, run.drafted_by_id = rule_set, rule_set.year_end, actor.pk
            run.households = len(lines)
            run.balance, run.points = sum(row.balance for row in lines), sum(row.points for row in lines)
            run.save()
            audit(
                actor=actor,
                action="points.draft_year_end",
                summary=f"试算年终处理：{run}，{run.households} 户，减少 {run.points} 分",
                obj=run,
                after={
                    "办法": run.get_policy_display(),
                    "户数": run.households,
                    "年末积分": run.balance,
                    "减少": run.points,
                },
            )
    except IntegrityError as error:
        raise ConflictError("另一位同志正在办理这个村的年终处理，请刷新") from error
    return run


def _locked(run: YearEndRun, state: str) -> YearEndRun:
    row = YearEndRun.objects.select_for_update(of=("self",)).select_related("village__township", "rule_set")
    found = row.get(pk=run.pk)
    if found.state != state:
        raise TransitionError(f"这一项{found.get_state_display()}，现在不能办理")
    return found


def approve_year_end(*, actor: Actor, run: YearEndRun) -> YearEndRun:
    """A second person approves the totals as drafted; the job then posts. Raises RuleError when they have changed."""
    authorize_object(actor, DECIDE, run)
    with transaction.atomic():
        own_books(run.village_id)
        row = _locked(run, DRAFT)
        if actor.pk is None or actor.pk == row.drafted_by_id:
            raise RuleError("试算人不能自己复核，请另一位有权限的同志办理")
        lines = year_end_lines(row.village, row.year, row.policy)
        now = (len(lines), sum(line.balance for line in lines), sum(line.points for line in lines))
        if now != (row.households, row.balance, row.points) or _policy(row.village, row.year) != row.rule_set:
            raise RuleError("试算以后积分有变动，请重新试算再复核")
        job = enqueue_job(
            actor=actor,
            kind=JOB_KIND,
            key=f"{row.village.code}:{row.year}",
            params={"run": row.pk},
            label=f"{row}",
            village_code=row.village.code,
        )
        row.state, row.decided_by_id, row.decided_at, row.job_id = APPROVED, actor.pk, timezone.now(), job.pk
        row.save(update_fields=["state", "decided_by", "decided_at", "job_id"])
        audit(
            actor=actor,
            action="points.approve_year_end",
            summary=f"复核年终处理：{row}，{row.households} 户，减少 {row.points} 分",
            obj=row,
            after={"状态": row.get_state_display()},
        )
    return row


def drop_year_end(*, actor: Actor, run: YearEndRun, comment: str) -> YearEndRun:
    """Send a draft back with the reason; another one may then be drafted."""
    authorize_object(actor, DECIDE, run)
    if not comment.strip():
        raise RuleError("退回须写明理由")
    with transaction.atomic():
        row = _locked(run, DRAFT)
        row.state, row.comment = DROPPED, comment.strip()[:200]
        row.save(update_fields=["state", "comment"])
        audit(
            actor=actor,
            action="points.drop_year_end",
            summary=f"退回年终处理：{row}",
            obj=row,
            comment=comment,
        )
    return row


def post_year_end(*, actor: SystemActor, run: YearEndRun) -> YearEndRun:
    """Post an approved run, all households or none. Safe to repeat: a household has one entry per year."""
    with transaction.atomic():
        own_books(run.village_id)
        row = YearEndRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if row.state == POSTED:
            return row
        row = _locked(run, APPROVED)
        village, policy = row.village, row.policy
        lines = year_end_lines(village, row.year, policy)
        kind = EntryKind.CLEAR if policy == YearEnd.CLEAR else EntryKind.CARRY
        basis = f"（《{row.rule_set.title}》第{row.rule_set.version}版）"
        postings = [
            Posting(
                household_id=line.household_id,
                kind=kind,
                points=-line.points,
                source=f"yearend:{row.year}:{line.household_id}",
                reason=f"{row.year}年度{line.text}{basis}",
                occurred_on=date(row.year, 12, 31),
                actor_id=row.drafted_by_id,
                actor_name=row.drafted_by.audit_name,
                reviewer_id=row.decided_by_id,
                reviewer_name=row.decided_by.audit_name if row.decided_by else "",
            )
            for line in lines
        ]
        outcome = write_postings(
            village=village,
            period=open_period(village, Period.month(row.year + 1, 1)),
            postings=postings,
            accounts=lock_accounts(village, (line.household_id for line in lines)),
        )
        row.state, row.posted_at, row.posted_entries = POSTED, timezone.now(), outcome.posted
        row.points = sum(line.points for line in lines)
        row.save(update_fields=["state", "posted_at", "posted_entries", "points"])
        audit(
            actor=actor,
            action="points.post_year_end",
            summary=f"{row}：{outcome.posted} 户，减少 {row.points} 分",
            obj=row,
            after={"户数": outcome.posted, "减少": row.points},
        )
    return row
