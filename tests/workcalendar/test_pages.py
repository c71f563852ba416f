"""The calendar's pages: admins enter and publish, others look or do not get in."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.desk.workdays import next_year_todo
from cogov.workcalendar.models import CalendarDay, CalendarYear
from tests.factories.notices import Place, make_place

pytestmark = pytest.mark.django_db
DAYS = "/admin/workcalendar/calendarday/"


@pytest.fixture
def place() -> Place:
    return make_place()


def _as(client: Client, user: Any) -> Client:
    client.force_login(user, backend="cogov.access.backends.DutyBackend")
    return client


def test_an_admin_enters_a_day_and_changes_it(client: Client, place: Place) -> None:
    _as(client, place.clerk)
    answer = client.post(f"{DAYS}add/", {"date": "2027-01-01", "name": "元旦"})
    assert answer.status_code == 302
    row = CalendarDay.objects.get(date=date(2027, 1, 1))
    assert (row.is_workday, row.name) == (False, "元旦")
    client.post(f"{DAYS}{row.pk}/change/", {"name": "元旦假期"})
    row.refresh_from_db()
    assert row.name == "元旦假期"
    assert client.get(DAYS).status_code == 200
    answer = client.post(f"{DAYS}{row.pk}/do/clear/", {})
    assert answer["Location"] == DAYS
    assert not CalendarDay.objects.filter(date=date(2027, 1, 1)).exists()


def test_a_refusal_stands_beside_the_form(client: Client, place: Place) -> None:
    answer = _as(client, place.clerk).post(
        f"{DAYS}add/", {"date": "2026-11-23", "is_workday": "on", "name": "上班"}
    )
    assert answer.status_code == 200
    assert "本来就上班" in answer.content.decode()
    assert not CalendarDay.objects.filter(date=date(2026, 11, 23)).exists()


def test_publishing_an_incomplete_year_names_what_is_missing(client: Client, place: Place) -> None:
    _as(client, place.clerk).post(f"{DAYS}add/", {"date": "2027-01-01", "name": "元旦"})
    year = CalendarYear.objects.get(year=2027)
    url = reverse("admin:workcalendar_calendaryear_publish", args=(year.pk,))
    answer = client.post(url, {"basis": "国办发明电〔2026〕9号"})
    assert "没有录入春节的放假日期" in answer.content.decode()
    year.refresh_from_db()
    assert not year.published
    assert client.get(reverse("admin:workcalendar_calendaryear_change", args=(year.pk,))).status_code == 200


@pytest.mark.parametrize("name", ["cadre", "secretary", "auditor"])
def test_others_cannot_enter_days(client: Client, place: Place, name: str) -> None:
    answer = _as(client, getattr(place, name)).post(f"{DAYS}add/", {"date": "2027-01-01", "name": "元旦"})
    assert answer.status_code == 403
    assert not CalendarDay.objects.filter(date=date(2027, 1, 1)).exists()


def test_the_todo_list_reminds_of_next_year_from_november(
    place: Place, travel_to: Callable[[str], None]
) -> None:
    travel_to("2026-10-31 09:00")
    assert next_year_todo(place.clerk) == []
    travel_to("2026-11-01 09:00")
    assert [item.title for item in next_year_todo(place.clerk)] == ["2027年的放假安排还没有公布"]
