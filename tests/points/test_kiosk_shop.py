"""Booking at the kiosk: price, stock, cap, confirm, give up. Nothing is lost or doubled, and the person reads what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cogov.audit.models import AuditEvent
from points.ledger_checks import verify_all
from points.models import KioskSession, Redemption
from points.services.market import cancelling, redeeming
from tests.factories.kiosk import with_card, with_pin
from tests.factories.market import PIN, Market, key, market
from tests.factories.points import setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-20 09:00")
    return market(daily_cap=70, address="村委会一楼")


@pytest.fixture
def kiosk(shop: Market) -> Client:
    return with_pin(shop.cards[0])


def confirm(client: Client, shop: Market, quantity: int, good: int = 0, **changes: Any) -> Any:
    """Press "确认预约" for so many pieces."""
    goods = shop.goods[good]
    values = {"key": key(), "quantity": quantity, "expected": quantity * (goods.points or 0)}
    return client.post(f"/kiosk/shop/{goods.pk}/confirm/", values | changes)


def html(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def untouched(shop: Market) -> bool:
    return (shop.balance(), shop.stock()[0], Redemption.objects.count()) == (100, (10, 28000, 0), 0)


def test_from_the_shelf_to_the_booking_and_back(shop: Market, kiosk: Client) -> None:
    shelf = html(kiosk, "/kiosk/shop/")
    assert "每天最多兑 70 分，今天还能兑 <strong>70</strong> 分" in shelf
    rice = shop.goods[0]
    chosen = html(kiosk, f"/kiosk/shop/{rice.pk}/")
    assert "最多 2 袋" in chosen
    page = html(kiosk, f"/kiosk/shop/{rice.pk}/confirm/?quantity=2")
    assert "大米 2 袋" in page
    assert '<span class="k-price">60</span> 分' in page
    assert "<dd>40 分</dd>" in page
    assert "11月27日前到板坑村积分超市（村委会一楼），带上户卡" in page
    token = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert token is not None
    assert untouched(shop)

    answer = confirm(kiosk, shop, 2, key=token[1])
    row = Redemption.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/kiosk/bookings/?new={row.pk}")
    assert (row.state, row.points, row.balance_after, row.keeper_name) == (
        "booked",
        60,
        40,
        "001户（自助终端）",
    )
    assert (shop.balance(), shop.stock()[0]) == (40, (10, 28000, 2))
    told = html(kiosk, answer["Location"])
    assert "用了 60 分，还剩 40 分。请在11月27日前带户卡来取。" in told
    assert "今天还能兑 <strong>10</strong> 分" in html(kiosk, "/kiosk/shop/")
    event = AuditEvent.objects.get(action="points.book_goods")
    assert (event.actor_name, event.village_code) == ("001户（自助终端）", shop.place.village.code)

    assert "退回 60 分" in html(kiosk, f"/kiosk/bookings/{row.pk}/give-up/")
    answer = kiosk.post(f"/kiosk/bookings/{row.pk}/give-up/")
    assert answer["Location"] == "/kiosk/bookings/?cancelled"
    row.refresh_from_db()
    assert (row.state, row.cancelled_by_name) == ("cancelled", "001户（自助终端）")
    home = html(kiosk, "/kiosk/home/")
    assert f"取消预约：大米×2，积分退回（本户在自助机上取消，单号{row.number}）" in home
    assert "冲正" not in home
    assert (shop.balance(), shop.stock()[0]) == (100, (10, 28000, 0))
    assert kiosk.post(f"/kiosk/bookings/{row.pk}/give-up/")["Location"] == "/kiosk/bookings/?cancelled"
    assert (shop.balance(), verify_all()) == (100, [])


def test_a_double_click_books_once(shop: Market, kiosk: Client) -> None:
    token = key()
    answers = [confirm(kiosk, shop, 1, key=token) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {
        f"/kiosk/bookings/?new={Redemption.objects.get().pk}"
    }
    assert (shop.balance(), shop.stock()[0]) == (70, (10, 28000, 1))


def test_the_last_item_goes_to_one(shop: Market, kiosk: Client) -> None:
    shop.give(500, index=1)
    shop.shop.daily_cap = None
    shop.shop.save()
    detergent = f"/kiosk/shop/{shop.goods[2].pk}/confirm/?quantity=4"
    assert "洗衣液 4 瓶" in html(kiosk, detergent)
    shop.book(0, 0, 4, index=1)
    answer = confirm(kiosk, shop, 4, 2)
    told = answer.content.decode()
    assert (answer.status_code, "没有预约成功" in told) == (409, True)
    assert "“洗衣液”只剩 1 瓶，不够 4 瓶，本次没有兑换" in told
    assert "积分没有扣" in told
    assert (shop.balance(), shop.stock()[2]) == (100, (5, 7500, 4))
    shop.book(0, 0, 1, index=1)
    assert "已经兑完" in confirm(kiosk, shop, 1, 2).content.decode()
    assert "已经兑完" in html(kiosk, "/kiosk/shop/")
    assert (shop.balance(), verify_all()) == (100, [])


@pytest.mark.parametrize(
    ("quantity", "changes", "message"),
    [
        (3, {}, "每户每天最多兑换 70 分，今天已兑换 0 分，本次 90 分，超过上限"),
        (1, {"expected": 29}, "价格刚刚调整：现在共需 30 分"),
    ],
)
def test_refusals_take_nothing(
    shop: Market, kiosk: Client, quantity: int, changes: Any, message: str
) -> None:
    answer = confirm(kiosk, shop, quantity, **changes)
    assert (answer.status_code, message in answer.content.decode()) == (409, True)
    assert untouched(shop)


@pytest.mark.parametrize(
    "changes", [{"quantity": 0}, {"quantity": -1}, {"quantity": "1.5"}, {"key": "x"}, {"key": ""}]
)
def test_a_form_that_was_bent_books_nothing(shop: Market, kiosk: Client, changes: Any) -> None:
    goods = shop.goods[0]
    values = {"key": key(), "quantity": 1, "expected": 30} | changes
    answer = kiosk.post(f"/kiosk/shop/{goods.pk}/confirm/", values)
    assert answer["Location"] == f"/kiosk/shop/{goods.pk}/"
    assert untouched(shop)


@pytest.mark.parametrize("typed", ["0", "3", "100", "-1", "１", "x"])
def test_more_than_there_is_goes_back_to_choosing(shop: Market, kiosk: Client, typed: str) -> None:
    answer = kiosk.get(f"/kiosk/shop/{shop.goods[0].pk}/confirm/", {"quantity": typed})
    assert answer["Location"] == f"/kiosk/shop/{shop.goods[0].pk}/"


def test_a_visit_that_ended_in_the_middle_says_what_became_of_the_booking(
    shop: Market, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    travel_to("2026-11-20 09:05")
    answer = confirm(kiosk, shop, 1)
    assert answer["Location"] == "/kiosk/?over=book"
    assert "刚才的预约没有办，积分没有扣" in html(kiosk, answer["Location"])
    assert untouched(shop)

    kiosk, token = with_pin(shop.cards[0]), key()
    confirm(kiosk, shop, 1, key=token)
    row = Redemption.objects.get()
    KioskSession.objects.update(ended_at="2026-11-20T01:06:00Z")
    answer = confirm(kiosk, shop, 1, key=token)
    assert answer["Location"] == "/kiosk/?over=booked"
    assert "刚才的预约已经办好" in html(kiosk, answer["Location"])
    assert (Redemption.objects.count(), shop.balance()) == (1, 70)

    late = with_pin(shop.cards[0])
    KioskSession.objects.update(ended_at="2026-11-20T01:06:00Z")
    assert late.post(f"/kiosk/bookings/{row.pk}/give-up/")["Location"] == "/kiosk/?over=cancel"
    assert shop.balance() == 70


def test_goods_fetched_in_the_meantime_cannot_be_given_up(shop: Market, kiosk: Client) -> None:
    row = shop.book(1)
    page = f"/kiosk/bookings/{row.pk}/give-up/"
    assert "退回 30 分" in html(kiosk, page)
    redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0])
    answer = kiosk.post(page)
    assert (answer.status_code, "这张预约已兑换，不能再取消" in answer.content.decode()) == (409, True)
    assert (shop.balance(), shop.stock()[0]) == (70, (9, 25200, 0))


def test_another_households_booking_does_not_exist(shop: Market, kiosk: Client) -> None:
    row, sale = shop.book(1, index=1), shop.sell(0, 1)
    for pk in (row.pk, sale.pk, 999_999):
        assert kiosk.get(f"/kiosk/bookings/{pk}/give-up/").status_code == 404
        assert kiosk.post(f"/kiosk/bookings/{pk}/give-up/").status_code == 404
    row.refresh_from_db()
    assert (row.state, shop.balance(1)) == ("booked", 70)
    confirm(kiosk, shop, 1, key=row.key)
    assert (shop.balance(), Redemption.objects.count()) == (97, 2)


def test_goods_of_another_village_are_not_offered(shop: Market, kiosk: Client) -> None:
    foreign = setting(households=1)
    shop.shop.village = foreign.village
    shop.shop.save()
    assert "村里的积分超市现在没有开" in html(kiosk, "/kiosk/shop/")
    assert confirm(kiosk, shop, 1).status_code == 404
    assert untouched(shop)


def test_the_service_itself_wants_the_pin_of_the_visit(shop: Market) -> None:
    with_card(shop.cards[0])
    visit = KioskSession.objects.get()
    with pytest.raises(redeeming.WrongPin, match="请重新扫卡并输入密码"):
        shop.book(1, pin="", visit=visit)
    assert untouched(shop)
    with_pin(shop.cards[1])
    foreign = KioskSession.objects.exclude(pk=visit.pk).get()
    with pytest.raises(redeeming.WrongPin):
        shop.book(1, pin="", visit=foreign)
    assert untouched(shop)


def test_a_clock_moved_back_doubles_nothing(
    shop: Market, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    token = key()
    confirm(kiosk, shop, 1, key=token)
    travel_to("2026-11-19 08:00")
    kiosk = with_pin(shop.cards[0])
    confirm(kiosk, shop, 1, key=token)
    assert (Redemption.objects.count(), shop.balance()) == (1, 70)
    row = Redemption.objects.get()
    cancelling.cancel(actor=shop.keeper, redemption=row, reason="不要了")
    assert (shop.balance(), verify_all()) == (100, [])
    assert PIN not in html(kiosk, "/kiosk/bookings/")


def test_the_day_on_the_screen_is_the_day_on_the_booking(shop: Market, kiosk: Client) -> None:
    """A shop that hands goods out once a month keeps a booking until then, whatever its usual days of keeping."""
    shop.shop.redeem_on = "10日"
    shop.shop.save()
    page = html(kiosk, f"/kiosk/shop/{shop.goods[0].pk}/confirm/?quantity=1")
    assert "12月10日前到板坑村积分超市（村委会一楼），10日兑换，带上户卡" in page
    confirm(kiosk, shop, 1, key=key())
    row = Redemption.objects.get()
    assert row.expires_on is not None and (row.expires_on.month, row.expires_on.day) == (12, 10)
