"""Objections at the kiosk: with the card and PIN of one's household, for notices of one's village, within the period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from notices.models import Notice, Objection
from points.models import KioskSession
from tests.factories.kiosk import screen, with_card, with_pin
from tests.factories.market import PIN
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from villages.models import HouseholdCard
from villages.services.cards import issue_card
from villages.services.pins import set_pin

pytestmark = pytest.mark.django_db
REASON = "我家漏记了"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def notice(place: Setting) -> Notice:
    place.approved(0, "L01", 1)
    return close(place)


@pytest.fixture
def card(place: Setting) -> HouseholdCard:
    issued = issue_card(actor=place.secretary, household=place.households[0])
    return set_pin(actor=place.secretary, card=issued, pin=PIN, witness=place.cadre)


@pytest.fixture
def kiosk(card: HouseholdCard) -> Client:
    return with_pin(card)


def said(number: int, reason: str = REASON, detail: str = "") -> dict[str, str]:
    """What the form sends; ``number`` stands for the form's token."""
    return {"reason": reason, "detail": detail, "key": f"{number:032x}"}


def test_an_objection_is_filed_for_the_household_of_the_card(
    place: Setting, notice: Notice, kiosk: Client
) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    page = kiosk.get(url).content.decode()
    assert "对这份公示有异议" in page
    # A month's list is many screens long: the way to the form stands above it, and what was refused is shown beside it.
    assert page.index('href="#objection"') < page.index("k-document") < page.index('action="#objection"')
    page = kiosk.post(url, said(1, detail="少记修路2天<b>")).content.decode()
    row = Objection.objects.get()
    assert (row.notice, row.channel, row.text) == (notice, "kiosk", "我家漏记了：少记修路2天<b>")
    assert row.person == f"{place.households[0].number}户"
    assert row.answer_due == date(2026, 11, 12)
    assert "2026年11月12日前答复" in page


def test_a_reason_is_needed_and_three_a_day_are_enough(notice: Notice, kiosk: Client) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    kiosk.post(url, said(1, ""))
    kiosk.post(url, said(2, "别的"))
    assert not Objection.objects.exists()
    for number in range(3, 6):
        kiosk.post(url, said(number))
    for _ in range(2):  # pressed again, it still was not received
        page = kiosk.post(url, said(6)).content.decode()
        assert ("今天已经提过几次了" in page, "已经收到" in page) == (True, False)
    assert Objection.objects.count() == 3


def test_a_visit_that_ended_in_the_middle_says_what_became_of_the_objection(
    place: Setting, notice: Notice, card: HouseholdCard
) -> None:
    url, client = f"/kiosk/notice/{notice.pk}/", with_pin(card, screen(place.village))
    KioskSession.objects.update(ended_at=timezone.now())
    answer = client.post(url, said(1))
    assert (answer.status_code, answer["Location"]) == (303, "/kiosk/?over=object")
    assert "刚才的异议没有提交" in client.get(answer["Location"]).content.decode()
    assert not Objection.objects.exists()
    with_pin(card, client).post(url, said(1))
    KioskSession.objects.update(ended_at=timezone.now())
    answer = client.post(url, said(1))
    assert "刚才的异议已经收到" in client.get(answer["Location"]).content.decode()
    assert Objection.objects.count() == 1


def test_the_same_form_sent_twice_is_one_objection(notice: Notice, kiosk: Client) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    kiosk.post(url, said(1))
    assert "这条异议已经收到" in kiosk.post(url, said(1)).content.decode()
    assert Objection.objects.count() == 1


def test_a_card_alone_is_led_to_the_pin(notice: Notice, card: HouseholdCard) -> None:
    url, client = f"/kiosk/notice/{notice.pk}/", with_card(card)
    html = client.post(url, said(1)).content.decode()
    assert f"/kiosk/pin/?then=notice-{notice.pk}" in html
    assert "对这份公示有异议" not in html
    assert not Objection.objects.exists()
    answer = client.post("/kiosk/pin/", {"pin": PIN, "then": f"notice-{notice.pk}"})
    assert answer["Location"] == url
    assert "对这份公示有异议" in client.get(url).content.decode()


def test_no_card_and_no_late_objection(
    notice: Notice, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    assert Client().post(url, said(1)).status_code in (303, 404)
    Notice.objects.filter(pk=notice.pk).update(publicity_end=date(2026, 11, 1))
    assert "对这份公示有异议" not in kiosk.post(url, said(1)).content.decode()
    assert not Objection.objects.exists()


def test_a_notice_of_another_village_is_out_of_reach(kiosk: Client) -> None:
    foreign = close(setting(households=1))
    assert kiosk.post(f"/kiosk/notice/{foreign.pk}/", said(1)).status_code == 404
    assert not Objection.objects.exists()
