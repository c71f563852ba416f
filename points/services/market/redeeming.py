"""Redeeming at the counter and booking (PNT-4): points, goods and fund fall together, or nothing happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from points import market_rules as rules
from points.market_rules import FundKind, StockKind
from points.models import (
    Goods,
    KioskSession,
    PointsEntry,
    Redemption,
    RedemptionLine,
    Stock,
    Supermarket,
)
from points.redemption_days import require_day
from points.rules import EntryKind
from points.selectors.holders import wording
from points.services.ledger import Posting, open_period, write_postings
from points.services.locks import lock_accounts, share_books
from points.services.market.books import (
    Paper,
    keep_for_booking,
    lock_fund,
    lock_stock,
    move_fund,
    move_stock,
    offered,
)
from villages.models import Household, HouseholdCard
from villages.services.pins import check_pin

SELL = "points.sell_goods"


class WrongPin(RuleError):
    """The PIN was not right; ``locked`` when the card is locked by now."""

    def __init__(self, message: str, *, locked: bool) -> None:
        super().__init__(message)
        self.locked = locked


@dataclass(frozen=True, slots=True)
class _Basket:
    """Goods and pieces, with the stock rows locked."""

    lines: tuple[tuple[Goods, int], ...]
    stock: dict[int, Stock]

    @property
    def points(self) -> int:
        return sum((goods.points or 0) * quantity for goods, quantity in self.lines)

    @property
    def settlement(self) -> int:
        return sum((goods.cost_fen or 0) * quantity for goods, quantity in self.lines)

    @property
    def text(self) -> str:
        return "、".join(f"{goods.name}×{quantity}" for goods, quantity in self.lines)


def redeem(
    *,
    actor: Actor,
    supermarket: Supermarket,
    card: HouseholdCard,
    pin: str,
    basket: Mapping[int, int],
    key: str,
    expected_points: int | None = None,
) -> Redemption:
    """Sell the basket to the card's household. The same ``key`` gives the same sale, however often it is sent.

    Raises AccessDenied, WrongPin (counted), RuleError (points, goods, cap, fund, card), ConflictError.
    """
    authorize(actor, SELL, supermarket.village.code)
    known = _known(key, card)
    if known is not None:
        return known
    _require_pin(card, pin)
    return _write(actor, supermarket, card, basket, key, expected_points, book=False)


def book(
    *,
    actor: Actor,
    supermarket: Supermarket,
    card: HouseholdCard,
    pin: str = "",
    visit: KioskSession | None = None,
    basket: Mapping[int, int],
    key: str,
    expected_points: int | None = None,
) -> Redemption:
    """Keep the basket for pick-up: the points are taken, the goods reserved. Idempotent and refused as :func:`redeem`.

    ``actor`` is the kiosk (a SystemActor) or a keeper. In a kiosk ``visit`` the PIN was typed before.
    """
    authorize(actor, SELL, supermarket.village.code)
    known = _known(key, card)
    if known is not None:
        return known
    if visit is None:
        _require_pin(card, pin)
    else:
        _require_visit(card, visit)
    return _write(actor, supermarket, card, basket, key, expected_points, book=True)


def _known(key: str, card: HouseholdCard) -> Redemption | None:
    row = Redemption.objects.filter(key=key).first()
    if row is not None and row.household_id != card.household_id:
        raise ConflictError("这张单子属于另一户，请重新扫卡")
    return row


def _require_pin(card: HouseholdCard, pin: str) -> None:
    checked = check_pin(card=card, pin=pin)
    if not checked.ok:
        raise WrongPin(checked.message, locked=checked.locked)


def _require_visit(card: HouseholdCard, visit: KioskSession) -> None:
    fresh = KioskSession.objects.select_related("card").get(pk=visit.pk)
    if fresh.card_id != card.pk or not fresh.is_unlocked:
        raise WrongPin("请重新扫卡并输入密码", locked=fresh.card.locked_at is not None)


def _write(
    actor: Actor,
    supermarket: Supermarket,
    card: HouseholdCard,
    basket: Mapping[int, int],
    key: str,
    expected: int | None,
    *,
    book: bool,
) -> Redemption:
    try:
        with transaction.atomic():
            return _sell(actor, supermarket, card, basket, key, expected, book=book)
    except IntegrityError as error:
        known = _known(key, card)
        if known is not None:
            return known
        raise ConflictError("刚才有人同时办理，本次没有兑换，请重试") from error


def _household(card: HouseholdCard, supermarket: Supermarket) -> Household:
    """The card's household, both fresh and locked (as everywhere: household, then card). Raises RuleError."""
    Household.holders.select_for_update(of=("self",)).get(pk=card.household_id)
    rows = HouseholdCard.objects.select_for_update(of=("self",)).select_related(
        "household__village__township"
    )
    fresh = rows.get(pk=card.pk)
    if fresh.revoked_at is not None:
        raise RuleError("这张卡已经作废，请使用新卡")
    if fresh.household.gone:
        raise RuleError(f"{fresh.household.gone}，不能兑换")
    if fresh.household.village_id != supermarket.village_id:
        raise RuleError(f"这是{fresh.household.village}的卡，不能在{supermarket.name}兑换")
    return fresh.household


