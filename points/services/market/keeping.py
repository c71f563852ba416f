"""Shops, goods and prices, and the papers that move goods: always by two people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.text import normalize_text
from points import market_rules as rules
from points.market_rules import FundKind, FundMode, Move, StockKind
from points.models import Goods, GoodsPrice, StockPaper, StockPaperLine, Supermarket
from points.photos import checked_photo
from points.redemption_days import read_days
from points.services.market.books import Paper, lock_fund, lock_stock, move_fund, move_stock
from villages.models import Village

MANAGE, APPROVE_PRICE = "points.manage_goods", "points.approve_price"
RECORD, CONFIRM = "points.record_stock", "points.confirm_stock"
MANAGE_SHOP = "points.manage_supermarket"
_SHOP_FIELDS = (
    "name",
    "address",
    "telephone",
    "opening",
    "daily_cap",
    "redeem_on",
    "booking_days",
    "point_value",
    "fund",
    "fund_mode",
    "warn_below",
    "alarm_below",
    "active",
)
_GOODS_FIELDS = ("name", "category", "unit", "low_stock", "active")
_MOST_PIECES, _MOST_FEN = 100_000, 100_000_000_00


def save_supermarket(*, actor: Actor, instance: Supermarket | None, data: dict[str, Any]) -> Supermarket:
    """Open a village's shop or change its settings. Raises AccessDenied, InputError (fund of another place)."""
    village: Village = instance.village if instance else data["village"]
    authorize(actor, MANAGE_SHOP, village.code)
    values = {name: data[name] for name in _SHOP_FIELDS if name in data}
    fund = values.get("fund")
    if fund is not None and not village.code.startswith(fund.code):
        raise InputError("没有保存", [Problem("基金不属于本村或本镇", column="fund")])
    if values.get("fund_mode", FundMode.NONE) != FundMode.NONE and fund is None:
        raise InputError("没有保存", [Problem("从基金列支须先选择基金", column="fund")])
    if "redeem_on" in values:
        try:
            values["redeem_on"] = str(read_days(values["redeem_on"]))
        except RuleError as error:
            raise InputError("没有保存", [Problem(error.message, column="redeem_on")]) from error
    with transaction.atomic():
        if instance is None:
            row, before = Supermarket(village=village, **values), None
        else:
            row = Supermarket.objects.select_for_update(of=("self",)).get(pk=instance.pk)
            before = snapshot(row, _SHOP_FIELDS)
            for name, value in values.items():
                setattr(row, name, value)
        row.full_clean(exclude=["village"] if instance else [])
        row.save()
        record(
            actor=actor,
            action="points.save_supermarket",
            summary=f"{'设置' if instance else '开设'}积分超市：{row.name}",
            obj=row,
            before=before,
            after=snapshot(row, _SHOP_FIELDS),
        )
    return row


def save_goods(*, actor: Actor, instance: Goods | None, data: dict[str, Any]) -> Goods:
    """Add a good or change what is said about it; its price has a service of its own. Raises AccessDenied, InputError."""
    shop: Supermarket = instance.supermarket if instance else data["supermarket"]
    authorize(actor, MANAGE, shop.village.code)
    values = {name: data[name] for name in _GOODS_FIELDS if name in data}
    upload = data.get("picture")
    picture = checked_photo(upload) if upload and hasattr(upload, "content_type") else None
    with transaction.atomic():
        row = Goods.objects.select_for_update(of=("self",)).get(pk=instance.pk) if instance else None
        before = snapshot(row, _GOODS_FIELDS) if row else None
        row = row or Goods(supermarket=shop)
        for name, value in values.items():
            setattr(row, name, normalize_text(value) if isinstance(value, str) else value)
        row.full_clean(exclude=["picture"])
        if picture is not None:
            row.picture.save(picture[0], ContentFile(picture[1]), save=False)
        row.save()
        lock_stock([row.pk])
        record(
            actor=actor,
            action="points.save_goods",
            summary=f"{'修改' if before else '新增'}商品：{row.name}",
            obj=row,
            before=before,
            after=snapshot(row, _GOODS_FIELDS),
        )
    return row


