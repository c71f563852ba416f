"""Five hundred records approved in one click: no statement for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cogov.audit.models import AuditEvent
from points.models import PointsRecord
from points.services.recording import Line, record_activity
from tests.factories.points import Setting, setting

pytestmark = pytest.mark.django_db
PATH = "/admin/points/pointsrecord/"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting(households=100)


def sign_in_lists(place: Setting, *days: dt.date) -> list[int]:
    """The same hundred households on each of the days; returns the records that wait for review."""
    for day in days:
        record_activity(
            actor=place.cadre,
            village=place.village,
            name="清洁家园",
            held_on=day,
            place="村委会",
            rule=place.rules["E01"],
            lines=[Line(home) for home in place.households],
        )
    return list(PointsRecord.objects.filter(state="submitted").order_by("pk").values_list("pk", flat=True))


def approve(client: Client, ids: list[int]) -> int:
    """Tick and confirm as the secretary does; returns the number of statements."""
    data = {"action": "approve_records", ACTION_CHECKBOX_NAME: ids, "desk_confirm": "1", "comment": "属实"}
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.post(PATH, data)
    assert response.status_code == 302
    return len(captured)


def test_five_hundred_records_take_hardly_more_statements_than_a_hundred(
    place: Setting, client: Client
) -> None:
    client.force_login(place.secretary)
    approve(client, [place.record(0, "L01").pk])  # whatever is read once is read now
    hundred = approve(client, sign_in_lists(place, dt.date(2026, 9, 10)))
    ids = sign_in_lists(place, *(dt.date(2026, 10, day) for day in range(1, 6)))
    assert len(ids) == 500
    five_hundred = approve(client, ids)
    assert five_hundred - hundred <= 6  # figures and events are written in parts
    assert five_hundred <= 40
    rows = PointsRecord.objects.filter(pk__in=ids)
    assert set(rows.values_list("state", "reviewer_id")) == {("approved", place.secretary.pk)}
    # 5 points a time, 20 a month: the fifth gives nothing.
    assert list(rows.order_by("pk").values_list("points", flat=True)) == [5] * 400 + [0] * 100
    assert (
        AuditEvent.objects.filter(
            action="points.approve_record", object_id__in=[str(pk) for pk in ids]
        ).count()
        == 500
    )
