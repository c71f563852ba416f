"""What the supermarket shows: shelf, month-end reconciliation, liability. Every figure comes from entries or papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from cogov.common.periods import Period
from points import market_rules as rules
from points.market_rules import FundKind, FundMode, Line, StockKind
from points.models import (
    FundEntry,
    FundPaper,
    Goods,
    PointsEntry,
    Redemption,
    RedemptionFund,
    RedemptionLine,
    Stock,
    StockEntry,
    StockPaper,
    Supermarket,
)


def shelf(shop: Supermarket) -> QuerySet[Goods]:
    """Goods that may be redeemed, with their stock."""
    rows = Goods.objects.filter(supermarket=shop, active=True, points__isnull=False)
    return rows.select_related("stock").order_by("category", "points", "name")


def all_goods(shop: Supermarket) -> QuerySet[Goods]:
    """Everything the shop has or had."""
    return (
        Goods.objects.filter(supermarket=shop).select_related("stock").order_by("-active", "category", "name")
    )


def running_low(shop: Supermarket) -> list[Goods]:
    """Goods on the shelf of which few are free."""
    rows = shelf(shop).filter(stock__quantity__lte=F("low_stock") + F("stock__reserved"))
    return list(rows)


def household_redemptions(household_id: int, limit: int = 5) -> list[Redemption]:
    """The newest of a household."""
    rows = Redemption.objects.filter(household_id=household_id).prefetch_related("lines")
    return list(rows.order_by("-id")[:limit])


def bookings_of(household_id: int) -> list[Redemption]:
    """What waits for the household to be fetched."""
    rows = Redemption.objects.filter(household_id=household_id, state=rules.BOOKED)
    return list(rows.prefetch_related("lines").order_by("expires_on", "pk"))


# --- month-end reconciliation ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoodsMonth:
    """A good's month: pieces and fen at the start, in, out, and at the end."""

    name: str
    unit: str
    opening: int
    purchased: int
    sold: int
    returned: int
    lost: int
    counted: int
    closing: int
    opening_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class FundMonth:
    """The fund's month in fen."""

    name: str
    opening: int
    allocated: int
    withdrawn: int
    purchases: int
    settled: int
    refunded: int
    closing: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Points, goods and fund of a shop's month. ``lines`` are pairs of figures that must agree."""

    shop: Supermarket
    period: Period
    goods: tuple[GoodsMonth, ...]
    fund: FundMonth | None
    lines: tuple[Line, ...]
    redeemed: int
    taken_back: int
    sales: int
    open_bookings: int

    @property
    def differences(self) -> list[Line]:
        return rules.differences(self.lines)

    @property
    def holds(self) -> bool:
        return not self.differences


def total(rows: QuerySet[Any], field: str, **filters: Any) -> int:
    return int(rows.filter(**filters).aggregate(total=Coalesce(Sum(field), 0))["total"])


def reconcile(shop: Supermarket, period: Period) -> Reconciliation:
    """The month's books against its papers. Nothing is put right here; what differs is listed."""
    goods, goods_lines = _goods_month(shop, period)
    fund, fund_lines = _fund_month(shop, period)
    points_lines, redeemed, taken_back = _points_month(shop, period)
    sold = Redemption.objects.filter(supermarket=shop, goods_period=period.key)
    return Reconciliation(
        shop=shop,
        period=period,
        goods=tuple(goods),
        fund=fund,
        lines=(*points_lines, *goods_lines, *fund_lines),
        redeemed=redeemed,
        taken_back=taken_back,
        sales=sold.count(),
        open_bookings=Redemption.objects.filter(supermarket=shop, state=rules.BOOKED).count(),
    )


def _points_month(shop: Supermarket, period: Period) -> tuple[list[Line], int, int]:
    entries = PointsEntry.objects.filter(village=shop.village, period=period.key)
    redeem = entries.filter(kind="redeem")
    own = Q(source__startswith="redemption:")
    papers = Redemption.objects.filter(supermarket=shop)
    redeemed = -total(redeem.filter(own), "points")
    given_back = entries.filter(own, kind="reverse")
    taken_back = int(given_back.aggregate(total=Coalesce(Sum(F("points") - F("owed")), 0))["total"])
    lines = [
        Line("积分", "兑换扣减的积分（流水 / 兑换单）", redeemed, total(papers, "points", period=period.key)),
        Line(
            "积分",
            "撤销退回的积分（流水 / 兑换单）",
            taken_back,
            total(papers, "points", cancel_period=period.key),
        ),
        Line(
            "积分",
            "兑换笔数（流水 / 兑换单）",
            redeem.filter(own).count(),
            papers.filter(period=period.key).count(),
        ),
        Line("积分", "不是超市兑换单的兑换积分（应为 0）", -total(redeem.exclude(own), "points"), 0),
    ]
    return lines, redeemed, taken_back


_FLOWS = {
    "purchased": StockKind.PURCHASE,
    "sold": StockKind.SALE,
    "returned": StockKind.CANCEL,
    "lost": StockKind.WRITE_OFF,
    "counted": StockKind.COUNT,
}


