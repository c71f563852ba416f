"""Objections at the kiosk: with the card of one's household, for notices of one's village, within the period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from notices.models import Notice, Objection
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from villages.services.cards import card_print, issue_card

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
def kiosk(place: Setting) -> Client:
    client = Client()
    card = card_print(issue_card(actor=place.secretary, household=place.households[0]))
    client.post("/kiosk/open/", {"card": card.token})
    return client


def test_an_objection_is_filed_for_the_household_of_the_card(
    place: Setting, notice: Notice, kiosk: Client
) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    assert "对这份公示有异议" in kiosk.get(url).content.decode()
    page = kiosk.post(url, {"reason": REASON, "detail": "少记修路2天<b>"}).content.decode()
    row = Objection.objects.get()
    assert (row.notice, row.channel, row.text) == (notice, "kiosk", "我家漏记了：少记修路2天<b>")
    assert row.person == f"{place.households[0].number}户"
    assert row.answer_due == date(2026, 11, 12)
    assert "2026年11月12日前答复" in page


def test_a_reason_is_needed_and_three_a_day_are_enough(notice: Notice, kiosk: Client) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    kiosk.post(url, {"reason": "", "detail": "x"})
    kiosk.post(url, {"reason": "别的", "detail": "x"})
    assert not Objection.objects.exists()
    for _ in range(3):
        kiosk.post(url, {"reason": REASON})
    assert "今天已经提过几次了" in kiosk.post(url, {"reason": REASON}).content.decode()
    assert Objection.objects.count() == 3


def test_no_card_and_no_late_objection(
    notice: Notice, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    url = f"/kiosk/notice/{notice.pk}/"
    assert Client().post(url, {"reason": REASON}).status_code in (303, 404)
    Notice.objects.filter(pk=notice.pk).update(publicity_end=date(2026, 11, 1))
    assert "对这份公示有异议" not in kiosk.post(url, {"reason": REASON}).content.decode()
    assert not Objection.objects.exists()


def test_a_notice_of_another_village_is_out_of_reach(kiosk: Client) -> None:
    foreign = close(setting(households=1))
    assert kiosk.post(f"/kiosk/notice/{foreign.pk}/", {"reason": REASON}).status_code == 404
    assert not Objection.objects.exists()
