"""Excel in on the cadre pages: what is read, what is refused and how it is told, and that nothing is recorded twice."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from points.models import PointsActivity, PointsRecord
from points.services.own_records import withdraw_record
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from villages.models import Household, StaffResident

pytestmark = pytest.mark.django_db
SIGNIN, DEEDS = "/village/points/activity/excel/", "/village/points/record/excel/"
HEAD = ("户号", "组别", "户主", "签到", "数量", "备注")


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


@pytest.fixture
def cadre(place: Setting, client: Client) -> Client:
    client.force_login(place.cadre)
    return client


def book(*rows: Sequence[Any], merge: str = "") -> bytes:
    work = Workbook()
    sheet = work.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    target = io.BytesIO()
    work.save(target)
    return target.getvalue()


def send(client: Client, path: str, data: bytes, filename: str = "表.xlsx", **fields: Any) -> Any:
    return client.post(path, {"file": SimpleUploadedFile(filename, data), **fields})


def signin(client: Client, place: Setting, data: bytes, filename: str = "表.xlsx", **fields: Any) -> Any:
    told = {
        "name": "清洁家园日",
        "held_on": "2026-11-01",
        "place": "广场",
        "rule": place.rules["L01"].pk,
        **fields,
    }
    return send(client, SIGNIN, data, filename, **told)


def confirm(client: Client, path: str, response: Any, **fields: str) -> Any:
    return client.post(path, {"confirm": "1", "payload": response.context["payload"], **fields}, follow=True)


def recorded() -> list[tuple[str, int]]:
    return list(
        PointsRecord.objects.order_by("household__number").values_list("household__number", "quantity")
    )


def faults(response: Any) -> list[tuple[int | None, str, str]]:
    return [(p.row, p.column, p.message) for p in response.context["reading"].problems]


def test_the_template_comes_back_as_it_went_out(place: Setting, cadre: Client) -> None:
    response = cadre.get("/village/points/activity/excel/template.xlsx")
    assert response["Content-Disposition"] == f'attachment; filename="signin-{place.village.code}.xlsx"'
    work = load_workbook(io.BytesIO(response.content))
    sheet = work.active
    assert [cell.value for cell in sheet[3]] == list(HEAD)
    assert [cell.value for cell in sheet[4]][:3] == ["001", "1组", place.households[0].head_name]
    assert sheet.max_row == 7
    assert AuditEvent.objects.get(action="points.download_sheet").summary == "下载板坑村签到表"
    sheet["D4"], sheet["E6"], sheet["D7"] = "√", 3, "未到"
    target = io.BytesIO()
    work.save(target)
    shown = signin(cadre, place, target.getvalue())
    assert (faults(shown), shown.context["reading"].absent) == ([], 2)
    assert not PointsRecord.objects.exists()
    done = confirm(cadre, SIGNIN, shown)
    assert "已提交“清洁家园日”，2 户，等待审核" in done.content.decode()
    assert recorded() == [("001", 1), ("003", 3)]
    row = PointsRecord.objects.get(household=place.households[2])
    assert (row.points, row.source, row.state, row.activity.place) == (60, "activity", "submitted", "广场")


def test_numbers_as_excel_leaves_them_and_quantities_as_people_write_them(
    place: Setting, cadre: Client
) -> None:
    data = book(
        ("沙坪镇板坑村", None), ("编号", "参加"), HEAD,
        (1.0, None, None, None, "2工日", None), ("００２", None, None, "到", 2.0, None), ("3户", None, None, "张三", None, None),
        ("", "", place.households[3].head_name, "√", "", ""), ("合计", None, None, None, 6, None),
    )  # fmt: skip
    shown = signin(cadre, place, data)
    assert faults(shown) == []
    confirm(cadre, SIGNIN, shown)
    assert recorded() == [("001", 2), ("002", 2), ("003", 1), ("004", 1)]


def test_every_bad_row_is_told_with_row_column_and_cure(place: Setting, cadre: Client) -> None:
    other = place.households[3].head_name
    data = book(
        HEAD,
        ("001", "", "", "", 1.5, ""),
        ("002", "", "", "", -1, ""),
        ("003", "", "", "", "两", ""),
        ("999", "", "", "√", "", ""),
        ("001", "", other, "√", "", ""),
        ("002", "", "", "×", 2, ""),
        ("", "", "", "√", "", ""),
        ("004", "", "", "√", "", ""),
        ("4.0", "", "", "√", "", ""),
    )
    shown = signin(cadre, place, data)
    home = place.households[0]
    assert faults(shown) == [
        (2, "数量", "数量要填整数，不能是小数"),
        (3, "数量", "数量应在 1 到 1000 之间；没有的请留空"),
        (4, "数量", "数量看不懂，请填 1、2、3 这样的整数"),
        (5, "户号", "板坑村没有户号“999”（或者这一户已经注销），请核对"),
        (6, "户主", f"001户的户主是{home.head_name}，表里写的是“{other}”，请核对户号"),
        (7, "数量", "签到写的是没到，数量却不是空的，请改一处"),
        (8, "户号", "没有填户号"),
        (10, "户号", "与第9行是同一户，请合并成一行，数量相加"),
    ]
    assert "001户的户主是" in shown.content.decode()
    refused = confirm(cadre, SIGNIN, shown)
    assert "有 8 行不能登记。请改好表格重新上传，或勾选“其余的先登记”" in refused.content.decode()
    assert not PointsRecord.objects.exists()
    done = confirm(cadre, SIGNIN, shown, leave_out="yes")
    assert "1 户，等待审核；有 8 行没有登记" in done.content.decode()
    assert recorded() == [("004", 1)]


def test_merged_and_uncalculated_cells_are_refused_where_they_matter(place: Setting, cadre: Client) -> None:
    rows = (
        HEAD,
        ("001", "1组", "", "√", "", ""),
        ("002", "", "", "√", "", ""),
        ("003", "", "", "√", "=1+1", ""),
    )
    shown = signin(cadre, place, book(*rows[:3], merge="B2:B3"))
    assert (faults(shown), len(shown.context["rows"])) == ([], 2)
    shown = signin(cadre, place, book(*rows, merge="D2:D3"))
    assert [(row, column) for row, column, _ in faults(shown)] == [(2, "签到"), (4, "数量")]
    assert faults(shown)[0][2] == "这里有合并单元格 D2:D3，请取消合并，每一行都填写"
    assert "公式没有计算结果" in faults(shown)[1][2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"  \n", "文件是空的"),
        (b"%PDF-1.7 ...", "这是 PDF 文件，不是表格"),
        (b"PK\x03\x04broken", "已损坏"),
        (b"x" * 31_000_000, "文件有 29 MB，超过 20 MB，请分几个文件上传"),
        ("今天,天气\n很好,晴\n".encode("gbk"), "没有找到表头"),
        ("组别,签到\n1组,√\n".encode(), "表头缺少“户号”这一列"),
        ("户号,签到,户号\n001,√,1\n".encode(), "有两列都是“户号”"),
    ],
)
def test_files_that_cannot_be_read(place: Setting, cadre: Client, data: bytes, message: str) -> None:
    response = signin(cadre, place, data)
    assert response.status_code == 400
    assert message in response.content.decode()
    assert not PointsRecord.objects.exists()


def test_csv_in_gbk_with_numbers_only(place: Setting, cadre: Client) -> None:
    data = "户号,户主\n2,\n001,\n".encode("gbk")
    confirm(cadre, SIGNIN, signin(cadre, place, data, "到场名单.csv"))
    assert recorded() == [("001", 1), ("002", 1)]


def test_the_sheet_of_another_village(place: Setting, cadre: Client) -> None:
    other = setting(households=1)
    client = Client()
    client.force_login(other.cadre)
    data = client.get("/village/points/activity/excel/template.xlsx").content
    response = signin(cadre, place, data)
    assert response.status_code == 400
    assert f"这是村代码 {other.village.code} 的表，不是板坑村" in response.content.decode()
    shown = signin(cadre, place, book(("村名", "户号"), ("大桥村", "001"), ("板坑村", "002")))
    assert faults(shown) == [(2, "村名", "这一行写的是“大桥村”，不是板坑村")]


def test_the_same_activity_and_the_same_sheet_under_another_name(place: Setting, cadre: Client) -> None:
    data = book(("户号", "签到"), ("001", "√"), ("002", "√"))
    shown = signin(cadre, place, data)
    confirm(cadre, SIGNIN, shown)
    twice = confirm(cadre, SIGNIN, shown)
    assert "2026年11月01日的“清洁家园日”已经登记过（2 户），没有重复登记" in twice.content.decode()
    again = signin(cadre, place, data)
    assert again.context["again"] == "2026年11月01日的“清洁家园日”已经登记过（2 户），不会重复登记。"
    assert (again.context["can_record"], len(again.context["reading"].known)) == (False, 2)
    other = signin(cadre, place, data, name="卫生日")
    assert [(d.household.number, where) for d, where in other.context["reading"].known] == [
        ("001", "当天的“清洁家园日”"),
        ("002", "当天的“清洁家园日”"),
    ]
    assert not other.context["can_record"]
    assert (PointsActivity.objects.count(), PointsRecord.objects.count()) == (1, 2)
    next_week = signin(cadre, place, data, held_on="2026-11-02")
    assert next_week.context["can_record"]


def test_preview_shows_caps_and_interest(place: Setting, cadre: Client) -> None:
    StaffResident.objects.create(user=place.cadre, resident=place.households[0].head)
    shown = signin(
        cadre, place, book(("户号", "数量"), ("001", 9), ("002", 1)), rule=place.rules["E01"].pk
    ).content.decode()
    assert "本月上限 20 分，已得 0 分，计 20 分" in shown
    assert "利害关系：这是经办人自己的户" in shown


def test_a_preview_cannot_be_forged_kept_or_taken_elsewhere(
    place: Setting, cadre: Client, travel_to: Callable[[str], None]
) -> None:
    shown = signin(cadre, place, book(("户号", "签到"), ("001", "√")))
    payload = shown.context["payload"]
    for bad in (payload + "x", "", payload[:-3]):
        html = cadre.post(SIGNIN, {"confirm": "1", "payload": bad}, follow=True).content.decode()
        assert "预览已经过期或不完整，请重新上传文件" in html
    assert (
        "不是本村的" in cadre.post(DEEDS, {"confirm": "1", "payload": payload}, follow=True).content.decode()
    )
    stranger = Client()
    stranger.force_login(place.other)
    answer = stranger.post(SIGNIN, {"confirm": "1", "payload": payload}, follow=True)
    assert "不是本村的" in answer.content.decode()
    travel_to("2026-11-02 11:30")
    cadre.force_login(place.cadre)
    assert "已经过期" in confirm(cadre, SIGNIN, shown).content.decode()
    assert not PointsRecord.objects.exists()


def deeds(*rows: Sequence[Any]) -> bytes:
    return book(("日期", "户号", "户主", "事项编号", "数量", "说明"), *rows)


def test_deeds_are_recorded_once(place: Setting, cadre: Client) -> None:
    data = deeds(
        (dt.date(2026, 10, 12), "001", "", "L01", 2, "修水渠"),
        ("2026年10月13日", 2, "", "打扫公共巷道", None, ""),
        (46310, "003", "", "l01", "1工日", ""),
    )
    shown = send(cadre, DEEDS, data)
    assert (faults(shown), shown.context["points"]) == ([], 65)
    done = confirm(cadre, DEEDS, shown)
    assert "已提交 3 条，等待审核" in done.content.decode()
    rows = PointsRecord.objects.order_by("household__number")
    assert [(r.occurred_on.day, r.rule.code, r.quantity, r.points, r.source, r.note) for r in rows] == [
        (12, "L01", 2, 40, "import", "修水渠"),
        (13, "E01", 1, 5, "import", ""),
        (15, "L01", 1, 20, "import", ""),
    ]
    twice = confirm(cadre, DEEDS, shown)
    assert "已提交 0 条，等待审核；3 条以前登记过，没有重复登记" in twice.content.decode()
    withdraw_record(actor=place.cadre, record=rows[0])
    again = send(cadre, DEEDS, data)
    assert [where for _, where in again.context["reading"].known] == [
        "以前的表格（已撤回）",
        "以前的表格（待审核）",
        "以前的表格（待审核）",
    ]
    assert PointsRecord.objects.count() == 3


def test_deeds_that_cannot_be_taken(place: Setting, cadre: Client) -> None:
    data = deeds(
        ("2026-10-12", "001", "", "X99", 1, ""),
        ("", "001", "", "L01", 1, ""),
        ("2026-13-01", "001", "", "L01", 1, ""),
        ("2026-11-03", "001", "", "L01", 1, ""),
        ("2025-06-01", "001", "", "L01", 1, ""),
        ("2026-10-12", "002", "", "", 1, ""),
        ("2026-10-12", "002", "", "L01", 1, "长" * 201),
        ("2026-10-12", "003", "", "L01", 1, ""),
        ("2026-10-12", "3", "", "L01", 2, ""),
    )
    shown = send(cadre, DEEDS, data)
    assert faults(shown) == [
        (2, "事项编号", "2026年10月12日有效的细则里没有“X99”，请填编号，如 D01"),
        (3, "日期", "没有填日期"),
        (4, "日期", "这个日期不存在，请核对"),
        (5, "日期", "发生日期不能晚于今天"),
        (6, "日期", "板坑村在2025年06月01日还没有发布积分细则"),
        (7, "事项编号", "没有填事项编号"),
        (8, "说明", "说明超过 200 个字，请写短些"),
        (10, "户号", "与第9行是同一户、同一天、同一事项，请合并成一行，数量相加"),
    ]
    confirm(cadre, DEEDS, shown, leave_out="yes")
    assert recorded() == [("003", 1)]


def test_the_deeds_template_lists_rules_and_households(place: Setting, cadre: Client) -> None:
    work = load_workbook(io.BytesIO(cadre.get("/village/points/record/excel/template.xlsx").content))
    assert work.sheetnames == ["积分登记", "细则", "户"]
    codes = [row[0].value for row in work["细则"].iter_rows(min_row=2)]
    assert "L01" in codes
    assert work["户"].max_row == 5
    empty = io.BytesIO()
    work.save(empty)
    shown = send(cadre, DEEDS, empty.getvalue())
    assert (shown.status_code, shown.context["can_record"], faults(shown)) == (200, False, [])


@pytest.mark.parametrize("path", [SIGNIN, DEEDS, SIGNIN + "template.xlsx", DEEDS + "template.xlsx"])
def test_pages_are_for_village_cadres(place: Setting, client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    for role in (Role.TOWNSHIP_ADMIN, Role.AUDITOR, Role.GRID_WORKER):
        client.force_login(user_with(role, place.village.code))
        assert client.get(path).status_code == 404
    client.force_login(place.cadre)
    assert client.get(path).status_code == 200


def test_a_household_that_left_after_the_preview_is_not_dropped_in_silence(
    place: Setting, cadre: Client
) -> None:
    shown = signin(cadre, place, book(("户号", "签到"), ("001", "√"), ("002", "√")))
    Household.objects.filter(pk=place.households[0].pk).update(
        state="cancelled", cancelled_on=dt.date(2026, 11, 2)
    )
    told = confirm(cadre, SIGNIN, shown).content.decode()
    assert "预览以后有的户或积分事项变动了，没有登记，请重新上传文件" in told
    assert not PointsRecord.objects.exists()
