"""The two ledgers of the supermarket, goods and fund: lock, move, entry. Callers hold the transaction.

Locks are taken in this order everywhere: card, books of the village, household account, stock rows by goods,
fund, receipt number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from cogov.common.money import format_yuan
from cogov.common.periods import Period
from points.market_rules import FundKind, Move, StockKind
from points.models import FundEntry, Goods, RedemptionFund, Stock, StockEntry


@dataclass(frozen=True, slots=True)
class Paper:
    """What an entry rests on; ``day`` is when it happened."""

    source: str
    reason: str
    actor: Actor
    day: date

    @property
    def period(self) -> str:
        return Period.month_of(self.day).key


def lock_stock(goods_ids: Iterable[int]) -> dict[int, Stock]:
    """The stock rows of these goods, opened where missing, locked in the order of the goods; by goods."""
    wanted = sorted(set(goods_ids))
    rows = Stock.objects.select_for_update(of=("self",)).filter(goods_id__in=wanted).order_by("goods_id")
    found = {row.goods_id: row for row in rows.select_related("goods")}
    missing = [pk for pk in wanted if pk not in found]
    if missing:
        Stock.objects.bulk_create([Stock(goods_id=pk) for pk in missing], ignore_conflicts=True)
        found = {row.goods_id: row for row in rows.select_related("goods")}
    return found


def lock_fund(fund_id: int) -> RedemptionFund:
    """The fund, locked."""
    return RedemptionFund.objects.select_for_update(of=("self",)).get(pk=fund_id)


def move_stock(stock: Stock, kind: StockKind, move: Move, paper: Paper, *, reserved: int = 0) -> StockEntry:
    """Write a move of a locked row; ``reserved`` changes what is kept for bookings."""
    stock.quantity += move.quantity
    stock.value_fen += move.value
    stock.reserved += reserved
    stock.save(update_fields=["quantity", "value_fen", "reserved"])
    entry = StockEntry.build(
        goods_id=stock.goods_id,
        kind=kind.value,
        quantity=move.quantity,
        fen=move.value,
        quantity_after=stock.quantity,
        value_after=stock.value_fen,
        period=paper.period,
        occurred_on=paper.day,
        source=paper.source,
        reason=paper.reason[:200],
        actor_id=paper.actor.audit_id,
        actor_name=paper.actor.audit_name[:150],
    )
    entry.save()
    return entry


def keep_for_booking(stock: Stock, quantity: int) -> None:
    """Keep pieces of a locked row for a booking, or (negative) let them go again."""
    stock.reserved += quantity
    stock.save(update_fields=["reserved"])


def move_fund(fund: RedemptionFund, kind: FundKind, fen: int, paper: Paper) -> FundEntry:
    """Write a move of a locked fund; ``fen`` is signed. Raises RuleError when the fund cannot pay."""
    if fund.balance_fen + fen < 0:
        raise RuleError(
            f"{fund.name}余额 {format_yuan(fund.balance_fen)}，不够支付 {format_yuan(-fen)}，本次没有办理"
        )
    fund.balance_fen += fen
    fund.save(update_fields=["balance_fen"])
    entry = FundEntry.build(
        fund_id=fund.pk,
        kind=kind.value,
        fen=fen,
        balance_after=fund.balance_fen,
        period=paper.period,
        occurred_on=paper.day,
        source=paper.source,
        reason=paper.reason[:200],
        actor_id=paper.actor.audit_id,
        actor_name=paper.actor.audit_name[:150],
    )
    entry.save()
    return entry


def offered(supermarket_id: int, goods_ids: Iterable[int]) -> dict[int, Goods]:
    """Goods of the shop that may be redeemed now: on the shelf and priced."""
    rows = Goods.objects.filter(
        supermarket_id=supermarket_id, pk__in=list(goods_ids), active=True, points__isnull=False
    )
    return {row.pk: row for row in rows}


def today() -> date:
    """The date at which books are written."""
    return timezone.localdate()
