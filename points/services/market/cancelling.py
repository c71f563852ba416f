"""Taking a redemption back: points, goods and fund return together, by entries of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from cogov.access.models import User
from cogov.access.scope import Actor, SystemActor, authorize, within
from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from points import market_rules as rules
from points.market_rules import FundKind, Move, StockKind
from points.models import FundEntry, Redemption, RedemptionLine
from points.services.ledger import open_period, take_back
from points.services.locks import lock_accounts, share_books
from points.services.market.books import (
    Paper,
    keep_for_booking,
    lock_fund,
    lock_stock,
    move_fund,
    move_stock,
)
from points.services.market.redeeming import SELL, entry_of, lock_redemption
from villages.models import Household

SECOND = "points.second_cancel"


def cancel(*, actor: Actor, redemption: Redemption, reason: str, second: User | None = None) -> Redemption:
    """Take a sale or a booking back. Within ten minutes the keeper alone; later with a second person who agrees.

    Idempotent. Raises AccessDenied, RuleError (too late without a second person, expired, no reason).
    """
    authorize(actor, SELL, redemption.supermarket.village.code)
    if not reason.strip():
        raise RuleError("请写明撤销的原因")
    with transaction.atomic():
        row = _lock(redemption)
        if row.state == rules.CANCELLED:
            return row
        target = rules.REDEMPTION_STATES.move(row.state, "cancel").target
        if not row.free_to_cancel(timezone.now()):
            _require_second(actor, row, second)
        _return(actor, row, reason.strip(), target=target, second=second)
        record(
            actor=actor,
            action="points.cancel_redemption",
            summary=f"撤销 {row.number}：{row.household}，退回 {row.points} 分",
            obj=row,
            after={"积分": row.points},
            comment=f"{reason.strip()[:300]}{f'；同意人：{second.audit_name}' if second else ''}",
        )
    return row


def expire_bookings(*, actor: SystemActor, today: date | None = None) -> int:
    """Give back what was booked and not fetched in time; returns how many. Each in its own transaction."""
    day = today or timezone.localdate()
    due = Redemption.objects.filter(state=rules.BOOKED, expires_on__lt=day).order_by("pk")
    done = 0
    for found in due.select_related("supermarket__village"):
        with transaction.atomic():
            row = _lock(found)
            if row.state != rules.BOOKED:
                continue
            target = rules.REDEMPTION_STATES.move(row.state, "expire").target
            _return(actor, row, "预约逾期未取", target=target, second=None)
            record(
                actor=actor,
                action="points.expire_booking",
                summary=f"预约逾期 {row.number}：{row.household}，退回 {row.points} 分",
                obj=row,
            )
            done += 1
    return done


def _lock(redemption: Redemption) -> Redemption:
    """Household, then redemption: the order of every other service."""
    Household.holders.select_for_update(of=("self",)).get(pk=redemption.household_id)
    return lock_redemption(redemption)


def _require_second(actor: Actor, row: Redemption, second: User | None) -> None:
    if second is None:
        raise RuleError("已经超过 10 分钟，撤销须有另一位工作人员在场同意")
    if second.pk == actor.pk:
        raise RuleError("同意撤销的须是另一位工作人员")
    if not within(second.scope_codes(SECOND), row.supermarket.village.code):
        raise RuleError(f"{second.audit_name}没有同意撤销的权限")


def _return(actor: Actor, row: Redemption, reason: str, *, target: str, second: User | None) -> None:
    shop, household = row.supermarket, row.household
    village, day, booked = shop.village, timezone.localdate(), row.state == rules.BOOKED
    share_books(village.pk)
    account = lock_accounts(village, [household.pk])[household.pk]
    period = open_period(village, Period.month_of(day))
    lines = list(row.lines.order_by("goods_id"))
    text = _told(row, lines, reason, target)
    take_back(actor=actor, entry=entry_of(row), account=account, period=period, text=text)
    paper = Paper(row.source, f"{row.number} {reason}", actor, day)
    stock = lock_stock(line.goods_id for line in lines)
    for line in lines:
        if booked:
            keep_for_booking(stock[line.goods_id], -line.quantity)
        else:
            move_stock(stock[line.goods_id], StockKind.CANCEL, Move(line.quantity, line.fen), paper)
    if row.settle_fen:
        fund_id = _paying_fund(row)
        move_fund(lock_fund(fund_id), FundKind.REFUND, row.settle_fen, paper)
    row.state, row.cancelled_at, row.cancel_period = target, timezone.now(), period.key
    row.cancelled_by_name, row.second_name = actor.audit_name, second.audit_name if second else ""
    row.cancel_reason = reason[:200]
    row.save(
        update_fields=[
            "state",
            "cancelled_at",
            "cancel_period",
            "cancelled_by_name",
            "second_name",
            "cancel_reason",
        ]
    )


def _told(row: Redemption, lines: Sequence[RedemptionLine], reason: str, target: str) -> str:
    """What the household reads of it: ``取消预约：香皂×1，积分退回（本户在自助机上取消，单号421223101001-000022）``."""
    goods = "、".join(f"{line.name}×{line.quantity}" for line in lines)
    if target == rules.EXPIRED:
        what, why = reason, ""
    else:
        what, why = ("取消预约" if row.state == rules.BOOKED else "退货"), f"{reason}，"
    return f"{what}：{goods[:150]}，积分退回（{why[:80]}单号{row.number}）"


def _paying_fund(row: Redemption) -> int:
    """The fund that paid then, whatever the shop is set to now."""
    found = FundEntry.objects.filter(kind=FundKind.SETTLE.value, source=row.source).values_list(
        "fund_id", flat=True
    )
    return int(found.get())