def _sell(
    actor: Actor,
    supermarket: Supermarket,
    card: HouseholdCard,
    basket: Mapping[int, int],
    key: str,
    expected: int | None,
    *,
    book: bool,
) -> Redemption:
    now, day = timezone.now(), timezone.localdate()
    household = _household(card, supermarket)
    village = supermarket.village
    share_books(village.pk)
    account = lock_accounts(village, [household.pk])[household.pk]
    known = _known(key, card)
    if known is not None:
        return known
    shop = Supermarket.objects.select_related("fund").get(pk=supermarket.pk)
    if not shop.active:
        raise RuleError(f"{shop.name}已经停业")
    if not book:
        require_day(shop.days, day)
    filled = _fill(shop, basket)
    points = filled.points
    if expected is not None and points != expected:
        raise ConflictError(f"价格刚刚调整：现在共需 {points} 分，请与农户核对后重新确认")
    rules.require_cap(shop.daily_cap, _used_today(household, day), points, each=wording(household.kind).each)
    balance = account.figures.balance
    if balance < points:
        raise RuleError(f"积分不够：需要 {points} 分，现有 {balance} 分")
    for goods, quantity in filled.lines:  # refuse before anything is written
        rules.take(filled.stock[goods.pk].level, quantity, name=goods.name, unit=goods.unit)
    period = open_period(village, Period.month_of(day))
    row = Redemption.objects.create(
        supermarket=shop,
        household=household,
        card=card,
        number=f"pending:{key}"[:32],
        key=key,
        state=rules.BOOKED if book else rules.SOLD,
        points=points,
        balance_after=balance - points,
        settle_fen=filled.settlement if shop.settles else 0,
        day=day,
        period=period.key,
        goods_period="" if book else Period.month_of(day).key,
        created_at=now,
        keeper_id=actor.pk,
        keeper_name=actor.audit_name,
        expires_on=shop.kept_until(day) if book else None,
        sold_at=None if book else now,
    )
    write_postings(
        village=village,
        period=period,
        postings=[
            Posting(
                household_id=household.pk,
                kind=EntryKind.REDEEM,
                points=-points,
                source=row.source,
                reason=f"积分超市{'预约' if book else '兑换'}：{filled.text}"[:300],
                occurred_on=day,
                actor_id=actor.audit_id,
                actor_name=actor.audit_name,
            )
        ],
        accounts={household.pk: account},
    )
    paper = Paper(row.source, f"{household} {filled.text}", actor, day)
    _take_goods(row, filled, paper, book=book)
    if row.settle_fen and shop.fund_id is not None:
        move_fund(lock_fund(shop.fund_id), FundKind.SETTLE, -row.settle_fen, paper)
    row.number = _next_number(shop)
    row.save(update_fields=["number"])
    record(
        actor=actor,
        action="points.book_goods" if book else "points.redeem_goods",
        summary=f"{'预约' if book else '兑换'} {row.number}：{household} {filled.text}，{points} 分",
        obj=row,
        after={"积分": points, "余额": row.balance_after, "商品": filled.text},
    )
    return row


def _fill(shop: Supermarket, basket: Mapping[int, int]) -> _Basket:
    goods = offered(shop.pk, basket)
    wanted = rules.require_basket(basket, {pk: row.name for pk, row in goods.items()})
    stock = lock_stock(wanted)
    # Prices are read again under the lock: an approval locks the same rows.
    goods = offered(shop.pk, basket)
    rules.require_basket(basket, {pk: row.name for pk, row in goods.items()})
    return _Basket(tuple((goods[pk], quantity) for pk, quantity in wanted.items()), stock)


