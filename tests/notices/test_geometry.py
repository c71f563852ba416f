"""Measured in the finished PDF: documents.md is binding. Numbers in points from the top left corner."""

from __future__ import annotations

import io
import itertools
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pdfplumber
import pytest

from notices.printing import content as model
from notices.printing import geometry as g
from notices.printing.a4 import layout_a4
from notices.printing.composer import CLOSING, NO_END, NO_START
from notices.printing.faces import FACES
from notices.printing.imprint import Imprint
from notices.printing.poster import layout_poster
from notices.printing.qr import check_code
from notices.printing.weasy import pdf_bytes
from tests.factories.documents import sample_poster

MM = 72 / 25.4
DIGEST = "9f" * 32
SENTENCE = "根据《沙坪镇共同缔造“以奖代补”实施方案》（沙政发〔2026〕3号）和村民代表会议决议，现将10月份积分公示如下；"
IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇人民政府文件",
    number="沙政发〔2026〕12号",
    signed_on=date(2026, 11, 2),
    publicity_start=date(2026, 11, 2),
    publicity_end=date(2026, 11, 11),
    posting_until=date(2026, 11, 17),
    verify_url="https://cogov.example.cn/v/ABCDEFGHJKMNPQRSTVWXYZ0123/",
    check_code=check_code(DIGEST),
    digest=DIGEST,
)


def long_content(**changes: Any) -> model.NoticeContent:
    table = model.Table(
        (model.Column("名次", 6), model.Column("户主", 12, kind="name"), model.Column("积分", 10)),
        tuple((str(i), "张三", "100") for i in range(1, 61)),
        caption="积分榜",
        unit="分",
    )
    values: dict[str, Any] = {
        "title": "关于公布10月份积分情况的公示",
        "addressee": "全体村民",
        "blocks": (
            model.Paragraph(SENTENCE * 30),
            model.Heading("一、总体情况"),
            model.Heading("（一）各组情况", 2),
            model.Paragraph(SENTENCE * 3),
            table,
        ),
        "signer": "沙坪镇人民政府",
        "basis": ("村民代表会议决议",),
        "objection": model.ObjectionPlace("便民服务中心", "0715-3388120"),
        "attachments": ("积分明细表",),
        "cc": ("县共同缔造办公室",),
        "printed_by": "沙坪镇人民政府办公室",
    }
    return model.NoticeContent(**{**values, **changes})


@pytest.fixture(scope="module")
def pages() -> Any:
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_a4(long_content(), IMPRINT)))) as pdf:
        yield [page for page in pdf.pages if page.chars]


@pytest.fixture(scope="module")
def poster() -> Any:
    content = model.PosterContent(
        **{
            **{f: getattr(sample_poster(40), f) for f in model.PosterContent.__dataclass_fields__},
            "signer": "板坑村村民委员会",
        }
    )
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_poster(content, IMPRINT)))) as pdf:
        yield pdf.pages


def lines_of(page: Any, size: float = 16) -> dict[float, list[Any]]:
    found: dict[float, list[Any]] = defaultdict(list)
    for char in page.chars:
        if abs(char["size"] - size) < 0.1:
            found[round(char["top"], 0)].append(char)
    return dict(sorted(found.items()))


def test_page_is_a4(pages: Any) -> None:
    assert (round(pages[0].width / MM), round(pages[0].height / MM)) == (210, 297)


def test_the_page_of_text_has_22_lines_from_37_to_262_mm(pages: Any) -> None:
    page = pages[1]
    lines = lines_of(page)
    assert len(lines) == 22
    tops = [chars[0]["top"] for chars in lines.values()]
    assert tops[0] / MM == pytest.approx(37, abs=0.1)
    assert (tops[-1] + 16) / MM == pytest.approx(262, abs=0.1)
    pitches = [b - a for a, b in itertools.pairwise(tops)]
    assert all(p == pytest.approx(29.609, abs=0.05) for p in pitches)


def test_lines_reach_from_28_to_184_mm_with_28_characters(pages: Any) -> None:
    plain = layout_a4(long_content(blocks=(model.Paragraph("村" * 700),)), IMPRINT)
    with pdfplumber.open(io.BytesIO(pdf_bytes(plain))) as pdf:
        for chars in list(lines_of(pdf.pages[1]).values())[:10]:
            assert len(chars) == 28
            assert chars[0]["x0"] / MM == pytest.approx(28, abs=0.05)
            assert chars[-1]["x1"] / MM == pytest.approx(184, abs=0.15)


def test_full_lines_are_justified_and_obey_line_break_rules(pages: Any) -> None:
    lines = list(lines_of(pages[1]).values())
    for chars in lines:
        assert chars[0]["text"] not in NO_START
        assert chars[-1]["text"] not in NO_END
    full = [c for c in lines if len(c) > 24]
    rights = [max(char["x1"] for char in c) / MM for c in full[:-1]]
    marks = CLOSING
    for chars, right in zip(full, rights, strict=False):
        # A squeezed mark at the end keeps its blank half in the font's box, beyond the edge.
        limit = 184.2 if chars[-1]["text"] not in marks else 187.1
        assert 183.5 <= right <= limit


