"""Quarterly, half-year and annual reports, comparisons, exceptions, rankings, links, workbooks, corrections."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cogov.access.scope import SystemActor
from cogov.common.errors import AccessDenied, ConflictError, RuleError
from cogov.common.periods import Period
from cogov.desk import registry
from cogov.desk.registry import (
    ExceptionItem,
    ExceptionSource,
    Figure,
    ReportScope,
    ReportSection,
    SectionData,
)
from cogov.jobs.services import work_until_done
from notices import kinds, render, states
from notices.models import Notice
from reports.models import Report, ReportCorrection
from reports.rules import Contestant, FigureFact, jumps, rank_per_household
from reports.selectors import latest_report
from reports.services import (
    close_month,
    draft_report_correction,
    make_report,
    publish_report_correction,
)
from tests.factories.market import sample_sale
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("测试")
QUARTER = Period.quarter(2026, 3)
OCTOBER = Period.month(2026, 10)


@pytest.fixture(autouse=True)
def _november(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def _close(code: str, month: int, year: int = 2026) -> None:
    close = close_month(actor=ACTOR, code=code, period=Period.month(year, month))
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)


def _text(notice: Notice) -> str:
    return json.dumps(notice.snapshot.document, ensure_ascii=False)


def test_a_quarter_is_reported_by_the_same_mechanism(
    place: Place, posted: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for month in (7, 8, 9):
        _close(place.township.code, month)
    calls = len(posted)
    call_command("make_report", place.township.code, "2026-Q3", "--wait", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["closed"], told["children"], told["name"]) == ("done", True, 2, "沙坪镇")
    assert len(posted) == calls, "a report posts nothing"
    reports = Report.objects.filter(period="2026-Q3").order_by("code")
    assert [str(report) for report in reports] == [
        "沙坪镇2026年第三季度季报",
        "板坑村2026年第三季度季报",
        "大集村2026年第三季度季报",
    ]
    assert [report.bulletin for report in reports] == [None, None, None]
    assert reports[1].notice.number == "板坑村报告〔2026〕1号"
    months = next(s for s in reports[1].snapshot["sections"] if s["code"] == "months")
    assert months["tables"][0]["columns"] == ["月份", "发放积分（分）", "发布公示（份）"]
    assert [row[:2] for row in months["tables"][0]["rows"]] == [["7月", "71"], ["8月", "81"], ["9月", "91"]]
    assert render.pdf_bytes(reports[0].notice).startswith(b"%PDF")
    call_command("make_report", place.township.code, "2026-Q3", "--wait")
    assert Report.objects.filter(period="2026-Q3").count() == 3


def test_months_that_are_not_closed_are_named(place: Place, posted: list[str]) -> None:
    with pytest.raises(
        RuleError, match="板坑村还有月份没有月结，先办理后再生成季报：2026年7月、2026年8月、2026年9月"
    ):
        make_report(actor=ACTOR, code=place.village.code, period=QUARTER)
    _close(place.village.code, 8)
    with pytest.raises(RuleError, match="季报：2026年9月。"):
        make_report(actor=ACTOR, code=place.village.code, period=QUARTER)
    _close(place.village.code, 9)
    close = make_report(actor=ACTOR, code=place.village.code, period=QUARTER)
    assert str(close) == "板坑村2026年第三季度季报"


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ("2026-10", "月报由月结生成"),
        ("2026-Q4", "还没有结束"),
        ("2026", "还没有结束"),
        ("2026-Q5", "不是有效的期间"),
    ],
)
def test_impossible_reports_are_refused(place: Place, period: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("make_report", place.township.code, period)
    assert not Report.objects.exists()


def test_others_may_not_ask_for_a_report(place: Place) -> None:
    for user in (place.cadre, place.secretary, place.auditor, place.leader, place.stranger):
        with pytest.raises(AccessDenied):
            make_report(actor=user, code=place.village.code, period=QUARTER)


def test_a_month_is_compared_with_the_month_before_and_with_last_year(
    place: Place, posted: list[str]
) -> None:
    _close(place.village.code, 10, 2025)
    _close(place.village.code, 9)
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    figure = report.snapshot["sections"][0]["figures"][0]
    assert (figure["value"], figure["previous"], figure["last_year"]) == (101, 91, 101)
    assert any(text.startswith("与上年同期相比，") for text in report.snapshot["narrative"])
    text = _text(report.notice)
    assert "与上年同期比较" in text
    assert "与上年同期持平" in text


def test_a_year_is_compared_with_the_year_before_only_once(place: Place, posted: list[str]) -> None:
    _close(place.village.code, 12, 2025)
    close = make_report(actor=ACTOR, code=place.village.code, period=Period.full_year(2025))
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    report = latest_report(place.village.code, Period.full_year(2025))
    assert report is not None
    assert {figure["last_year"] for s in report.snapshot["sections"] for figure in s["figures"]} == {None}


# -- exceptions, rankings ---------------------------------------------------------------------------


def test_exceptions_are_listed_with_the_list_behind_them(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ExceptionSource(
        "sample", 1, lambda scope, period: [ExceptionItem("样例", 3, "件", "请处理", "/admin/todo/")]
    )
    monkeypatch.setattr(registry.exception_sources, "_entries", {"sample": source})
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    section = next(s for s in report.snapshot["sections"] if s["code"] == "exceptions")
    assert section["tables"][0]["rows"] == [["样例", "3件", "请处理"]]
    assert section["tables"][0]["links"] == ["/admin/todo/"]


def test_households_without_a_head_and_waiting_papers_are_exceptions(
    client: Client, place: Place, posted: list[str]
) -> None:
    _close(place.township.code, 10)
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    report = latest_report(place.township.code, OCTOBER)
    assert report is not None
    section = next(s for s in report.snapshot["sections"] if s["code"] == "exceptions")
    table = section["tables"][0]
    assert table["rows"] == [["没有登记户主的户", "4户", "补登户主后，公示才能写明户主"]]
    page = client.get(table["links"][0])
    assert page.context["cl"].result_count == 4


def test_large_moves_are_found_and_small_numbers_left_alone() -> None:
    facts = [
        FigureFact("发放积分", "40", "分", 40, 100),
        FigureFact("公示", "6", "份", 6, 3),
        FigureFact("参与户数", "140", "户", 140, 100),
    ]
    assert [fact.label for fact in jumps(facts)] == ["发放积分"]


def test_a_ranking_is_normalised_shares_ranks_and_wants_a_minimum() -> None:
    placings = rank_per_household(
        [
            Contestant("甲村", 900, 300),
            Contestant("乙村", 400, 100),
            Contestant("丙村", 800, 200),
            Contestant("丁村", 500, 9),
        ]
    )
    assert [(p.rank, p.contestant.name, p.mean) for p in placings] == [
        (1, "乙村", Decimal("4.00")),
        (1, "丙村", Decimal("4.00")),
        (3, "甲村", Decimal("3.00")),
        (None, "丁村", Decimal("55.56")),
    ]


# -- every figure opens its list (BEY-10) -----------------------------------------------------------


@pytest.mark.parametrize("level", ["village", "township"])
def test_every_figure_of_every_section_opens_its_list(client: Client, place: Place, level: str) -> None:
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    code = place.village.code if level == "village" else place.township.code
    scope = ReportScope(level, code, "x")
    sample_sale(place.village)  # a village without a shop has no figures of it
    assert len(registry.report_sections) >= 3
    for section in registry.report_sections:
        for period in (OCTOBER, QUARTER):
            figures = section.build(scope, period).figures
            assert figures, section.title
            for figure in figures:
                assert figure.link, f"{section.title}：{figure.label} has no list behind it"
                answer = client.get(figure.link)
                assert answer.status_code == 200, f"{section.title}：{figure.label}：{figure.link}"


def test_the_list_behind_published_notices_holds_exactly_these(
    client: Client, place: Place, posted: list[str], travel_to: Callable[[str], None]
) -> None:
    from reports.sections import build_notices

    _close(place.township.code, 10)
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    for level, code, expected in (
        ("village", place.village.code, 2),
        ("township", place.township.code, 5),
    ):
        figure = build_notices(ReportScope(level, code, "x"), Period.month(2026, 11)).figures[0]
        assert figure.value == expected
        assert client.get(figure.link).context["cl"].result_count == expected


# -- workbook ----------------------------------------------------------------------------------------


def test_the_workbook_has_the_same_figures(client: Client, place: Place, posted: list[str]) -> None:
    from openpyxl import load_workbook

    _close(place.village.code, 9)
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    answer = client.get(reverse("admin:reports_report_xlsx", args=(report.pk,)))
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames[:2] == ["总体情况", "1 积分"]
    rows = list(book["1 积分"].iter_rows(values_only=True))
    assert rows[2][:5] == ("发放积分", 101, "分", 91, None)
    assert ("1", "张三", "101") not in [row[:3] for row in rows]
    assert (1, "张三", 101) in [row[:3] for row in rows], "columns of numbers are numbers"
    client.force_login(place.stranger, backend="cogov.access.backends.DutyBackend")
    assert client.get(reverse("admin:reports_report_xlsx", args=(report.pk,))).status_code == 404


# -- contents ----------------------------------------------------------------------------------------


def test_a_long_report_begins_with_a_page_of_contents(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogov.desk.registry import TableData

    def long(scope: ReportScope, period: Period) -> SectionData:
        return SectionData(tables=[TableData("长表", ("序号", "内容"), [(n, "内容") for n in range(200)])])

    sections = {f"s{n}": ReportSection(f"s{n}", f"第{n}部分", n, long) for n in range(3)}
    monkeypatch.setattr(registry.report_sections, "_entries", sections)
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    first = _contents_of(report.notice)
    assert [row[0] for row in first["rows"]][:2] == ["一、总体情况", "二、第0部分"]
    assert len(render.printout(report.notice).pages) > 8
    _assert_folios(report.notice)
    assert first["rows"][0][1] == "2"


def _contents_of(notice: Notice) -> dict[str, Any]:
    blocks = notice.snapshot.document["content"]["blocks"]
    found: list[dict[str, Any]] = [
        block for block in blocks if [c["title"] for c in block.get("columns", ())] == ["目录", "页码"]
    ]
    assert len(found) == 1
    return found[0]


def _assert_folios(notice: Notice) -> None:
    """Every line of the contents names the page on which its heading is printed."""
    pages = [
        "".join(part.split("<", 1)[0] for part in page.split(">")) for page in render.printout(notice).pages
    ]
    rows = _contents_of(notice)["rows"]
    assert [(title, title in pages[int(number) - 1]) for title, number in rows] == [
        (title, True) for title, _ in rows
    ]
    numbers = [int(number) for _, number in rows]
    assert numbers == sorted(numbers)


def test_the_contents_of_a_corrected_long_report_name_the_right_pages(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of old against new comes before them and moves every page."""
    from cogov.desk.registry import TableData

    word = {"": "内容"}

    def long(scope: ReportScope, period: Period) -> SectionData:
        rows = [(number, word[""] if number < 30 else "内容") for number in range(100)]
        return SectionData(tables=[TableData("长表", ("序号", "内容"), rows)])

    sections = {f"s{n}": ReportSection(f"s{n}", f"第{n}部分", n, long) for n in range(3)}
    monkeypatch.setattr(registry.report_sections, "_entries", sections)
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    word[""] = "更正后的内容"
    correction = draft_report_correction(actor=place.clerk, report=report, reason="漏记")
    edition = publish_report_correction(actor=place.leader, correction=correction)
    assert "更正对照表" in _text(edition.notice)
    _assert_folios(edition.notice)
    assert int(_contents_of(edition.notice)["rows"][0][1]) > 2