def propose_price(*, actor: Actor, goods: Goods, points: int, cost_fen: int, reason: str) -> GoodsPrice:
    """Propose points and cost of a good. Raises AccessDenied, RuleError (no whole positive number), ConflictError."""
    authorize(actor, MANAGE, goods.supermarket.village.code)
    rules.require_count(points, goods.name, most=100_000)
    if isinstance(cost_fen, bool) or not isinstance(cost_fen, int) or not 0 <= cost_fen <= 100_000_00:
        raise RuleError("成本价应在 0 到 100,000 元之间")
    try:
        with transaction.atomic():
            row = GoodsPrice.objects.create(
                goods=goods,
                points=points,
                cost_fen=cost_fen,
                reason=normalize_text(reason)[:200],
                proposed_by_id=actor.pk,
            )
            record(
                actor=actor,
                action="points.propose_price",
                summary=f"提出定价：{goods.name} {points} 分",
                obj=goods,
                before={"积分": goods.points, "成本": goods.cost_fen},
                after={"积分": points, "成本": cost_fen},
                comment=reason[:500],
            )
    except IntegrityError as error:
        raise ConflictError(f"“{goods.name}”已经有一个待复核的定价") from error
    return row


def decide_price(*, actor: Actor, price: GoodsPrice, approve: bool) -> GoodsPrice:
    """Approve or return a proposed price; never one's own. Approved prices hold from now on."""
    authorize(actor, APPROVE_PRICE, price.goods.supermarket.village.code)
    with transaction.atomic():
        lock_stock([price.goods_id])  # a sale that is being written keeps its price
        row = (
            GoodsPrice.objects.select_for_update(of=("self",))
            .select_related("goods__supermarket__village")
            .get(pk=price.pk)
        )
        target = rules.PAPER_STATES.move(row.state, "confirm" if approve else "reject").target
        if actor.pk is not None and row.proposed_by_id == actor.pk:
            raise RuleError("提出人不能复核自己提出的定价")
        row.state, row.decided_by_id, row.decided_at = target, actor.pk, timezone.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        if approve:
            Goods.objects.filter(pk=row.goods_id).update(points=row.points, cost_fen=row.cost_fen)
        record(
            actor=actor,
            action="points.decide_price",
            summary=f"{'通过' if approve else '退回'}定价：{row.goods.name} {row.points} 分",
            obj=row.goods,
            after={"积分": row.points, "成本": row.cost_fen} if approve else None,
        )
    return row


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line as typed: pieces bought, counted or lost; ``fen`` what the purchase cost in all."""

    goods: Goods
    quantity: int
    fen: int = 0
    reason: str = ""


def submit_paper(
    *,
    actor: Actor,
    supermarket: Supermarket,
    kind: str,
    lines: Sequence[PaperLine],
    key: str,
    occurred_on: date | None = None,
    supplier: str = "",
    reason: str = "",
) -> StockPaper:
    """Record a purchase, count or write-off; nothing moves until another person confirms. Same ``key``: same paper.

    Raises AccessDenied, RuleError, InputError.
    """
    authorize(actor, RECORD, supermarket.village.code)
    day = occurred_on or timezone.localdate()
    _check_paper(supermarket, kind, lines, day, supplier, reason)
    known = StockPaper.objects.filter(key=key).first()
    if known is not None:
        return known
    with transaction.atomic():
        paper, created = StockPaper.objects.get_or_create(
            key=key,
            defaults={
                "supermarket": supermarket,
                "kind": kind,
                "occurred_on": day,
                "supplier": normalize_text(supplier)[:60],
                "total_fen": sum(line.fen for line in lines),
                "reason": normalize_text(reason)[:200],
                "recorder_id": actor.pk,
                "recorder_name": actor.audit_name,
            },
        )
        if not created:
            return paper
        books = lock_stock(line.goods.pk for line in lines) if kind == StockKind.COUNT else {}
        StockPaperLine.objects.bulk_create(
            StockPaperLine(
                paper=paper,
                goods=line.goods,
                quantity=line.quantity,
                fen=line.fen,
                books=books[line.goods.pk].quantity if books else None,
                reason=normalize_text(line.reason)[:100],
            )
            for line in lines
        )
        _require_reasons(paper)
        record(
            actor=actor,
            action="points.submit_stock_paper",
            summary=f"登记{paper.get_kind_display()} #{paper.pk}，{len(lines)} 种商品",
            obj=paper,
            after={line.goods.name: line.quantity for line in lines},
        )
    return paper


def _check_paper(
    shop: Supermarket, kind: str, lines: Sequence[PaperLine], day: date, supplier: str, reason: str
) -> None:
    if kind not in dict(StockPaper.KINDS):
        raise RuleError("没有这种单据")
    if not lines:
        raise RuleError("请至少填写一种商品")
    if len({line.goods.pk for line in lines}) != len(lines):
        raise RuleError("同一种商品只能填一行")
    if day > timezone.localdate():
        raise RuleError("日期不能晚于今天")
    if any(line.goods.supermarket_id != shop.pk for line in lines):
        raise RuleError("有商品不属于这个超市")
    least = 0 if kind == StockKind.COUNT else 1
    for line in lines:
        rules.require_count(line.quantity, line.goods.name, least=least, most=_MOST_PIECES)
        if isinstance(line.fen, bool) or not isinstance(line.fen, int) or not 0 <= line.fen <= _MOST_FEN:
            raise RuleError(f"“{line.goods.name}”的金额不对")
    if kind == StockKind.PURCHASE and not supplier.strip():
        raise InputError("没有登记", [Problem("请填写供货单位", column="supplier")])
    if kind == StockKind.WRITE_OFF and not reason.strip():
        raise InputError("没有登记", [Problem("请写明报损原因", column="reason")])


def _require_reasons(paper: StockPaper) -> None:
    """Counted differences are explained, on the line or for the whole paper."""
    if paper.kind != StockKind.COUNT or paper.reason:
        return
    for line in paper.lines.select_related("goods"):
        if line.difference and not line.reason:
            raise RuleError(f"“{line.goods.name}”账面 {line.books}、实点 {line.quantity}，请写明差异原因")


def decide_paper(*, actor: Actor, paper: StockPaper, approve: bool, note: str = "") -> StockPaper:
    """Confirm a paper (goods and, for purchases, the fund move now) or return it. Never one's own.

    Raises AccessDenied, RuleError: own paper, fund too small, goods moved since the count.
    """
    shop = paper.supermarket
    authorize(actor, CONFIRM, shop.village.code)
    with transaction.atomic():
        row = (
            StockPaper.objects.select_for_update(of=("self",))
            .select_related("supermarket__village")
            .get(pk=paper.pk)
        )
        if approve and row.state == rules.CONFIRMED:
            return row
        target = rules.PAPER_STATES.move(row.state, "confirm" if approve else "reject").target
        if actor.pk is not None and row.recorder_id == actor.pk:
            raise RuleError("登记人不能复核自己登记的单据")
        if approve:
            _book(actor, row)
        row.state, row.decided_by_id, row.decided_at = target, actor.pk, timezone.now()
        row.decision_note = normalize_text(note)[:200]
        row.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        record(
            actor=actor,
            action="points.decide_stock_paper",
            summary=f"{'复核通过' if approve else '退回'}{row.get_kind_display()} #{row.pk}",
            obj=row,
            comment=note[:500],
        )
    return row


def _book(actor: Actor, row: StockPaper) -> None:
    lines = list(row.lines.select_related("goods").order_by("goods_id"))
    stock = lock_stock(line.goods_id for line in lines)
    day = timezone.localdate()
    for line in lines:
        level, goods = stock[line.goods_id].level, line.goods
        text = " ".join(filter(None, (str(row), row.supplier, line.reason or row.reason)))
        if row.kind == StockKind.PURCHASE:
            kind, move = StockKind.PURCHASE, Move(line.quantity, line.fen)
        elif row.kind == StockKind.WRITE_OFF:
            kind = StockKind.WRITE_OFF
            move = rules.take(level, line.quantity, name=goods.name, unit=goods.unit)
        else:
            kind = StockKind.COUNT
            if level.quantity != line.books:
                raise RuleError(
                    f"“{goods.name}”盘点时账面 {line.books}，现在是 {level.quantity}：盘点后有出入库，请退回重盘"
                )
            if line.quantity < level.reserved:
                raise RuleError(f"“{goods.name}”有 {level.reserved} {goods.unit}已被预约，请先处理预约")
            move = rules.counted(level, line.quantity, reference=goods.cost_fen or 0)
            if not move.quantity:
                continue
        move_stock(stock[line.goods_id], kind, move, Paper(f"paper:{row.pk}", text, actor, day))
    shop = row.supermarket
    if row.kind == StockKind.PURCHASE and shop.fund_mode == FundMode.PURCHASE and row.total_fen:
        paper = Paper(f"paper:{row.pk}", f"{row} {row.supplier}", actor, day)
        if shop.fund_id is not None:
            move_fund(lock_fund(shop.fund_id), FundKind.PURCHASE, -row.total_fen, paper)