def test_red_heading_number_and_rule(pages: Any) -> None:
    page = pages[0]
    red = [c for c in page.chars if c["size"] > 30]
    assert "".join(c["text"] for c in red) == "沙坪镇人民政府文件"
    assert red[0]["top"] / MM == pytest.approx(37 + 35, abs=0.3)
    assert red[0]["size"] == pytest.approx(42, abs=0.1)
    assert red[0]["non_stroking_color"] == pytest.approx((0xE6 / 255, 0, 0x12 / 255), abs=0.01)
    middle = (red[0]["x0"] + red[-1]["x1"]) / 2
    assert middle / MM == pytest.approx(106, abs=0.5)
    number = [c for c in page.chars if abs(c["size"] - 16) < 0.1 and c["top"] < 330]
    assert "".join(c["text"] for c in number) == "沙政发〔2026〕12号"
    blank = (number[0]["top"] - red[0]["bottom"]) / g.PITCH
    assert 2 <= blank <= 2.5
    rule = next(r for r in page.rects if r["width"] > 400 and r["top"] < 350)
    assert rule["width"] / MM == pytest.approx(156, abs=0.1)
    assert rule["height"] / MM == pytest.approx(0.5, abs=0.05)
    assert (rule["top"] - number[0]["bottom"]) / MM == pytest.approx(4, abs=0.1)


def test_title_stands_two_lines_below_the_rule_and_is_centred(pages: Any) -> None:
    title = [c for c in pages[0].chars if abs(c["size"] - 22) < 0.1]
    rule = next(r for r in pages[0].rects if r["width"] > 400 and r["top"] < 350)
    assert (title[0]["top"] - rule["bottom"]) / g.PITCH == pytest.approx(2, abs=0.02)
    assert (title[0]["x0"] + title[-1]["x1"]) / 2 / MM == pytest.approx(106, abs=0.5)


def test_folios_are_right_on_odd_and_left_on_even_pages(pages: Any) -> None:
    for number, page in enumerate(pages, 1):
        folio = [c for c in page.chars if c["top"] / MM > 263 and abs(c["size"] - 14) < 0.1]
        assert "".join(c["text"] for c in folio) == f"— {number} —"
        middle = (folio[0]["top"] + folio[0]["bottom"]) / 2 / MM
        assert middle == pytest.approx(269, abs=1.0)
        if number % 2:
            assert folio[-1]["x1"] / MM == pytest.approx(184 - 14 / MM, abs=0.5)
        else:
            assert folio[0]["x0"] / MM == pytest.approx(28 + 14 / MM, abs=0.5)


def test_imprint_block_ends_on_the_bottom_of_the_text_area(pages: Any) -> None:
    rules = sorted((r for r in pages[-1].rects if r["width"] > 400), key=lambda r: r["top"])
    assert rules[-1]["bottom"] / MM == pytest.approx(262, abs=0.05)
    heights = [r["height"] / MM for r in rules[-3:]]
    assert heights == pytest.approx([0.35, 0.25, 0.35], abs=0.05)
    text = "".join(c["text"] for c in pages[-1].chars)
    assert "抄送：县共同缔造办公室。" in text
    assert "2026年11月2日印发" in text


def test_date_ends_four_characters_in_and_signer_is_centred_on_it(pages: Any) -> None:
    page = next(page for page in reversed(pages) if "沙坪镇人民政府" in page.extract_text())
    lines = list(lines_of(page).values())
    day = next(c for c in lines if "".join(x["text"] for x in c) == "2026年11月2日")
    signer = next(c for c in lines if "".join(x["text"] for x in c) == "沙坪镇人民政府")
    assert (184 * MM - day[-1]["x1"]) / g.CELL == pytest.approx(4, abs=0.1)
    assert (day[0]["x0"] + day[-1]["x1"]) / 2 == pytest.approx(
        (signer[0]["x0"] + signer[-1]["x1"]) / 2, abs=1
    )


def test_table_heads_repeat(pages: Any) -> None:
    holding = [page for page in pages if "张" in page.extract_text() and "三" in page.extract_text()]
    assert len(holding) >= 2
    for page in holding:
        assert "名次" in page.extract_text()
    assert "（续）" in holding[1].extract_text()


def test_all_fonts_are_embedded_and_ours(pages: Any) -> None:
    names = {c["fontname"] for page in pages for c in page.chars}
    assert names
    assert {name.split("+")[1] for name in names} <= {face.family for face in FACES}


def test_headings_have_their_faces(pages: Any) -> None:
    chars = [c for page in pages for c in page.chars]
    text = "".join(c["text"] for c in chars)
    assert "GCHei" in chars[text.index("一、总体情况")]["fontname"]
    assert "GCKai" in chars[text.index("（一）各组情况") + 1]["fontname"]
    assert "GCFangSong" in chars[text.index("根据《")]["fontname"]


# -- poster ---------------------------------------------------------------------------------------


def test_poster_is_a3_portrait_with_forty_households_on_one_page(poster: Any) -> None:
    assert len(poster) == 1
    assert (round(poster[0].width / MM), round(poster[0].height / MM)) == (297, 420)


