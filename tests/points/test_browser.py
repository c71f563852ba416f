"""The kiosk in Chromium, as a person uses it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import expect

from points.models import KioskSession, PointsRecord, Redemption
from tests.factories.kiosk import claimable_rules
from tests.factories.kiosk import screen as screen_of
from tests.factories.market import PIN, Market, market
from tests.factories.photos import photo_bytes
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from tests.points.test_recording import scene
from tests.support.browser import LiveApp, faults
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


@pytest.fixture
def shop() -> Market:
    """A shop, two households with a card, a PIN and 100 points, a month's list on the wall, rules to claim under."""
    made = market(daily_cap=70)
    claimable_rules(made.place)
    made.place.approved(0, "L01", 2, occurred_on=dt.date(2026, 10, 12))
    close(made.place)
    made.goods[0].picture.save("rice.jpg", ContentFile(photo_bytes()))
    return made


def enrol(live_app: LiveApp, shop: Market) -> None:
    """Make this browser the village's screen."""
    secret = screen_of(shop.place.village).cookies["kiosk_device"].value
    live_app.context.add_cookies([{"name": "kiosk_device", "value": secret, "url": f"{live_app.url}/kiosk/"}])


def plain(live_app: LiveApp) -> tuple[list[str], list[str], list[str], int]:
    """Everything that an old person's page must not have."""
    page = live_app.page
    # Names, roles and contrast do not depend on the screen's shape: axe, which takes its time, looks once.
    named = faults(page) if page.viewport_size == SCREENS[0] else []
    return named, small_targets(page), small_text(page), live_app.overflow()


FINE: tuple[list[str], list[str], list[str], int] = ([], [], [], 0)


def go(page: Any, selector: str, *, twice: bool = False) -> None:
    """Touch what leads to another page, and wait until that one is ready."""
    with page.expect_navigation():
        page.click(selector, click_count=2 if twice else 1)


_BIG_PHOTO = """() => {
  const field = document.querySelector("[data-photo]"), chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(11 * 1024 * 1024)], "a.jpg", {type: "image/jpeg"}));
  field.files = chosen.files;
  field.dispatchEvent(new Event("change"));
}"""


def type_card(page: Any, code: str) -> None:
    """The card's code on the screen's own keys."""
    for character in code.replace("-", ""):
        page.click(f"[data-key='{character}']")
    assert page.input_value("#card") == code
    go(page, "text=查看积分")
    page.wait_for_url("**/kiosk/home/")


def type_pin(page: Any, pin: str = PIN) -> None:
    """The PIN on the number pad."""
    for digit in pin:
        page.click(f"[data-key='{digit}']")
    go(page, ".k-key-go")


@pytest.mark.parametrize("size", SCREENS, ids=["portrait", "landscape"])
def test_the_wall_without_a_card(live_app: LiveApp, shop: Market, size: dict[str, int]) -> None:
    enrol(live_app, shop)
    page = live_app.open("/kiosk/")
    page.set_viewport_size(size)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert plain(live_app) == FINE
    for link, heading in (
        ("商品和积分价", "板坑村积分超市"),
        ("积分怎么得", "积分怎么得"),
        ("村里公示", "正在公示"),
    ):
        go(page, f"text={link}")
        assert (page.inner_text("h1"), plain(live_app)) == (heading, FINE)
        if link != "村里公示":
            go(page, "text=返回首页")
    go(page, "text=积分公示")
    page.wait_for_url("**/kiosk/notice/*/")
    assert plain(live_app) == FINE
    go(page, "text=结束")
    page.wait_for_url("**/kiosk/")
    assert live_app.problems == []


