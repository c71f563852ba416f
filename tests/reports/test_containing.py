"""A corrected report and those that contain it: named on the to-do list, corrected by one click, shown as such (RPT-1)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cogov.access.scope import SystemActor
from cogov.common.periods import Period
from cogov.desk import registry
from cogov.desk.registry import Figure, ReportScope, ReportSection, SectionData
from cogov.jobs.services import work_until_done
from reports import contributions
from reports.containing import longer_periods, outdated_within
from reports.models import Report, ReportCorrection
from reports.selectors import latest_report
from reports.services import (
    close_month,
    draft_report_correction,
    make_report,
    publish_report_correction,
)
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("测试")
AUGUST, QUARTER = Period.month(2026, 8), Period.quarter(2026, 3)
PERMISSION = "reports.correct_report"


@pytest.fixture
def points(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch, travel_to: Callable[[str], None]
) -> dict[str, int]:
    """July to September and the third quarter are reported; then it turns out what the village's August was."""
    travel_to("2026-11-02 09:00")
    now = {"2026-08": 100}

    def build(scope: ReportScope, period: Period) -> SectionData:
        villages = 2 if scope.level == "township" else 1
        own = [month.key for month in period.months()]
        value = sum(now.get(key, 50) for key in own) + 50 * len(own) * (villages - 1)
        if scope.code == place.other.code:
            value = 50 * len(own)
        return SectionData(figures=[Figure("发放积分", value, "分", previous=90)])

    monkeypatch.setattr(
        registry.report_sections, "_entries", {"sample": ReportSection("sample", "积分", 10, build)}
    )
    for month in (7, 8, 9):
        close = close_month(actor=ACTOR, code=place.township.code, period=Period.month(2026, month))
        assert close.job is not None
        work_until_done(close.job, heartbeat=False)
    made = make_report(actor=ACTOR, code=place.township.code, period=QUARTER)
    assert made.job is not None
    work_until_done(made.job, heartbeat=False)
    return now


def newest(code: str, period: Period) -> Report:
    report = latest_report(code, period)
    assert report is not None
    return report


def correct(place: Place, code: str, period: Period, reason: str = "漏记两笔") -> Report:
    drafted = draft_report_correction(actor=place.clerk, report=newest(code, period), reason=reason)
    return publish_report_correction(actor=place.leader, correction=drafted)


def waiting(place: Place) -> list[str]:
    return [f"{one.report}←{one.names}" for one in outdated_within(place.clerk, PERMISSION)]


def test_the_periods_that_a_month_lies_in() -> None:
    assert [p.key for p in longer_periods(Period.month(2026, 8))] == ["2026-Q3", "2026-H2", "2026"]
    assert [p.key for p in longer_periods(Period.month(2026, 12))] == ["2026-Q4", "2026-H2", "2026"]
    assert longer_periods(QUARTER) == ()


def test_a_correction_makes_those_due_that_contain_it(place: Place, points: dict[str, int]) -> None:
    assert waiting(place) == []
    points["2026-08"] = 130
    correct(place, place.village.code, AUGUST)
    assert waiting(place) == [
        "沙坪镇2026年8月月报←板坑村2026年8月月报（第2版）",
        "板坑村2026年第三季度季报←板坑村2026年8月月报（第2版）",
    ]
    todo = contributions._outdated(place.clerk)
    assert [item.title for item in todo] == [
        "沙坪镇2026年8月月报要随之更正",
        "板坑村2026年第三季度季报要随之更正",
    ]
    assert contributions._outdated(place.auditor) == contributions._outdated(place.stranger) == []


def test_the_township_edition_says_what_changed(place: Place, points: dict[str, int], client: Client) -> None:
    points["2026-08"] = 130
    first = newest(place.village.code, AUGUST)
    second = correct(place, place.village.code, AUGUST)
    old = newest(place.township.code, AUGUST)
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    page = client.get(reverse("admin:reports_report_change", args=(old.pk,))).content.decode()
    assert "本报告要随之更正" in page
    page = client.get(reverse("admin:reports_report_correct", args=(old.pk,))).content.decode()
    assert "所含的板坑村2026年8月报告已更正" in page

    edition = correct(place, place.township.code, AUGUST, "所含的板坑村2026年8月报告已更正")

    assert edition.snapshot["correction"]["of"] == old.notice.number
    assert edition.snapshot["correction"]["changes"] == [
        ["所含报告", "板坑村2026年8月", first.notice.number, second.notice.number],
        ["积分", "发放积分", "150分", "180分"],
        ["各村情况", "各村主要数据第1行", "板坑村、100", "板坑村、130"],
    ]
    printed = json.dumps(edition.notice.snapshot.document, ensure_ascii=False)
    assert "因所含的板坑村2026年8月报告已更正" in printed
    assert "更正对照表" in printed
    page = client.get(reverse("admin:reports_report_change", args=(edition.pk,))).content.decode()
    assert "更正对照" in page
    assert "本报告要随之更正" not in page
    page = client.get(reverse("admin:reports_report_change", args=(second.pk,))).content.decode()
    assert "板坑村2026年第三季度季报</a>要随之更正" in page


def test_it_goes_up_to_the_quarter_and_then_rests(place: Place, points: dict[str, int]) -> None:
    points["2026-08"] = 130
    correct(place, place.village.code, AUGUST)
    correct(place, place.township.code, AUGUST)
    assert waiting(place) == [
        "沙坪镇2026年第三季度季报←沙坪镇2026年8月月报（第2版）",
        "板坑村2026年第三季度季报←板坑村2026年8月月报（第2版）",
    ]
    correct(place, place.village.code, QUARTER)
    assert waiting(place) == [
        "沙坪镇2026年第三季度季报←沙坪镇2026年8月月报（第2版）、板坑村2026年第三季度季报（第2版）"
    ]
    edition = correct(place, place.township.code, QUARTER)
    assert [row[:2] for row in edition.snapshot["correction"]["changes"]] == [
        ["所含报告", "沙坪镇2026年8月"],
        ["所含报告", "板坑村2026年第三季度"],
        ["积分", "发放积分"],
        ["各月情况", "各月主要数据第2行"],
        ["各村情况", "各村主要数据第1行"],
    ]
    assert waiting(place) == []


def test_one_under_way_is_not_asked_for_again(place: Place, points: dict[str, int]) -> None:
    points["2026-08"] = 130
    correct(place, place.village.code, AUGUST)
    draft_report_correction(
        actor=place.clerk, report=newest(place.township.code, AUGUST), reason="所含报告已更正"
    )
    assert [item.title for item in contributions._outdated(place.clerk)] == [
        "板坑村2026年第三季度季报要随之更正"
    ]
    assert ReportCorrection.objects.filter(edition__isnull=True).count() == 1