def test_notes_that_would_take_rows_run_on_in_one_paragraph() -> None:
    notes = (
        "积分相同的名次并列。",
        "依据：《凤岭社区积分制管理细则》第1版（2025年12月20日凤岭社区村民代表会议决议）。",
        "另有67户有积分，限于版面未列，见同名公示。",
    )
    place = model.ObjectionPlace("凤岭社区便民服务中心", "0715-3690101")
    content = replace(sample_poster(40), notes=notes, objection=place)
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_poster(content, IMPRINT)))) as pdf:
        assert len(pdf.pages) == 1
        text = pdf.pages[0].extract_text().replace("\n", "")
    assert all(part in text for part in ("并列。依据", "见同名公示。", "受理电话：0715-3690101"))


def test_everything_on_the_poster_is_28_points_or_more(poster: Any) -> None:
    assert min(c["size"] for c in poster[0].chars) >= 27.99


def test_poster_rows_are_12_8_mm_apart(poster: Any) -> None:
    left = [c for c in poster[0].chars if c["x0"] < poster[0].width / 2]
    tops = sorted({round(c["top"], 1) for c in left if c["text"] == "组"})
    pitches = [b - a for a, b in itertools.pairwise(tops)]
    assert all(p / MM == pytest.approx(12.8, abs=0.2) for p in pitches[1:16]), pitches


def test_only_heading_and_first_ten_are_red(poster: Any) -> None:
    page = poster[0]
    red = [
        c
        for c in page.chars
        if c["non_stroking_color"] and c["non_stroking_color"][0] > 0.5 and c["non_stroking_color"][1] < 0.1
    ]
    rows = sorted({round(c["top"]) for c in red if c["size"] < 40})
    assert len(rows) == 10
    assert all(c["size"] > 40 for c in red if c["top"] < rows[0] - 30)


def test_poster_qr_is_42_mm_or_more_with_the_code_below(poster: Any) -> None:
    page = poster[0]
    dark = [
        item
        for item in [*page.curves, *page.rects]
        if item["x0"] > page.width * 0.6 and item["top"] > page.height * 0.8 and item["width"] < 400
    ]
    width = max(i["x1"] for i in dark) - min(i["x0"] for i in dark)
    assert width / MM >= 42
    code = [
        c for c in page.chars if c["x0"] > page.width * 0.65 and c["top"] > max(i["bottom"] for i in dark) - 5
    ]
    text = "".join(c["text"] for c in code)
    assert text.replace("-", "") == IMPRINT.check_code


def test_poster_says_period_place_signer_and_number() -> None:
    content = model.PosterContent(
        title="积分榜",
        columns=(model.Column("名次"), model.Column("户主", kind="name")),
        rows=tuple((str(i), "张三") for i in range(95)),
        signer="板坑村村民委员会",
        objection=model.ObjectionPlace("便民服务中心", "0715-3388120"),
    )
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_poster(content, IMPRINT)))) as pdf:
        assert len(pdf.pages) == 3
        for page in pdf.pages:
            text = page.extract_text()
            assert "公示期：2026年11月2日至11月11日" in text
            assert "0715-3388120" in text
            assert "板坑村村民委员会" in text
            assert "沙政发〔2026〕12号" in text


def test_many_notes_tighten_the_foot_and_lose_nothing() -> None:
    notes = tuple(f"说明第{i}条，名次可以并列。" for i in range(1, 4))
    content = model.PosterContent(
        title="积分榜",
        columns=(model.Column("名次"), model.Column("户主", kind="name")),
        rows=tuple((str(i), "张三") for i in range(38)),
        signer="板坑村村民委员会",
        objection=model.ObjectionPlace("便民服务中心", "0715-3388120"),
        notes=notes,
    )
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_poster(content, IMPRINT)))) as pdf:
        chars = [c for page in pdf.pages for c in page.chars]
        assert len(pdf.pages) == 1
        assert max(c["bottom"] for c in chars) / MM <= 420 - 10
    assert min(c["size"] for c in chars) >= 27.99
    text = "".join(c["text"] for c in chars)
    assert all(f"说明第{i}条" in text for i in range(1, 4))


def test_rows_are_shared_out_over_the_sheets() -> None:
    content = model.PosterContent(
        title="积分榜",
        columns=(model.Column("名次"), model.Column("户主", kind="name")),
        rows=tuple((f"R{i}", "张三") for i in range(43)),
        signer="板坑村村民委员会",
    )
    pages = layout_poster(content, IMPRINT).pages
    assert [len(re.findall(r"R\d+", page)) for page in pages] == [22, 21]


def test_a_small_table_is_not_torn_apart() -> None:
    table = model.Table(
        (model.Column("类别"), model.Column("户数")), tuple((f"类{i}", "1") for i in range(8))
    )
    blocks = (model.Paragraph("村" * 28 * 7), table)
    printout = layout_a4(long_content(blocks=blocks), IMPRINT)
    holding = [page for page in printout.pages if "类" in page.replace("种类", "")]
    assert len(holding) == 1
