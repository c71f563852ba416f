"""The desk's pages of points: scoped, few queries, decided by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from cogov.access.roles import Role
from cogov.common.periods import Period
from points.models import PointsEntry, PointsRecord, PointsRuleSet
from points.services.posting import post_month
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.points.test_month import close

pytestmark = pytest.mark.django_db
LISTS = (
    "pointsruleset",
    "pointsrule",
    "pointsactivity",
    "pointsrecord",
    "deductionhearing",
    "pointsaccount",
    "pointsentry",
    "pointsmonth",
    "periodstanding",
)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.mark.parametrize("model", LISTS)
def test_lists_take_few_queries_and_show_only_the_scope(
    place: Setting, client: Client, model: str, django_assert_max_num_queries: Any
) -> None:
    for index in range(4):
        place.approved(index)
    close(place)
    client.force_login(place.secretary)
    path = f"/admin/points/{model}/"
    client.get(path)
    with django_assert_max_num_queries(12):
        response = client.get(path)
    assert response.status_code == 200
    outsider = setting(households=1)
    client.force_login(outsider.secretary)
    html = client.get(path).content.decode()
    assert place.households[0].head_name not in html
    client.force_login(user_with(Role.KEEPER, place.village.code))
    assert client.get(path).status_code in (403, 404)


def test_batch_approval_by_another_person(place: Setting, client: Client) -> None:
    rows = [place.record(index) for index in range(3)]
    data = {
        "action": "approve_records",
        ACTION_CHECKBOX_NAME: [row.pk for row in rows],
        "desk_confirm": "1",
        "comment": "属实",
    }
    client.force_login(place.cadre)
    client.post("/admin/points/pointsrecord/", data)
    assert set(PointsRecord.objects.values_list("state", flat=True)) == {"submitted"}

    client.force_login(place.secretary)
    html = client.post("/admin/points/pointsrecord/", data, follow=True).content.decode()
    assert "已办理 3 条" in html
    assert set(PointsRecord.objects.values_list("state", "comment")) == {("approved", "属实")}


def test_reversal_page(place: Setting, client: Client) -> None:
    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=Period.month(2026, 10))
    entry = PointsEntry.objects.get()
    path = f"/admin/points/pointsentry/{entry.pk}/do/reverse/"
    client.force_login(place.cadre)
    assert client.post(path, {"reason": "x"}).status_code == 404
    client.force_login(place.secretary)
    assert client.get(path).status_code == 200
    assert client.post(path, {"reason": "复查未做"}).status_code == 302
    assert PointsEntry.objects.filter(reversal_of=entry).exists()


def test_rule_set_is_drafted_filled_and_published(place: Setting, client: Client) -> None:
    client.force_login(place.cadre)
    form = client.get("/admin/points/pointsruleset/add/").content.decode()
    assert '<option value="publicity" selected>' in form
    response = client.post(
        "/admin/points/pointsruleset/add/",
        {
            "posting": "publicity",
            "holder": "household",
            "base_points": 0,
            "township": place.village.township_id,
            "village": place.village.pk,
            "title": "新细则",
            "effective_from": "2026-12-01",
            "resolution": "村民代表会议",
            "resolved_on": "2026-11-01",
            "covenant": "村规民约",
            "year_end": "carry",
            "reply_workdays": 5,
            "red_list_top": 10,
        },
    )
    assert response.status_code == 302
    draft = PointsRuleSet.objects.get(title="新细则")
    assert (draft.version, draft.rules.count(), draft.posting) == (2, 4, "publicity")
    base = f"/admin/points/pointsruleset/{draft.pk}"
    rule = draft.rules.get(code="E01")
    added = client.post(
        f"{base}/do/rule/",
        {
            "code": "E09",
            "category": "environment",
            "name": "栽树",
            "unit": "棵",
            "sign": "earn",
            "points": 3,
        },
    )
    assert added.status_code == 302
    assert client.post(f"{base}/do/remove-rule/", {"rule": rule.pk}).status_code == 302
    assert sorted(draft.rules.values_list("code", flat=True)) == ["D01", "E09", "L01", "V01"]
    assert client.post(f"{base}/do/publish/").status_code == 404
    client.force_login(place.secretary)
    assert client.post(f"{base}/do/publish/").status_code == 302
    draft.refresh_from_db()
    assert draft.state == "published"
    assert client.get(f"{base}/do/rule/", follow=True).status_code == 200


def test_hearing_pages(place: Setting, client: Client) -> None:
    row = place.approved(0, "D01")
    client.force_login(place.cadre)
    notify = f"/admin/points/pointsrecord/{row.pk}/do/notify/"
    data = {"article": "第八条", "way": "visit", "notified_on": "2026-11-02"}
    assert client.post(notify, data).status_code == 302
    base = f"/admin/points/deductionhearing/{row.hearing.pk}/do"
    assert client.post(f"{base}/reply/", {"reply": "不是我", "replied_on": "2026-11-02"}).status_code == 302
    client.force_login(place.secretary)
    assert client.post(f"{base}/drop/", {"decision": "查无实据"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "rejected"


def test_single_decisions(place: Setting, client: Client) -> None:
    rows = [place.record(index) for index in range(3)]
    client.force_login(place.secretary)
    for row, code, state in zip(
        rows, ("approve", "return", "reject"), ("approved", "returned", "rejected"), strict=True
    ):
        path = f"/admin/points/pointsrecord/{row.pk}/do/{code}/"
        assert client.get(path).status_code == 200
        assert client.post(path, {"comment": "看过"}).status_code == 302
        row.refresh_from_db()
        assert row.state == state


def test_export_of_entries(place: Setting, client: Client) -> None:
    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=Period.month(2026, 10))
    client.force_login(place.secretary)
    for model in ("pointsentry", "pointsrecord", "pointsaccount", "periodstanding", "pointsrule"):
        response = client.get(f"/admin/points/{model}/export/")
        assert response.status_code == 200
        assert b"".join(response.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
