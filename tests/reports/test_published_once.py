"""A report is published once, whoever asks again: the job of a month close may run twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.periods import Period
from notices.models import Notice
from reports.models import Report
from reports.services.building import publish_report
from reports.services.collecting import ReportPlace
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("period", [Period.month(2026, 10), Period.quarter(2026, 3)], ids=str)
def test_a_second_publishing_gives_the_report_that_stands(
    place: Place, period: Period, travel_to: Callable[[str], None]
) -> None:
    travel_to("2026-11-02 09:00")
    where = ReportPlace(place.township, place.village)
    first = publish_report(actor=SystemActor("测试"), place=where, period=period)
    written = Notice.objects.count(), AuditEvent.objects.count()
    again = publish_report(actor=SystemActor("测试"), place=where, period=period)
    assert (again.pk, again.edition) == (first.pk, 1)
    assert (Notice.objects.count(), AuditEvent.objects.count()) == written
    assert Report.objects.get() == first