@pytest.mark.parametrize("size", SCREENS, ids=["portrait", "landscape"])
def test_a_visit_from_card_to_claim(live_app: LiveApp, shop: Market, size: dict[str, int]) -> None:
    page = live_app.open("/kiosk/")
    page.set_viewport_size(size)
    assert (page.evaluate("document.documentElement.scrollHeight <= innerHeight"), plain(live_app)) == (
        True,
        FINE,
    )
    type_card(page, card_print(shop.cards[0]).code)
    assert (page.inner_text(".k-figure-main .k-number"), plain(live_app)) == ("140", FINE)
    page.click("text=放大字")
    assert (page.get_attribute("html", "data-print"), plain(live_app)) == ("large", FINE)

    go(page, "text=全部积分")
    page.wait_for_url("**/kiosk/pin/?then=history")
    assert (page.get_attribute("html", "data-print"), plain(live_app)) == ("large", FINE)
    page.click("text=放大字")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    type_pin(page, "135790")
    assert ("还可以试 4 次" in page.inner_text("[role=alert]"), plain(live_app)) == (True, FINE)
    type_pin(page)
    page.wait_for_url("**/kiosk/history/")
    assert (page.locator(".k-list li").count(), plain(live_app)) == (2, FINE)

    go(page, "text=返回我家积分")
    go(page, "text=预约商品")
    page.wait_for_url("**/kiosk/shop/")
    assert plain(live_app) == FINE
    go(page, "a.k-good:has-text('大米')")
    assert page.is_disabled("[data-step='-1']")
    page.click("[data-step='1']")
    assert (page.inner_text("[data-step-total]"), page.is_disabled("[data-step='1']")) == ("60", True)
    assert plain(live_app) == FINE
    go(page, "text=下一步")
    assert ("大米 2 袋" in page.inner_text(".k-sum"), plain(live_app)) == (True, FINE)
    go(page, "text=确认预约", twice=True)
    page.wait_for_url("**/kiosk/bookings/?new=*")
    assert ("还剩 80 分" in page.inner_text(".k-done"), plain(live_app)) == (True, FINE)
    assert (Redemption.objects.get().state, shop.balance()) == ("booked", 80)
    go(page, "text=取消预约")
    assert plain(live_app) == FINE
    go(page, "button:has-text('取消预约')")
    page.wait_for_url("**/kiosk/bookings/?cancelled")
    assert (shop.balance(), plain(live_app)) == (140, FINE)

    go(page, "text=返回我家积分")
    go(page, "text=自己申报")
    assert plain(live_app) == FINE
    go(page, "text=报一件")
    assert plain(live_app) == FINE
    go(page, "text=庭院种花")
    go(page, "text=提交给村里审核")
    assert ("须有照片" in page.inner_text(".k-alert[role=alert]"), plain(live_app)) == (True, FINE)
    page.click("[data-step='1']")
    page.click("text=更早")
    assert (page.locator(".k-days label:visible").count(), plain(live_app)) == (15, FINE)
    page.click("label:has-text('昨天')")
    page.set_input_files("[data-photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.locator("[data-photo-problem]")).to_have_text("这个文件不是照片，请换一张")
    page.evaluate(_BIG_PHOTO)
    expect(page.locator("[data-photo-problem]")).to_have_text("照片太大（11 MB），请换一张小于 10 MB 的")
    picture = scene().read()
    page.set_input_files("[data-photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture})
    expect(page.locator("[data-photo-shown]")).to_be_visible()
    assert plain(live_app) == FINE
    go(page, "text=提交给村里审核", twice=True)
    page.wait_for_url("**/kiosk/claims/?sent")
    assert ("等村里审核" in page.inner_text(".k-state"), plain(live_app)) == (True, FINE)
    row = PointsRecord.objects.get(source="claim")
    assert (row.quantity, row.points, row.occurred_on) == (2, 30, timezone.localdate() - dt.timedelta(days=1))

    go(page, "text=返回我家积分")
    go(page, "text=公示和异议")
    go(page, "text=积分公示")
    page.click("label:has-text('我家漏记了')")
    assert plain(live_app) == FINE
    go(page, "text=提交异议")
    assert ("异议已收到" in page.inner_text(".k-done"), plain(live_app)) == (True, FINE)

    go(page, "text=结束")
    page.wait_for_url("**/kiosk/")
    assert page.get_attribute("html", "data-print") is None
    for _ in range(6):
        page.go_back(wait_until="load")
        assert not [word for word in ("修路投工", "大米", ">140<", "庭院种花") if word in page.content()]
    page.goto(live_app.url + "/kiosk/history/")
    assert page.url.endswith("/kiosk/")
    assert [problem for problem in live_app.problems if "400 (Bad Request)" not in problem] == []


@pytest.mark.parametrize("size", SCREENS, ids=["portrait", "landscape"])
def test_what_is_refused_is_as_plain(live_app: LiveApp, shop: Market, size: dict[str, int]) -> None:
    page = live_app.open("/kiosk/")
    page.set_viewport_size(size)
    type_card(page, card_print(shop.cards[0]).code)
    go(page, "text=预约商品")
    type_pin(page)
    go(page, "a.k-good:has-text('洗衣液')")
    go(page, "text=下一步")
    shop.give(100, index=1)
    shop.shop.daily_cap = None
    shop.shop.save()
    shop.book(0, 0, 5, index=1)
    go(page, "text=确认预约")
    page.wait_for_selector("text=没有预约成功")
    assert ("“洗衣液”已经兑完" in page.inner_text("[role=alert]"), plain(live_app)) == (True, FINE)
    go(page, "text=重新选商品")
    assert ("已经兑完" in page.inner_text(".k-good-off"), plain(live_app)) == (True, FINE)
    go(page, "text=结束")
    type_card(page, card_print(shop.cards[0]).code)
    go(page, "text=自己申报")
    for _ in range(5):
        type_pin(page, "135790")
    page.wait_for_selector("text=请到村委会由工作人员解锁")
    assert plain(live_app) == FINE
    go(page, "text=返回我家积分")
    assert page.inner_text(".k-figure-main .k-number") == "140"
    assert [
        problem
        for problem in live_app.problems
        if "(Bad Request)" not in problem and "(Conflict)" not in problem
    ] == []


def test_scanner_types_the_address_and_back_shows_nothing(
    live_app: LiveApp, card: CardPrint, place: Setting
) -> None:
    page = live_app.open("/kiosk/")
    page.keyboard.type(card.address)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home/")
    assert card.token not in page.content()
    go(page, "text=结束")
    page.wait_for_url("**/kiosk/")
    for _ in range(3):
        page.go_back(wait_until="load")
        assert "修路投工" not in page.content()
    page.goto(live_app.url + "/kiosk/home/")
    assert page.url.endswith("/kiosk/")
    assert live_app.problems == []


_VOICE = """
const said = window.said = [];
class Utterance extends EventTarget { constructor(text) { super(); this.text = text; } }
Object.defineProperty(window, "SpeechSynthesisUtterance", {value: Utterance});
Object.defineProperty(window, "speechSynthesis", {value: {
  getVoices: () => [{lang: "zh-CN"}], cancel: () => {}, addEventListener: () => {},
  speak: (one) => { said.push([one.text, one.lang]); one.dispatchEvent(new Event("end")); },
}});
"""


def test_the_page_is_read_aloud_where_there_is_a_voice(live_app: LiveApp, shop: Market) -> None:
    live_app.own_page()
    page = live_app.open("/kiosk/")
    type_card(page, card_print(shop.cards[1]).code)
    assert not page.is_visible("[data-speak]")
    page.add_init_script(_VOICE)
    page.reload()
    assert (page.is_visible("text=朗读"), plain(live_app)) == (True, FINE)
    page.click("text=朗读")
    said = page.evaluate("said")
    assert said[0] == ["您家可用积分 100 分。", "zh-CN"]
    assert len(said) == 4
    assert live_app.problems == []


def test_silence_in_the_middle_of_a_booking(live_app: LiveApp, shop: Market) -> None:
    page = live_app.page
    page.clock.install()
    page.goto(f"{live_app.url}/kiosk/card/{card_print(shop.cards[0]).token}/")
    go(page, "text=预约商品")
    type_pin(page)
    go(page, "a.k-good:has-text('大米')")
    go(page, "text=下一步")
    page.clock.run_for(46_000)
    page.wait_for_url("**/kiosk/")
    page.go_back(wait_until="load")
    assert "大米" not in page.content()
    assert (Redemption.objects.count(), shop.balance()) == (0, 140)


def test_taking_a_photo_takes_its_time(live_app: LiveApp, shop: Market) -> None:
    page = live_app.page
    page.clock.install()
    page.goto(f"{live_app.url}/kiosk/card/{card_print(shop.cards[0]).token}/")
    go(page, "text=自己申报")
    type_pin(page)
    go(page, "text=报一件")
    go(page, "text=庭院种花")
    # Playwright's file chooser is closed at once, which the page would take for "no photo after all".
    page.evaluate("""document.querySelector("[data-photo]").addEventListener(
        "cancel", (event) => event.stopImmediatePropagation(), {capture: true})""")
    with page.expect_file_chooser():
        page.click("[data-photo]")
    page.clock.run_for(100_000)
    assert "庭院种花" in page.inner_text("h1")
    page.clock.run_for(70_000)
    page.wait_for_url("**/kiosk/")


def test_a_photo_by_the_screens_own_camera(live_app: LiveApp, shop: Market) -> None:
    page = live_app.open("/kiosk/")
    page.set_viewport_size(SCREENS[0])
    live_app.context.grant_permissions(["camera"])
    type_card(page, card_print(shop.cards[0]).code)
    go(page, "text=自己申报")
    type_pin(page)
    go(page, "text=报一件")
    go(page, "text=庭院种花")
    page.click("text=用这台机器的摄像头拍")
    expect(page.locator("text=拍下来")).to_be_visible()
    assert plain(live_app) == FINE
    page.click("text=拍下来")
    expect(page.locator("[data-photo-shown]")).to_be_visible()
    expect(page.locator("[data-camera-view]")).to_be_hidden()
    go(page, "text=提交给村里审核")
    page.wait_for_url("**/kiosk/claims/?sent")
    assert PointsRecord.objects.get(source="claim").photo_digest
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
