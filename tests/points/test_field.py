"""Recording in the field: one's own ground only, once per key, and every refusal told in a way the phone understands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.desk import field
from cogov.desk.field import FieldTile
from cogov.desk.registry import DuplicateCodeError
from points.models import PointsRecord
from points.services.review import review_record
from tests.factories.access import DutyFactory, user_with
from tests.factories.points import Setting, published_rules, setting
from tests.points.test_recording import picture, scene

pytestmark = pytest.mark.django_db
FORM, MINE = "/field/points/", "/field/points/mine/"
KEY = "11111111-2222-4333-8444-555555555555"
JSON = {"headers": {"Accept": "application/json"}}


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def worker(place: Setting) -> Any:
    return user_with(Role.GRID_WORKER, place.groups[0].code, full_name="赵网格员")


@pytest.fixture
def phone(worker: Any, client: Client) -> Client:
    client.force_login(worker)
    return client


def deed(place: Setting, **changes: Any) -> dict[str, Any]:
    return {
        "household": "001",
        "rule": place.rules["E01"].pk,
        "quantity": 1,
        "occurred_on": "2026-11-02",
        "place": "村口",
        "note": "",
        "key": KEY,
        **changes,
    }


@pytest.mark.parametrize("path", ["/field/", FORM, MINE])
def test_pages_are_for_those_who_work_outside(place: Setting, client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    for role, code in (
        (Role.TOWNSHIP_ADMIN, place.village.code[:9]),
        (Role.AUDITOR, place.village.code),
        (Role.KEEPER, place.village.code),
    ):
        client.force_login(user_with(role, code))
        assert client.get(path).status_code == 404
    for role, code in (
        (Role.GRID_WORKER, place.groups[0].code),
        (Role.GRID_HEAD, place.village.code),
        (Role.VILLAGE_CADRE, place.village.code),
    ):
        client.force_login(user_with(role, code))
        assert client.get(path).status_code == 200


def test_start_page_shows_registered_tiles(
    place: Setting, worker: Any, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = place.record(actor=worker)
    review_record(actor=place.secretary, record=row, decision="return", comment="数量不对")
    html = phone.get("/field/").content.decode()
    assert html.index("登记积分") < html.index("我登记的")
    assert "1 条被退回，请改好再提交" in html
    with pytest.raises(DuplicateCodeError):
        field.register_field_tile(FieldTile("points.mine", "x", "", "field:home", ""))
    field.register_field_tile(
        FieldTile("test.patrol", "今天的巡查", "3 处", "field:home", "points.review_points", order=5)
    )
    try:
        assert "今天的巡查" not in phone.get("/field/").content.decode()
        phone.force_login(place.cadre)
        assert "今天的巡查" in phone.get("/field/").content.decode()
    finally:
        field.field_tiles.unregister("test.patrol")


def test_a_grid_worker_records_with_a_photo(place: Setting, worker: Any, phone: Client) -> None:
    answer = phone.post(FORM, {**deed(place), "photo": scene()}, **JSON)
    assert answer.json() == {
        "ok": True,
        "message": f"已提交：{place.households[0]} 打扫公共巷道 1 次 × 5 分 = 5 分",
        "again": False,
    }
    row = PointsRecord.objects.get()
    assert (row.source, row.source_key, row.recorder, row.state, row.place) == (
        "grid",
        f"field:{worker.pk}:{KEY}",
        worker,
        "submitted",
        "村口",
    )
    shown = phone.get(f"{MINE}{row.pk}/photo/")
    assert (shown.status_code, shown["Content-Type"], shown["Cache-Control"]) == (
        200,
        "image/jpeg",
        "private, max-age=600",
    )
    assert shown.content[:3] == b"\xff\xd8\xff"
    phone.force_login(place.cadre)
    phone.post(FORM, deed(place, household="002"))
    assert PointsRecord.objects.latest("pk").source == "cadre"


def test_a_double_send_records_once(place: Setting, phone: Client) -> None:
    first = phone.post(FORM, {**deed(place), "photo": scene()}, **JSON).json()
    again = phone.post(FORM, {**deed(place), "photo": scene()}, **JSON).json()
    assert (first["again"], again["ok"], again["again"]) == (False, True, True)
    assert again["message"].startswith("这一条已经收到：")
    assert PointsRecord.objects.count() == 1
    assert phone.post(FORM, deed(place), follow=True).status_code == 200
    assert PointsRecord.objects.count() == 1


def test_another_persons_key_is_another_record(place: Setting, phone: Client) -> None:
    phone.post(FORM, deed(place))
    phone.force_login(place.cadre)
    phone.post(FORM, deed(place))
    assert PointsRecord.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field_name", "message"),
    [
        ({"household": "002"}, "household", "没有找到“002”这一户"),
        ({"household": ""}, "household", "这个字段是必填项。"),
        ({"quantity": "0"}, "quantity", "数量要填 1 到 1000 的整数"),
        ({"quantity": "2.5"}, "quantity", "数量要填 1 到 1000 的整数"),
        ({"occurred_on": "2026-11-03"}, "", "发生日期不能晚于今天"),
        ({"rule": "0"}, "rule", "有效的细则里没有这一项，请重新选择"),
        ({"key": "1"}, "key", "有效"),
    ],
)
def test_refusals_name_the_field(
    place: Setting, phone: Client, changes: dict[str, Any], field_name: str, message: str
) -> None:
    answer = phone.post(FORM, deed(place, **changes), **JSON)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field_name
    assert message in error["message"]
    assert phone.post(FORM, deed(place, **changes)).status_code == 400
    assert not PointsRecord.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7 not a picture", "这个文件不是照片，请上传 JPG、PNG 或 WEBP"),
        (b"x" * 31_000_000, "照片太大（29 MB），请小于 10 MB"),
    ],
)
@pytest.mark.parametrize("path", [FORM, "/village/points/record/"])
def test_what_is_no_photo_is_refused_on_the_page(
    place: Setting, client: Client, path: str, content: bytes, message: str
) -> None:
    client.force_login(place.cadre)
    answer = client.post(path, {**deed(place), "photo": SimpleUploadedFile("a.jpg", content)})
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not PointsRecord.objects.exists()


def test_the_same_photo_again(place: Setting, phone: Client) -> None:
    phone.post(FORM, {**deed(place), "photo": scene()}, **JSON)
    row = PointsRecord.objects.get()
    other = "22222222-2222-4333-8444-555555555555"
    answer = phone.post(FORM, {**deed(place, key=other), "photo": scene()}, **JSON)
    assert f"第{row.pk}号" in answer.json()["errors"][0]["message"]
    assert PointsRecord.objects.count() == 1
    phone.post(FORM, {**deed(place, key=other, household="003"), "photo": scene()}, **JSON)
    assert PointsRecord.objects.latest("pk").photo_doubt.startswith(f"照片与{row.household}第{row.pk}号登记")


def test_only_rules_of_the_role_are_offered(travel_to: Callable[[str], None], client: Client) -> None:
    travel_to("2026-11-02 09:00")
    place = setting()
    rules = ({
        "code": "G01", "category": "safety", "name": "排查矛盾", "unit": "件", "points": 10,
        "recorder_roles": ["grid_worker"], "photo_required": True,
    }, {
        "code": "C01", "category": "labour", "name": "修水渠", "unit": "工日", "points": 20,
        "recorder_roles": ["village_cadre"],
    })  # fmt: skip
    newer = published_rules(
        place.village,
        drafter=place.cadre,
        publisher=place.secretary,
        rules=rules,
        effective_from=dt.date(2026, 11, 1),
    )
    client.force_login(user_with(Role.GRID_WORKER, place.groups[0].code))
    html = client.get(FORM).content.decode()
    assert "排查矛盾（10 分/件，须拍照）" in html
    assert "修水渠" not in html
    rule = newer.rules.get(code="G01").pk
    answer = client.post(FORM, deed(place, rule=rule), **JSON)
    assert answer.json()["errors"] == [{"field": "photo", "message": "“排查矛盾”须有照片"}]
    assert client.post(FORM, {**deed(place, rule=rule), "photo": picture()}, **JSON).json()["ok"]
    assert '<button type="button" value=' in client.get(FORM).content.decode()


def test_households_of_another_group_cannot_be_found(place: Setting, phone: Client) -> None:
    found = phone.post(FORM + "households/", {"q": "3"}).json()["households"]
    assert [row["number"] for row in found] == ["003"]
    assert phone.post(FORM + "households/", {"q": "2"}).json() == {"households": []}
    assert phone.post(FORM + "households/", {"q": place.households[1].head_name}).json() == {"households": []}


def test_returned_records_are_put_right_or_taken_back(place: Setting, worker: Any, phone: Client) -> None:
    row = place.record(actor=worker, quantity=5)
    review_record(actor=place.secretary, record=row, decision="return", comment="数量不对")
    assert "退回理由：数量不对" in phone.get(MINE + "?state=returned").content.decode()
    data = {"quantity": 3, "occurred_on": "2026-10-12", "place": "", "note": "核对过"}
    assert phone.post(f"{MINE}{row.pk}/", {**data, "quantity": 0}).status_code == 400
    assert phone.post(f"{MINE}{row.pk}/", data).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.quantity, row.points) == ("submitted", 3, 60)
    phone.post(f"{MINE}{row.pk}/withdraw/")
    row.refresh_from_db()
    assert row.state == "withdrawn"
    refused = phone.post(f"{MINE}{row.pk}/withdraw/", follow=True)
    assert "不能撤回" in refused.content.decode()


def test_the_photo_of_a_returned_record_can_be_taken_anew(place: Setting, worker: Any, phone: Client) -> None:
    used = place.record(actor=worker, photo=scene(seed=7))
    row = place.record(actor=worker, photo=scene(seed=1))
    first, name = row.photo_digest, row.photo.name
    review_record(actor=place.secretary, record=row, decision="return", comment="照片看不清")
    page = phone.get(f"{MINE}{row.pk}/").content.decode()
    assert ('enctype="multipart/form-data"' in page, f"{MINE}{row.pk}/photo/" in page) == (True, True)
    data = {"quantity": 1, "occurred_on": "2026-10-12", "place": "", "note": ""}
    for bad, told in (
        (scene(seed=7), f"第{used.pk}号"),
        (SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg"), "不是照片"),
    ):
        answer = phone.post(f"{MINE}{row.pk}/", {**data, "photo": bad})
        assert (answer.status_code, told in answer.content.decode()) == (400, True)
        row.refresh_from_db()
        assert (row.state, row.photo_digest, row.photo.name) == ("returned", first, name)
    assert phone.post(f"{MINE}{row.pk}/", {**data, "photo": scene(seed=3)}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.photo_digest != first, row.photo_doubt) == ("submitted", True, "")
    event = AuditEvent.objects.get(action="points.correct_record")
    assert (event.before["照片"], event.after["照片"]) == (name, row.photo.name)
    review_record(actor=place.secretary, record=row, decision="return", comment="再看看")
    assert phone.post(f"{MINE}{row.pk}/", {**data, "photo": scene(seed=3)}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.photo_doubt) == ("submitted", "")


def test_other_peoples_records_do_not_exist(place: Setting, phone: Client) -> None:
    row = place.record(photo=scene())
    for path in (f"{MINE}{row.pk}/", f"{MINE}{row.pk}/photo/"):
        assert phone.get(path).status_code == 404
    assert phone.post(f"{MINE}{row.pk}/withdraw/").status_code == 404
    row.refresh_from_db()
    assert row.state == "submitted"


def test_a_head_of_two_villages_chooses(place: Setting, client: Client) -> None:
    other = setting(households=1)
    head = user_with(Role.GRID_HEAD, place.village.code)
    DutyFactory(user=head, role=Role.GRID_HEAD, scope_code=other.village.code)
    client.force_login(head)
    assert "换村" in client.get(FORM).content.decode()
    client.get(f"{FORM}?village={other.village.code}")
    found = client.post(FORM + "households/", {"q": "1"}).json()["households"]
    assert [row["number"] for row in found] == ["001"]


def test_query_counts(place: Setting, worker: Any, phone: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        place.record(actor=worker)
    for path, most in (("/field/", 8), (FORM, 16), (MINE, 10)):
        phone.get(path)
        with django_assert_max_num_queries(most):
            assert phone.get(path).status_code == 200


@pytest.mark.parametrize("path", [FORM, MINE, "/village/", "/village/cards/"])
def test_whose_village_is_not_registered_yet_is_told(db: None, client: Client, path: str) -> None:
    client.force_login(user_with(Role.VILLAGE_CADRE, "421223101999"))
    answer = client.get(path)
    assert (answer.status_code, "户籍里还没有登记您任职的村" in answer.content.decode()) == (200, True)