def _goods_month(shop: Supermarket, period: Period) -> tuple[list[GoodsMonth], list[Line]]:
    entries = StockEntry.objects.filter(goods__supermarket=shop, period__lte=period.key)
    before, now = Q(period__lt=period.key), Q(period=period.key)
    sums = {
        row["goods"]: row
        for row in entries.order_by()
        .values("goods")
        .annotate(
            opening=Coalesce(Sum("quantity", filter=before), 0),
            opening_fen=Coalesce(Sum("fen", filter=before), 0),
            closing=Coalesce(Sum("quantity"), 0),
            closing_fen=Coalesce(Sum("fen"), 0),
            **{
                name: Coalesce(Sum("quantity", filter=now & Q(kind=kind.value)), 0)
                for name, kind in _FLOWS.items()
            },
        )
    }
    months = [
        GoodsMonth(goods.name, goods.unit, **{k: v for k, v in sums[goods.pk].items() if k != "goods"})
        for goods in Goods.objects.filter(supermarket=shop).order_by("category", "name")
        if goods.pk in sums
    ]
    return months, [*_goods_lines(shop, period, entries.filter(now)), *_shelf_lines(shop)]


def _goods_lines(shop: Supermarket, period: Period, entries: QuerySet[StockEntry]) -> list[Line]:
    sold = RedemptionLine.objects.filter(redemption__supermarket=shop, redemption__goods_period=period.key)
    back = RedemptionLine.objects.filter(
        redemption__supermarket=shop,
        redemption__state=rules.CANCELLED,
        redemption__goods_period__gt="",
        redemption__cancelled_at__date__range=(period.start, period.end),
    )
    bought = StockPaper.objects.filter(
        supermarket=shop,
        kind=StockKind.PURCHASE,
        state=rules.CONFIRMED,
        decided_at__date__range=(period.start, period.end),
    )
    return [
        Line(
            "商品",
            "兑换出库件数（流水 / 兑换单）",
            -total(entries, "quantity", kind=StockKind.SALE),
            total(sold, "quantity"),
        ),
        Line(
            "商品",
            "兑换出库成本（流水 / 兑换单）",
            -total(entries, "fen", kind=StockKind.SALE),
            total(sold, "fen"),
            money=True,
        ),
        Line(
            "商品",
            "撤销退回件数（流水 / 兑换单）",
            total(entries, "quantity", kind=StockKind.CANCEL),
            total(back, "quantity"),
        ),
        Line(
            "商品",
            "进货件数（流水 / 进货单）",
            total(entries, "quantity", kind=StockKind.PURCHASE),
            total(bought, "lines__quantity"),
        ),
        Line(
            "商品",
            "进货金额（流水 / 进货单）",
            total(entries, "fen", kind=StockKind.PURCHASE),
            total(bought, "lines__fen"),
            money=True,
        ),
    ]


def _shelf_lines(shop: Supermarket) -> list[Line]:
    """The shelf today against all entries and open bookings."""
    stock = Stock.objects.filter(goods__supermarket=shop)
    entries = StockEntry.objects.filter(goods__supermarket=shop)
    booked = RedemptionLine.objects.filter(redemption__supermarket=shop, redemption__state=rules.BOOKED)
    return [
        Line("商品", "现有库存件数（货架 / 流水合计）", total(stock, "quantity"), total(entries, "quantity")),
        Line(
            "商品",
            "现有库存金额（货架 / 流水合计）",
            total(stock, "value_fen"),
            total(entries, "fen"),
            money=True,
        ),
        Line("商品", "已预约件数（货架 / 预约单）", total(stock, "reserved"), total(booked, "quantity")),
    ]


def _fund_month(shop: Supermarket, period: Period) -> tuple[FundMonth | None, list[Line]]:
    if shop.fund is None:
        return None, []
    entries = FundEntry.objects.filter(fund=shop.fund, period__lte=period.key)
    now = entries.filter(period=period.key)
    flows = {kind: total(now, "fen", kind=kind.value) for kind in FundKind}
    month = FundMonth(
        name=shop.fund.name,
        opening=total(entries, "fen", period__lt=period.key),
        allocated=flows[FundKind.ALLOCATE],
        withdrawn=flows[FundKind.WITHDRAW],
        purchases=flows[FundKind.PURCHASE],
        settled=flows[FundKind.SETTLE],
        refunded=flows[FundKind.REFUND],
        closing=total(entries, "fen"),
    )
    days = (period.start, period.end)
    money_in = FundPaper.objects.filter(fund=shop.fund, state=rules.CONFIRMED, decided_at__date__range=days)
    shops = Supermarket.objects.filter(fund=shop.fund)
    settled = Redemption.objects.filter(supermarket__in=shops, day__range=days)
    refunded = Redemption.objects.filter(supermarket__in=shops, cancelled_at__date__range=days)
    lines = [
        Line(
            "基金",
            "拨入（流水 / 收支单）",
            month.allocated,
            total(money_in, "fen", kind=FundKind.ALLOCATE),
            money=True,
        ),
        Line(
            "基金",
            "收回（流水 / 收支单）",
            -month.withdrawn,
            total(money_in, "fen", kind=FundKind.WITHDRAW),
            money=True,
        ),
        Line("基金", "兑换结算（流水 / 兑换单）", -month.settled, total(settled, "settle_fen"), money=True),
        Line("基金", "撤销退回（流水 / 兑换单）", month.refunded, total(refunded, "settle_fen"), money=True),
        Line(
            "基金",
            "现有余额（账户 / 流水合计）",
            RedemptionFund.objects.get(supermarkets=shop).balance_fen,
            total(FundEntry.objects.filter(fund=shop.fund), "fen"),
            money=True,
        ),
    ]
    if all(row.fund_mode == FundMode.PURCHASE for row in shops):
        bought = StockPaper.objects.filter(
            supermarket__in=shops,
            kind=StockKind.PURCHASE,
            state=rules.CONFIRMED,
            decided_at__date__range=days,
        )
        lines.append(
            Line(
                "基金", "进货付款（流水 / 进货单）", -month.purchases, total(bought, "total_fen"), money=True
            )
        )
    return month, lines
