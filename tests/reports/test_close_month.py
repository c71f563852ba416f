"""The month close: once, by the right people, with every document, and named failures."""

import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent, Seal
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from cogov.jobs.models import Job
from cogov.jobs.services import work_until_done, work_until_idle
from notices import render
from notices.models import Notice, NoticeSnapshot
from reports.models import MonthClose, Report
from reports.selectors import is_closed, latest_report
from reports.services import close_last_month, close_month
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)
ACTOR = SystemActor("测试")


@pytest.fixture(autouse=True)
def _november(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def _close(code: str, period: Period = OCTOBER) -> MonthClose:
    close = close_month(actor=ACTOR, code=code, period=period)
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    close.refresh_from_db()
    return close


def test_a_township_close_posts_every_village_and_publishes_everything(
    place: Place, posted: list[str]
) -> None:
    close = _close(place.township.code)
    assert close.state == "closed"
    assert close.outcome["villages"] == 2
    assert posted == [place.village.code, place.other.code]
    numbers = list(Notice.objects.order_by("township", "village", "id").values_list("number", flat=True))
    assert sorted(numbers) == sorted(
        [
            "板坑村通报〔2026〕1号",
            "板坑村月报〔2026〕1号",
            "大集村通报〔2026〕1号",
            "大集村月报〔2026〕1号",
            "沙政月报〔2026〕1号",
        ]
    )
    assert sorted(Report.objects.values_list("code", flat=True)) == [
        place.township.code,
        place.village.code,
        place.other.code,
    ]
    assert all(
        is_closed(code, OCTOBER) for code in (place.township.code, place.village.code, place.other.code)
    )
    assert Seal.objects.filter(township_code=place.township.code).exists()
    closes = Job.objects.exclude(kind="desk.deliver")
    assert set(closes.values_list("state", flat=True)) == {"done"}


def test_closing_again_changes_nothing(place: Place, posted: list[str]) -> None:
    first = _close(place.township.code)
    heads = list(NoticeSnapshot.objects.order_by("pk").values_list("chain_digest", flat=True))
    again = _close(place.township.code)
    assert (again.pk, again.job_id, again.closed_at) == (first.pk, first.job_id, first.closed_at)
    assert list(NoticeSnapshot.objects.order_by("pk").values_list("chain_digest", flat=True)) == heads
    assert len(posted) == 2


def test_a_village_closed_alone_is_not_closed_again_with_its_township(
    place: Place, posted: list[str]
) -> None:
    _close(place.village.code)
    assert posted == [place.village.code]
    assert not is_closed(place.township.code, OCTOBER)
    _close(place.township.code)
    assert posted == [place.village.code, place.other.code]


def test_a_county_closes_all_its_townships(place: Place, posted: list[str]) -> None:
    close = _close("421223")
    assert (close.name, close.state, close.outcome) == ("崇阳县", "closed", {"townships": 1})
    assert is_closed(place.township.code, OCTOBER)


def test_one_failing_village_is_named_and_stops_nobody(
    place: Place, posted: list[str], refused: set[str]
) -> None:
    refused.add(place.village.code)
    close = _close(place.township.code)
    assert close.state == "closing"
    assert close.job is not None
    assert close.job.error == "2项中有1项没有完成：板坑村2026年10月月结（积分细则还没有公布）"
    assert is_closed(place.other.code, OCTOBER)
    assert latest_report(place.township.code, OCTOBER) is None
    refused.clear()
    close = _close(place.township.code)
    assert close.state == "closed"
    assert posted == [place.other.code, place.village.code], "only the failed one was done again"


def test_the_report_says_what_changed_and_compares_with_the_month_before(
    place: Place, posted: list[str]
) -> None:
    _close(place.village.code, Period.month(2026, 9))
    _close(place.village.code)
    report = latest_report(place.village.code, OCTOBER)
    assert report is not None
    assert report.snapshot["narrative"] == [
        "2026年10月，板坑村各项工作情况如下。积分方面，发放积分101分，比上月增加10分（增长11%）；参与户数2户，与上月持平。",
        "与上月相比，2项可比指标中，1项上升、0项下降、1项持平；升幅最大的是发放积分，增长11%。",
        "本月没有登记数据的有：公示公开。",
    ]


def test_the_township_report_compares_its_villages(place: Place, posted: list[str]) -> None:
    _close(place.township.code)
    report = latest_report(place.township.code, OCTOBER)
    assert report is not None
    section = report.snapshot["sections"][-1]
    assert section["title"] == "各村情况"
    assert section["tables"][0]["columns"] == ["村（社区）", "发放积分（分）", "发布公示（份）"]
    assert section["tables"][0]["rows"] == [["板坑村", "101", "0"], ["大集村", "102", "0"]]


def test_the_bulletin_prints_the_heads_of_chain_and_seal(place: Place, posted: list[str]) -> None:
    _close(place.township.code, Period.month(2026, 9))
    head = NoticeSnapshot.objects.filter(chain_code=place.village.code).latest("position").chain_digest
    seal = Seal.objects.get(township_code=place.township.code)
    _close(place.township.code)
    bulletin = latest_report(place.village.code, OCTOBER).bulletin  # type: ignore[union-attr]
    text = json.dumps(bulletin.snapshot.document, ensure_ascii=False)  # type: ignore[union-attr]
    assert f"公示链首 {head[:32]}；" in text
    assert f"账目与操作记录封存 {seal.head[:32]}。" in text


def test_report_and_bulletin_can_be_printed(place: Place, posted: list[str]) -> None:
    _close(place.township.code)
    for report in Report.objects.all():
        assert render.pdf_bytes(report.notice).startswith(b"%PDF")
    village = latest_report(place.village.code, OCTOBER)
    assert village is not None
    assert village.bulletin is not None
    assert render.pdf_bytes(village.bulletin).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("code", "period", "message"),
    [
        ("421223101", Period.month(2026, 11), "2026年11月还没有结束"),
        ("421223101", Period.quarter(2026, 3), "月结按月进行"),
        ("421223999", OCTOBER, "没有区划代码为“421223999”"),
        ("abc", OCTOBER, "没有区划代码"),
    ],
)
def test_impossible_closes_are_refused(place: Place, code: str, period: Period, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        close_month(actor=ACTOR, code=code, period=period)
    assert not MonthClose.objects.exists()
    assert not Job.objects.exists()


def test_a_place_without_households_has_nothing_to_close(place: Place) -> None:
    from villages.models import Household

    Household.objects.all().delete()
    for code in ("421223", place.township.code, place.village.code):
        with pytest.raises(RuleError, match="还没有录入住户"):
            close_month(actor=ACTOR, code=code, period=OCTOBER)


def test_only_the_township_admin_closes_and_only_his_own(place: Place) -> None:
    for user, code in (
        (place.cadre, place.village.code),
        (place.secretary, place.village.code),
        (place.auditor, place.township.code),
        (place.leader, place.township.code),
        (place.clerk, "421223"),
        (place.clerk, "421223102"),
    ):
        with pytest.raises(AccessDenied):
            close_month(actor=user, code=code, period=OCTOBER)
    assert not MonthClose.objects.exists()
    assert not AuditEvent.objects.filter(action="jobs.enqueue").exists()
    close = close_month(actor=place.clerk, code=place.township.code, period=OCTOBER)
    assert close.job is not None
    assert close.job.requested_by == place.clerk


def test_scope_of_closes_and_reports(place: Place, posted: list[str]) -> None:
    _close(place.township.code)
    for model in (MonthClose, Report):
        assert model.objects.for_user(place.clerk).count() == 3
        assert model.objects.for_user(place.auditor).count() == 3
        assert [row.code for row in model.objects.for_user(place.cadre)] == [place.village.code]
        assert [row.code for row in model.objects.for_user(place.stranger)] == [place.other.code]
    assert Job.objects.for_user(place.clerk).count() == 3


def test_the_close_starts_by_itself_in_the_first_days(
    place: Place, posted: list[str], travel_to: Callable[[str], None]
) -> None:
    first, second = close_last_month(), close_last_month()
    assert [close.pk for close in first] == [close.pk for close in second], "two beats, one close"
    assert (first[0].code, first[0].period) == (place.township.code, "2026-10")
    work_until_idle(heartbeat=False)
    assert is_closed(place.township.code, OCTOBER)
    travel_to("2026-12-08 00:20")
    assert close_last_month() == []


def test_beat_starts_the_close_every_day(
    place: Place, posted: list[str], travel_to: Callable[[str], None]
) -> None:
    """The clock's entries are tasks that exist; the one of the close asks for last month's, once however often it runs."""
    from cogov.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks) == set()
    entry = app.conf.beat_schedule["close-last-month"]
    assert (entry["schedule"]._orig_day_of_month, entry["schedule"]._orig_hour) == ("*", "0")
    travel_to("2026-12-01 00:20")
    app.tasks[entry["task"]]()
    app.tasks[entry["task"]]()
    asked = MonthClose.objects.get(code=place.township.code)
    assert asked.period == "2026-11"
    assert asked.job is not None
    assert asked.job.requested_by is None


def test_the_command_closes_waits_and_reports(
    place: Place, posted: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("close_month", place.township.code, "2026-10", "--json")
    queued = json.loads(capsys.readouterr().out)
    assert (queued["state"], queued["closed"]) == ("queued", False)
    call_command("close_month", place.township.code, "2026-10", "--wait", "--json")
    done = json.loads(capsys.readouterr().out)
    assert (done["state"], done["closed"], done["children"], done["failed"]) == ("done", True, 2, [])


def test_the_command_fails_with_the_reason(
    place: Place, posted: list[str], refused: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    refused.add(place.village.code)
    with pytest.raises(CommandError, match="板坑村"):
        call_command("close_month", place.township.code, "2026-10", "--wait")
    with pytest.raises(CommandError, match="还没有结束"):
        call_command("close_month", place.township.code, "2026-11", "--wait")
    with pytest.raises(CommandError, match="不是有效的期间"):
        call_command("close_month", place.township.code, "October")