# -- corrections -------------------------------------------------------------------------------------


@pytest.fixture
def wrong(place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Report, dict[str, int]]:
    """A closed October of a village in which one figure turns out to be wrong, and one stock figure moves on."""
    now = {"points": 100, "stock": 50}

    def build(scope: ReportScope, period: Period) -> SectionData:
        return SectionData(
            figures=[
                Figure("发放积分", now["points"], "分", previous=90),
                Figure("在册户数", now["stock"], "户"),
            ]
        )

    monkeypatch.setattr(
        registry.report_sections, "_entries", {"sample": ReportSection("sample", "积分", 10, build)}
    )
    _close(place.village.code, 10)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    return report, now


def test_a_correction_is_a_later_edition_that_prints_old_against_new(
    client: Client, place: Place, wrong: tuple[Report, dict[str, int]]
) -> None:
    report, now = wrong
    now.update(points=120, stock=51)
    correction = draft_report_correction(actor=place.clerk, report=report, reason="漏记两笔")
    assert correction.snapshot["correction"]["changes"] == [["积分", "发放积分", "100分", "120分"]]
    assert latest_report(report.code, OCTOBER) == report
    with pytest.raises(RuleError, match="不能自己发布"):
        publish_report_correction(actor=place.clerk, correction=correction)
    for user in (place.cadre, place.secretary, place.auditor, place.stranger):
        with pytest.raises(AccessDenied):
            publish_report_correction(actor=user, correction=correction)
    edition = publish_report_correction(actor=place.leader, correction=correction)
    assert (edition.edition, str(edition)) == (2, "板坑村2026年10月月报（第2版）")
    assert publish_report_correction(actor=place.leader, correction=correction) == edition
    assert latest_report(report.code, OCTOBER) == edition
    report.refresh_from_db()
    assert report.snapshot["sections"][0]["figures"][0]["value"] == 100, "the first edition stays"
    assert edition.snapshot["sections"][0]["figures"][1]["value"] == 50, "what stood at the close stays"
    report.notice.refresh_from_db()
    assert report.notice.state == states.SUPERSEDED
    text = _text(edition.notice)
    for printed in (
        "更正：板坑村2026年10月月报",
        "因漏记两笔",
        "更正对照表",
        "积分：发放积分",
        "100分",
        "120分",
    ):
        assert printed in text
    assert edition.bulletin is not None
    assert "更正对照表" in _text(edition.bulletin)
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    page = client.get(reverse("admin:reports_report_change", args=(edition.pk,))).content.decode()
    assert "更正对照" in page
    page = client.get(reverse("admin:reports_reportcorrection_change", args=(correction.pk,)))
    assert page.status_code == 200


