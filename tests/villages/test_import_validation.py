"""Workbooks of every shape (VIL-7): ugly ones are understood, bad ones are refused with row and column."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.support import workbooks as wb
from villages.importing.plan import ImportPlan
from villages.importing.reading import open_tables
from villages.importing.validation import build_plan, village_key

TODAY = date(2026, 11, 22)


def plan_of(data: bytes, **options: Any) -> ImportPlan:
    return build_plan(open_tables(data, filename="表.xlsx"), today=TODAY, **options)


def complaints(plan: ImportPlan) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.column, problem.message) for problem in plan.problems.all()]


def content(plan: ImportPlan) -> dict[str, Any]:
    return {
        number: (
            household.group.key if household.group else None,
            [
                (m.name, m.relation, m.sex, m.birth_date, m.identity, m.phone, m.state, m.tags)
                for m in household.members
            ],
        )
        for number, household in plan.households.items()
    }


GOOD = wb.family()
MAN, WOMAN = wb.identity(date(1960, 1, 2), 1), wb.identity(date(1962, 3, 4), 2)
EXPECTED = {
    "1": (
        "2",
        [
            ("张三", "head", "male", date(1960, 1, 2), MAN, "13800138000", "registered", ()),
            ("李四妹", "spouse", "female", date(1962, 3, 4), WOMAN, "", "registered", ()),
            (
                "张小三",
                "child",
                "male",
                date(1990, 5, 6),
                wb.identity(date(1990, 5, 6), 1),
                "13900139000",
                "registered",
                (),
            ),
        ],
    )
}
UGLY = [
    [
        "1 ",
        "张 三",
        "本人",
        "张　三",
        "男 ",
        "".join(chr(ord(c) + 0xFEE0) for c in MAN),
        "138-0013-8000",
        "第二村民小组",
        "正常",
        "无",
    ],
    [1.0, "张三", "妻", " 李四妹", "女性", WOMAN.lower(), "/", "2组", "", ""],
    [
        "１",
        "",
        "长子",
        "张小三",
        "",
        f" {EXPECTED['1'][1][2][4][:6]} {EXPECTED['1'][1][2][4][6:]}",
        13900139000.0,
        2,
        "在册",
        "-",
    ],
]


@pytest.mark.parametrize(
    "data",
    [
        wb.xlsx(GOOD),
        wb.xlsx(UGLY),
        wb.xlsx(GOOD, above=[["板坑村2026年户籍表"], ["填表日期：2026年11月"]], merges=["A1:J1", "A2:J2"]),
        wb.xls(GOOD),
        wb.xls(UGLY, title="板坑村户籍表"),
        wb.csv(GOOD),
        wb.csv(GOOD, encoding="utf-8-sig"),
        wb.csv(GOOD, encoding="gbk"),
        wb.csv(UGLY, encoding="gb18030"),
        wb.csv(GOOD, encoding="utf-16"),
        wb.csv(UGLY).replace(b",", b"\t"),
        wb.xlsx([[*row, "备注"] for row in GOOD], header=[*wb.HEADER, "备注"]),
        wb.xlsx([["1", *row[1:]] for row in GOOD] + [["", "", ""], ["填表人：王会计", "", "", "审核人：张书记"]], merges=["A6:C6"]),
        wb.xlsx([*GOOD[:2], wb.HEADER, GOOD[2]]),
        wb.xlsx([["示例1", *GOOD[0][1:]], *GOOD]),
        wb.xlsx([[index, *row] for index, row in enumerate(GOOD, 1)] + [[4], [5]], header=["序号", *wb.HEADER]),
    ],
    ids=["xlsx", "ugly", "title", "xls", "xls-ugly-title", "utf8", "bom", "gbk", "gb18030", "utf16", "tabs", "extra-column",
         "footer", "header-on-each-page", "example-row", "serial-numbers-below"],
)  # fmt: skip
def test_good_files_in_every_shape_say_the_same(data: bytes) -> None:
    plan = plan_of(data)
    assert complaints(plan) == []
    found = content(plan)
    assert [(m[0], m[1], m[2], m[3], m[4], m[5]) for m in found["1"][1]] == [m[:6] for m in EXPECTED["1"][1]]
    assert (list(found), found["1"][0], plan.rows) == (["1"], "2", 3)


@pytest.mark.parametrize("write", [wb.xls, wb.xlsx, wb.csv])
def test_longer_sheets_are_read_to_the_end(write: Any) -> None:
    """Long enough for an .xls to break its shared strings over several records."""
    rows = [
        row
        for number in range(1, 400)
        for row in wb.family(str(number), group=f"{number % 9 + 1}组", first=number)
    ]
    plan = plan_of(write(rows))
    assert complaints(plan) == []
    assert (plan.rows, len(plan.households)) == (1197, 399)


def test_synonyms_and_column_order() -> None:
    order = [
        wb.GROUP,
        wb.IDENTITY,
        wb.NAME,
        wb.RELATION,
        wb.HEAD,
        wb.NUMBER,
        wb.PHONE,
        wb.SEX,
        wb.STATE,
        wb.TAGS,
    ]
    header = [
        "村民小组",
        "证件号码（必填）",
        "姓 名*",
        "关系",
        "户主",
        "家庭编号",
        "手机号",
        "性别",
        "状态",
        "备注标签",
    ]
    plan = plan_of(wb.xlsx([[row[column] for column in order] for row in GOOD], header=header))
    assert complaints(plan) == []
    assert content(plan) == EXPECTED


def test_a_header_of_two_lines() -> None:
    above = [["户号", "户主姓名", "与户主关系", "成员信息", "", "", "", "组别", "户籍状态", "人户标签"]]
    second = ["", "", "", "姓名", "性别", "身份证号", "联系电话", "", "", ""]
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:G1", "H1:H2", "I1:I2", "J1:J2"]
    plan = plan_of(wb.xlsx(GOOD, above=above, header=second, merges=merges))
    assert complaints(plan) == []
    assert content(plan) == EXPECTED


def test_rows_are_those_that_excel_shows() -> None:
    rows = wb.with_cells(GOOD, {(1, wb.NAME): ""})
    plan = plan_of(wb.xlsx(rows, above=[["标题"], []], merges=["A1:J1"]))
    assert complaints(plan) == [(5, "姓名", "姓名没有填写")]
    quoted = wb.csv([["1", "", "户主", "张\n三", *GOOD[0][4:]], wb.with_cells(GOOD, {(1, wb.NAME): ""})[1]])
    assert complaints(plan_of(quoted)) == [(3, "姓名", "姓名没有填写")]


def wrong_digit(number: str) -> str:
    return number[:-1] + ("0" if number[-1] != "0" else "1")


FUTURE = wb.identity(date(2030, 1, 1), 1)
BAD = {
    "wrong check digit": ({(0, wb.IDENTITY): wrong_digit(MAN)}, 2, "身份证号", "校验码"),
    "rounded by Excel, a number": ({(0, wb.IDENTITY): 4.20123199001011e17}, 2, "身份证号", "被 Excel 改成了数字"),
    "rounded by Excel, as text": ({(0, wb.IDENTITY): "4.2E+17"}, 2, "身份证号", "被 Excel 改成了数字"),
    "rounded by Excel, zeros": ({(0, wb.IDENTITY): MAN[:15] + "000"}, 2, "身份证号", "被 Excel 改成了数字"),
    "too short": ({(0, wb.IDENTITY): MAN[:17]}, 2, "身份证号", "现在是 17 位"),
    "future birth date": ({(0, wb.IDENTITY): FUTURE}, 2, "身份证号", "晚于今天"),
    "impossible birth date": ({(0, wb.IDENTITY): "42122319900231001" + "0"}, 2, "身份证号", "校验码|不存在"),
    "sex against number": ({(0, wb.SEX): "女"}, 2, "性别", "按身份证号应为“男”"),
    "unknown sex": ({(1, wb.SEX): "不详"}, 3, "性别", "只能填“男”或“女”"),
    "no sex at all": ({(2, wb.SEX): "", (2, wb.IDENTITY): "", (2, wb.RELATION): "其他"}, 4, "性别", "没有身份证号的人必须填性别"),
    "missing name": ({(1, wb.NAME): " "}, 3, "姓名", "姓名没有填写"),
    "missing number": ({(1, wb.NUMBER): ""}, 3, "户号", "户号没有填写"),
    "missing relation": ({(1, wb.RELATION): ""}, 3, "与户主关系", "没有填写"),
    "two heads": ({(2, wb.RELATION): "户主", (2, wb.HEAD): ""}, 4, "与户主关系", "户号 1 有两个户主：第 2 行“张三”和第 4 行“张小三”"),
    "no head": ({(0, wb.RELATION): "父亲"}, 2, "与户主关系", "户号 1 没有户主"),
    "household in two groups": ({(2, wb.GROUP): "三组"}, 4, "组别", "户号 1 在第 2 行是“2组”，这一行是“3组”"),
    "no group": ({(row, wb.GROUP): "" for row in range(3)}, 2, "组别", "组别没有填写"),
    "same person twice": ({(2, wb.IDENTITY): MAN}, 4, "身份证号", "与第 2 行重复"),
    "unknown relation": ({(1, wb.RELATION): "隔壁"}, 3, "与户主关系", "不认识"),
    "unknown state": ({(1, wb.STATE): "不知道"}, 3, "户籍状态", "只能填"),
    "bad phone": ({(0, wb.PHONE): "12345"}, 2, "联系电话", "11 位手机号"),
    "wrong head name": ({(1, wb.HEAD): "王五"}, 3, "户主姓名", "与本户户主“张三”"),
    "formula as a name": ({(1, wb.NAME): "'=cmd|' /C calc'!A0"}, 3, "姓名", "符号|数字"),
}  # fmt: skip


@pytest.mark.parametrize("changes,row,column,message", BAD.values(), ids=BAD)
def test_each_bad_cell_is_named(
    changes: dict[tuple[int, int], Any], row: int, column: str, message: str
) -> None:
    import re

    for write in (wb.xlsx, wb.xls):
        found = complaints(plan_of(write(wb.with_cells(GOOD, changes))))
        assert [(place, name) for place, name, _ in found] == [(row, column)], found
        assert re.search(message, found[0][2]), found


def test_no_message_shows_an_identity_number() -> None:
    rows = wb.with_cells(
        GOOD,
        {(0, wb.IDENTITY): wrong_digit(MAN), (1, wb.IDENTITY): WOMAN + "1", (2, wb.PHONE): "139001390001"},
    )
    problems = plan_of(wb.xlsx(rows)).problems.all()
    text = "".join(f"{problem}{problem.value}" for problem in problems)
    assert len(problems) == 3
    assert MAN[:17] not in text
    assert WOMAN not in text
    assert "139001390001" not in text
    assert problems[0].value == "421**************" + wrong_digit(MAN)[-1]


def test_dates_as_text_are_checked_against_the_number() -> None:
    header = [*wb.HEADER, "出生日期"]
    good = [
        [*row, born]
        for row, born in zip(GOOD, ["1960年1月2日", datetime(1962, 3, 4), "1990.5.6"], strict=True)
    ]
    assert complaints(plan_of(wb.xlsx(good, header=header))) == []
    bad = [[*row, born] for row, born in zip(GOOD, ["1960年1月3日", "去年", 33000], strict=True)]
    found = complaints(plan_of(wb.xlsx(bad, header=header)))
    assert [(row, column) for row, column, _ in found] == [(2, "出生日期"), (3, "出生日期"), (4, "出生日期")]
    assert "1960-01-02 不一致" in found[0][2]


def test_a_newborn_without_number_needs_only_sex() -> None:
    rows = [*GOOD, ["1", "张三", "孙女", "张小小", "女", "", "", "2组", "", ""]]
    plan = plan_of(wb.xlsx(rows))
    assert complaints(plan) == []
    assert content(plan)["1"][1][3][:3] == ("张小小", "grandchild", "female")


def test_two_nameless_doubles_are_refused() -> None:
    extra = ["1", "", "孙女", "张小小", "女", "", "", "", "", ""]
    found = complaints(plan_of(wb.xlsx([*GOOD, extra, extra])))
    assert found == [(6, "姓名", "与第 5 行重复：同一户有两个“张小小”，都没有身份证号，无法区分")]


def test_cells_merged_inside_the_data_are_refused_with_their_place() -> None:
    found = complaints(plan_of(wb.xlsx(GOOD, merges=["A2:A4"])))
    assert found == [(2, "户号", "数据中有合并单元格 A2:A4（A 列“户号”），请取消合并，并在每一行填写内容")]
    assert [row for row, _, _ in complaints(plan_of(wb.xlsx(GOOD, merges=["H2:H4", "B3:C3"])))] == [2, 3]


def test_formulas_without_a_value_are_named() -> None:
    found = complaints(plan_of(wb.xlsx(wb.with_cells(GOOD, {(1, wb.NAME): '=CONCATENATE("李","四")'}))))
    assert [(row, column) for row, column, _ in found] == [(3, "姓名")]
    assert "公式没有计算结果" in found[0][2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (wb.xlsx([["a", "b"]], header=["日期", "金额"]), "没有找到表头"),
        (wb.xlsx(GOOD, header=["户号", "户主姓名", "关系甲", "姓名", "性别", "号码", "电话", "组别", "状态", "标签"]),
         "表头缺少“与户主关系”"),
        (wb.xlsx(GOOD, header=["户号", "姓名", "与户主关系", "姓名", "性别", "身份证号", "电话", "组别", "状态", "标签"]),
         "B 列“姓名”和 D 列“姓名”都是“姓名”"),
        (wb.xlsx([]), "下面没有数据"),
        (wb.xlsx([["示例1", *GOOD[0][1:]]]), "下面没有数据"),
    ],
    ids=["no-header", "missing-column", "doubled-column", "no-rows", "only-examples"],
)  # fmt: skip
def test_wrong_columns(data: bytes, message: str) -> None:
    found = complaints(plan_of(data))
    assert any(message in text for _, _, text in found), found
    assert not plan_of(data).households


def test_every_missing_column_is_named() -> None:
    plan = plan_of(wb.xlsx([["1", "张三"]], header=["户号", "姓名"]))
    assert [column for _, column, _ in complaints(plan)] == ["与户主关系", "身份证号", "组别"]


def test_two_sheets_with_lists_are_not_guessed_between() -> None:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(wb.xlsx(GOOD)))
    other = book.copy_worksheet(book.active)
    other.title = "二组"
    target = io.BytesIO()
    book.save(target)
    assert "多个工作表都是户籍表" in complaints(plan_of(target.getvalue()))[0][2]
    other.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    assert complaints(plan_of(target.getvalue())) == []
    assert content(plan_of(target.getvalue())) == EXPECTED


def test_a_thousand_problems_then_one_line() -> None:
    rows = [[str(number), "", "户主", "", "男", "", "", "1组", "", ""] for number in range(1, 1301)]
    plan = plan_of(wb.csv(rows))
    problems = plan.problems.all()
    assert plan.problems.total == 1300
    assert len(problems) == 1001
    assert problems[-1].message == "还有 300 处问题没有列出，请先改正以上问题再上传"
    assert [problem.row for problem in problems[:3]] == [2, 3, 4]


def test_a_village_column_must_agree() -> None:
    rows = [[*row, name] for row, name in zip(GOOD, ["板坑村", "板坑村村委会", "沙坪村"], strict=True)]
    plan = plan_of(
        wb.xlsx(rows, header=[*wb.HEADER, "行政村"]), village_names=frozenset({village_key("板坑村")})
    )
    assert [(row, column) for row, column, _ in complaints(plan)] == [(4, "行政村")]


@pytest.mark.parametrize("name", ["堰下村村民委员会", "堰下村村委会", "堰下村委会", "堰下村", "堰下"])
def test_one_village_in_many_names(name: str) -> None:
    assert village_key(name) == "堰下"
