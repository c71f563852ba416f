"""A month's close where a village's list cannot be published: it fails by name, stops nobody, and is repeated."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cogov.access.roles import Role
from cogov.common.periods import Period
from cogov.desk.models import Message
from cogov.jobs.models import Job
from notices.models import Notice
from notices.services import issuer_profile
from points.models import PointsEntry
from reports.selectors import is_closed
from tests.factories.issuers import give_telephone, take_telephones
from tests.factories.points import setting, user_with
from tests.factories.villages import HouseholdFactory, VillageFactory

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


def test_a_village_without_telephone_is_named_and_closes_later(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-10-20 09:00")
    place = setting()
    place.approved()
    township = place.village.township
    reached = VillageFactory(township=township, name="大集村")
    HouseholdFactory(village=reached)
    office = user_with(Role.TOWNSHIP_ADMIN, township.code)
    take_telephones()
    profile = issuer_profile(township=township, village=reached)
    profile.objection_telephone = "0715-3690102"
    profile.save()

    travel_to("2026-11-02 00:20")
    with pytest.raises(CommandError, match="板坑村"):
        call_command("close_month", township.code, "2026-10", "--wait")

    assert is_closed(reached.code, OCTOBER)
    assert not is_closed(place.village.code, OCTOBER)
    assert not is_closed(township.code, OCTOBER)
    failed = Job.objects.get(village_code=place.village.code, kind="reports.close_village")
    assert "没有异议受理电话，不能发布" in failed.error and "公示 → 发文机关" in failed.error
    message = Message.objects.filter(user=office).latest("pk")
    assert "板坑村" in message.body and "没有异议受理电话" in message.body
    assert not Notice.objects.filter(village=place.village).exists()
    assert PointsEntry.objects.count() == 1

    give_telephone(township)
    call_command("close_month", township.code, "2026-10", "--wait")
    assert is_closed(place.village.code, OCTOBER) and is_closed(township.code, OCTOBER)
    assert PointsEntry.objects.count() == 1
    lists = Notice.objects.filter(kind="points_list", state="published")
    assert {notice.village_id: notice.serial for notice in lists} == {place.village.pk: 1, reached.pk: 1}
    document = lists.get(village=place.village).snapshot.document
    assert document["content"]["objection"]["telephone"] == "0715-3690000"
    assert document["poster"]["objection"] == document["content"]["objection"]
