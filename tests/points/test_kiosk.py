"""The kiosk: a card opens its household, masked, for a while; a stranger gets nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cogov.common.periods import Period
from points.models import KioskAttempt, KioskDevice, KioskSession
from points.services.posting import post_month
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM, ResidentFactory, identity_number
from tests.points.test_month import close
from villages.services.cards import card_print, issue_card, reissue_card

pytestmark = pytest.mark.django_db
PHONE = "13872950417"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def card(place: Setting) -> Any:
    home = place.households[0]
    head = home.head
    head.name, head.id_number, head.phone = "欧阳建国", identity_number(7), PHONE
    head.save()
    home.head_name = head.name
    home.save()
    ResidentFactory(household=home, name="欧阳小芳", id_number=identity_number(8), phone=PHONE)
    return card_print(issue_card(actor=place.secretary, household=home))


def opened(client: Client, text: str) -> Any:
    return client.post("/kiosk/open/", {"card": text})


def test_token_code_and_address_open_the_household(place: Setting, card: Any) -> None:
    place.approved(0, "L01", 2)
    post_month(actor=SYSTEM, village=place.village, period=Period.month(2026, 10))
    for text in (card.token, card.code, card.code.lower().replace("-", ""), card.address):
        client = Client()
        response = opened(client, text)
        assert (response.status_code, response["Location"]) == (303, "/kiosk/home/")
        page = client.get("/kiosk/home/")
        html = page.content.decode()
        assert "欧**国 一家" in html
        assert '<span class="k-number">40</span>' in html
        assert "修路投工 2 工日 × 20 分 = 40 分" in html
        assert "2 户中排" in html


def test_scanned_address_leaves_no_token_behind(card: Any) -> None:
    client = Client()
    response = client.get(f"/kiosk/card/{card.token}/")
    assert (response.status_code, response["Location"]) == (303, "/kiosk/home/")
    assert response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    page = client.get("/kiosk/home/").content.decode()
    assert card.token not in page
    assert card.code not in page


def test_refused_scan_says_so_without_the_token(card: Any) -> None:
    response = Client().get(f"/kiosk/card/{'0' * 32}/", follow=True)
    assert response.redirect_chain == [("/kiosk/?refused", 303)]
    assert "没有找到这张户卡" in response.content.decode()


def test_nothing_personal_anywhere(place: Setting, card: Any) -> None:
    place.approved(0, "L01", 1)
    notice = close(place)
    client = Client()
    opened(client, card.token)
    pages = [client.get("/kiosk/"), client.get("/kiosk/home/")]
    opened(client, card.token)
    pages += [client.get("/kiosk/home/"), client.get(f"/kiosk/notice/{notice.pk}/")]
    assert [page.status_code for page in pages] == [200, 303, 200, 200]
    planted = (PHONE, identity_number(7), identity_number(8), "欧阳建国", "欧阳小芳")
    for page in pages:
        html = page.content.decode()
        assert not [value for value in planted if value in html]
        assert "no-store" in page["Cache-Control"]


def test_end_forgets_everything(card: Any) -> None:
    client = Client()
    opened(client, card.token)
    key = client.cookies["kiosk"].value
    response = client.post("/kiosk/end/")
    assert (response.status_code, response["Location"]) == (303, "/kiosk/")
    client.cookies["kiosk"] = key
    again = client.get("/kiosk/home/")
    assert (again.status_code, again["Location"]) == (303, "/kiosk/")
    assert KioskSession.objects.get().ended_at is not None


def test_start_page_ends_an_open_visit(card: Any) -> None:
    client = Client()
    opened(client, card.token)
    client.get("/kiosk/")
    assert client.get("/kiosk/home/").status_code == 303
    assert KioskSession.objects.get().ended_at is not None


def test_silence_and_length_end_the_visit(card: Any, travel_to: Callable[[str], None]) -> None:
    client = Client()
    opened(client, card.token)
    travel_to("2026-11-02 09:02")
    assert client.get("/kiosk/home/").status_code == 200
    travel_to("2026-11-02 09:04")
    assert client.get("/kiosk/home/").status_code == 200
    travel_to("2026-11-02 09:07:30")
    assert client.get("/kiosk/home/").status_code == 303

    opened(client, card.token)
    for minute in range(10, 22, 2):
        travel_to(f"2026-11-02 09:{minute}")
        client.get("/kiosk/home/")
    travel_to("2026-11-02 09:23")
    assert client.get("/kiosk/home/").status_code == 303


def test_reissued_card_kills_the_old_one_at_once(place: Setting, card: Any) -> None:
    client = Client()
    opened(client, card.token)
    reissue_card(actor=place.secretary, household=place.households[0], reason="丢失")
    assert client.get("/kiosk/home/").status_code == 303
    assert opened(client, card.token).status_code == 400


def test_cancelled_household_shows_nothing(place: Setting, card: Any) -> None:
    home = place.households[0]
    home.state, home.cancelled_on = "cancelled", dt.date(2026, 11, 1)
    home.save()
    response = opened(Client(), card.token)
    assert response.status_code == 400
    assert "注销" not in response.content.decode()
    assert not KioskSession.objects.exists()


@pytest.mark.parametrize("text", ["", "abc", "0" * 32, "AAAA-BBBB-CCCC-DDDD", "欧阳建国", "001", PHONE])
def test_wrong_cards_all_look_alike(card: Any, text: str) -> None:
    response = opened(Client(), text)
    assert response.status_code == 400
    assert "没有找到这张户卡" in response.content.decode()
    assert not KioskSession.objects.exists()


def test_five_failures_lock_the_address_for_a_while(card: Any, travel_to: Callable[[str], None]) -> None:
    client = Client()
    statuses = [opened(client, "0" * 32).status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 400, 429]
    locked = opened(client, card.token)
    assert locked.status_code == 429
    assert "请过 5 分钟再试" in locked.content.decode()
    assert not KioskSession.objects.exists()
    assert opened(Client(REMOTE_ADDR="10.9.8.7"), card.token).status_code == 303

    travel_to("2026-11-02 09:06")
    assert opened(client, card.token).status_code == 303
    assert KioskAttempt.objects.filter(failures=0).count() == 2


def test_a_clock_moved_back_locks_no_longer_than_any_lock(
    card: Any, travel_to: Callable[[str], None]
) -> None:
    client = Client()
    for _ in range(5):
        opened(client, "0" * 32)
    travel_to("2026-10-30 09:00")
    assert "请过 5 分钟再试" in opened(client, card.token).content.decode()
    travel_to("2026-10-30 09:06")
    assert opened(client, card.token).status_code == 303


def test_a_success_resets_failures_and_too_many_attempts_lock(card: Any) -> None:
    client = Client()
    for _ in range(2):
        for _ in range(4):
            opened(client, "nothing")
        assert opened(client, card.token).status_code == 303
    for _ in range(50):
        assert opened(client, card.token).status_code == 303
    assert opened(client, card.token).status_code == 429


def test_counters_hold_no_address(card: Any) -> None:
    opened(Client(REMOTE_ADDR="10.9.8.7"), "nothing")
    assert "10.9.8.7" not in KioskAttempt.objects.get().client


def test_only_enrolled_devices_when_required(card: Any, settings: Any, place: Setting) -> None:
    from cogov.access.encryption import keyed_hash

    settings.COGOV_KIOSK_ENROLLED_ONLY = True
    client = Client()
    for path in ("/kiosk/", "/kiosk/home/"):
        assert client.get(path).status_code == 404
    scanned = client.get(f"/kiosk/card/{card.token}/")
    assert (scanned.status_code, scanned["Location"]) == (303, "/kiosk/")
    assert not KioskSession.objects.exists()
    KioskDevice.objects.create(
        village=place.village, name="大厅", secret_hash=keyed_hash("s3cret", "kiosk-device")
    )
    client.cookies["kiosk_device"] = "s3cret"
    assert "板坑村" in client.get("/kiosk/").content.decode()
    assert opened(client, card.token).status_code == 303


def test_notice_of_another_village_is_not_shown(place: Setting, card: Any) -> None:
    other = setting(households=1)
    notice = close(other)
    client = Client()
    opened(client, card.token)
    assert client.get(f"/kiosk/notice/{notice.pk}/").status_code == 404


def test_household_page_query_count(place: Setting, card: Any, django_assert_max_num_queries: Any) -> None:
    place.approved(0, "L01", 1)
    close(place)
    client = Client()
    opened(client, card.token)
    client.get("/kiosk/home/")
    with django_assert_max_num_queries(1):
        assert client.get("/kiosk/home/").status_code == 200
