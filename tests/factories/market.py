"""A shop with goods on the shelf, a fund, and households whose cards have a PIN."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from cogov.access.models import User
from cogov.access.roles import Role
from points.models import Goods, Redemption, RedemptionFund, Supermarket
from points.rules import EntryKind
from points.services.ledger import post_entry
from points.services.market import funding, keeping, redeeming
from points.services.market.keeping import PaperLine
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.support.worlds import kept
from villages.models import HouseholdCard, Village
from villages.services.cards import issue_card
from villages.services.pins import set_pin

PIN = "840217"
# name, unit, points, cost in fen, pieces bought
SHELF = (("大米", "袋", 30, 2800, 10), ("食盐", "包", 3, 250, 40), ("洗衣液", "瓶", 20, 1500, 5))


def key() -> str:
    return uuid.uuid4().hex


@dataclass
class Market:
    """Everything that the counter needs."""

    place: Setting
    keeper: User
    shop: Supermarket
    goods: list[Goods]
    cards: list[HouseholdCard]

    def give(self, points: int, index: int = 0) -> None:
        """Points for a household."""
        post_entry(
            actor=SYSTEM,
            household=self.place.households[index],
            kind=EntryKind.EARN,
            points=points,
            source=f"test:{key()}",
            reason="得分",
        )

    def basket(self, *pieces: int) -> dict[int, int]:
        """Pieces of the goods in the order of the shelf; zeros are left out."""
        return {goods.pk: n for goods, n in zip(self.goods, pieces, strict=False) if n}

    def sell(self, *pieces: int, index: int = 0, **changes: Any) -> Redemption:
        return redeeming.redeem(**self._call(pieces, index, changes))

    def book(self, *pieces: int, index: int = 0, **changes: Any) -> Redemption:
        return redeeming.book(**self._call(pieces, index, changes))

    def _call(self, pieces: tuple[int, ...], index: int, changes: dict[str, Any]) -> dict[str, Any]:
        values = {
            "actor": self.keeper,
            "supermarket": self.shop,
            "card": self.cards[index],
            "pin": PIN,
            "basket": self.basket(*pieces),
            "key": key(),
        }
        return values | changes

    def balance(self, index: int = 0) -> int:
        from points.models import PointsAccount

        row = PointsAccount.objects.filter(household=self.place.households[index]).first()
        return row.balance if row else 0

    def stock(self) -> list[tuple[int, int, int]]:
        """(pieces, fen, kept) of every good."""
        from points.models import Stock

        rows = {s.goods_id: s for s in Stock.objects.all()}
        return [(rows[g.pk].quantity, rows[g.pk].value_fen, rows[g.pk].reserved) for g in self.goods]


def priced(market_place: Setting, shop: Supermarket, name: str, unit: str, points: int, cost: int) -> Goods:
    """A good with an approved price."""
    goods = keeping.save_goods(
        actor=market_place.cadre,
        instance=None,
        data={
            "supermarket": shop,
            "name": name,
            "category": "日用",
            "unit": unit,
            "low_stock": 3,
            "active": True,
        },
    )
    price = keeping.propose_price(
        actor=market_place.cadre, goods=goods, points=points, cost_fen=cost, reason="首次定价"
    )
    keeping.decide_price(actor=market_place.secretary, price=price, approve=True)
    goods.refresh_from_db()
    return goods


def fund_of(place: Setting, fen: int = 1_000_00) -> RedemptionFund:
    """The village's fund with money in it."""
    fund = funding.save_fund(
        actor=place.secretary, instance=None, data={"village": place.village, "name": "板坑村兑换基金"}
    )
    if fen:
        paper = funding.submit_fund_paper(
            actor=place.secretary, fund=fund, kind="allocate", fen=fen, origin="村集体经济收入"
        )
        funding.decide_fund_paper(actor=place.cadre, paper=paper, approve=True)
        fund.refresh_from_db()
    return fund


@kept
def market(*, households: int = 2, points: int = 100, fund_mode: str = "none", **settings: Any) -> Market:
    """A shop with three goods bought for 418 yuan; every household has ``points`` and a card with :data:`PIN`."""
    place = setting(households=households)
    keeper = user_with(Role.KEEPER, place.village.code, full_name="李管理员")
    fund = fund_of(place) if fund_mode != "none" else None
    shop = keeping.save_supermarket(
        actor=place.secretary,
        instance=None,
        data={
            "village": place.village,
            "name": "板坑村积分超市",
            "fund": fund,
            "fund_mode": fund_mode,
            "active": True,
            **settings,
        },
    )
    goods = [priced(place, shop, name, unit, points, cost) for name, unit, points, cost, _ in SHELF]
    paper = keeping.submit_paper(
        actor=keeper,
        supermarket=shop,
        kind="purchase",
        lines=[
            PaperLine(row, pieces, pieces * cost)
            for row, (_, _, _, cost, pieces) in zip(goods, SHELF, strict=True)
        ],
        supplier="崇阳县供销社",
        key=key(),
    )
    keeping.decide_paper(actor=place.secretary, paper=paper, approve=True)
    cards = [issue_card(actor=place.secretary, household=home) for home in place.households]
    for card in cards:
        set_pin(actor=keeper, card=card, pin=PIN, witness=place.cadre)
    made = Market(place, keeper, shop, goods, cards)
    if points:
        for index in range(households):
            made.give(points, index)
    return made


def sample_sale(village: Village) -> Redemption:
    """The village's newest sale; where there is none, a shop, a good and a sale are made."""
    found = Redemption.objects.filter(supermarket__village=village).order_by("-pk").first()
    if found is not None:
        return found
    shop = Supermarket.objects.filter(village=village).first() or keeping.save_supermarket(
        actor=SYSTEM, instance=None, data={"village": village, "name": f"{village}积分超市", "active": True}
    )
    goods = Goods.objects.filter(supermarket=shop, points__isnull=False).first()
    if goods is None:
        goods = keeping.save_goods(
            actor=SYSTEM,
            instance=None,
            data={"supermarket": shop, "name": "毛巾", "category": "日用", "unit": "条", "active": True},
        )
        price = keeping.propose_price(actor=SYSTEM, goods=goods, points=8, cost_fen=700, reason="首次定价")
        keeping.decide_price(actor=SYSTEM, price=price, approve=True)
        goods.refresh_from_db()
    paper = keeping.submit_paper(
        actor=SYSTEM,
        supermarket=shop,
        kind="purchase",
        lines=[PaperLine(goods, 5)],
        supplier="供销社",
        key=key(),
    )
    keeping.decide_paper(actor=SYSTEM, paper=paper, approve=True)
    household = village.households.order_by("pk").first()
    assert household is not None
    post_entry(
        actor=SYSTEM,
        household=household,
        kind=EntryKind.EARN,
        points=goods.points or 0,
        source=f"test:{key()}",
        reason="得分",
    )
    card = household.cards.filter(revoked_at__isnull=True).first() or issue_card(
        actor=SYSTEM, household=household
    )
    set_pin(actor=SYSTEM, card=card, pin=PIN, witness=user_with(Role.VILLAGE_CADRE, village.code))
    return redeeming.redeem(
        actor=SYSTEM, supermarket=shop, card=card, pin=PIN, basket={goods.pk: 1}, key=key()
    )
