"""Points as a funded liability (BEY-5), and what the supermarkets of a place sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from cogov.common.periods import Period
from points import market_rules as rules
from points.models import (
    PointsAccount,
    PointsEntry,
    Redemption,
    RedemptionFund,
    RedemptionLine,
    Stock,
    Supermarket,
)
from points.selectors.figures import places_filter
from points.selectors.market import total

# --- points as a funded liability (BEY-5) ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Liability:
    """Outstanding points, what they are worth, and what stands behind them; money in fen."""

    points: int
    worth: int
    fund: int
    stock: int
    monthly: int
    warn_below: int
    alarm_below: int

    @property
    def cover(self) -> int:
        """Fund and stock in whole per cent of what the points are worth."""
        return rules.percent(self.fund + self.stock, self.worth)

    @property
    def level(self) -> str:
        """ "good", "warn" or "bad"."""
        if self.cover < self.alarm_below:
            return "bad"
        return "warn" if self.cover < self.warn_below else "good"

    @property
    def months(self) -> int | None:
        """Full months that fund and stock last at the pace of the last three; None without any redemption."""
        return (self.fund + self.stock) // self.monthly if self.monthly else None

    @property
    def message(self) -> str:
        """What to tell, or ""."""
        if self.level == "good":
            return ""
        return f"保障率 {self.cover}%，低于{self.alarm_below if self.level == 'bad' else self.warn_below}%：未兑积分超过基金和库存"


def liability(codes: Sequence[str], period: Period, shop: Supermarket | None = None) -> Liability:
    """The liability of places (division codes), or of one shop; points are worth what the village's shop says."""
    shops = list(Supermarket.objects.filter(places_filter(codes)) if shop is None else [shop])
    value = {row.village_id: row.point_value for row in shops}
    accounts = (
        PointsAccount.objects.filter(places_filter(codes))
        if shop is None
        else PointsAccount.objects.filter(village=shop.village)
    )
    rows = (
        accounts.order_by().values("village").annotate(total=Sum("balance")).values_list("village", "total")
    )
    outstanding = dict(rows)
    funds = RedemptionFund.objects.filter(
        Q(pk__in=[row.fund_id for row in shops if row.fund_id]) | _funds_within(codes)
    )
    stock = Stock.objects.filter(goods__supermarket__in=shops)
    redeemed = PointsEntry.objects.filter(
        village__in=[row.village_id for row in shops],
        kind="redeem",
        period__in=[period.shifted(-step).key for step in range(3)],
    )
    pace = (
        redeemed.order_by().values("village").annotate(total=-Sum("points")).values_list("village", "total")
    )
    return Liability(
        points=sum(outstanding.values()),
        worth=sum(points * value.get(village, 100) for village, points in outstanding.items()),
        fund=total(funds, "balance_fen"),
        stock=total(stock, "value_fen"),
        monthly=sum(points * value.get(village, 100) for village, points in pace) // 3,
        warn_below=max((row.warn_below for row in shops), default=rules.WARN_BELOW),
        alarm_below=max((row.alarm_below for row in shops), default=rules.ALARM_BELOW),
    )


def _funds_within(codes: Sequence[str]) -> Q:
    condition = Q(pk__in=())
    for code in codes:
        if not code:
            return Q()
        if len(code) >= 12:
            condition |= Q(village__code=code[:12])
        else:
            condition |= Q(township__code__startswith=code)
    return condition


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """A period of the shops in some places."""

    sales: int
    households: int
    points: int
    cost: int


def market_figures(codes: Sequence[str], period: Period) -> MarketFigures:
    """Sales that stand, by the day on which the goods left."""
    months = period.months()
    rows = Redemption.objects.filter(
        places_filter(codes, "supermarket__village"),
        state=rules.SOLD,
        goods_period__gte=months[0].key,
        goods_period__lte=months[-1].key,
    )
    sums = rows.aggregate(
        sales=Count("pk"), households=Count("household", distinct=True), points=Coalesce(Sum("points"), 0)
    )
    cost = total(RedemptionLine.objects.filter(redemption__in=rows), "fen")
    return MarketFigures(cost=cost, **sums)


def best_goods(codes: Sequence[str], period: Period, limit: int = 10) -> list[tuple[str, int, int]]:
    """(name, pieces, points) of what was redeemed most."""
    months = period.months()
    rows = (
        RedemptionLine.objects.filter(
            places_filter(codes, "redemption__supermarket__village"),
            redemption__state=rules.SOLD,
            redemption__goods_period__gte=months[0].key,
            redemption__goods_period__lte=months[-1].key,
        )
        .order_by()
        .values("name")
        .annotate(pieces=Sum("quantity"), total=Sum(F("quantity") * F("points_each")))
        .order_by("-total", "name")
    )
    return [(row["name"], row["pieces"], row["total"]) for row in rows[:limit]]
