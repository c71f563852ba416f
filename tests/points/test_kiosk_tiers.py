"""The kiosk's three tiers: an enrolled screen, a card, a card with its PIN. Each gives what it gives and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from points.models import KioskSession, PointsEntry
from points.services.claims import submit_claim
from tests.factories.kiosk import claimable_rules, screen, with_card, with_pin
from tests.factories.market import PIN, Market, key, market
from tests.factories.photos import photo_bytes
from tests.factories.points import setting
from tests.factories.villages import SYSTEM
from tests.points.test_month import close
from tests.support.worlds import kept
from villages.services.cards import issue_card
from villages.services.pins import unlock_card

pytestmark = pytest.mark.django_db
BEHIND_PIN = ("/kiosk/history/", "/kiosk/shop/", "/kiosk/bookings/", "/kiosk/claims/", "/kiosk/claims/new/")
ON_THE_WALL = ("/kiosk/notices/", "/kiosk/goods/", "/kiosk/rules/")


@kept
def claiming() -> Market:
    made = market(daily_cap=60)
    claimable_rules(made.place)
    return made


@pytest.fixture
def shop(travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-20 09:00")
    return claiming()


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_an_enrolled_screen_shows_notices_prices_and_rules_without_a_card(shop: Market) -> None:
    home = shop.place.households[0]
    home.head_name = "欧阳建国"
    home.save()
    shop.place.approved(0, "L01", 1)
    notice = close(shop.place)
    client = screen(shop.place.village)
    start = text(client, "/kiosk/")
    assert all(path in start for path in ON_THE_WALL)
    assert notice.title in text(client, "/kiosk/notices/")
    goods = text(client, "/kiosk/goods/")
    assert "大米" in goods
    assert '<span class="k-price">30</span> 分/袋' in goods
    assert "还有 10 袋" in goods
    rules = text(client, "/kiosk/rules/")
    assert "修路投工" in rules
    assert "每月 20 分" in rules
    assert rules.count("可以自己申报") == 2
    for path in (*ON_THE_WALL, f"/kiosk/notice/{notice.pk}/"):
        html = text(client, path)
        assert "欧阳建国" not in html
        assert "我有异议" not in html


@pytest.mark.parametrize("path", [*ON_THE_WALL, *BEHIND_PIN, "/kiosk/home/", "/kiosk/pin/"])
def test_neither_screen_nor_card_leads_to_the_start(shop: Market, path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (303, "/kiosk/")


def test_the_start_page_of_an_unknown_screen_names_no_village(shop: Market) -> None:
    html = text(Client(), "/kiosk/")
    assert "板坑村" not in html
    assert "/kiosk/goods/" not in html


def test_a_picture_is_shown_to_its_village_only(shop: Market) -> None:
    goods = shop.goods[0]
    goods.picture.save("rice.jpg", ContentFile(photo_bytes()))
    path = f"/kiosk/goods/{goods.pk}/picture/"
    response: Any = screen(shop.place.village).get(path)
    assert (response.status_code, b"".join(response.streaming_content)) == (200, photo_bytes())
    response.close()
    other = setting(households=1)
    assert screen(other.village).get(path).status_code == 404
    assert screen(shop.place.village).get(f"/kiosk/goods/{shop.goods[1].pk}/picture/").status_code == 404


def test_a_card_alone_opens_nothing_behind_the_pin(shop: Market) -> None:
    client = with_card(shop.cards[0])
    assert "要再按 6 位密码" in text(client, "/kiosk/home/")
    for path in BEHIND_PIN:
        response = client.get(path)
        assert response.status_code == 303
        assert response["Location"].startswith("/kiosk/pin/?then=")
    for path in ON_THE_WALL:
        text(client, path)
    answer = client.post(
        f"/kiosk/shop/{shop.goods[0].pk}/confirm/", {"key": "0" * 32, "quantity": 1, "expected": 30}
    )
    assert answer["Location"] == "/kiosk/pin/?then=shop"
    assert (shop.balance(), shop.stock()[0]) == (100, (10, 28000, 0))


def test_the_pin_opens_the_rest_of_this_visit_and_leads_where_one_wanted_to_go(shop: Market) -> None:
    client = with_card(shop.cards[0])
    assert "请按 6 位密码" in text(client, "/kiosk/pin/?then=history")
    answer = client.post("/kiosk/pin/", {"pin": PIN, "then": "history"})
    assert (answer.status_code, answer["Location"]) == (303, "/kiosk/history/")
    for path in BEHIND_PIN:
        text(client, path)
    assert "要再按 6 位密码" not in text(client, "/kiosk/home/")
    assert client.get("/kiosk/pin/?then=shop")["Location"] == "/kiosk/shop/"


@pytest.mark.parametrize("then", ["", "https://example.org/", "//example.org", "end", "notice-x"])
def test_the_pin_leads_only_to_pages_of_the_kiosk(shop: Market, then: str) -> None:
    client = with_card(shop.cards[0])
    assert client.post("/kiosk/pin/", {"pin": PIN, "then": then})["Location"] == "/kiosk/home/"


def test_the_pin_is_over_with_the_visit(shop: Market) -> None:
    client = with_pin(shop.cards[0])
    key = client.cookies["kiosk"].value
    client.post("/kiosk/end/")
    client.cookies["kiosk"] = key
    assert client.get("/kiosk/history/")["Location"] == "/kiosk/"
    with_card(shop.cards[0], client)
    assert client.get("/kiosk/history/")["Location"] == "/kiosk/pin/?then=history"


def test_the_pin_is_over_after_silence(shop: Market, travel_to: Callable[[str], None]) -> None:
    client = with_pin(shop.cards[0])
    travel_to("2026-11-20 09:04")
    assert client.get("/kiosk/history/")["Location"] == "/kiosk/"


def test_a_clock_moved_back_opens_nothing_again(shop: Market, travel_to: Callable[[str], None]) -> None:
    client = with_pin(shop.cards[0])
    client.post("/kiosk/end/")
    travel_to("2026-11-19 09:00")
    assert client.get("/kiosk/history/")["Location"] == "/kiosk/"
    ended = KioskSession.objects.get()
    assert ended.ended_at is not None
    assert not ended.is_unlocked


def test_a_visit_from_the_future_is_over(shop: Market, travel_to: Callable[[str], None]) -> None:
    client = with_pin(shop.cards[0])
    travel_to("2026-11-19 09:00")
    for path in ("/kiosk/home/", "/kiosk/history/"):
        assert client.get(path)["Location"] == "/kiosk/"


def test_five_wrong_pins_lock_the_card_until_staff_unlock_it(shop: Market) -> None:
    card, client = shop.cards[0], with_card(shop.cards[0])
    told = [client.post("/kiosk/pin/", {"pin": "135790"}).content.decode() for _ in range(5)]
    assert ["还可以试 4 次" in told[0], "还可以试 1 次" in told[3]] == [True, True]
    assert "请到村委会由工作人员解锁" in told[4]
    assert "data-pin-form" not in told[4]
    right = client.post("/kiosk/pin/", {"pin": PIN}).content.decode()
    assert "请到村委会由工作人员解锁" in right
    assert client.get("/kiosk/history/").status_code == 303
    assert "最近的积分" in text(client, "/kiosk/home/")
    card.refresh_from_db()
    unlock_card(actor=shop.place.secretary, card=card, reason="本人到场")
    assert client.post("/kiosk/pin/", {"pin": PIN}).status_code == 303
    text(client, "/kiosk/history/")


def test_a_card_locked_elsewhere_closes_the_second_door(shop: Market) -> None:
    client, thief = with_pin(shop.cards[0]), with_card(shop.cards[0])
    for _ in range(5):
        thief.post("/kiosk/pin/", {"pin": "135790"})
    assert client.get("/kiosk/shop/")["Location"] == "/kiosk/pin/?then=shop"


@pytest.mark.parametrize("typed", ["", "84021", "8402171", "84021a", "８４０２１７"])
def test_what_is_no_pin_does_not_count(shop: Market, typed: str) -> None:
    client = with_card(shop.cards[0])
    answer = client.post("/kiosk/pin/", {"pin": typed})
    assert "密码是 6 位数字" in answer.content.decode()
    shop.cards[0].refresh_from_db()
    assert shop.cards[0].failed_pins == 0


def test_a_household_without_a_pin_reads_how_to_get_one(shop: Market) -> None:
    card = issue_card(actor=SYSTEM, household=setting(households=1).households[0])
    html = text(with_card(card), "/kiosk/pin/?then=shop")
    assert "请带上户卡到村便民服务中心，由两位工作人员当面帮您设一个 6 位密码" in html
    assert "data-pin-form" not in html


def test_history_year_by_year_ten_on_a_page(shop: Market, travel_to: Callable[[str], None]) -> None:
    for _ in range(11):
        shop.give(2)
    travel_to("2027-01-05 09:00")
    shop.give(7)
    shop.give(1, index=1)
    client = with_pin(shop.cards[0])
    now = text(client, "/kiosk/history/")
    assert "2027年，共 1 笔" in now
    assert '<span class="k-plus">+7</span>' in now
    before = text(client, "/kiosk/history/?year=2026")
    assert "2026年，共 12 笔" in before
    assert (before.count('<li><div class="k-what">'), "第 1 页，共 2 页" in before) == (10, True)
    second = text(client, "/kiosk/history/?year=2026&page=2")
    assert second.count('<li><div class="k-what">') == 2
    assert '<span class="k-plus">+100</span>' in second
    assert "2027年，共 1 笔" in text(client, "/kiosk/history/?year=1999&page=x")
    assert PointsEntry.objects.count() == 15


def test_the_household_page_is_prepared_for_reading_aloud(shop: Market) -> None:
    html = text(with_card(shop.cards[0]), "/kiosk/home/")
    said = html.split("data-speech>")[1].split("</div>")[0].splitlines()
    assert said == [
        "您家可用积分 100 分。",
        "2026年得分 100 分，在1组 1 户里排第 1 名。",
        "最近 1 笔积分：",
        "2026年11月20日，得分，加 100 分。",
    ]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/kiosk/notices/", 3),
        ("/kiosk/goods/", 3),
        ("/kiosk/rules/", 3),
        ("/kiosk/history/", 4),
        ("/kiosk/shop/", 5),
        ("/kiosk/bookings/", 4),
        ("/kiosk/claims/", 4),
        ("/kiosk/claims/new/", 3),
    ],
)
def test_a_page_asks_the_database_no_more_for_a_longer_list(
    shop: Market, path: str, most: int, django_assert_max_num_queries: Any
) -> None:
    shop.give(200)
    shop.shop.daily_cap = None
    shop.shop.save()
    for pieces in ((1, 1, 1), (0, 2, 0), (0, 1, 0)):
        shop.book(*pieces)
    for day in (17, 18, 19):
        submit_claim(
            actor=SYSTEM,
            household=shop.place.households[0],
            code="Z02",
            quantity=1,
            occurred_on=dt.date(2026, 11, day),
            key=key(),
        )
    close(shop.place)
    client = with_pin(shop.cards[0])
    text(client, path)
    with django_assert_max_num_queries(most):
        text(client, path)
