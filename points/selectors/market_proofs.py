"""Proofs of the supermarket's ledgers: stock, fund, and their papers (verify_ledgers)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, QuerySet, Sum, Window

from points import market_rules as rules
from points.market_rules import FundKind, StockKind
from points.models import (
    FundEntry,
    PointsEntry,
    Redemption,
    RedemptionFund,
    RedemptionLine,
    Stock,
    StockEntry,
)

Faults = Iterator[tuple[str, str]]


def digests_hold() -> Faults:
    """No entry says anything else than when it was written."""
    sources: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("库存流水", StockEntry.objects.order_by("pk")),
        ("基金流水", FundEntry.objects.order_by("pk")),
    )
    for label, rows in sources:
        for entry in rows.iterator(chunk_size=2000):
            if entry.digest != entry.computed_digest():
                yield f"{label} #{entry.pk}", "内容与当时的摘要不符，已被改动"


def stock_holds() -> Faults:
    """Pieces and value of every good are the sums of its entries; what is kept is what is booked."""
    sums = {
        row["goods"]: (row["pieces"], row["fen"])
        for row in StockEntry.objects.order_by()
        .values("goods")
        .annotate(pieces=Sum("quantity"), fen=Sum("fen"))
    }
    booked = dict(
        RedemptionLine.objects.filter(redemption__state=rules.BOOKED)
        .order_by()
        .values("goods")
        .annotate(pieces=Sum("quantity"))
        .values_list("goods", "pieces")
    )
    for stock in Stock.objects.select_related("goods__supermarket").order_by("pk").iterator(chunk_size=2000):
        place = f"{stock.goods.supermarket} {stock.goods.name}"
        expected = sums.pop(stock.goods_id, (0, 0))
        if (stock.quantity, stock.value_fen) != expected:
            yield (
                place,
                f"库存是 {stock.quantity} 件 {stock.value_fen} 分钱，流水合计是 {expected[0]} 件 {expected[1]} 分钱",
            )
        if stock.reserved != booked.get(stock.goods_id, 0):
            yield place, f"预约保留 {stock.reserved} 件，预约单合计 {booked.get(stock.goods_id, 0)} 件"
        if stock.quantity < 0 or stock.value_fen < 0 or stock.reserved > stock.quantity:
            yield place, "库存低于零或不够已预约的件数"
    for goods_id in sums:
        yield f"商品 #{goods_id}", "有流水没有库存"


def fund_holds() -> Faults:
    """Every fund's balance is the sum of its entries."""
    sums = dict(
        FundEntry.objects.order_by().values("fund").annotate(fen=Sum("fen")).values_list("fund", "fen")
    )
    for fund in RedemptionFund.objects.order_by("pk"):
        expected = sums.get(fund.pk, 0)
        if fund.balance_fen != expected:
            yield fund.name, f"余额是 {fund.balance_fen} 分钱，流水合计是 {expected} 分钱"
        if fund.balance_fen < 0:
            yield fund.name, "余额低于零"


def running_holds() -> Faults:
    """Every entry's balance is the one before plus itself."""
    stock = StockEntry.objects.annotate(
        running=Window(Sum("quantity"), partition_by="goods", order_by=F("id").asc())
    ).exclude(running=F("quantity_after"))
    for row in stock.order_by("pk")[:1000]:
        yield f"库存流水 #{row.pk}", f"结存写的是 {row.quantity_after}，按流水应是 {row.running}"
    fund = FundEntry.objects.annotate(
        running=Window(Sum("fen"), partition_by="fund", order_by=F("id").asc())
    ).exclude(running=F("balance_after"))
    for entry in fund.order_by("pk")[:1000]:
        yield f"基金流水 #{entry.pk}", f"余额写的是 {entry.balance_after}，按流水应是 {entry.running}"


def redemptions_hold() -> Faults:
    """Every redemption has its points, goods and money in the ledgers, and back again when it was taken back."""
    points = {
        row.source: row
        for row in PointsEntry.objects.filter(source__startswith="redemption:", kind="redeem").iterator(
            chunk_size=2000
        )
    }
    reversed_ids = set(
        PointsEntry.objects.filter(kind="reverse", source__startswith="redemption:").values_list(
            "reversal_of_id", flat=True
        )
    )
    goods = _sums(StockEntry.objects.filter(source__startswith="redemption:"), "quantity")
    money = _sums(FundEntry.objects.filter(source__startswith="redemption:"), "fen")
    lines = dict(
        RedemptionLine.objects.order_by()
        .values("redemption")
        .annotate(pieces=Sum("quantity"), worth=Sum(F("quantity") * F("points_each")))
        .values_list("redemption", "pieces")
    )
    worth = dict(
        RedemptionLine.objects.order_by()
        .values("redemption")
        .annotate(worth=Sum(F("quantity") * F("points_each")))
        .values_list("redemption", "worth")
    )
    for row in Redemption.objects.order_by("pk").iterator(chunk_size=2000):
        place, entry = f"兑换单 {row.number}", points.pop(row.source, None)
        if entry is None or entry.points != -row.points or worth.get(row.pk) != row.points:
            yield place, "积分与流水或明细不符"
            continue
        over = row.state in (rules.CANCELLED, rules.EXPIRED)
        if (entry.pk in reversed_ids) != over:
            yield place, "撤销状态与积分流水不符"
        left = row.goods_period != ""
        pieces = lines.get(row.pk, 0) if left else 0
        expected = (-pieces, pieces if over else 0)
        found = (goods.get((row.source, StockKind.SALE), 0), goods.get((row.source, StockKind.CANCEL), 0))
        if found != expected:
            yield place, f"出入库是 {found}，按单据应是 {expected}"
        paid = (-row.settle_fen, row.settle_fen if over else 0)
        booked = (money.get((row.source, FundKind.SETTLE), 0), money.get((row.source, FundKind.REFUND), 0))
        if paid != booked:
            yield place, f"基金收支是 {booked} 分钱，按单据应是 {paid} 分钱"
    for source, entry in points.items():
        yield f"积分流水 #{entry.pk}", f"没有对应的兑换单（{source}）"


def _sums(rows: QuerySet[Any], field: str) -> dict[tuple[str, str], int]:
    found = rows.order_by().values("source", "kind").annotate(total=Sum(field))
    return {(row["source"], row["kind"]): row["total"] for row in found}