def test_nothing_to_correct_twice_at_once_or_by_others(
    place: Place, wrong: tuple[Report, dict[str, int]]
) -> None:
    report, now = wrong
    with pytest.raises(RuleError, match="没有需要更正的地方"):
        draft_report_correction(actor=place.clerk, report=report, reason="看看")
    now["points"] = 120
    with pytest.raises(RuleError, match="写明原因"):
        draft_report_correction(actor=place.clerk, report=report, reason=" ")
    with pytest.raises(AccessDenied):
        draft_report_correction(actor=place.cadre, report=report, reason="漏记")
    assert not ReportCorrection.objects.exists()
    draft_report_correction(actor=place.clerk, report=report, reason="漏记")
    with pytest.raises(ConflictError):
        draft_report_correction(actor=place.clerk, report=report, reason="漏记")
    assert ReportCorrection.objects.count() == 1


def test_reports_do_not_hang_on_the_board() -> None:
    assert (kinds.MONTHLY_REPORT.posting_days, kinds.get("period_report").posting_days) == (0, 0)


def test_the_form_starts_a_quarterly_report(client: Client, place: Place, posted: list[str]) -> None:
    for month in (7, 8, 9):
        _close(place.township.code, month)
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    answer = client.post("/admin/reports/monthclose/add/", {"place": place.township.code, "month": "2026-Q3"})
    assert answer.status_code == 302
    assert "/admin/jobs/" in answer["Location"]
