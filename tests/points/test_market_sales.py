"""Redeeming, booking and taking back: exact figures, and nothing changed by what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from cogov.common.workflow import TransitionError
from points.ledger_checks import verify_all
from points.models import FundEntry, PointsEntry, Redemption, StockEntry
from points.services.ledger import reverse_entry
from points.services.market import cancelling, keeping, redeeming
from tests.factories.access import user_with
from tests.factories.market import PIN, Market, key, market
from tests.factories.villages import SYSTEM
from villages.models import Household, HouseholdCard
from villages.services import cancel_household
from villages.services.pins import check_pin, set_pin, unlock_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-20 09:00")
    return market()


def state(shop: Market) -> tuple[Any, ...]:
    """Everything that a refusal must leave alone."""
    return (
        shop.balance(0),
        shop.balance(1),
        shop.stock(),
        PointsEntry.objects.count(),
        StockEntry.objects.count(),
        FundEntry.objects.count(),
        list(Redemption.objects.order_by("pk").values_list("pk", "state")),
    )


def test_points_and_goods_fall_together(shop: Market) -> None:
    row = shop.sell(2, 3)
    assert (row.points, row.balance_after, row.state, row.period) == (69, 31, "sold", "2026-11")
    assert row.number == f"{shop.place.village.code}-000001"
    assert shop.balance() == 31
    assert shop.stock() == [(8, 22400, 0), (37, 9250, 0), (5, 7500, 0)]
    assert list(row.lines.values_list("name", "quantity", "points_each", "fen")) == [
        ("大米", 2, 30, 5600),
        ("食盐", 3, 3, 750),
    ]
    entry = PointsEntry.objects.get(source=row.source)
    assert (entry.kind, entry.points, entry.score) == ("redeem", -69, 0)
    assert (
        AuditEvent.objects.filter(action="points.redeem_goods").get().village_code == shop.place.village.code
    )
    assert shop.sell(0, 1).number.endswith("-000002")
    assert verify_all() == []


def test_the_same_key_sells_once(shop: Market) -> None:
    first = shop.sell(1, key="once")
    assert shop.sell(1, key="once") == first
    assert shop.sell(3, key="once", pin="000000") == first
    assert (shop.balance(), Redemption.objects.count()) == (70, 1)
    before = state(shop)
    with pytest.raises(ConflictError, match="另一户"):
        shop.sell(1, key="once", index=1)
    assert state(shop) == before


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ((4,), "积分不够：需要 120 分，现有 100 分"),
        ((0, 0, 6), "积分不够：需要 120 分"),
        ((), "请先选择商品"),
        ((-1,), "应在 1 到 99 之间"),
        ((1.5,), "应为整数"),
    ],
)
def test_refused_baskets_change_nothing(shop: Market, pieces: tuple[Any, ...], message: str) -> None:
    before = state(shop)
    with pytest.raises(RuleError, match=message):
        shop.sell(*pieces)
    assert state(shop) == before


def test_too_few_on_the_shelf(shop: Market) -> None:
    shop.give(200)
    before = state(shop)
    with pytest.raises(RuleError, match="“洗衣液”只剩 5 瓶，不够 6 瓶，本次没有兑换"):
        shop.sell(1, 0, 6)
    assert state(shop) == before


def test_goods_of_others_hidden_or_unpriced(shop: Market) -> None:
    keeping.save_goods(actor=shop.place.cadre, instance=shop.goods[0], data={"active": False})
    before = state(shop)
    with pytest.raises(RuleError, match="已经下架或没有定价"):
        shop.sell(1)
    with pytest.raises(RuleError, match="已经下架或没有定价"):
        shop.sell(basket={999_999: 1})
    assert state(shop) == before


def test_price_changed_under_the_page(shop: Market) -> None:
    price = keeping.propose_price(
        actor=shop.place.cadre, goods=shop.goods[0], points=35, cost_fen=3000, reason="进价上涨"
    )
    with pytest.raises(RuleError, match="提出人不能复核"):
        keeping.decide_price(actor=shop.place.cadre, price=price, approve=True)
    assert shop.sell(1, expected_points=30).points == 30
    keeping.decide_price(actor=shop.place.secretary, price=price, approve=True)
    before = state(shop)
    with pytest.raises(ConflictError, match="现在共需 35 分"):
        shop.sell(1, expected_points=30)
    assert state(shop) == before


def test_daily_cap_counts_what_stands(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-20 09:00")
    shop = market(daily_cap=60)
    first = shop.sell(1)
    before = state(shop)
    with pytest.raises(RuleError, match="每户每天最多兑换 60 分，今天已兑换 30 分，本次 33 分"):
        shop.sell(1, 1)
    assert state(shop) == before
    cancelling.cancel(actor=shop.keeper, redemption=first, reason="拿错了")
    shop.sell(2)
    travel_to("2026-11-21 09:00")
    shop.sell(1)
    assert shop.balance() == 10


def test_cards_that_are_worthless(shop: Market) -> None:
    Household.objects.filter(pk=shop.place.households[0].pk).update(
        state="cancelled", cancelled_on="2026-11-01"
    )
    before = state(shop)
    with pytest.raises(RuleError, match="已经注销"):
        shop.sell(1)
    assert state(shop) == before
    from villages.services.cards import reissue_card

    reissue_card(actor=shop.place.secretary, household=shop.place.households[1], reason="丢失")
    with pytest.raises(RuleError, match="已经作废"):
        shop.sell(1, index=1)
    assert state(shop) == before


def test_card_of_another_village(shop: Market) -> None:
    from tests.factories.villages import HouseholdFactory
    from villages.services.cards import issue_card

    foreign = issue_card(actor=SYSTEM, household=HouseholdFactory())
    HouseholdCard.objects.filter(pk=foreign.pk).update(
        pin_hash=HouseholdCard.objects.get(pk=shop.cards[0].pk).pin_hash
    )
    before = state(shop)
    with pytest.raises(RuleError, match="不能在板坑村积分超市兑换"):
        shop.sell(1, card=foreign)
    assert state(shop) == before


@pytest.mark.parametrize("role", [Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.AUDITOR, Role.GRID_WORKER])
def test_only_keepers_sell(shop: Market, role: Role) -> None:
    code = shop.place.groups[0].code if role == Role.GRID_WORKER else shop.place.village.code
    before = state(shop)
    with pytest.raises(AccessDenied):
        shop.sell(1, actor=user_with(role, code))
    with pytest.raises(AccessDenied):
        shop.sell(1, actor=user_with(Role.KEEPER, "421223199001"))
    assert state(shop) == before


# --- PIN ------------------------------------------------------------------------------------------------------


def test_five_wrong_pins_lock_until_staff_unlock(shop: Market) -> None:
    before = state(shop)
    for left in (4, 3, 2, 1):
        with pytest.raises(redeeming.WrongPin, match=f"还可以试 {left} 次") as error:
            shop.sell(1, pin="111111")
        assert not error.value.locked
    with pytest.raises(redeeming.WrongPin, match="已锁定") as locked:
        shop.sell(1, pin="111111")
    assert locked.value.locked
    with pytest.raises(redeeming.WrongPin, match="已锁定"):
        shop.sell(1)
    assert state(shop) == before
    with pytest.raises(AccessDenied):
        unlock_card(actor=shop.keeper, card=shop.cards[0], reason="本人到场")
    unlock_card(actor=shop.place.secretary, card=shop.cards[0], reason="本人到场")
    assert shop.sell(1).points == 30


def test_a_right_pin_forgets_the_wrong_ones(shop: Market) -> None:
    for _ in range(4):
        assert not check_pin(card=shop.cards[0], pin="999000").ok
    assert check_pin(card=shop.cards[0], pin=PIN).ok
    for _ in range(4):
        assert not check_pin(card=shop.cards[0], pin="999000").locked


def test_setting_a_pin_takes_two(shop: Market) -> None:
    card, cadre = shop.cards[0], shop.place.cadre
    old = HouseholdCard.objects.get(pk=card.pk).pin_hash
    assert PIN not in old
    with pytest.raises(RuleError, match="另一位"):
        set_pin(actor=shop.keeper, card=card, pin="730519", witness=shop.keeper)
    with pytest.raises(RuleError, match="没有在本村任职"):
        set_pin(
            actor=shop.keeper, card=card, pin="730519", witness=user_with(Role.VILLAGE_CADRE, "421223199001")
        )
    for weak in ("111111", "123456", "987654", "12345", "１２３４５６", "abcdef"):
        with pytest.raises(InputError):
            set_pin(actor=shop.keeper, card=card, pin=weak, witness=cadre)
    assert HouseholdCard.objects.get(pk=card.pk).pin_hash == old
    set_pin(actor=shop.keeper, card=card, pin="730519", witness=cadre)
    event = AuditEvent.objects.filter(action="villages.set_card_pin").first()
    assert event is not None
    assert event.comment == f"见证人：{cadre.audit_name}"
    assert "730519" not in str(event.__dict__)
    assert shop.sell(1, pin="730519").points == 30


# --- taking back ------------------------------------------------------------------------------------------------


def test_taking_back_within_ten_minutes(shop: Market, travel_to: Callable[[str], None]) -> None:
    before = (shop.balance(), shop.stock())
    row = shop.sell(2, 3)
    travel_to("2026-11-20 09:10")
    done = cancelling.cancel(actor=shop.keeper, redemption=row, reason="拿错了")
    told = PointsEntry.objects.get(kind="reverse").reason
    assert told == f"退货：大米×2、食盐×3，积分退回（拿错了，单号{row.number}）"
    assert (done.state, done.cancel_period, done.second_name) == ("cancelled", "2026-11", "")
    assert (shop.balance(), shop.stock()) == before
    assert cancelling.cancel(actor=shop.keeper, redemption=row, reason="再点一次").state == "cancelled"
    assert PointsEntry.objects.filter(kind="reverse").count() == 1
    assert verify_all() == []


def test_taking_back_later_takes_a_second_person(shop: Market, travel_to: Callable[[str], None]) -> None:
    row = shop.sell(1)
    travel_to("2026-11-20 09:11")
    before = state(shop)
    for second, message in (
        (None, "另一位工作人员在场"),
        (shop.keeper, "须是另一位"),
        (user_with(Role.KEEPER, shop.place.village.code), "没有同意撤销的权限"),
    ):
        with pytest.raises(RuleError, match=message):
            cancelling.cancel(actor=shop.keeper, redemption=row, reason="质量问题", second=second)
    with pytest.raises(RuleError, match="原因"):
        cancelling.cancel(actor=shop.keeper, redemption=row, reason=" ", second=shop.place.cadre)
    assert state(shop) == before
    travel_to("2026-11-20 08:00")
    with pytest.raises(RuleError, match="超过 10 分钟"):
        cancelling.cancel(actor=shop.keeper, redemption=row, reason="时钟拨回")
    done = cancelling.cancel(actor=shop.keeper, redemption=row, reason="质量问题", second=shop.place.cadre)
    assert (done.second_name, shop.balance()) == (shop.place.cadre.audit_name, 100)
    assert verify_all() == []


def test_points_of_a_sale_are_not_reversed_alone(shop: Market) -> None:
    row = shop.sell(1)
    before = state(shop)
    with pytest.raises(RuleError, match="柜台撤销"):
        reverse_entry(actor=shop.place.secretary, entry=redeeming.entry_of(row), reason="弄错了")
    assert state(shop) == before


def test_handing_over(shop: Market) -> None:
    row = shop.sell(1)
    assert row.handed_at is None
    first = redeeming.hand_over(actor=shop.keeper, redemption=row)
    assert redeeming.hand_over(actor=shop.keeper, redemption=row).handed_at == first.handed_at
    cancelling.cancel(actor=shop.keeper, redemption=row, reason="拿错了")
    with pytest.raises(RuleError, match="已撤销"):
        redeeming.hand_over(actor=shop.keeper, redemption=row)


# --- booking ----------------------------------------------------------------------------------------------------


def test_booking_keeps_goods_and_takes_points(shop: Market, travel_to: Callable[[str], None]) -> None:
    row = shop.book(0, 0, 5)
    assert (row.state, str(row.expires_on), shop.balance()) == ("booked", "2026-11-27", 0)
    assert shop.stock()[2] == (5, 7500, 5)
    with pytest.raises(RuleError, match="“洗衣液”已经兑完"):
        shop.sell(0, 0, 1, index=1)
    assert verify_all() == []
    with pytest.raises(RuleError, match="不是预约的那一户"):
        redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[1])
    travel_to("2026-11-27 10:00")
    done = redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0])
    assert (done.state, done.goods_period, shop.stock()[2]) == ("sold", "2026-11", (0, 0, 0))
    assert redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0]).state == "sold"
    assert verify_all() == []


def test_bookings_expire(shop: Market, travel_to: Callable[[str], None]) -> None:
    row = shop.book(2)
    assert cancelling.expire_bookings(actor=SYSTEM) == 0
    travel_to("2026-11-28 00:10")
    with pytest.raises(RuleError, match="已经过期"):
        redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0])
    assert cancelling.expire_bookings(actor=SYSTEM) == 1
    assert cancelling.expire_bookings(actor=SYSTEM) == 0
    row.refresh_from_db()
    assert (row.state, shop.balance(), shop.stock()[0]) == ("expired", 100, (10, 28000, 0))
    told = PointsEntry.objects.get(kind="reverse").reason
    assert told == f"预约逾期未取：大米×2，积分退回（单号{row.number}）"
    with pytest.raises(TransitionError):
        cancelling.cancel(actor=shop.keeper, redemption=row, reason="晚了")
    assert verify_all() == []


# --- the fund -----------------------------------------------------------------------------------------------------


def test_the_fund_settles_with_the_sale(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-20 09:00")
    shop = market(fund_mode="settle")
    fund = shop.shop.fund
    assert fund is not None
    row = shop.sell(2, 1)
    fund.refresh_from_db()
    assert (row.settle_fen, fund.balance_fen) == (5850, 94150)
    cancelling.cancel(actor=shop.keeper, redemption=row, reason="拿错了")
    fund.refresh_from_db()
    assert fund.balance_fen == 100000
    assert verify_all() == []


def test_an_empty_fund_sells_nothing(travel_to: Callable[[str], None]) -> None:
    from points.services.market import funding

    travel_to("2026-11-20 09:00")
    shop = market(fund_mode="settle")
    assert shop.shop.fund is not None
    paper = funding.submit_fund_paper(
        actor=shop.place.secretary, fund=shop.shop.fund, kind="withdraw", fen=98_000, origin="退回镇财政"
    )
    with pytest.raises(RuleError, match="登记人不能复核"):
        funding.decide_fund_paper(actor=shop.place.secretary, paper=paper, approve=True)
    funding.decide_fund_paper(actor=shop.place.cadre, paper=paper, approve=True)
    before = state(shop)
    with pytest.raises(RuleError, match=r"余额 20\.00 元，不够支付 28\.00 元"):
        shop.sell(1)
    assert state(shop) == before


def test_purchases_from_the_fund(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-20 09:00")
    shop = market(fund_mode="purchase")
    assert shop.shop.fund is not None
    shop.shop.fund.refresh_from_db()
    assert shop.shop.fund.balance_fen == 100000 - 28000 - 10000 - 7500
    before = state(shop)
    paper = keeping.submit_paper(
        actor=shop.keeper,
        supermarket=shop.shop,
        kind="purchase",
        lines=[keeping.PaperLine(shop.goods[0], 100, 54_501)],
        supplier="供销社",
        key=key(),
    )
    with pytest.raises(RuleError, match="不够支付"):
        keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    paper.refresh_from_db()
    assert (paper.state, state(shop)) == ("submitted", before)


def test_the_hourly_task_and_the_command_expire(
    shop: Market, travel_to: Callable[[str], None], capsys: Any
) -> None:
    from django.core.management import call_command

    from cogov.celery import app
    from points.tasks import expire_bookings

    shop.book(1)
    travel_to("2026-11-28 00:10")
    expire_bookings()
    assert (shop.balance(), shop.stock()[0]) == (100, (10, 28000, 0))
    shop.book(1)
    travel_to("2026-12-10 00:10")
    call_command("expire_bookings")
    assert (shop.balance(), capsys.readouterr().out) == (100, "退回 1 份逾期预约\n")
    assert "points.expire_bookings" in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_household_with_a_booking_cannot_be_cancelled(shop: Market) -> None:
    shop.book(1)
    household = Redemption.objects.get().household
    before = state(shop)
    with pytest.raises(RuleError, match="积分超市有 1 张预订单还没有取货或取消"):
        cancel_household(actor=SYSTEM, household=household, reason="全家迁出")
    household.refresh_from_db()
    assert household.is_active
    assert state(shop) == before
