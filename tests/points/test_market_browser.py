"""The counter in Chromium: by scanner and keyboard, by touch, on a phone."""

from __future__ import annotations

import pytest

from points.models import Redemption
from tests.factories.market import PIN, Market, market
from tests.support.browser import PHONE, LiveApp, faults
from villages.services.cards import card_print

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_app: LiveApp) -> Market:
    made = market()
    live_app.login(made.keeper)
    return made


def small_targets(app: LiveApp) -> list[str]:
    """Buttons and fields of the page itself that a thumb would miss (below 44 px)."""
    found: list[str] = app.page.evaluate(
        """() => [...document.querySelectorAll("main button, main input:not([type=hidden]), main .btn")]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"""
    )
    return found


def test_scanner_and_keyboard(live_app: LiveApp, shop: Market) -> None:
    page = live_app.open("/counter/")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert (faults(page), live_app.overflow()) == ([], 0)
    page.keyboard.type(card_print(shop.cards[0]).address)
    page.keyboard.press("Enter")
    page.wait_for_url("**/counter/sale/")
    assert (faults(page), small_targets(live_app), live_app.overflow()) == ([], [], 0)
    assert page.is_disabled("[data-confirm]")
    page.fill("[aria-label='大米的数量']", "2")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_pin"
    assert (page.inner_text("[data-total]"), page.inner_text("[data-rest]")) == ("60", "40")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/counter/receipts/*/")
    assert "兑换成功" in page.inner_text("h1")
    assert (faults(page), live_app.overflow()) == ([], 0)
    page.keyboard.press("Enter")  # the goods are in their hands
    page.wait_for_url("**/counter/")
    row = Redemption.objects.get()
    assert (row.points, row.handed_at is not None, shop.balance()) == (60, True, 40)
    assert live_app.problems == []


def test_touch_and_too_much(live_app: LiveApp, shop: Market) -> None:
    page = live_app.open("/counter/", phone=True)
    page.fill("#card", card_print(shop.cards[0]).code)
    page.click("text=开始兑换")
    page.wait_for_url("**/counter/sale/")
    assert (live_app.overflow(), small_targets(live_app), faults(page)) == (0, [], [])
    for _ in range(4):
        page.click("[aria-label='多一袋大米']")
    assert (page.inner_text("[data-rest]"), page.inner_text("[data-why]")) == ("-20", "积分不够，还差 20 分")
    assert (page.is_disabled("[data-confirm]"), faults(page)) == (True, [])
    for typed, why in (
        ("1.5", "大米：数量要填整数"),
        ("-1", "大米：数量要填整数"),
        ("99", "大米只剩 10 袋"),
        ("4", "积分不够，还差 20 分"),
    ):
        page.fill("[aria-label='大米的数量']", typed)
        assert (page.inner_text("[data-why]"), page.is_disabled("[data-confirm]")) == (why, True)
    page.click("[aria-label='少一袋大米']")
    for digit in "999000":
        page.click(f"[data-digit='{digit}']")
    page.click("[data-confirm]")
    page.wait_for_selector(".alert-error")
    assert "还可以试 4 次" in page.inner_text(".alert-error")
    assert page.input_value("[aria-label='大米的数量']") == "3"
    for digit in PIN:
        page.click(f"[data-digit='{digit}']")
    page.dblclick("[data-confirm]")
    page.wait_for_url("**/counter/receipts/*/")
    assert (Redemption.objects.count(), shop.balance()) == (1, 10)
    assert (live_app.overflow(), small_targets(live_app), faults(page)) == (0, [], [])
    # The refused PIN answers 409, which Chromium reports; nothing else may.
    assert [text for text in live_app.problems if "409" not in text] == []


@pytest.mark.parametrize(
    "path",
    [
        "/counter/",
        "/counter/stock/",
        "/counter/stock/count/",
        "/counter/stock/purchase/",
        "/counter/reconciliation/",
    ],
)
def test_pages_fit(live_app: LiveApp, shop: Market, path: str) -> None:
    shop.sell(1, 2)
    page = live_app.open(path, phone=True)
    assert (live_app.overflow(), faults(page)) == (0, [])
    assert page.viewport_size == PHONE
    live_app.open(path)
    assert (live_app.overflow(), faults(page), live_app.problems) == (0, [], [])
