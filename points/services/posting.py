"""Posting what a month has approved, set-wise (design 3.6, performance.md), and closing its books."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period, PeriodKind
from points.models import PointsAccount, PointsEntry, PointsMonth, PointsRecord
from points.rules import EntryKind
from points.selectors.holders import holders_on
from points.selectors.pending import postable
from points.services.base_points import base_postings
from points.services.ledger import Posting, write_postings
from points.services.locks import lock_accounts, open_missing, own_books
from points.services.standings import compute_standings
from points.states import APPROVED, CLOSED, POSTED
from villages.models import Village


@dataclass(frozen=True, slots=True)
class MonthResult:
    """What posting a month did; ``already`` when its books were closed before."""

    period: str
    posted: int = 0
    points: int = 0
    waiting: int = 0
    already: bool = False


def require_month(period: Period) -> None:
    """Books are kept by month. Raises RuleError."""
    if period.kind != PeriodKind.MONTH:
        raise RuleError(f"积分按月结账，{period.label}不是一个月")


def _due(village: Village, period: Period) -> QuerySet[PointsRecord]:
    """Approved records up to the end of the month: late ones of closed months included."""
    return PointsRecord.objects.filter(village=village, state=APPROVED, period__lte=period.key)


def _reason(row: PointsRecord, period: Period) -> str:
    text = row.explanation
    if row.period != period.key:
        # Where publicity comes first every deed is posted a month later: that is the rule and no supplement.
        late = "" if row.listed_period else "补记"
        text = f"{late}{Period.parse(row.period).label}：{text}"
    named = row.activity is not None and row.activity.name not in text
    return f"{row.activity.name}：{text}" if row.activity is not None and named else text


def _posting(row: PointsRecord, period: Period) -> Posting:
    return Posting(
        household_id=row.household_id,
        kind=EntryKind.DEDUCT if row.rule.deducts else EntryKind.EARN,
        points=row.points or 0,
        source=row.ledger_source,
        reason=_reason(row, period),
        occurred_on=row.occurred_on,
        for_period=row.period,
        rule_id=row.rule_id,
        actor_id=row.recorder_id,
        actor_name=row.recorder_name,
        reviewer_id=row.reviewer_id,
        reviewer_name=row.reviewer_name,
    )


def _month(village: Village, period: Period) -> PointsMonth:
    PointsMonth.objects.get_or_create(village=village, period=period.key)
    return PointsMonth.objects.select_for_update().get(village=village, period=period.key)


def post_month(*, actor: Actor, village: Village, period: Period) -> MonthResult:
    """Post everything approved up to the end of ``period`` into its books, in the order of the deeds.

    Where the rules put publicity first, only what hung on a list whose publicity is over and clean (PNT-2, BEY-3).

    Idempotent: a source stands once; a closed month takes nothing more. Raises AccessDenied, RuleError, ConflictError.
    """
    authorize(actor, "points.post_points", village.code)
    require_month(period)
    try:
        with transaction.atomic():
            own_books(village.pk)
            month = _month(village, period)
            if month.is_closed:
                return MonthResult(period.key, already=True)
            due = _due(village, period)
            rows = list(
                due.filter(postable(village, timezone.localdate()))
                .select_for_update(of=("self",))
                .prefetch_related("rule", "activity")
                .order_by("occurred_on", "pk")
            )
            waiting = due.count() - len(rows)
            base = base_postings(village, period)
            accounts = lock_accounts(
                village, {*(row.household_id for row in rows), *(line.household_id for line in base)}
            )
            outcome = write_postings(
                village=village,
                period=period,
                postings=[*base, *(_posting(row, period) for row in rows)],
                accounts=accounts,
                fresh=True,
            )
            ids = [row.pk for row in rows]
            for start in range(0, len(ids), 5000):
                PointsRecord.objects.filter(pk__in=ids[start : start + 5000]).update(
                    state=POSTED, posted_period=period.key
                )
            if outcome.posted:
                audit(
                    actor=actor,
                    action="points.post_month",
                    summary=f"{village}{period.label}积分入账 {outcome.posted} 笔，共 {outcome.points} 分",
                    obj=month,
                    after={
                        "笔数": outcome.posted,
                        "积分": outcome.points,
                        "登记": _ranges(ids),
                        **({"基础分": f"{len(base)} 户"} if base else {}),
                    },
                )
            return MonthResult(period.key, outcome.posted, outcome.points, waiting)
    except IntegrityError as error:
        raise ConflictError("积分没有入账：同一来源正在入账，请稍后重试") from error


def _ranges(ids: list[int]) -> str:
    ordered = sorted(ids)
    return f"#{ordered[0]}–#{ordered[-1]}" if ordered else ""


def _open_accounts(village: Village, period: Period) -> None:
    """Every holder of the kind in force at the month's end is ranked, also without a point."""
    rows = holders_on(village, period.end).filter(points_account__isnull=True)
    open_missing(village, list(rows.order_by("pk").values_list("pk", flat=True)))


def close_points_month(*, actor: Actor, village: Village, period: Period) -> PointsMonth:
    """Close the books of a month: sums, standings of month, quarter and year. Safe to repeat.

    Months close in order: an earlier open month with entries has to be closed first. Raises AccessDenied, RuleError.
    """
    authorize(actor, "points.post_points", village.code)
    require_month(period)
    with transaction.atomic():
        own_books(village.pk)
        month = _month(village, period)
        if month.is_closed:
            return month
        _require_earlier_closed(village, period)
        _open_accounts(village, period)
        entries = PointsEntry.objects.filter(village=village, period=period.key)
        sums = entries.aggregate(
            entries=Count("pk"),
            issued=Sum("score", filter=Q(score__gt=0, kind=EntryKind.EARN), default=0),
            deducted=Sum("score", filter=Q(score__lt=0), default=0),
            redeemed=Sum("points", filter=Q(kind=EntryKind.REDEEM), default=0),
            households=Count("account", distinct=True, filter=Q(kind=EntryKind.EARN)),
        )
        month.entry_count, month.issued = sums["entries"], sums["issued"]
        month.deducted, month.redeemed = -sums["deducted"], -sums["redeemed"]
        month.households = sums["households"]
        month.balance = PointsAccount.objects.filter(village=village).aggregate(s=Sum("balance", default=0))[
            "s"
        ]
        month.state, month.closed_at = CLOSED, timezone.now()
        month.save()
        compute_standings(village=village, periods=covering(period))
        audit(
            actor=actor,
            action="points.close_month",
            summary=f"{village}{period.label}积分结账：发放 {month.issued} 分，{month.households} 户参与",
            obj=month,
            after={
                "笔数": month.entry_count,
                "发放": month.issued,
                "扣减": month.deducted,
                "兑换": month.redeemed,
                "余额": month.balance,
            },
        )
    return month


def covering(period: Period) -> tuple[Period, ...]:
    """The month itself, its quarter and its year: the periods that are ranked."""
    return (
        period,
        Period.quarter(period.year, (period.number + 2) // 3),
        Period.full_year(period.year),
    )


def _require_earlier_closed(village: Village, period: Period) -> None:
    closed = PointsMonth.objects.filter(village=village, state=CLOSED).values("period")
    earlier = (
        PointsEntry.objects.filter(village=village, period__lt=period.key)
        .exclude(period__in=closed)
        .order_by("period")
        .values_list("period", flat=True)
        .first()
    )
    if earlier is not None:
        raise RuleError(f"{village}{Period.parse(earlier).label}的积分还没有结账，请先结那个月")
