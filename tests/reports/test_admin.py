"""The pages of closes and reports: who sees what, starting a close, the documents."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.jobs.services import work_until_done
from reports.models import MonthClose, Report
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db
ADD = "/admin/reports/monthclose/add/"


@pytest.fixture(autouse=True)
def _november(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


@pytest.fixture
def closed(place: Place, posted: list[str]) -> MonthClose:
    from cogov.access.scope import SystemActor
    from cogov.common.periods import Period
    from reports.services import close_month

    close = close_month(actor=SystemActor("测试"), code=place.township.code, period=Period.month(2026, 10))
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    close.refresh_from_db()
    return close


def _as(client: Client, user: Any) -> Client:
    client.force_login(user, backend="cogov.access.backends.DutyBackend")
    return client


def test_the_form_offers_only_own_places_and_months_that_are_over(client: Client, place: Place) -> None:
    page = _as(client, place.clerk).get(ADD)
    assert page.status_code == 200
    form = page.context["adminform"].form
    assert form.fields["place"].choices == [
        ("乡镇", [("421223101", "沙坪镇")]),
        ("村", [("421223101201", "沙坪镇板坑村"), ("421223101202", "沙坪镇大集村")]),
    ]
    groups = dict(form.fields["month"].choices)
    assert groups["月结"][:2] == [("2026-10", "2026年10月"), ("2026-09", "2026年9月")]
    assert groups["季报"][0] == ("2026-Q3", "2026年第三季度")
    assert groups["半年报"][0] == ("2026-H1", "2026年上半年")
    assert groups["年报"][0] == ("2025", "2025年度")


def test_starting_a_close_leads_to_its_progress(client: Client, place: Place, posted: list[str]) -> None:
    answer = _as(client, place.clerk).post(ADD, {"place": "421223101", "month": "2026-10"})
    close = MonthClose.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:desk_job", args=(close.job_id,))
    assert close.job is not None
    assert close.job.requested_by == place.clerk
    work_until_done(close.job, heartbeat=False)
    status = client.get(reverse("admin:desk_job_status", args=(close.job_id,))).json()
    assert (status["state"], status["percent"], status["children_done"]) == ("done", 100, 2)


@pytest.mark.parametrize("name", ["cadre", "secretary", "leader", "auditor", "stranger"])
def test_others_cannot_start_a_close(client: Client, place: Place, name: str) -> None:
    answer = _as(client, getattr(place, name)).post(ADD, {"place": "421223101", "month": "2026-10"})
    assert answer.status_code in (403, 404)
    assert not MonthClose.objects.exists()


def test_a_place_that_is_not_offered_is_refused(client: Client, place: Place) -> None:
    answer = _as(client, place.clerk).post(ADD, {"place": "421223102", "month": "2026-10"})
    assert answer.status_code == 200
    assert not MonthClose.objects.exists()


def test_lists_and_pages_show_only_the_own_scope(client: Client, place: Place, closed: MonthClose) -> None:
    _as(client, place.cadre)
    own = Report.objects.get(code=place.village.code)
    foreign = Report.objects.get(code=place.other.code)
    listing = client.get(reverse("admin:reports_report_changelist")).content.decode()
    assert "板坑村" in listing
    assert "大集村" not in listing
    assert client.get(reverse("admin:reports_report_change", args=(own.pk,))).status_code == 200
    assert client.get(reverse("admin:reports_report_change", args=(foreign.pk,))).status_code == 404
    assert client.get(reverse("admin:reports_monthclose_change", args=(closed.pk,))).status_code == 404


def test_the_close_names_its_documents_and_the_report_shows_its_figures(
    client: Client, place: Place, closed: MonthClose
) -> None:
    _as(client, place.clerk)
    page = client.get(reverse("admin:reports_monthclose_change", args=(closed.pk,))).content.decode()
    for number in ("沙政月报〔2026〕1号", "板坑村月报〔2026〕1号", "大集村通报〔2026〕1号"):
        assert number in page
    report = Report.objects.get(code=place.township.code)
    page = client.get(reverse("admin:reports_report_change", args=(report.pk,))).content.decode()
    assert "沙坪镇各项工作情况如下" in page
    assert "各村主要数据" in page
    assert "<svg" in page
    assert "style=" not in page.split("<main", 1)[-1]


def test_failed_closes_stand_in_the_todo_list(
    client: Client, place: Place, posted: list[str], refused: set[str]
) -> None:
    from cogov.access.scope import SystemActor
    from cogov.common.periods import Period
    from reports.contributions import _failed_closes
    from reports.services import close_month

    refused.add(place.village.code)
    close = close_month(actor=SystemActor("测试"), code=place.township.code, period=Period.month(2026, 10))
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    items = _failed_closes(place.clerk)
    assert [item.title for item in items] == ["沙坪镇2026年10月月结没有完成"]
    assert "板坑村" in items[0].detail
    assert _failed_closes(place.cadre) == []


@pytest.mark.parametrize("model", ["monthclose", "report"])
def test_lists_cost_a_fixed_number_of_queries(
    client: Client,
    place: Place,
    closed: MonthClose,
    model: str,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    _as(client, place.clerk)
    with django_assert_max_num_queries(12):
        client.get(reverse(f"admin:reports_{model}_changelist"))


def test_the_dashboard_shows_how_far_last_month_is(client: Client, place: Place, closed: MonthClose) -> None:
    from cogov.common.periods import Period
    from reports.contributions import _closes_card

    card = _closes_card(place.clerk, Period.month(2026, 11))
    assert [(f.label, f.value, f.note) for f in card.figures] == [
        ("2026年10月已月结", 2, "共2个村（社区）"),
        ("已出月报", 3, ""),
    ]
    assert _closes_card(place.cadre, Period.month(2026, 11)).figures[0].note == "共1个村（社区）"
    assert _as(client, place.clerk).get("/admin/").status_code == 200
