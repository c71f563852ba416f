"""The same record, activity or workbook sent twice at the same moment: one is written, the other hears of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from cogov.common.errors import ConflictError
from points.models import PointsActivity, PointsRecord
from points.services.importing import Deed, record_deeds
from points.services.recording import Line, record_activity
from tests.factories.points import Setting, setting
from tests.points.test_recording import scene

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place() -> Setting:
    return setting()


def together(work: Callable[[], Any], times: int = 8) -> list[Any]:
    """What each of ``times`` threads got; a refusal counts as its message."""

    def one(_: int) -> Any:
        try:
            return work()
        except ConflictError as error:
            return error.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_phone_that_sends_eight_times_makes_one_record(place: Setting) -> None:
    found = together(
        lambda: (
            place.record(
                photo=scene(), source_key="field:1:a", occurred_on=timezone.localdate(), source="grid"
            ).pk
        )
    )
    assert set(found) == {PointsRecord.objects.get().pk}


def test_an_activity_is_entered_once(place: Setting) -> None:
    today = timezone.localdate()
    lines = [Line(home) for home in place.households]
    found = together(
        lambda: (
            record_activity(
                actor=place.cadre,
                village=place.village,
                name="清洁家园日",
                held_on=today,
                place="",
                rule=place.rules["L01"],
                lines=lines,
            ).pk
        )
    )
    told = f"{today:%Y年%m月%d日}的“清洁家园日”已经登记过（4 户），没有重复登记"
    assert sorted(map(str, found)) == sorted([str(PointsActivity.objects.get().pk), *[told] * 7])
    assert PointsRecord.objects.count() == 4


def test_a_workbook_confirmed_eight_times_is_recorded_once(place: Setting) -> None:
    today = timezone.localdate()
    deeds = [
        Deed(
            home,
            place.rules["L01"],
            1,
            today - dt.timedelta(days=day),
            row=10 * day + place.households.index(home),
        )
        for home in place.households
        for day in range(3)
    ]
    found = together(lambda: record_deeds(actor=place.cadre, village=place.village, deeds=deeds))
    assert sorted(found) == [*[(0, 12)] * 7, (12, 0)]
    assert PointsRecord.objects.count() == 12
