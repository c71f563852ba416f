"""The cadre pages: only for the village's own cadres, and everything through the services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cogov.access.roles import Role
from points.models import PointsActivity, PointsRecord
from points.services.review import review_record
from tests.factories.access import user_with
from tests.factories.points import Setting, later_version, setting

pytestmark = pytest.mark.django_db
PAGES = (
    "/village/",
    "/village/points/record/",
    "/village/points/activity/",
    "/village/points/mine/",
    "/village/notices/",
)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def cadre(place: Setting, client: Client) -> Client:
    client.force_login(place.cadre)
    return client


def deed(place: Setting, **changes: Any) -> dict[str, Any]:
    return {
        "household": "001",
        "rule": place.rules["L01"].pk,
        "quantity": 2,
        "occurred_on": "2026-11-01",
        "place": "村口",
        "note": "",
        **changes,
    }


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_village_cadres(place: Setting, client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    for role, code in ((Role.TOWNSHIP_ADMIN, place.village.code[:9]), (Role.AUDITOR, place.village.code)):
        client.force_login(user_with(role, code))
        assert client.get(path).status_code == 404
    client.force_login(place.cadre)
    assert client.get(path).status_code == 200


def test_record_page_hands_in_a_record(place: Setting, cadre: Client) -> None:
    response = cadre.post("/village/points/record/", deed(place), follow=True)
    assert response.status_code == 200
    assert "已提交：001户" in response.content.decode()
    row = PointsRecord.objects.get()
    assert (row.household, row.points, row.state, row.recorder) == (
        place.households[0],
        40,
        "submitted",
        place.cadre,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"household": "999"}, "没有找到“999”这一户"),
        ({"quantity": "-1"}, "数量要填 1 到 1000 的整数"),
        ({"quantity": "1.5"}, "数量要填 1 到 1000 的整数"),
        ({"occurred_on": "2026-11-03"}, "发生日期不能晚于今天"),
        ({"occurred_on": "2025-06-01"}, "发生日期已超过一年"),
        ({"rule": "0"}, "2026年11月01日有效的细则里没有这一项，请重新选择"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    place: Setting, cadre: Client, changes: dict[str, Any], message: str
) -> None:
    response = cadre.post("/village/points/record/", deed(place, **changes))
    assert response.status_code == 400
    assert message in response.content.decode()
    assert not PointsRecord.objects.exists()


def test_household_of_another_village_cannot_be_found(place: Setting, cadre: Client) -> None:
    other = setting(households=1)
    other.households[0].number = "777"
    other.households[0].save()
    response = cadre.post("/village/points/record/", deed(place, household="777"))
    assert "没有找到“777”这一户" in response.content.decode()
    found = cadre.post("/village/households/", {"q": "777"}).json()
    assert found == {"households": []}


def test_suggestions_by_number_name_and_initials(place: Setting, cadre: Client) -> None:
    home = place.households[1]
    for text in ("2", home.head_name, home.head_initials):
        found = cadre.post("/village/households/", {"q": text}).json()["households"]
        assert home.number in [row["number"] for row in found]


def test_what_is_typed_never_stands_in_an_address(place: Setting, client: Client) -> None:
    client.force_login(place.cadre)
    assert client.get("/village/households/", {"q": "001"}).status_code == 405
    unsafe = Client(enforce_csrf_checks=True)
    unsafe.force_login(place.cadre)
    assert unsafe.post("/village/households/", {"q": "001"}).status_code == 403
    client.force_login(user_with(Role.AUDITOR, place.village.code))
    assert client.post("/village/households/", {"q": "001"}).status_code == 404


def test_the_rules_are_those_of_the_day_of_the_deed(place: Setting, cadre: Client) -> None:
    """A deed of October is entered in November, when a new version is in force."""
    old = place.rules["L01"].pk
    later_version(place, dt.date(2026, 11, 1))
    new = place.rules["L01"].pk
    for path, field in (("record/", "occurred_on"), ("activity/", "held_on"), ("activity/excel/", "held_on")):
        offered = {
            day: cadre.get(f"/village/points/{path}", {field: day}).content.decode()
            for day in ("2026-10-31", "2026-11-02", "2027-01-01", "x")
        }
        assert [f'value="{old}"' in page for page in offered.values()] == [True, False, False, False]
        assert [f'value="{new}"' in page for page in offered.values()] == [False, True, True, True]
        assert 'value="2026-10-31"' in offered["2026-10-31"]
        assert 'value="2026-11-02"' in offered["x"]
    refused = cadre.post("/village/points/record/", deed(place, rule=new, occurred_on="2026-10-31"))
    assert refused.status_code == 400
    assert "2026年10月31日有效的细则里没有这一项，请重新选择" in refused.content.decode()
    assert f'value="{old}"' in refused.content.decode()
    assert not PointsRecord.objects.exists()
    assert (
        cadre.post("/village/points/record/", deed(place, rule=old, occurred_on="2026-10-31")).status_code
        == 302
    )
    assert PointsRecord.objects.get().rule_id == old


def test_a_day_before_all_rules_says_so(place: Setting, cadre: Client) -> None:
    page = cadre.get("/village/points/record/", {"occurred_on": "2025-12-05"}).content.decode()
    assert "2025年12月05日本村没有您可以登记的积分事项。" in page
    refused = cadre.post("/village/points/record/", deed(place, occurred_on="2025-12-05"))
    assert "2025年12月05日有效的细则里没有这一项" in refused.content.decode()
    assert not PointsRecord.objects.exists()


def test_activity_is_entered_once(place: Setting, cadre: Client) -> None:
    data = {
        "name": "清洁家园日",
        "held_on": "2026-11-01",
        "place": "广场",
        "rule": place.rules["L01"].pk,
        "lines": "001\n2 3\n003",
    }
    assert cadre.post("/village/points/activity/", data).status_code == 302
    rows = PointsRecord.objects.order_by("household__number")
    assert [(row.household.number, row.quantity, row.points) for row in rows] == [
        ("001", 1, 20),
        ("002", 3, 60),
        ("003", 1, 20),
    ]
    again = cadre.post("/village/points/activity/", data)
    assert again.status_code == 400
    assert "已经登记过（3 户），没有重复登记" in again.content.decode()
    assert (PointsActivity.objects.count(), PointsRecord.objects.count()) == (1, 3)


def test_activity_names_the_bad_lines_and_takes_none(place: Setting, cadre: Client) -> None:
    data = {
        "name": "清洁家园日",
        "held_on": "2026-11-01",
        "rule": place.rules["L01"].pk,
        "lines": "001\n999\n001\n002 0",
    }
    html = cadre.post("/village/points/activity/", data).content.decode()
    assert "第2行：没有找到“999”这一户" in html
    data["lines"] = "001\n001\n002 0"
    html = cadre.post("/village/points/activity/", data).content.decode()
    assert "与第1行重复" in html
    assert "第3行：数量应在 1 到 1000 之间" in html
    assert not PointsActivity.objects.exists()
    assert not PointsRecord.objects.exists()


def test_returned_record_is_corrected_and_handed_in_again(place: Setting, cadre: Client) -> None:
    row = place.record(quantity=5)
    review_record(actor=place.secretary, record=row, decision="return", comment="数量不对")
    assert "退回理由：数量不对" in cadre.get("/village/points/mine/?state=returned").content.decode()
    response = cadre.post(
        f"/village/points/mine/{row.pk}/",
        {"quantity": 3, "occurred_on": "2026-10-12", "place": "", "note": "核对过"},
    )
    assert response.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.quantity, row.points, row.note) == ("submitted", 3, 60, "核对过")


def test_only_my_own_records_can_be_touched(place: Setting, cadre: Client) -> None:
    row = place.record(actor=place.other)
    assert cadre.get(f"/village/points/mine/{row.pk}/").status_code == 404
    assert cadre.post(f"/village/points/mine/{row.pk}/withdraw/").status_code == 404
    row.refresh_from_db()
    assert row.state == "submitted"


def test_withdraw(place: Setting, cadre: Client) -> None:
    row = place.record()
    cadre.post(f"/village/points/mine/{row.pk}/withdraw/")
    row.refresh_from_db()
    assert row.state == "withdrawn"
    approved = place.approved(1)
    html = cadre.post(f"/village/points/mine/{approved.pk}/withdraw/", follow=True).content.decode()
    assert "不能撤回" in html


def test_query_counts(place: Setting, cadre: Client, django_assert_max_num_queries: Any) -> None:
    for index in range(4):
        place.record(index)
    for path, most in (("/village/", 22), ("/village/points/mine/", 12), ("/village/points/record/", 16)):
        cadre.get(path)
        with django_assert_max_num_queries(most):
            assert cadre.get(path).status_code == 200
