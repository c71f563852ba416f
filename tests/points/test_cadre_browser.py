"""Cadre pages of points in Chromium, as a person uses them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from points.models import Holder, PointsRecord
from points.services.holders import open_holders
from tests.factories.points import Setting, later_version, setting
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
    page.keyboard.type("没有这家")
    page.keyboard.press("Enter")
    expect(page.locator("[data-sheet-total]")).to_have_text("没有找到“没有这家”，请核对后再输")
    page.click("text=提交审核")
    expect(page.locator("[data-sheet-total]")).to_have_text(
        "“没有这家”还没有加入名单，请按回车加入，或者删去"
    )
    page.fill("[data-sheet-input]", "")
    page.click("text=提交审核")
    page.wait_for_url("**/village/points/mine/")
    rows = PointsRecord.objects.filter(state="submitted", occurred_on=timezone.localdate())
    assert sorted(rows.values_list("household__number", "quantity")) == [("001", 1), ("003", 1)]
    assert live_app.problems == []


def test_another_day_brings_its_rules_and_holders(live_app: LiveApp, place: Setting) -> None:
    """The day is changed after rule and household: the version before gave points to families."""
    old = place.rules["L01"].pk
    today = timezone.localdate()
    later_version(place, today, holder=Holder.GROUP)
    open_holders(actor=place.cadre, village=place.village)
    live_app.login(place.cadre)
    page = live_app.open("/village/points/record/")
    expect(page.locator("label[for=id_household]")).to_contain_text("哪个组")
    page.select_option("#id_rule", value=str(place.rules["L01"].pk))
    page.fill("#id_occurred_on", (today - dt.timedelta(days=1)).isoformat())
    expect(page.locator("#id_rule")).to_have_value(str(old))
    expect(page.locator("label[for=id_household]")).to_contain_text("哪一户")
    page.fill("#id_household", "2")
    page.wait_for_selector(".suggest-list li")
    page.keyboard.press("Enter")
    assert page.input_value("#id_household") == "002"
    page.click("text=提交审核")
    page.wait_for_selector(".alert-success")
    row = PointsRecord.objects.get(state="submitted")
    assert (row.household, row.rule_id) == (place.households[1], old)
    assert live_app.problems == []


def test_the_desks_own_box_suggests_and_keeps_addresses_clean(live_app: LiveApp, place: Setting) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/admin/points/blacklisting/add/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.click(".select2-selection")
    page.keyboard.type("002")
    page.click(f".select2-results__option:has-text('{place.households[1]}')")
    assert page.input_value("#id_household") == str(place.households[1].pk)
    assert f"POST {live_app.url}/admin/autocomplete/" in asked
    assert not [address for address in asked if "002" in address]
    assert live_app.problems == []


@pytest.mark.parametrize("path", ["/village/", "/village/points/mine/", "/village/notices/"])
def test_cadre_pages_fit_a_phone(live_app: LiveApp, place: Setting, path: str) -> None:
    live_app.login(place.cadre)
    page = live_app.open(path, phone=True)
    assert (live_app.overflow(), faults(page), live_app.problems) == (0, [], [])
