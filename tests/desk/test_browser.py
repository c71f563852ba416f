"""What only a browser can tell: accessibility, width, theme, menu drawer, progress."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cogov.access.roles import Role
from cogov.audit.services import record
from cogov.jobs import states
from cogov.jobs.models import Job, JobLog
from tests.desk.conftest import TOWNSHIP
from tests.factories.access import user_with
from tests.support.browser import faults

pytestmark = pytest.mark.django_db(transaction=True)

COLOURS = (
    "color-contrast",
    "link-in-text-block",
)  # what a scheme can spoil; names and roles are the same in both
SMALL_TEXT = """
() => [...document.querySelectorAll("body *")]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((e) => e.getBoundingClientRect().width > 1 && parseFloat(getComputedStyle(e).fontSize) < 14)
  .map((e) => e.outerHTML.slice(0, 80))
"""


@pytest.fixture
def people() -> dict[str, Any]:
    office = user_with(Role.TOWNSHIP_ADMIN, TOWNSHIP, username="zhenban", full_name="陈思远")
    for index in range(8):
        user_with(Role.VILLAGE_CADRE, f"4212231012{index:02d}")
    cadre = user_with(Role.VILLAGE_CADRE, "421223101201", full_name="李明")
    record(
        actor=office,
        action="access.x",
        summary="更正姓名",
        obj=cadre,
        before={"姓名": "甲"},
        after={"姓名": "乙"},
    )
    job = Job.objects.create(
        kind="k",
        key="k",
        label="十月月结",
        township_code=TOWNSHIP,
        state=states.RUNNING,
        progress_done=3,
        progress_total=12,
    )
    return {"office": office, "cadre": cadre, "job": job}


@pytest.mark.parametrize("phone", [False, True], ids=["1280", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_fault(live_app: Any, people: dict[str, Any], phone: bool, scheme: str) -> None:
    rules = COLOURS if scheme == "dark" else ()
    live_app.page.emulate_media(color_scheme=scheme)
    page = live_app.open("/admin/login/", phone=phone)
    assert faults(page, only=rules) == []
    assert live_app.overflow() <= 0
    live_app.login(people["office"])
    cadre, job = people["cadre"].pk, people["job"].pk
    for url in (
        "/admin/",
        "/admin/access/user/",
        "/admin/access/user/add/",
        f"/admin/access/user/{cadre}/change/",
        f"/admin/access/user/{cadre}/history/",
        f"/admin/access/user/{cadre}/do/assign-duty/",
        "/admin/audit/auditevent/",
        f"/admin/jobs/{job}/",
    ):
        page = live_app.open(url, phone=phone)
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        assert faults(page, only=rules) == [], url
        assert live_app.overflow() <= 0, url
        assert page.evaluate(SMALL_TEXT) == [], url
    assert live_app.problems == []


def test_the_theme_is_remembered(live_app: Any, people: dict[str, Any]) -> None:
    live_app.login(people["office"])
    page = live_app.open("/admin/")
    page.click("[data-theme-toggle]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page = live_app.open("/admin/access/user/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert live_app.problems == []


def test_the_menu_is_a_drawer_on_a_phone(live_app: Any, people: dict[str, Any]) -> None:
    live_app.login(people["office"])
    page = live_app.open("/admin/", phone=True)
    link = page.locator(".menu a", has_text="我的待办")
    assert not link.is_visible()
    page.click("[data-sidebar-open]")
    link.wait_for(state="visible")
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    page.click("[data-sidebar-open]")
    link.click()
    page.wait_for_url("**/admin/todo/")
    assert live_app.problems == []


def test_the_menu_remembers_which_groups_are_open(live_app: Any, people: dict[str, Any]) -> None:
    live_app.login(people["office"])
    page = live_app.open("/admin/")
    link = page.locator(".menu a", has_text="操作日志")
    assert not link.is_visible()
    page.click(".menu summary:has-text('系统')")
    link.wait_for(state="visible")
    page = live_app.open("/admin/todo/")
    link.wait_for(state="visible")
    link.click()
    page.wait_for_url("**/admin/audit/auditevent/")
    assert page.locator(".menu [aria-current]").inner_text() == "操作日志"
    assert live_app.problems == []


def test_a_filter_opens_and_closes(live_app: Any, people: dict[str, Any]) -> None:
    live_app.login(people["office"])
    page = live_app.open("/admin/access/duty/")
    page.click("summary:has-text('角色')")
    page.click(".dropdown-panel a:has-text('镇共同缔造办')")
    page.wait_for_url("**role__exact=township_admin*")
    assert page.locator("#result_list tbody tr").count() == 1
    page.click("summary:has-text('角色')")
    page.keyboard.press("Escape")
    assert page.locator("details.filter[open]").count() == 0
    assert live_app.problems == []


def test_progress_moves_without_reloading(live_app: Any, people: dict[str, Any]) -> None:
    job = people["job"]
    live_app.login(people["office"])
    page = live_app.open(f"/admin/jobs/{job.pk}/")
    assert page.locator("[data-job-percent]").inner_text() == "25%"
    JobLog.objects.create(
        job=job, text="板坑村入账 241 条", at=dt.datetime(2026, 10, 31, 1, 2, 3, tzinfo=dt.UTC)
    )
    Job.objects.filter(pk=job.pk).update(progress_done=12, state=states.DONE, message="全部完成")
    page.wait_for_selector("[data-job-state] :text('已完成')")
    assert page.locator("[data-job-percent]").inner_text() == "100%"
    assert page.locator("[data-job-log] li").inner_text().split() == ["09:02:03", "板坑村入账", "241", "条"]
    assert not page.locator("[data-job-cancel]").is_visible()
    assert live_app.problems == []
