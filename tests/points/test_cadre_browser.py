"""Cadre pages of points in Chromium, as a person uses them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from points.models import PointsRecord
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from tests.support.browser import LiveApp, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place() -> Setting:
    found = setting()
    found.approved(0, "L01", 2, occurred_on=dt.date(2026, 10, 12))
    close(found)
    return found


def test_cadre_records_by_keyboard(live_app: LiveApp, place: Setting) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/village/points/record/")
    page.keyboard.type("2")
    page.wait_for_selector(".suggest-list li")
    page.keyboard.press("Enter")
    assert page.input_value("#id_household") == "002"
    assert page.evaluate("document.activeElement.name") == "rule"
    page.select_option("#id_rule", label="L01 修路投工（20 分/工日）")
    page.fill("#id_quantity", "3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    row = PointsRecord.objects.get(state="submitted")
    assert (row.household, row.points) == (place.households[1], 60)
    assert (faults(page), live_app.overflow(), live_app.problems) == ([], 0, [])


def test_sign_in_sheet_by_keyboard(live_app: LiveApp, place: Setting) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/village/points/activity/")
    page.keyboard.type("清洁家园日")
    page.select_option("#id_rule", label="L01 修路投工（20 分/工日）")
    page.focus("[data-sheet-input]")
    for number in ("1", "3", "3"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page.locator("[data-sheet-input]")).to_have_value("")
    assert page.locator("[data-sheet-list] li").count() == 2
    assert faults(page) == []
    page.click("text=提交审核")
    page.wait_for_url("**/village/points/mine/")
    rows = PointsRecord.objects.filter(state="submitted", occurred_on=timezone.localdate())
    assert sorted(rows.values_list("household__number", "quantity")) == [("001", 1), ("003", 1)]
    assert live_app.problems == []


@pytest.mark.parametrize("path", ["/village/", "/village/points/mine/", "/village/notices/"])
def test_cadre_pages_fit_a_phone(live_app: LiveApp, place: Setting, path: str) -> None:
    live_app.login(place.cadre)
    page = live_app.open(path, phone=True)
    assert (live_app.overflow(), faults(page), live_app.problems) == (0, [], [])
