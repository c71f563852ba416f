"""Kiosk and cadre pages in Chromium, as a person uses them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from points.models import KioskSession, PointsRecord
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from tests.support.browser import LiveApp
from villages.services.cards import CardPrint, card_print, issue_card

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = ({"width": 1080, "height": 1920}, {"width": 1280, "height": 800})


@pytest.fixture
def place() -> Setting:
    found = setting()
    found.approved(0, "L01", 2, occurred_on=dt.date(2026, 10, 12))
    close(found)
    return found


@pytest.fixture
def card(place: Setting) -> CardPrint:
    return card_print(issue_card(actor=place.secretary, household=place.households[0]))


def faults(page: Any) -> list[str]:
    """What axe finds against WCAG A and AA."""
    result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [f"{v['id']}: {[n['html'][:120] for n in v['nodes']]}" for v in result.response["violations"]]


def small_targets(page: Any) -> list[str]:
    """Buttons and links lower or narrower than 56 px."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not([type=hidden])")]
        .filter(e => e.offsetParent && (e.getBoundingClientRect().height < 56 || e.getBoundingClientRect().width < 56))
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    return found


def small_text(page: Any) -> list[str]:
    """Text below 24 px."""
    found: list[str] = page.evaluate(
        """() => { const out = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) { const e = walk.currentNode.parentElement;
          if (walk.currentNode.textContent.trim() && e.offsetParent && !e.closest("script, style, noscript")
              && parseFloat(getComputedStyle(e).fontSize) < 24) out.push(walk.currentNode.textContent.trim()); }
        return out; }"""
    )
    return found


@pytest.mark.parametrize("screen", SCREENS, ids=["portrait", "landscape"])
def test_kiosk_by_touch(live_app: LiveApp, card: CardPrint, screen: dict[str, int]) -> None:
    page = live_app.open("/kiosk/")
    page.set_viewport_size(screen)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert (faults(page), small_targets(page), small_text(page)) == ([], [], [])
    for character in card.code.replace("-", ""):
        page.click(f"[data-key='{character}']")
    assert page.input_value("#card") == card.code
    page.click("text=查看积分")
    page.wait_for_url("**/kiosk/home/")
    assert page.inner_text(".k-figure-main .k-number") == "40"
    assert (faults(page), small_targets(page), small_text(page), live_app.overflow()) == ([], [], [], 0)
    page.click("text=大字")
    assert page.get_attribute("html", "data-print") == "large"
    page.click("text=积分公示")
    page.wait_for_url("**/kiosk/notice/*/")
    assert page.get_attribute("html", "data-print") == "large"
    assert (faults(page), small_text(page), live_app.overflow()) == ([], [], 0)
    page.click("text=结束")
    page.wait_for_url("**/kiosk/")
    assert page.get_attribute("html", "data-print") is None
    assert live_app.problems == []


def test_scanner_types_the_address_and_back_shows_nothing(
    live_app: LiveApp, card: CardPrint, place: Setting
) -> None:
    page = live_app.open("/kiosk/")
    page.keyboard.type(card.address)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home/")
    assert card.token not in page.content()
    page.click("text=结束")
    page.wait_for_url("**/kiosk/")
    for _ in range(3):
        page.go_back(wait_until="load")
        assert "修路投工" not in page.content()
    page.goto(live_app.url + "/kiosk/home/")
    assert page.url.endswith("/kiosk/")
    assert live_app.problems == []


def test_silence_warns_and_ends(live_app: LiveApp, card: CardPrint) -> None:
    page = live_app.page
    page.clock.install()
    page.goto(f"{live_app.url}/kiosk/card/{card.token}/")
    assert page.url.endswith("/kiosk/home/")
    page.clock.run_for(31_000)
    assert page.is_visible("[data-countdown]")
    page.mouse.click(5, 300)
    assert not page.is_visible("[data-countdown]")
    page.clock.run_for(40_000)
    assert page.inner_text("[data-countdown-seconds]") in {"5", "6"}
    page.clock.run_for(10_000)
    page.wait_for_url("**/kiosk/")
    assert KioskSession.objects.get().ended_at is not None
    assert live_app.problems == []


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
