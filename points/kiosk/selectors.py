"""What the kiosk reads: to a card its household, masked; to a screen its village; to nobody anything else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from notices import selectors as notice_selectors
from notices.models import Notice
from points.kiosk.services import AHEAD, IDLE, LONGEST
from points.market_rules import BOOKED, MAX_LINE, SOLD
from points.models import Goods, KioskDevice, KioskSession, PointsAccount, Redemption, Supermarket
from points.selectors.market import shelf
from villages.models import Household, HouseholdState, Village


def device_of(secret: str) -> KioskDevice | None:
    """The enrolled screen with this secret, unless it was taken out of service."""
    if not secret:
        return None
    rows = KioskDevice.objects.filter(secret_hash=keyed_hash(secret, "kiosk-device"), revoked_at__isnull=True)
    return rows.select_related("village").first()


def live_session(key: str) -> KioskSession | None:
    """The running visit of this key: not ended, not silent for long, its card still valid."""
    if not key:
        return None
    now = timezone.now()
    visit = (
        KioskSession.objects.filter(
            key_hash=keyed_hash(key, "kiosk-session"),
            ended_at__isnull=True,
            last_seen_at__gt=now - IDLE,
            opened_at__range=(now - LONGEST, now + AHEAD),
            card__revoked_at__isnull=True,
        )
        .exclude(card__household__state=HouseholdState.CANCELLED)
        .select_related("card__household__village__township", "card__household__group")
        .first()
    )
    return visit if visit is not None and not visit.card.household.gone else None


def current_notice(village: Village, pk: int) -> Notice | None:
    """One notice that hangs in the village now."""
    return notice_selectors.current_notices(village).filter(pk=pk).select_related("snapshot").first()


def shop_of(village: Village) -> Supermarket | None:
    """The village's shop while it is open for business."""
    return Supermarket.objects.filter(village=village, active=True).select_related("village").first()


@dataclass(frozen=True, slots=True)
class Means:
    """What a household may spend at the shop now: its balance, the shop's cap of a day, what it has used of it."""

    balance: int
    cap: int | None
    used: int

    @property
    def left(self) -> int:
        """Points for this moment."""
        return self.balance if self.cap is None else max(0, min(self.balance, self.cap - self.used))

    @property
    def cap_left(self) -> int | None:
        """What the cap still allows today; None without a cap."""
        return None if self.cap is None else max(0, self.cap - self.used)


def means_of(household: Household, shop: Supermarket) -> Means:
    """The household's means at this shop today."""
    account = PointsAccount.objects.filter(household=household).first()
    today = Redemption.objects.filter(
        household=household, day=timezone.localdate(), state__in=(BOOKED, SOLD)
    ).aggregate(used=Sum("points", default=0))
    return Means(account.balance if account else 0, shop.daily_cap, int(today["used"]))


@dataclass(frozen=True, slots=True)
class Offer:
    """A good on the shelf for one household: how many it could book now, or why none."""

    goods: Goods
    free: int
    most: int
    hindrance: str


def offer_of(goods: Goods, means: Means) -> Offer:
    """What the household can do with this good."""
    stock = getattr(goods, "stock", None)
    free, price = (stock.free if stock else 0), goods.points or 0
    most = max(0, min(free, means.left // price, MAX_LINE)) if price else 0
    if most:
        return Offer(goods, free, most, "")
    if free <= 0:
        return Offer(goods, free, 0, "已经兑完")
    if means.balance < price:
        return Offer(goods, free, 0, f"还差 {price - means.balance} 分")
    return Offer(goods, free, 0, f"今天还能兑 {means.cap_left} 分")


def offers_of(shop: Supermarket, means: Means) -> list[Offer]:
    """The whole shelf."""
    return [offer_of(goods, means) for goods in shelf(shop)]
