"""The small mark-up: what it reads, what it refuses with a line number, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cogov.common.errors import RuleError
from notices import kinds
from notices.printing import content as model
from notices.printing.a4 import layout_a4
from notices.printing.imprint import Imprint
from notices.printing.markup import MAX_TEXT, chinese_number, parse, unsafe, write
from notices.services.composing import Written, read_written

TABLE = (
    "表：奖补明细（单位：元）\n| 户主 | 金额 |\n| --- | --: |\n| 张三 | 100 |\n|= 合计 | 100 |\n注：已核对"
)


def faults(text: str) -> list[tuple[int | None, str]]:
    return [(p.row, p.message) for p in parse(text).problems]


def test_headings_get_the_ordinals_of_the_standard() -> None:
    text = "# 概况\n内容\n## 地点\n### 范围\n#### 长度\n## 工期\n# 二、资金\n## 来源\n内容"
    headings = [b.text for b in parse(text).blocks if isinstance(b, model.Heading)]
    assert headings == [
        "一、概况", "（一）地点", "1. 范围", "(1)长度", "（二）工期", "二、资金", "（一）来源",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_chinese_numbers(value: int, text: str) -> None:
    assert chinese_number(value) == text


def test_bold_marks_stretches_of_the_text() -> None:
    (block,) = parse("合计**1,200元**，其中**村**出").blocks
    assert block == model.Paragraph("合计1,200元，其中村出", strong=((2, 8), (11, 12)))


def test_a_table_has_caption_unit_names_totals_and_note() -> None:
    (table,) = parse(TABLE).blocks
    assert isinstance(table, model.Table)
    assert (table.caption, table.unit, table.note, table.totals) == ("奖补明细", "元", "注：已核对", 1)
    assert [(c.title, c.align, c.kind) for c in table.columns] == [
        ("户主", "center", "name"),
        ("金额", "right", "text"),
    ]
    assert table.rows == (("张三", "100"), ("合计", "100"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("正文\n<b>粗</b>", [(2, "不能含网页代码（<…>）")]),
        ("正文\n\n见 file:///etc/passwd", [(3, "不能含文件或脚本地址（file: 等）")]),
        ("1. 甲\n3. 丙", [(2, "编号不连续：这里是3，应为2")]),
        ("2. 乙", [(1, "编号不连续：这里是2，应从1开始")]),
        ("这是**没有收口", [(1, "加粗的**没有成对，请补上或去掉")]),
        ("##### 五级", [(1, "标题最多四级，请用一至四个#")]),
        ("#", [(1, "#后面没有标题文字")]),
        ("| 甲 | 乙 |\n| 1 |", [(2, "表头有2格，这一行有1格")]),
        ("| 甲 | 乙 |", [(1, "表格只有表头，没有内容")]),
        ("| 甲 | 乙 |\n| 1 | 2", [(2, "表格的行要以|开头、以|结尾")]),
        ("| 甲 |\n|= 合计 |\n| 1 |", [(3, "合计行（|=）要放在表格最后")]),
        ("", [(None, "正文不能为空")]),
        ("  \n\n", [(None, "正文不能为空")]),
    ],
)
def test_faults_name_their_line(text: str, expected: list[tuple[int | None, str]]) -> None:
    assert faults(text) == expected


def test_too_long_a_text_is_refused_at_once() -> None:
    assert "超过" in faults("字" * (MAX_TEXT + 1))[0][1]


@pytest.mark.parametrize(
    "text",
    ["<script>", "< img src=x", "</p>", "<!-- x", "FILE:///etc", "javascript:alert(1)", "data:text/html"],
)
def test_unsafe_texts_are_named(text: str) -> None:
    assert unsafe(f"正文{text}")


@pytest.mark.parametrize("text", ["面积<100平方米", "3 < 5", "档案 profile", "《资料》：数据", "a<5且b>3"])
def test_ordinary_texts_are_let_through(text: str) -> None:
    assert unsafe(text) == ""


@pytest.mark.parametrize("kind", [k.code for k in kinds.written_by_clerks()])
def test_templates_are_good_markup_and_come_back(kind: str) -> None:
    parsed = parse(kinds.get(kind).template)
    assert parsed.problems == ()
    assert parse(write(parsed.blocks)).blocks == parsed.blocks


def test_every_kind_of_the_domain_is_known() -> None:
    labels = {kind.label for kind in kinds.all_kinds()}
    assert labels >= {
        "项目公示", "奖补公示", "积分公示", "积分红榜", "排名通报", "光荣榜", "决议公告", "竣工验收公示",
        "决算公示", "党务公开", "村务公开", "财务公开", "整改通知书", "荣誉证书", "责任书", "会议纪要", "收据",
        "上级通知", "会议通知",
    }  # fmt: skip


_LETTERS = st.text(alphabet="村民积分公示，。（）\\|*#=>~-<1. 表：注", max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LETTERS, max_size=8))
@example(["|", "|"])
@example(["\\ ="])
def test_nothing_typed_breaks_the_reader_or_the_way_back(lines: list[str]) -> None:
    parsed = parse("\n".join(lines))
    if not parsed.problems:
        again = parse(write(parsed.blocks))
        assert [b for b in again.blocks if isinstance(b, model.Table)] == [
            b for b in parsed.blocks if isinstance(b, model.Table)
        ]
        assert len(again.blocks) == len(parsed.blocks)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="板坑村，。“”（） 12元**", min_size=1, max_size=90))
def test_bold_text_is_laid_out_whole(text: str) -> None:
    parsed = parse(text)
    content = model.NoticeContent("标题", parsed.blocks or (model.Paragraph("空"),), "村委会")
    assert model.from_json(model.to_json(content)) == content
    assert layout_a4(content, Imprint("板坑村", "村委会")).pages


def test_charts_cannot_be_typed() -> None:
    with pytest.raises(RuleError, match="图表"):
        write((model.ChartBlock("bar", "图", ("一月",), (model.ChartSeries("户", (3,)),)),))


def test_key_figures_are_typed_line_by_line() -> None:
    text = "数据：参与户数 | 42 | 户 | 比上月增加3\n数据：发放积分 | 615\n正文\n数据2：户 | 3"
    blocks = parse(text).blocks
    assert blocks == (
        model.FigureGrid(
            (model.FigureItem("参与户数", "42", "户", "比上月增加3"), model.FigureItem("发放积分", "615")), 4
        ),
        model.Paragraph("正文"),
        model.FigureGrid((model.FigureItem("户", "3"),), 2),
    )
    assert parse(write(blocks)).blocks == blocks
    assert faults("数据：户") == [(1, "数据写成：数据：名称 | 数值 | 单位 | 说明（单位和说明可以不写）")]


def test_unset_bold_leaves_the_frozen_form_as_it_was() -> None:
    assert model.to_json(model.NoticeContent("标题", (model.Paragraph("文"),), "村"))["blocks"] == [
        {"type": "paragraph", "text": "文", "indent": True, "align": "justify"}
    ]


def test_every_field_is_checked_for_markup() -> None:
    bad = Written(*(["<b>x</b>"] * 9))
    _, problems = read_written(bad)
    assert {p.column for p in problems} == {
        "标题", "正文", "主送", "依据", "公开依据", "计算办法", "附件", "抄送", "印发机关",
    }  # fmt: skip
