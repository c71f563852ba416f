"""The review list: source, 利害关系, photos and doubts are shown; many at once are decided by another person."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from cogov.access.roles import Role
from points.models import PointsRecord
from points.services.recording import preview
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.points.test_recording import scene
from villages.models import StaffResident

pytestmark = pytest.mark.django_db
LIST = "/admin/points/pointsrecord/"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def secretary(place: Setting, client: Client) -> Client:
    client.force_login(place.secretary)
    return client


def test_the_list_shows_what_speaks_against_a_record(place: Setting, secretary: Client) -> None:
    StaffResident.objects.create(user=place.cadre, resident=place.households[0].head)
    own = place.record(0, photo=scene(), source="grid")
    twin = place.record(1, photo=scene())
    html = secretary.get(LIST).content.decode()
    assert "网格员登记" in html
    assert '<span class="chip chip-bad">利害关系</span> 这是经办人自己的户' in html
    assert f'src="{LIST}{own.pk}/photo/small/"' in html
    assert html.count("的相同") == 2
    for flag, rows in (("interest", [own]), ("photo", [twin, own])):
        shown = secretary.get(f"{LIST}?flag={flag}").context["cl"].result_list
        assert [row.pk for row in shown] == [row.pk for row in rows]
    page = secretary.get(f"{LIST}{twin.pk}/change/").content.decode()
    assert f"照片与{place.households[0]}第{own.pk}号登记" in page
    asked = secretary.get(f"{LIST}{twin.pk}/do/approve/").content.decode()
    assert "照片疑点" in asked
    assert f'href="{LIST}{twin.pk}/photo/"' in asked
    book = load_workbook(io.BytesIO(b"".join(secretary.get(f"{LIST}export/").streaming_content)))  # type: ignore[attr-defined]
    assert [cell.value for cell in book.active[1]][8:11] == ["来源", "利害关系", "照片疑点"]  # type: ignore[index]


def test_photos_are_for_those_who_see_the_record(place: Setting, client: Client) -> None:
    row = place.record(0, photo=scene(size=(2000, 1500)))
    plain = place.record(1)
    paths = (f"{LIST}{row.pk}/photo/", f"{LIST}{row.pk}/photo/small/")
    assert client.get(paths[0]).status_code == 302
    client.force_login(user_with(Role.AUDITOR, place.village.code))
    sizes = []
    for path in paths:
        answer: Any = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        sizes.append(Image.open(io.BytesIO(data)).size)
    assert sizes == [(1600, 1200), (240, 180)]
    assert client.get(f"{LIST}{plain.pk}/photo/").status_code == 404
    row.photo.storage.delete(row.photo.name)
    assert client.get(paths[0]).status_code == 404
    stranger = setting(households=1)
    client.force_login(stranger.secretary)
    assert [client.get(path).status_code for path in paths] == [404, 404]


def tick(client: Client, action: str, rows: list[PointsRecord], **more: str) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "index": "0", **more}
    return client.post(LIST, data, follow=True)


def test_the_page_before_a_batch_names_what_needs_a_look(place: Setting, secretary: Client) -> None:
    StaffResident.objects.create(user=place.secretary, resident=place.households[2].head)
    rows = [
        place.record(0, photo=scene()),
        place.record(1, photo=scene()),
        place.record(2),
        place.record(3, actor=place.secretary),
    ]
    html = tick(secretary, "approve_records", rows).content.decode()
    assert "其中 1 条是您自己登记的" in html
    assert f"{rows[2]}：这是经办人自己的户" in html
    assert html.count("的相同</li>") == 2
    done = tick(secretary, "approve_records", rows, desk_confirm="1", comment="")
    text = done.content.decode()
    assert "审核通过：已办理 2 条" in text
    assert "有利害关系，须回避：这是经办人自己的户" in text
    assert "登记人不能审核自己登记的积分" in text
    states = PointsRecord.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["approved", "approved", "submitted", "submitted"]
    assert "不会通过" not in tick(secretary, "return_records", rows[2:3]).content.decode()


def test_a_return_in_a_batch_needs_a_reason(place: Setting, secretary: Client) -> None:
    rows = [place.record(0), place.record(1)]
    asked = tick(secretary, "return_records", rows, desk_confirm="1", comment="")
    assert "这个字段是必填项" in asked.content.decode()
    assert set(PointsRecord.objects.values_list("state", flat=True)) == {"submitted"}
    tick(secretary, "return_records", rows, desk_confirm="1", comment="缺签到表")
    assert set(PointsRecord.objects.values_list("state", "comment")) == {("returned", "缺签到表")}


def test_five_hundred_at_once(place: Setting, secretary: Client) -> None:
    rows = [
        PointsRecord(
            village=place.village,
            household=place.households[n % 4],
            rule=place.rules["L01"],
            occurred_on=dt.date(2026, 10, 1 + n % 28),
            period="2026-10",
            source_key=f"bulk:{n}",
            state="submitted",
            recorder=place.cadre,
            recorder_name="陈干事",
        )
        for n in range(500)
    ]
    preview(rows)
    PointsRecord.objects.bulk_create(rows)
    first = list(PointsRecord.objects.order_by("-pk")[:50])
    asked = tick(secretary, "approve_records", first, select_across="1")
    assert len(asked.context["ids"]) == 500
    all_of_them = list(PointsRecord.objects.all())
    done = tick(secretary, "approve_records", all_of_them, desk_confirm="1", comment="")
    assert "审核通过：已办理 500 条" in done.content.decode()
    assert PointsRecord.objects.filter(state="approved", reviewer=place.secretary).count() == 500


def test_the_list_asks_no_more_for_more_rows(
    place: Setting, secretary: Client, django_assert_max_num_queries: Any
) -> None:
    for index in range(4):
        place.record(index, photo=scene(seed=index + 1))
    secretary.get(LIST)
    with django_assert_max_num_queries(22):
        secretary.get(LIST)
