"""评议签字表 (PNT-8): what stands on it, who may print it, what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from points.printing.review_sheet import layout_review_sheet
from points.selectors.holders import wording
from points.selectors.review_sheets import ReviewLine, ReviewSheet, members_of, review_sheet
from points.services.own_records import withdraw_record
from points.services.review_sheets import print_review_sheet
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from villages.models import Organisation, OrganisationKind, OrganisationMember

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-10-30 09:00")
    found = setting()
    group = Organisation.objects.create(
        village=found.village,
        kind=OrganisationKind.objects.get(code="points_review"),
        name="板坑村积分评议小组",
        founded_on=dt.date(2026, 1, 5),
    )
    for order, name in enumerate(("程汉章", "汪月英", "尉迟木林"), 1):
        OrganisationMember.objects.create(
            organisation=group, name=name, office="成员", order=order, starts_on=dt.date(2026, 1, 5)
        )
    OrganisationMember.objects.create(
        organisation=group,
        name="旧成员",
        office="成员",
        starts_on=dt.date(2025, 1, 5),
        ends_on=dt.date(2025, 12, 31),
    )
    return found


def test_a_line_for_every_household_and_the_group_of_today(place: Setting) -> None:
    rows = [place.record(1, "V01", 1), place.record(0, "L01", 2), place.approved(0, "E01", 5)]
    sheet = review_sheet(place.village, "2026年10月", rows)
    first, second = place.households[:2]
    assert sheet.lines == (
        ReviewLine(
            "1组",
            "001户",
            first.head_name,
            (
                "修路投工2工日×20分=40分",
                "打扫公共巷道5次×5分=25分；本月上限20分，已得0分，计20分",
            ),
            60,
        ),
        ReviewLine("2组", "002户", second.head_name, ("照看老人1次×5分=5分",), 5),
    )
    assert (sheet.records, sheet.points) == (3, 65)
    assert members_of(place.village) == ("程汉章", "汪月英", "尉迟木林")


def test_printing_is_recorded_and_gives_the_same_bytes(place: Setting) -> None:
    rows = [place.record(0, "L01", 2)]
    first = print_review_sheet(actor=place.secretary, records=rows)
    assert first.startswith(b"%PDF-") and first == print_review_sheet(actor=place.secretary, records=rows)
    event = AuditEvent.objects.filter(action="points.print_review_sheet").first()
    assert event is not None and event.summary.endswith("板坑村2026年10月 1 户 1 笔 40 分")


def test_what_cannot_be_deliberated_on_is_refused(place: Setting) -> None:
    row = place.record(0, "L01", 2)
    withdraw_record(actor=place.cadre, record=row)
    with pytest.raises(RuleError, match="没有可以评议的"):
        print_review_sheet(actor=place.secretary, records=[row])
    stranger = user_with(Role.VILLAGE_SECRETARY, "421223101099")
    with pytest.raises(AccessDenied):
        print_review_sheet(actor=stranger, records=[place.record(1, "L01", 1)])
    assert not AuditEvent.objects.filter(action="points.print_review_sheet").exists()


def test_many_households_take_pages_and_the_signatures_stay_with_a_row() -> None:
    for count in (0, 1, 20, 27, 28, 60):
        lines = tuple(ReviewLine("1组", f"{n:03d}", "张三", ("修路投工2工日40分",), 40) for n in range(count))
        paper = layout_review_sheet(
            ReviewSheet("板坑村", "2026年10月", lines, ("甲",) * 5, count, wording("family")), "2026-10-30"
        )
        assert "评议小组成员签字" in paper.pages[-1]
        assert sum("户主签字" in page for page in paper.pages) == (len(paper.pages) if count else 0)
        assert paper.pages[-1].count("第") >= 1


def test_the_review_page_prints_it(place: Setting, client: Client) -> None:
    row = place.record(0, "L01", 2)
    client.force_login(place.secretary)
    answer = client.post(
        reverse("admin:points_pointsrecord_changelist"),
        {"action": "review_sheet", "_selected_action": [row.pk]},
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"].startswith("no-store, private")
