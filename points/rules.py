"""The arithmetic of points: caps, what an entry does to an account, ranking. Pure; points are whole numbers.

Every result carries its steps in Chinese that a resident can read (domain.md section 0).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from cogov.common.errors import RuleError


class EntryKind(StrEnum):
    """What an entry of the ledger does."""

    EARN = "earn"
    BASE = "base"
    DEDUCT = "deduct"
    REDEEM = "redeem"
    REVERSE = "reverse"
    CARRY = "carry"
    CLEAR = "clear"


KIND_LABELS: dict[str, str] = {
    EntryKind.EARN: "得分",
    EntryKind.BASE: "基础分",
    EntryKind.DEDUCT: "扣分",
    EntryKind.REDEEM: "兑换",
    EntryKind.REVERSE: "冲正",
    EntryKind.CARRY: "结转",
    EntryKind.CLEAR: "清零",
}
MAX_QUANTITY = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule says: points per unit (always positive), whether it deducts, caps in points per household."""

    name: str
    unit: str
    points: int
    deducts: bool = False
    cap_day: int | None = None
    cap_month: int | None = None
    cap_year: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """Points that the household has already been awarded under the rule within the day, month and year."""

    day: int = 0
    month: int = 0
    year: int = 0

    def plus(self, points: int) -> Used:
        return Used(self.day + points, self.month + points, self.year + points)


@dataclass(frozen=True, slots=True)
class Award:
    """Signed points of one record and how they came about."""

    points: int
    steps: tuple[str, ...]

    @property
    def text(self) -> str:
        return "；".join(self.steps)


def require_quantity(quantity: int) -> int:
    """A whole number from 1 to MAX_QUANTITY. Raises RuleError."""
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise RuleError("数量应为整数")
    if not 1 <= quantity <= MAX_QUANTITY:
        raise RuleError(f"数量应在 1 到 {MAX_QUANTITY} 之间")
    return quantity


def award(terms: Terms, quantity: int, used: Used = Used(), honoured: int | None = None) -> Award:
    """Points for ``quantity`` units after ``used`` (PNT-1). A cap that is hit half way gives the rest.

    ``honoured`` are the points that the household already has this year for an honour of the same kind: only the highest
    counts (PNT-8), so a higher one gives the difference. None: the rule is no such honour.

    >>> award(Terms("打扫公共巷道", "次", 5, cap_month=20), 2, Used(month=15)).text
    '打扫公共巷道 2 次 × 5 分 = 10 分;本月上限 20 分,已得 15 分,计 5 分'
    """
    require_quantity(quantity)
    full = quantity * terms.points
    product = f"{terms.name} {quantity} {terms.unit} × {terms.points} 分 = {full} 分"
    if terms.deducts:
        return Award(-full, (f"{product}，扣 {full} 分",))
    steps, counted = [product], full
    if honoured:
        counted = max(full - honoured, 0)
        steps.append(f"同类荣誉本年已计 {honoured} 分，只计最高一项，补差 {counted} 分")
    for label, cap, taken in (
        ("当日", terms.cap_day, used.day),
        ("本月", terms.cap_month, used.month),
        ("本年", terms.cap_year, used.year),
    ):
        if cap is None:
            continue
        left = max(cap - taken, 0)
        if left < counted:
            counted = left
            steps.append(f"{label}上限 {cap} 分，已得 {taken} 分，计 {counted} 分")
    return Award(counted, tuple(steps))


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """The redeemable balance and what is still owed from reversals that the balance could not bear."""

    balance: int = 0
    owed: int = 0

    def after(self, change: Change) -> AccountFigures:
        return AccountFigures(self.balance + change.points, self.owed + change.owed)


@dataclass(frozen=True, slots=True)
class Change:
    """Effect of an entry: on the balance, on the ranking score (PNT-6), on what is owed."""

    points: int
    score: int
    owed: int = 0
    steps: tuple[str, ...] = ()


def change_of(account: AccountFigures, kind: EntryKind, points: int) -> Change:
    """What an entry of ``points`` (signed as the person reads it) does. Raises RuleError.

    Earnings first pay what is owed; a deduction takes no more than the balance but lowers the score fully;
    a redemption never overdraws (PNT-3). Reversals: :func:`reversal_of`.
    """
    match kind:
        case EntryKind.EARN | EntryKind.BASE:
            if points < 0:
                raise RuleError("得分不能是负数")
            paid = min(account.owed, points)
            steps = (f"其中 {paid} 分抵扣此前冲正未扣足的部分",) if paid else ()
            return Change(points - paid, points, -paid, steps)
        case EntryKind.DEDUCT:
            if points > 0:
                raise RuleError("扣分不能是正数")
            taken = min(account.balance, -points)
            steps = (f"可用积分只有 {account.balance} 分，扣到零为止",) if taken < -points else ()
            return Change(-taken, points, 0, steps)
        case EntryKind.REDEEM:
            if points >= 0:
                raise RuleError("兑换的积分应大于零")
            if account.balance + points < 0:
                raise RuleError(f"积分不够：需要 {-points} 分，现有 {account.balance} 分")
            return Change(points, 0)
        case EntryKind.CARRY | EntryKind.CLEAR:
            if account.balance + points < 0:
                raise RuleError(f"结转不能使积分低于零：现有 {account.balance} 分")
            return Change(points, 0)
        case EntryKind.REVERSE:
            raise RuleError("冲正须指明所冲的那一笔")


def plain_change(kind: EntryKind, points: int) -> Change:
    """The change on any account that owes nothing and bears ``points``: the same for all of them. Raises RuleError."""
    return change_of(AccountFigures(max(0, -points), 0), kind, points)


def reversal_of(account: AccountFigures, reversed_change: Change) -> Change:
    """The change that takes back ``reversed_change``; what the balance cannot bear is owed from later earnings."""
    points, owed = -reversed_change.points, -reversed_change.owed
    steps: tuple[str, ...] = ()
    short = -(account.balance + points)
    if short > 0:
        points, owed = points + short, owed + short
        steps = (f"可用积分只有 {account.balance} 分，余下 {short} 分从以后的得分中扣",)
    return Change(points, -reversed_change.score, owed, steps)


def year_end_change(policy: str, balance: int) -> Award:
    """What the year's end does to a balance (PNT-6): "carry", "halve" (an odd point stays) or "clear".

    >>> year_end_change("halve", 25).points
    -12
    """
    match policy:
        case "carry":
            return Award(0, (f"结转 {balance} 分",))
        case "halve":
            return Award(-(balance // 2), (f"积分减半结转：{balance} 分的一半 {balance // 2} 分清去",))
        case "clear":
            return Award(-balance, (f"积分清零：{balance} 分清去",))
    raise ValueError(policy)


K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Ranked(Generic[K]):
    """A key with its score and rank; equal scores share a rank (1, 2, 2, 4)."""

    key: K
    score: int
    rank: int


def rank(scores: Iterable[tuple[K, int]]) -> list[Ranked[K]]:
    """Highest first; ties keep the order in which they came, and share the rank (PNT-5)."""
    ordered = sorted(scores, key=lambda pair: -pair[1])
    result: list[Ranked[K]] = []
    for place, (key, score) in enumerate(ordered, start=1):
        same = bool(result) and result[-1].score == score
        result.append(Ranked(key, score, result[-1].rank if same else place))
    return result
