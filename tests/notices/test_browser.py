"""The pages of publicity in a browser: no A/AA fault, no overflow, the preview and the public form work (WCAG, NTC-4)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from cogov.common.periods import Period
from cogov.desk.inbox import notify
from cogov.jobs.services import work_until_done
from notices import services
from notices.models import Notice, Objection
from notices.services.composing import Written, compose_notice, correct_written
from notices.services.disclosing import install_catalogue
from reports.services import request_printing
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place
from tests.factories.photos import photo_bytes
from tests.factories.reports import make_living_place
from tests.support.browser import faults

pytestmark = pytest.mark.django_db(transaction=True)
BODY = "现公示如下。\n# 收缴情况\n表：收缴情况（单位：元）\n| 组别 | 金额 |\n| 1组 | 1,260 |"
WRITTEN = Written(title="清运费收缴公示", body=BODY, basis="村民代表会议决议", calculation="每户60元")


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Place:
    """On a day whose holidays are published, whenever the test runs."""
    travel_to("2026-11-02 09:00")
    return make_living_place()


def publish(place: Place, title: str, **kw: Any) -> Notice:
    written = Written(title=title, body=BODY, basis="村民代表会议决议", calculation="每户60元")
    draft = compose_notice(actor=place.cadre, kind="general", written=written, village=place.village, **kw)
    return services.publish_notice(actor=place.secretary, notice=draft)


@pytest.fixture
def world(place: Place) -> dict[str, Notice]:
    """A genuine, a superseded and a withdrawn notice, a list with poster, a photo, an objection, a message."""
    install_catalogue(
        actor=place.clerk, township=place.township, starts_on=timezone.localdate() - timedelta(days=70)
    )
    genuine, old, gone = (publish(place, title) for title in ("清运费公示", "旧公示", "误发公示"))
    correction = correct_written(actor=place.cadre, notice=old, written=WRITTEN, reason="笔误")
    services.publish_notice(actor=place.secretary, notice=correction)
    withdrawal = services.draft_correction(
        actor=place.cadre, notice=gone, content=sample_content(), reason="误发", effect="withdraw"
    )
    services.publish_notice(actor=place.secretary, notice=withdrawal)
    ranked = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        period=Period.month_of(timezone.localdate()),
        subject_key="r",
        content=sample_content(),
        poster=sample_poster(),
    )
    services.publish_notice(actor=place.secretary, notice=ranked)
    services.record_posting(
        actor=place.cadre,
        notice=genuine,
        posted_on=timezone.localdate(),
        board="村委会公示栏",
        photo=io.BytesIO(photo_bytes()),
    )
    services.file_objection(actor=place.cadre, notice=genuine, channel="counter", text="少记一户")
    with transaction.atomic():
        notify(
            users=[place.clerk, place.cadre],
            title="板坑村月结完成",
            body="本村月报已经生成。",
            link="/admin/",
            key="t",
        )
    for row in (genuine, old, gone):
        row.refresh_from_db()
    return {"genuine": genuine, "old": old, "gone": gone, "ranked": ranked}


# The preview is the paper itself; its watermark is pale on purpose and pure decoration (WCAG 1.4.3).
PAPER = "[data-preview-pages]"


def look(live_app: Any, urls: list[str]) -> None:
    for phone in (False, True):
        for url in urls:
            page = live_app.open(url, phone=phone)
            assert faults(page, without=PAPER) == [], url
            assert live_app.overflow() <= 0, url
    assert live_app.problems == []


def test_public_pages(live_app: Any, place: Place, world: dict[str, Notice]) -> None:
    verdicts = {"genuine": "真实有效", "old": "已被更正替代", "gone": "已撤回"}
    for name, verdict in verdicts.items():
        page = live_app.open(f"/v/{world[name].verify_token}/")
        assert page.locator(".verdict").inner_text() == verdict
    urls = [f"/v/{world[name].verify_token}/" for name in verdicts]
    look(live_app, [*urls, "/verify/", f"/board/{place.village.code}/list/"])
    page = live_app.open(f"/board/{place.village.code}/")
    assert faults(page, without=PAPER) == []


def test_somebody_objects_from_the_qr_page(live_app: Any, world: dict[str, Notice]) -> None:
    page = live_app.open(f"/v/{world['genuine'].verify_token}/", phone=True)
    page.fill("#id_text", "一组是21户，不是20户")
    page.click("button:has-text('提交异议')")
    page.locator("text=异议已收到").wait_for()
    row = Objection.objects.get(channel="web")
    assert (row.text, row.notice) == ("一组是21户，不是20户", world["genuine"])
    assert live_app.problems == []


def test_a_typed_code_finds_the_paper(live_app: Any, world: dict[str, Notice]) -> None:
    page = live_app.open("/verify/", phone=True)
    page.fill("#id_code", world["old"].check_code.lower())
    page.keyboard.press("Enter")
    page.locator(".verdict").wait_for()
    assert page.locator(".verdict").inner_text() == "已被更正替代"
    page = live_app.open("/verify/?code=AAAA-AAAA-AAAA")
    assert "没有查到" in page.locator("h1").inner_text()


def test_pages_of_the_desk(live_app: Any, place: Place, world: dict[str, Notice]) -> None:
    live_app.login(place.clerk)
    notice = world["genuine"].pk
    look(
        live_app,
        [
            "/admin/notices/notice/",
            f"/admin/notices/notice/{notice}/change/",
            f"/admin/notices/notice/{notice}/do/object/",
            "/admin/notices/notice/compose/",
            "/admin/notices/notice/compose/?kind=general",
            f"/admin/notices/notice/{notice}/correction/",
            "/admin/notices/objection/",
            "/admin/notices/disclosureitem/due/",
            "/admin/notices/kindterms/",
            "/admin/notices/issuerprofile/",
            "/admin/messages/",
        ],
    )


def test_the_print_room(live_app: Any, place: Place, world: dict[str, Notice]) -> None:
    run = request_printing(
        actor=place.clerk, code=place.village.code, period=Period.month_of(timezone.localdate())
    )
    assert run.job is not None
    work_until_done(run.job, heartbeat=False)
    live_app.login(place.clerk)
    page = live_app.open(f"/admin/reports/printrun/{run.pk}/change/")
    assert page.locator("td", has_text="公示榜").count() == 1
    look(
        live_app,
        [
            "/admin/reports/printrun/",
            "/admin/reports/printrun/add/",
            f"/admin/reports/printrun/{run.pk}/change/",
        ],
    )


def test_pages_of_the_village(live_app: Any, place: Place, world: dict[str, Notice]) -> None:
    live_app.login(place.cadre)
    look(live_app, ["/village/publicity/", "/village/notices/"])


def test_the_preview_follows_what_is_typed(live_app: Any, place: Place) -> None:
    live_app.login(place.cadre)
    page = live_app.open("/admin/notices/notice/compose/?kind=certificate")
    page.locator("[data-preview-state]", has_text="处要改").wait_for()
    page.fill("[name=body]", "= 汪德胜\n被评为**示范户**，特发此证。")
    page.fill("[name=basis]", "村民代表会议决议")
    page.locator("[data-preview-state]", has_text="1页，没有问题").wait_for()
    shown = page.locator("[data-preview-pages]").evaluate(
        "host => { const s = host.shadowRoot.querySelector('.sheet').getBoundingClientRect();"
        " return [host.shadowRoot.textContent.includes('汪德胜：'), s.width > s.height, s.right <= innerWidth] }"
    )
    assert shown == [True, True, True]
    page.fill("[name=body]", "<script>alert(1)</script>")
    page.locator("[data-preview-problems] li", has_text="不能含网页代码").first.wait_for()
    assert live_app.problems == []
