"""Rules of the points supermarket (PNT-4), pure: stock with its value, baskets, the time for taking back. Money in fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cogov.common.errors import RuleError
from cogov.common.workflow import Transition, TransitionTable

FREE_CANCEL = timedelta(minutes=10)
BOOKING_DAYS = 7
MAX_LINE, MAX_LINES = 99, 30
WARN_BELOW, ALARM_BELOW = 100, 60  # per cent of the outstanding points that fund and stock cover (BEY-5)


class StockKind(StrEnum):
    """What moves goods."""

    PURCHASE = "purchase"
    SALE = "sale"
    CANCEL = "cancel"
    WRITE_OFF = "writeoff"
    COUNT = "count"


STOCK_LABELS = {
    StockKind.PURCHASE: "进货",
    StockKind.SALE: "兑换",
    StockKind.CANCEL: "撤销退回",
    StockKind.WRITE_OFF: "报损",
    StockKind.COUNT: "盘点差异",
}


class FundKind(StrEnum):
    """What moves the fund."""

    ALLOCATE = "allocate"
    WITHDRAW = "withdraw"
    PURCHASE = "purchase"
    SETTLE = "settle"
    REFUND = "refund"


FUND_LABELS = {
    FundKind.ALLOCATE: "拨入",
    FundKind.WITHDRAW: "收回",
    FundKind.PURCHASE: "进货付款",
    FundKind.SETTLE: "兑换结算",
    FundKind.REFUND: "撤销退回",
}


class FundMode(StrEnum):
    """When the fund pays: for purchases, or the shop's price at each redemption."""

    NONE = "none"
    PURCHASE = "purchase"
    SETTLE = "settle"


FUND_MODE_LABELS = {
    FundMode.NONE: "不从基金列支",
    FundMode.PURCHASE: "进货时付款",
    FundMode.SETTLE: "兑换时按成本价结算",
}

BOOKED, SOLD, CANCELLED, EXPIRED = "booked", "sold", "cancelled", "expired"
REDEMPTION_STATES = TransitionTable(
    {BOOKED: "待取货", SOLD: "已兑换", CANCELLED: "已撤销", EXPIRED: "逾期未取"},
    (
        Transition("pick_up", "取货", (BOOKED,), SOLD, "points.sell_goods"),
        Transition("cancel", "撤销", (BOOKED, SOLD), CANCELLED, "points.sell_goods"),
        Transition("expire", "逾期", (BOOKED,), EXPIRED),
    ),
)

SUBMITTED, CONFIRMED, REJECTED = "submitted", "confirmed", "rejected"
PAPER_STATES = TransitionTable(
    {SUBMITTED: "待复核", CONFIRMED: "已复核", REJECTED: "已退回"},
    (
        Transition("confirm", "复核通过", (SUBMITTED,), CONFIRMED, "points.confirm_stock"),
        Transition("reject", "退回", (SUBMITTED,), REJECTED, "points.confirm_stock"),
    ),
)


@dataclass(frozen=True, slots=True)
class Level:
    """Goods on the shelf: pieces, what they cost in fen, pieces kept for bookings."""

    quantity: int = 0
    value: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        return self.quantity - self.reserved


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a level, signed."""

    quantity: int
    value: int


def require_count(quantity: object, name: str, *, least: int = 1, most: int = MAX_LINE) -> int:
    """A whole number of pieces. Raises RuleError for fractions, signs and anything else."""
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise RuleError(f"“{name}”的数量应为整数")
    if not least <= quantity <= most:
        raise RuleError(f"“{name}”的数量应在 {least} 到 {most:,} 之间")
    return quantity


def cost_of(level: Level, quantity: int) -> int:
    """Cost in fen of ``quantity`` pieces at the average of the shelf, half up; the last piece takes what is left.

    >>> cost_of(Level(3, 1000), 1), cost_of(Level(2, 667), 2)
    (333, 667)
    """
    if quantity == level.quantity:
        return level.value
    return (2 * level.value * quantity + level.quantity) // (2 * level.quantity)


def take(level: Level, quantity: int, *, name: str, unit: str, kept: int = 0) -> Move:
    """Goods leave the shelf. ``kept`` pieces come from the booking itself. Raises RuleError when too few are free."""
    free = level.free + kept
    if quantity > free:
        if free <= 0:
            raise RuleError(f"“{name}”已经兑完，本次没有兑换")
        raise RuleError(f"“{name}”只剩 {free} {unit}，不够 {quantity} {unit}，本次没有兑换")
    return Move(-quantity, -cost_of(level, quantity))


def counted(level: Level, found: int, *, reference: int) -> Move:
    """The move from the books to what was counted; surplus is worth the average, or ``reference`` fen a piece."""
    change = found - level.quantity
    if change <= 0:
        return Move(change, -cost_of(level, -change) if level.quantity else 0)
    if level.quantity:
        return Move(change, (2 * level.value * change + level.quantity) // (2 * level.quantity))
    return Move(change, change * reference)


def free_to_cancel(sold_at: datetime, now: datetime) -> bool:
    """Whether the keeper may take a sale back alone. A clock that was moved back does not lengthen the time."""
    return timedelta(0) <= now - sold_at <= FREE_CANCEL


def require_basket(quantities: Mapping[int, object], names: Mapping[int, str]) -> dict[int, int]:
    """Pieces by goods, in the order of their keys. Raises RuleError: empty, too long, foreign goods, not whole."""
    if not quantities:
        raise RuleError("请先选择商品")
    if len(quantities) > MAX_LINES:
        raise RuleError(f"一次最多兑换 {MAX_LINES} 种商品")
    missing = [key for key in quantities if key not in names]
    if missing:
        raise RuleError("有商品已经下架或没有定价，请刷新后重选")
    return {key: require_count(quantities[key], names[key]) for key in sorted(quantities)}


def require_cap(cap: int | None, used: int, points: int, *, each: str = "户") -> None:
    """The cap of one day for a household, a person or a group (``each``), in points. Raises RuleError."""
    if cap is not None and used + points > cap:
        raise RuleError(f"每{each}每天最多兑换 {cap} 分，今天已兑换 {used} 分，本次 {points} 分，超过上限")


def percent(part: int, whole: int) -> int:
    """Whole per cent, rounded down: cover is never shown better than it is. 100 when nothing has to be covered."""
    return part * 100 // whole if whole else 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a reconciliation: two figures that must be the same."""

    part: str
    label: str
    books: int
    papers: int
    money: bool = False

    @property
    def difference(self) -> int:
        return self.books - self.papers

    @property
    def holds(self) -> bool:
        return self.books == self.papers


def differences(lines: Iterable[Line]) -> list[Line]:
    """The lines that do not hold."""
    return [line for line in lines if not line.holds]
