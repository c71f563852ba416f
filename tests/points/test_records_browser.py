"""The sign-in sheet by Excel and the phone's form in Chromium, as a person uses them; also without a network."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from cogov.access.roles import Role
from points.models import PointsActivity, PointsRecord
from points.services.review import review_record
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.points.test_month import close
from tests.points.test_recording import scene
from tests.support.browser import LiveApp, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place() -> Setting:
    return setting()


@pytest.fixture
def worker(place: Setting) -> Any:
    return user_with(Role.GRID_WORKER, place.groups[0].code, full_name="赵网格员")


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "camera.jpg"
    path.write_bytes(scene(size=(2400, 1800)).read())
    return path


def test_an_activity_by_excel(live_app: LiveApp, place: Setting, tmp_path: Path) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/village/points/activity/")
    page.click("text=用 Excel 签到表")
    with page.expect_download() as download:
        page.click("text=下载本村签到表")
    work = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    sheet = work.active
    sheet["D4"], sheet["E5"], sheet["E6"] = "√", 2, 1.5
    work.save(tmp_path / "签到.xlsx")
    assert (faults(page), live_app.overflow()) == ([], 0)
    page.fill("#id_name", "清洁家园日")
    page.select_option("#id_rule", label="L01 修路投工（20 分/工日）")
    page.set_input_files("#id_file", tmp_path / "签到.xlsx")
    page.click("text=读取并预览")
    expect(page.locator("h1")).to_have_text("核对：清洁家园日")
    expect(page.get_by_text("数量要填整数，不能是小数")).to_be_visible()
    assert (faults(page), live_app.overflow()) == ([], 0)
    page.check("[name=leave_out]")
    page.click("button[name=confirm]")
    page.wait_for_url("**/village/points/mine/")
    expect(page.get_by_text("已提交“清洁家园日”，2 户，等待审核；有 1 行没有登记")).to_be_visible()
    rows = PointsRecord.objects.order_by("household__number").values_list("household__number", "quantity")
    assert (list(rows), PointsActivity.objects.count()) == ([("001", 1), ("002", 2)], 1)
    assert live_app.problems == []


@pytest.mark.parametrize("path", ["/village/points/activity/excel/", "/village/points/record/excel/"])
def test_upload_pages_fit_a_phone(live_app: LiveApp, place: Setting, path: str) -> None:
    live_app.login(place.cadre)
    page = live_app.open(path, phone=True)
    assert (live_app.overflow(), faults(page), live_app.problems) == (0, [], [])


def small(page: Any) -> list[str]:
    """What is tapped and lower than 44 px."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main button, main a, main select, main input:not([type=hidden]):not([type=file])")]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 90))"""
    )
    return found


def test_a_deed_with_a_photo_by_phone(live_app: LiveApp, place: Setting, worker: Any, snapshot: Path) -> None:
    row = place.record(actor=worker, photo=scene(seed=5))
    review_record(actor=place.secretary, record=row, decision="return", comment="数量不对")
    live_app.login(worker)
    page = live_app.open("/field/", phone=True)
    expect(page.get_by_text("1 条被退回，请改好再提交")).to_be_visible()
    assert (faults(page), live_app.overflow(), small(page)) == ([], 0, [])
    page.click("text=登记积分")
    page.wait_for_selector("#id_household[role=combobox]")  # the script is there
    page.fill("#id_household", "3")
    page.click(".suggest-list li")
    expect(page.locator("[data-chosen]")).to_contain_text(place.households[2].head_name)
    page.select_option("#id_rule", label="打扫公共巷道（5 分/次）")
    page.click("[data-stepper] button[value='1']")
    page.set_input_files("#id_photo", snapshot)
    expect(page.locator("[data-photo-view]")).to_be_visible()
    assert (faults(page), live_app.overflow(), small(page)) == ([], 0, [])
    page.click("[data-send]")
    expect(page.locator("[data-notes]")).to_contain_text("打扫公共巷道 2 次 × 5 分 = 10 分")
    sent = PointsRecord.objects.latest("pk")
    assert (sent.household, sent.quantity, sent.source, bool(sent.photo)) == (
        place.households[2],
        2,
        "grid",
        True,
    )
    assert page.input_value("#id_household") == ""
    page.reload()
    page.wait_for_selector("#id_household[role=combobox]")
    page.click("[data-quick] button:has-text('打扫公共巷道')")
    assert page.input_value("#id_rule") == str(place.rules["E01"].pk)
    page.click("text=我登记的")
    expect(page.get_by_text("退回理由：数量不对")).to_be_visible()
    assert page.locator(".field-lines img").count() == 2
    assert (faults(page), live_app.overflow(), small(page)) == ([], 0, [])
    assert live_app.problems == []


def test_nothing_is_lost_without_a_network(
    live_app: LiveApp, place: Setting, worker: Any, snapshot: Path
) -> None:
    live_app.login(worker)
    page = live_app.open("/field/points/", phone=True)
    page.fill("#id_household", "001")
    page.select_option("#id_rule", label="打扫公共巷道（5 分/次）")
    page.set_input_files("#id_photo", snapshot)
    expect(page.locator("[data-photo-view]")).to_be_visible()
    live_app.context.set_offline(True)
    page.click("[data-send]")
    expect(page.locator("[data-notes]")).to_contain_text("没有发出去（现在没有网络）")
    expect(page.locator("[data-outbox]")).to_contain_text("有 1 条没有发出去，已存在这台手机里。")
    assert faults(page) == []
    page.click("text=现在重发")
    expect(page.locator("[data-notes]")).to_contain_text("还是没有发出去")
    assert not PointsRecord.objects.exists()
    live_app.context.set_offline(False)
    page.reload()
    expect(page.locator("[data-notes]")).to_contain_text("存着的 1 条已经发出")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    row = PointsRecord.objects.get()
    assert (row.household, bool(row.photo)) == (place.households[0], True)
    assert [problem for problem in live_app.problems if "ERR_INTERNET_DISCONNECTED" not in problem] == []


def test_a_refusal_stays_on_the_form(live_app: LiveApp, place: Setting, worker: Any) -> None:
    live_app.login(worker)
    page = live_app.open("/field/points/", phone=True)
    page.fill("#id_household", "002")
    page.select_option("#id_rule", label="打扫公共巷道（5 分/次）")
    page.click("[data-send]")
    expect(page.locator("[data-notes]")).to_contain_text("没有找到“002”这一户")
    assert page.input_value("#id_household") == "002"
    page.fill("#id_household", "003")
    page.click("[data-send]")
    expect(page.locator("[data-notes]")).to_contain_text("已提交：003户")
    assert PointsRecord.objects.count() == 1


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_notice_is_seen_before_it_is_printed(live_app: LiveApp, place: Setting, phone: bool) -> None:
    place.approved(0, "L01", 2, occurred_on=dt.date(2026, 10, 12))
    close(place)
    live_app.login(place.cadre)
    page = live_app.open("/village/notices/", phone=phone)
    assert (faults(page), live_app.overflow()) == ([], 0)
    page.select_option("#id_period", label="2026年10月")
    page.click("text=起草并预览")
    page.click("text=A3 竖榜")
    expect(page.locator("[data-paper] .sheet")).to_contain_text("板坑村积分榜")
    assert page.evaluate(
        "document.querySelector('[data-paper] > div').shadowRoot.querySelector('.sheet').getBoundingClientRect().width"
    ) <= page.evaluate("document.querySelector('[data-paper]').clientWidth")
    assert (faults(page), live_app.overflow(), live_app.problems) == ([], 0, [])


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_cards_page(live_app: LiveApp, place: Setting, phone: bool) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/village/cards/", phone=phone)
    assert (faults(page), live_app.overflow(), live_app.problems) == ([], 0, [])
