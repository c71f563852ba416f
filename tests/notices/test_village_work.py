"""What a village finds on its own page: disclosures, photos, objections, and what keeps the next step back (BEY-3)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from notices import services
from notices.disclosures import DONE
from notices.models import Notice
from notices.services.composing import Written, compose_notice
from notices.services.disclosing import install_catalogue
from notices.village_work import summary, village_work
from tests.factories.notices import Place
from tests.factories.photos import photo_bytes

PAGE = "/village/publicity/"


@pytest.fixture
def project(place: Place, travel_to: Callable[[str], None]) -> Notice:
    """A published project that needs a photo; the catalogue is a month old."""
    travel_to("2026-10-20 09:00")
    install_catalogue(actor=place.clerk, township=place.township)
    travel_to("2026-11-02 09:00")
    written = Written(
        title="灌溉渠修复公示",
        body="现公示如下。\n# 项目概况\n修渠。\n# 资金来源\n| 来源 | 金额 |\n| 奖补 | 100 |\n# 实施方式\n自建。",
        basis="村民代表会议决议",
        calculation="按米计",
    )
    draft = compose_notice(
        actor=place.cadre, kind="project_publicity", written=written, village=place.village
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def signed_in(client: Client, user: object) -> Client:
    client.force_login(user, backend="cogov.access.backends.DutyBackend")  # type: ignore[arg-type]
    return client


def test_the_village_sees_what_to_do_and_what_is_in_the_way(
    client: Client, place: Place, project: Notice, travel_to: Callable[[str], None]
) -> None:
    services.file_objection(actor=place.cadre, notice=project, channel="telephone", text="量得不对")
    work = village_work(place.cadre, place.village)
    assert [(row.item.name, row.when, row.overdue) for row in work.due] == [
        ("村级财务收支明细", "2026年10月", False)
    ]
    assert [(row.notice, row.unposted) for row in work.running] == [(project, True)]
    assert summary(place.cadre, place.village) == [
        ("三务公开到期", 1, "warn"),
        ("公示要张贴拍照", 1, "warn"),
        ("异议要答复", 1, "warn"),
    ]
    page = signed_in(client, place.cadre).get(PAGE).content.decode()
    assert f"{project.number}没有张贴照片；{project.number}有1件异议未答复" in page
    assert f"/admin/notices/notice/{project.pk}/do/post/" in page
    assert f"/admin/notices/notice/{project.pk}/do/object/" in page
    assert "起草公开" in page
    assert "去答复" not in page, "a cadre sees it, the secretary answers"
    page = signed_in(client, place.secretary).get(PAGE).content.decode()
    assert "去答复" in page
    travel_to("2026-11-13 09:00")
    assert summary(place.cadre, place.village) == [
        ("三务公开逾期", 1, "bad"),
        ("公示要张贴拍照", 1, "warn"),
        ("异议要答复", 1, "bad"),
    ]


def test_done_work_goes_away(place: Place, project: Notice, travel_to: Callable[[str], None]) -> None:
    services.record_posting(
        actor=place.cadre,
        notice=project,
        posted_on=date(2026, 11, 2),
        board="村委会公示栏",
        photo=io.BytesIO(photo_bytes()),
    )
    assert ("公示要张贴拍照", 1, "warn") not in summary(place.cadre, place.village)
    travel_to("2026-11-16 09:00")
    (row,) = village_work(place.cadre, place.village).running
    assert (row.gate.open, row.unposted) == (True, False)
    travel_to("2026-12-20 09:00")
    work = village_work(place.cadre, place.village)
    assert work.running == []
    assert all(row.state != DONE for row in work.due)


def test_only_village_people_have_the_page(client: Client, place: Place, project: Notice) -> None:
    assert client.get(PAGE).status_code == 302
    for user in (place.clerk, place.leader, place.auditor):
        assert signed_in(client, user).get(PAGE).status_code == 404
    page = signed_in(client, place.stranger).get(f"{PAGE}?village={place.village.code}").content.decode()
    assert project.title not in page
    assert "大集村" in page