def _take_goods(row: Redemption, filled: _Basket, paper: Paper, *, book: bool) -> None:
    for goods, quantity in filled.lines:
        stock, fen = filled.stock[goods.pk], 0
        if book:
            keep_for_booking(stock, quantity)
        else:
            move = rules.take(stock.level, quantity, name=goods.name, unit=goods.unit)
            fen = -move.value
            move_stock(stock, StockKind.SALE, move, paper)
        RedemptionLine.objects.create(
            redemption=row,
            goods=goods,
            name=goods.name,
            unit=goods.unit,
            quantity=quantity,
            points_each=goods.points or 0,
            fen=fen,
        )


def _used_today(household: Household, day: date) -> int:
    rows = Redemption.objects.filter(household=household, day=day, state__in=(rules.SOLD, rules.BOOKED))
    return int(rows.aggregate(used=Sum("points", default=0))["used"])


def _next_number(shop: Supermarket) -> str:
    """The receipt's number: village code, then counting up without gaps. The row stays locked until the end."""
    Supermarket.objects.filter(pk=shop.pk).update(last_number=F("last_number") + 1)
    number = Supermarket.objects.values_list("last_number", flat=True).get(pk=shop.pk)
    return f"{shop.village.code}-{number:06d}"


def pick_up(*, actor: Actor, redemption: Redemption, card: HouseholdCard) -> Redemption:
    """Hand booked goods to whoever brings the card. Idempotent.

    Raises AccessDenied, RuleError (other household's card, expired, cancelled).
    """
    authorize(actor, SELL, redemption.supermarket.village.code)
    with transaction.atomic():
        household = _household(card, redemption.supermarket)
        row = lock_redemption(redemption)
        if row.household_id != household.pk:
            raise RuleError("这张卡不是预约的那一户")
        if row.state == rules.SOLD and row.expires_on is not None:
            return row
        now, day = timezone.now(), timezone.localdate()
        if row.state == rules.BOOKED and row.expires_on is not None and day > row.expires_on:
            raise RuleError(f"预约保留到 {row.expires_on:%m月%d日}，已经过期")
        if row.state == rules.BOOKED:
            require_day(Supermarket.objects.get(pk=row.supermarket_id).days, day)
        row.state = rules.REDEMPTION_STATES.move(row.state, "pick_up").target
        lines = list(row.lines.order_by("goods_id"))
        stock = lock_stock(line.goods_id for line in lines)
        paper = Paper(row.source, f"{household} 取预约 {row.number}", actor, day)
        for line in lines:
            move = rules.take(
                stock[line.goods_id].level, line.quantity, name=line.name, unit=line.unit, kept=line.quantity
            )
            move_stock(stock[line.goods_id], StockKind.SALE, move, paper, reserved=-line.quantity)
            line.fen = -move.value
            line.save(update_fields=["fen"])
        row.sold_at, row.handed_at = now, now
        row.goods_period = Period.month_of(day).key
        row.save(update_fields=["state", "sold_at", "handed_at", "goods_period"])
        record(actor=actor, action="points.pick_up", summary=f"预约取货 {row.number}：{household}", obj=row)
    return row


def hand_over(*, actor: Actor, redemption: Redemption) -> Redemption:
    """Note that the goods are in the household's hands. Idempotent. Raises AccessDenied, RuleError."""
    authorize(actor, SELL, redemption.supermarket.village.code)
    with transaction.atomic():
        row = lock_redemption(redemption)
        if row.state != rules.SOLD:
            raise RuleError(f"这张单子{row.get_state_display()}，不能交付")
        if row.handed_at is None:
            row.handed_at = timezone.now()
            row.save(update_fields=["handed_at"])
            record(actor=actor, action="points.hand_over", summary=f"交付 {row.number}", obj=row)
    return row


def lock_redemption(redemption: Redemption) -> Redemption:
    """The row, locked and fresh."""
    rows = Redemption.objects.select_for_update(of=("self",))
    return rows.select_related("supermarket__village__township", "household").get(pk=redemption.pk)


def entry_of(row: Redemption) -> PointsEntry:
    """The redemption's line in the points ledger."""
    return PointsEntry.objects.get(kind=EntryKind.REDEEM.value, source=row.source, reversal_of__isnull=True)
