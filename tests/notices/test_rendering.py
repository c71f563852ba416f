"""Same bytes everywhere, nothing fetched from outside, nothing of the text taken as markup."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pdfplumber
import pytest

from notices.printing import content as model
from notices.printing import weasy
from notices.printing.a4 import layout_a4
from notices.printing.browser import stylesheet
from notices.printing.faces import check_glyphs, printable
from notices.printing.imprint import Imprint
from notices.printing.poster import layout_poster
from notices.printing.qr import check_code, read_code, show_code, verify_token
from tests.factories.documents import sample_content, sample_poster

IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇板坑村村民委员会",
    number="板坑村公示〔2026〕3号",
    signed_on=date(2026, 11, 2),
)

SCRIPT = """
import hashlib
from datetime import date
from notices.printing.a4 import layout_a4
from notices.printing.poster import layout_poster
from notices.printing.imprint import Imprint
from notices.printing.weasy import pdf_bytes
from tests.factories.documents import sample_content, sample_poster
imprint = Imprint(issuer="板坑村", heading="沙坪镇板坑村村民委员会", number="板坑村公示〔2026〕3号", signed_on=date(2026, 11, 2))
content = sample_content(rows=40, signer="板坑村村民委员会")
print(hashlib.sha256(pdf_bytes(layout_a4(content, imprint))).hexdigest())
print(hashlib.sha256(pdf_bytes(layout_poster(sample_poster(), imprint))).hexdigest())
"""


def in_another_process(tmp_path: Path, seed: str, zone: str) -> list[str]:
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(root),
            "PYTHONHASHSEED": seed,
            "TZ": zone,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.split()


def test_the_same_bytes_in_other_processes_zones_and_folders(tmp_path: Path) -> None:
    content = sample_content(rows=40, signer="板坑村村民委员会")
    here = [
        hashlib.sha256(weasy.pdf_bytes(layout_a4(content, IMPRINT))).hexdigest(),
        hashlib.sha256(weasy.pdf_bytes(layout_poster(sample_poster(), IMPRINT))).hexdigest(),
    ]
    (tmp_path / "x").mkdir()
    assert in_another_process(tmp_path, "1", "America/New_York") == here
    assert in_another_process(tmp_path / "x", "7", "Asia/Tokyo") == here


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=file:///etc/passwd>",
        '<link rel=attachment href="file:///etc/passwd">',
        "&lt;b&gt; \" ' < >",
        "</style></div><style>*{display:none}</style>",
    ],
)
def test_markup_in_any_field_is_printed_as_text(text: str) -> None:
    content = model.NoticeContent(
        title=text,
        addressee=text,
        signer=text,
        basis=(text,),
        legal_basis=text,
        calculation=text,
        attachments=(text,),
        cc=(text,),
        printed_by=text,
        objection=model.ObjectionPlace(text, text, text),
        blocks=(
            model.Paragraph(text),
            model.Heading(text),
            model.Table(
                (model.Column(text), model.Column("户主", kind="name")), ((text, text),), text, text, text
            ),
            model.FigureGrid((model.FigureItem(text, text, text, text),)),
            model.ChartBlock("bar", text, (text,), (model.ChartSeries(text, (1,)),), text),
        ),
    )
    imprint = replace(IMPRINT, heading=text, number=text, check_code="A" * 12, verify_url="https://x/" + text)
    printout = layout_a4(content, imprint)
    assert (
        "<script" not in printout.body()
        and "<link" not in printout.body()
        and "<style" not in printout.body()
    )
    data = weasy.pdf_bytes(printout)
    assert b"/EmbeddedFile" not in data and b"root:" not in data
    poster = model.PosterContent(text, (model.Column(text),), ((text,),), text, text, notes=(text,))
    assert weasy.pdf_bytes(layout_poster(poster, imprint)).startswith(b"%PDF")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.cn/x.png",
        "ftp://example.cn/x",
        "data:text/html,x",
        "data:image/svg+xml,<svg/>",
        "cogov-font:/../../settings.py",
        "cogov-font:/../GCNum.ttf",
    ],
)
def test_the_fetcher_refuses_everything_but_our_own(url: str) -> None:
    fetcher = weasy._fetcher()
    with pytest.raises(ValueError, match="refused address"):
        fetcher.fetch(url)
    assert fetcher.fetch("cogov-font:/GCNum.ttf").read(4) == b"\x00\x01\x00\x00"


def test_without_pango_the_message_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    weasy._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(
        weasy.PrintingUnavailable, match="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    ):
        weasy.pdf_bytes(layout_a4(sample_content(), IMPRINT))
    assert "apt-get install" in weasy.available()
    monkeypatch.undo()
    weasy._engine.cache_clear()
    assert weasy.available() == ""


def test_the_browser_page_has_no_inline_style() -> None:
    printout = layout_a4(sample_content(rows=40), IMPRINT)
    assert "style=" not in printout.body()
    css = stylesheet(printout, lambda path: f"/static/{path}?v=1")
    assert "url(/static/fonts/GCFangSong.ttf?v=1)" in css
    assert "cogov-font" not in css


def test_content_survives_its_json() -> None:
    content = sample_content(
        blocks=(
            model.Heading("一、概况"),
            model.FigureGrid((model.FigureItem("户数", "118", "户", "持平"),)),
            model.ChartBlock(
                "line", "走势", ("9月", "10月"), (model.ChartSeries("积分", (1, Decimal("2.50"))),), "分"
            ),
            model.PageBreak(),
        ),
        objection=model.ObjectionPlace("村委会", "0715-1"),
    )
    assert model.from_json(model.to_json(content)) == content
    poster = sample_poster()
    assert model.poster_from_json(model.to_json(poster)) == poster


@pytest.mark.parametrize(
    "data",
    [
        {"title": "x", "signer": "y", "blocks": [{"type": "html", "html": "<b>"}]},
        {"title": "x", "signer": "y", "blocks": [], "extra": 1},
        {
            "title": "x",
            "signer": "y",
            "blocks": [
                {
                    "type": "chart",
                    "kind": "bar",
                    "title": "",
                    "labels": [],
                    "series": [{"name": "a", "values": [1.5]}],
                }
            ],
        },
    ],
)
def test_foreign_json_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(model.ContentError):
        model.from_json(data)


def test_faults_of_content_are_all_named() -> None:
    table = model.Table((model.Column("甲"), model.Column("乙")), (("1", "2"), ("1",)), caption="表一")
    problems = model.validate(sample_content("", signer="", blocks=(table, model.Heading("x", 7))))
    assert [str(p) for p in problems] == [
        "「标题」：标题不能为空",
        "「落款」：落款单位不能为空",
        "第2行「表一」：应有2格，实有1格",
        "「x」：标题层级只有一至四级",
    ]


def test_rare_characters_are_named_with_the_face_that_sets_them() -> None:
    report = check_glyphs(["汪喆堃", "\U0002a6d6😀"])
    assert dict(report.fallbacks) == {"喆": "楷体", "堃": "楷体"}
    assert report.missing == ("\U0002a6d6", "😀")
    assert "U+1F600" in report.faults[1]
    assert printable("a😀b", "fang") == "a〓b"


def test_rare_names_print_with_glyphs_of_ours() -> None:
    names = "赟䶮昇堃祎彧珺玥喆㛃塝墈𬭎"
    content = sample_content(
        blocks=(model.Paragraph(names), model.Table((model.Column("户主", kind="name"),), ((names,),)))
    )
    with pdfplumber.open(io.BytesIO(weasy.pdf_bytes(layout_a4(content, IMPRINT)))) as pdf:
        text = "".join(c["text"] for page in pdf.pages for c in page.chars)
    assert text.count(names) == 2


@pytest.mark.parametrize("rows", [0, 1, 2, 21, 22, 23, 54, 2000])
def test_every_row_of_a_table_is_printed_once(rows: int) -> None:
    table = model.Table(
        (model.Column("序号"), model.Column("户主")), tuple((f"R{i}", "张三") for i in range(rows))
    )
    printout = layout_a4(sample_content(blocks=(model.Paragraph("如下："), table)), IMPRINT)
    body = printout.body()
    printed = re.findall(r"R\d+", body)
    assert sorted(printed) == sorted(f"R{i}" for i in range(rows))


def test_a_title_of_two_hundred_characters_still_lays_out() -> None:
    printout = layout_a4(sample_content("公" * 200), IMPRINT)
    assert weasy.pdf_bytes(printout).startswith(b"%PDF")


def test_codes_are_forgiving_to_read_and_bound_to_the_content() -> None:
    code = check_code("ab" * 32)
    assert len(code) == 12
    assert read_code(f" {show_code(code).lower()} ".replace("0", "o")) == code
    assert check_code("ab" * 31 + "ac") != code
    assert len(verify_token("ab" * 32)) == 26


def test_a_draft_says_so_on_every_page() -> None:
    printout = layout_a4(sample_content(rows=80), Imprint(issuer="板坑村", heading="板坑村"))
    assert all("草　稿" in page for page in printout.pages)
    assert "尚未编号" in printout.pages[0]
