"""The commands of issue A: they stay, their JSON stays, and they exit 0 only on success."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError
from tests.factories.access import user_with
from tests.factories.villages import VillageFactory
from tests.support import workbooks as wb
from villages.importing.reading import open_tables
from villages.importing.validation import build_plan
from villages.models import Household, Township, Village
from villages.services.import_divisions import import_divisions, short_name

pytestmark = pytest.mark.django_db
COUNTY = Path(__file__).resolve().parents[2] / "villages" / "data" / "divisions-421223-chongyang.csv"
SYSTEM = SystemActor("测试")
KEYS = ["rows", "created", "updated", "unchanged", "errors", "applied"]


def run(*args: Any) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command(*map(str, args), stdout=out, stderr=out)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def village() -> Village:
    found: Village = VillageFactory(code="421223101200", name="堰市村")
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "户籍.xlsx"
    path.write_bytes(wb.xlsx(wb.family()))
    return path


def test_the_real_county_loads_and_the_second_time_changes_nothing() -> None:
    code, said = run("import_divisions", COUNTY, "--json")
    assert (code, json.loads(said)) == (
        0,
        {
            "townships": 13,
            "villages": 206,
            "created": 219,
            "updated": 0,
            "unchanged": 0,
            "errors": [],
            "applied": True,
        },
    )
    town = Township.objects.get(code="421223101")
    assert (town.name, town.villages.count(), town.county, town.city, town.province) == (
        "沙坪镇",
        12,
        "崇阳县",
        "咸宁市",
        "湖北省",
    )
    found = Village.objects.get(code="421223101200")
    assert (found.name, found.official_name, found.kind, found.initials) == (
        "堰市村",
        "堰市村村委会",
        "village",
        "ysc",
    )
    assert Village.objects.get(code="421223101001").kind == "community"
    assert Village.objects.filter(kind="community").count() == 19
    before = (list(Township.objects.values()), list(Village.objects.values()), AuditEvent.objects.count())
    code, said = run("import_divisions", COUNTY)
    assert (code, said.strip()) == (0, "没有变化：13 个乡镇、206 个村（社区）都已登记")
    assert (
        list(Township.objects.values()),
        list(Village.objects.values()),
        AuditEvent.objects.count(),
    ) == before


def test_another_county_in_gbk_and_a_name_that_changes(tmp_path: Path) -> None:
    header = COUNTY.read_text("utf-8").splitlines()[0]
    row = "湖南省,岳阳市,430621,岳阳县,430621100,荣家湾镇,430621100001,东方红社区居委会"
    path = tmp_path / "岳阳.csv"
    path.write_bytes(f"{header}\n{row}\n".encode("gbk"))
    assert run("import_divisions", path)[0] == 0
    path.write_bytes(f"{header}\n{row.replace('东方红', '荣新')}\n".encode("gbk"))
    assert json.loads(run("import_divisions", path, "--json")[1])["updated"] == 1
    assert Village.objects.get(code="430621100001").name == "荣新社区"
    event = AuditEvent.objects.latest("pk")
    assert (event.before["name"], event.after["name"]) == ("东方红社区", "荣新社区")


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("板坑村村委会", "板坑村"),
        ("板坑村委会", "板坑村"),
        ("七星社区居委会", "七星社区"),
        ("七星居委会", "七星社区"),
        ("虚拟社区", "虚拟社区"),
    ],
)
def test_short_names(official: str, short: str) -> None:
    assert short_name(official) == short


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("a,b\n1,2", 1, "province"),
        ("{head}\n湖北省,咸宁市,421223,崇阳县,421223100,天城镇,42122310000,七星", 2, "village_code"),
        ("{head}\n湖北省,咸宁市,421223,崇阳县,421224100,天城镇,421224100001,七星", 2, "township_code"),
        ("{head}\n湖北省,咸宁市,421223,崇阳县,421223100,天城镇,421223101001,七星", 2, "village_code"),
        ("{head}\n湖北省,咸宁市,421223,崇阳县,421223100,天城镇,421223100001,", 2, "village"),
        ("{head}\n{row}\n{row}", 3, "village_code"),
        ("{head}\n{row}\n湖北省,咸宁市,421223,崇阳县,421223100,地城镇,421223100002,八星", 3, "township"),
        ("{head}", None, ""),
    ],
)  # fmt: skip
def test_bad_divisions_are_refused_whole(tmp_path: Path, text: str, row: int | None, column: str) -> None:
    good = "湖北省,咸宁市,421223,崇阳县,421223100,天城镇,421223100001,七星社区居委会"
    path = tmp_path / "坏.csv"
    path.write_text(text.format(head=COUNTY.read_text("utf-8").splitlines()[0], row=good), "utf-8")
    code, said = run("import_divisions", path, "--json")
    answer = json.loads(said)
    assert (code, answer["applied"]) == (1, False)
    assert (answer["errors"][0]["row"], answer["errors"][0]["column"]) == (row, column)
    assert answer["errors"][0]["message"]
    assert not Township.objects.exists()
    assert run("import_divisions", path)[0] == 1


def test_no_file_no_divisions(tmp_path: Path) -> None:
    code, said = run("import_divisions", tmp_path / "没有.csv")
    assert code == 1
    assert "找不到文件" in said


def test_only_who_may_loads_divisions() -> None:
    with pytest.raises(AccessDenied):
        import_divisions(
            actor=user_with(Role.VILLAGE_CADRE, "421223101200"), data=COUNTY.read_bytes(), file_name="a"
        )
    assert not Township.objects.exists()
    with pytest.raises(InputError):
        import_divisions(actor=SYSTEM, data=b"", file_name="a")


def test_import_households_json(village: Village, file: Path) -> None:
    code, said = run("import_households", "--village", village.code, file, "--json")
    answer = json.loads(said)
    assert (code, list(answer)) == (0, KEYS)
    assert answer == {"rows": 3, "created": 3, "updated": 0, "unchanged": 0, "errors": [], "applied": True}
    answer = json.loads(run("import_households", "--village", village.code, file, "--json")[1])
    assert answer == {"rows": 3, "created": 0, "updated": 0, "unchanged": 3, "errors": [], "applied": True}


def test_dry_run(village: Village, file: Path) -> None:
    code, said = run("import_households", "--village", village.code, file, "--dry-run", "--json")
    assert (code, json.loads(said)["created"], json.loads(said)["applied"]) == (0, 3, False)
    assert not Household.objects.exists()


def test_in_words(village: Village, file: Path) -> None:
    assert run("import_households", "--village", village.code, file) == (
        0, "提示：将新建小组：2组\n已导入：1 户 3 人，新增 3，更新 0，不变 0\n",
    )  # fmt: skip
    assert run("import_households", "--village", village.code, file) == (
        0,
        "没有变化：1 户 3 人，新增 0，更新 0，不变 3\n",
    )


def test_errors_and_the_marked_workbook(village: Village, tmp_path: Path) -> None:
    file, out = tmp_path / "坏.xlsx", tmp_path / "错误.xlsx"
    file.write_bytes(
        wb.xlsx(wb.with_cells(wb.family(), {(1, wb.NAME): ""}), above=[["标题"]], merges=["A1:J1"])
    )
    code, said = run("import_households", "--village", village.code, file, "--errors", out, "--json")
    assert code == 1
    assert json.loads(said) == {
        "rows": 3, "created": 0, "updated": 0, "unchanged": 0, "applied": False,
        "errors": [{"row": 4, "column": "姓名", "value": "", "message": "姓名没有填写"}],
    }  # fmt: skip
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["户籍", "问题清单"]
    assert book["户籍"]["K4"].value == "姓名：姓名没有填写"
    assert [cell.value for cell in book["问题清单"][2]] == [4, "姓名", None, "姓名没有填写"]
    assert not Household.objects.exists()
    code, said = run("import_households", "--village", village.code, file)
    assert code == 1
    assert "第4行「姓名」" in said


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04", None])
def test_unreadable_files(village: Village, tmp_path: Path, content: bytes | None) -> None:
    file, out = tmp_path / "x.xlsx", tmp_path / "out.xlsx"
    if content is not None:
        file.write_bytes(content)
    code, said = run("import_households", "--village", village.code, file, "--errors", out, "--json")
    answer = json.loads(said)
    assert (code, answer["applied"], len(answer["errors"])) == (1, False, 1)
    assert openpyxl.load_workbook(out).sheetnames == ["问题清单"]


def test_an_unknown_village(file: Path) -> None:
    code, said = run("import_households", "--village", "999999999999", file, "--json")
    assert code == 1
    assert "没有代码为 999999999999 的村" in json.loads(said)["errors"][0]["message"]


def test_the_template_is_understood_and_its_examples_are_not_imported(
    village: Village, tmp_path: Path
) -> None:
    out = tmp_path / "模板.xlsx"
    assert run("household_template", out)[0] == 0
    book = openpyxl.load_workbook(out)
    sheet = book["户籍信息"]
    assert [cell.value for cell in sheet[2]] == [
        title + ("*" if title in {"户号", "与户主关系", "姓名", "身份证号", "组别"} else "")
        for title in wb.HEADER
    ]
    assert len(sheet.data_validations.dataValidation) == 4
    assert sheet.column_dimensions["F"].number_format == "@"
    assert "填写说明" in book.sheetnames
    for row in wb.family():
        sheet.append(row)
    book.save(out)
    code, said = run("import_households", "--village", village.code, out)
    assert (code, "跳过了 2 行示例" in said, Household.objects.count()) == (0, True, 1)


def test_the_blank_template_is_refused(tmp_path: Path) -> None:
    from datetime import date

    out = tmp_path / "模板.xlsx"
    run("household_template", out)
    plan = build_plan(open_tables(out.read_bytes()), today=date(2026, 11, 22))
    assert [problem.message for problem in plan.problems.all()] == ["表头（第 2 行）下面没有数据"]


def test_template_for_a_village(village: Village, tmp_path: Path) -> None:
    out = tmp_path / "模板.xlsx"
    call_command("household_template", str(out), "--village", village.code, stdout=io.StringIO())
    assert openpyxl.load_workbook(out)["户籍信息"]["A1"].value == "堰市村户籍信息表"


@pytest.mark.parametrize("args", [["a.csv"], ["/nowhere/a.xlsx"], ["a.xlsx", "--village", "1"]])
def test_template_refusals(args: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("household_template", *args)


@pytest.mark.parametrize("command", ["import_divisions", "import_households", "household_template"])
def test_help_is_in_chinese(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        call_command(command, "--help")
    assert stop.value.code == 0
    assert "村" in capsys.readouterr().out
