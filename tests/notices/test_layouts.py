"""Posters of both directions, receipts, cards: sizes, smallest type, readable codes, long titles and tables (NTC-3)."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pdfplumber
import pytest

from notices.printing import content as model
from notices.printing import geometry as g
from notices.printing.a4 import layout_a4
from notices.printing.faces import STACKS, face_for
from notices.printing.imprint import Imprint
from notices.printing.labels import Label, layout_labels
from notices.printing.poster import layout_poster
from notices.printing.qr import qr_svg
from notices.printing.receipt import Receipt, layout_receipt, layout_roll
from notices.printing.sheet import Printout
from notices.printing.weasy import pdf_bytes
from tests.factories.documents import sample_content, sample_poster

IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇板坑村村民委员会",
    number="板坑村公示〔2026〕3号",
    signed_on=date(2026, 11, 2),
    publicity_start=date(2026, 11, 2),
    publicity_end=date(2026, 11, 11),
    verify_url="https://gov.example.cn/v/0123456789ABCDEFGHJKMNPQRS/",
    check_code="0123456789AB",
    digest="0" * 64,
)
RECEIPT = Receipt(
    title="积分兑换收据",
    issuer="板坑村积分超市",
    number="据〔2026〕8号",
    issued_on="2026年11月2日",
    columns=(model.Column("品名", 30, "left"), model.Column("数量", 10), model.Column("积分", 10)),
    rows=(("洗衣液2千克", "1瓶", "30"), ("菜籽油5升", "1桶", "65")),
    facts=(("户号", "003-012"), ("户主", "张三"), ("组别", "3组")),
    total=("合计积分", "95分"),
    notes=("兑换后剩余积分120分。",),
    verify_url="https://gov.example.cn/v/0123456789ABCDEFGHJKMNPQRS/",
    code="0123-4567-89AB",
)
CARD = Label(
    heading="沙坪镇板坑村",
    title="张三户",
    lines=("户号 003-012", "三组"),
    qr="https://gov.example.cn/kiosk/card/0123456789ABCDEFGHJKMNPQRS/",
    code="ABCD-EFGH-JKMN-PQRS",
)
LONG_TITLE = "关于" + "沙坪镇板坑村三组通湾公路硬化及沿线人居环境整治项目" * 8
MM = 72 / 25.4


def pages(printout: Printout) -> list[Any]:
    pdf = pdfplumber.open(io.BytesIO(pdf_bytes(printout)))
    return list(pdf.pages)


def smallest(found: list[Any]) -> float:
    return min(char["size"] for page in found for char in page.chars if char["text"].strip())


def inside(found: list[Any]) -> bool:
    return all(
        c["x0"] >= 0 and c["x1"] <= float(p.width) + 0.1 and c["top"] >= 0 and c["bottom"] <= float(p.height)
        for p in found
        for c in p.chars
    )


def test_a_landscape_poster_has_three_panels_and_big_type() -> None:
    found = pages(layout_poster(sample_poster(40), IMPRINT, landscape=True))
    assert (round(found[0].width / MM), round(found[0].height / MM)) == (420, 297)
    assert len(found) == 2
    assert smallest(found) >= 27.9
    assert inside(found)
    text = "".join(p.extract_text() for p in found)
    assert text.count("户主") == 6


def overlaps(page: Any) -> list[tuple[str, str]]:
    """Characters of one line that stand on each other by more than a quarter of the narrower one."""
    chars = sorted((c for c in page.chars if c["text"].strip()), key=lambda c: (round(c["top"]), c["x0"]))
    return [
        (a["text"], b["text"])
        for a, b in pairwise(chars)
        if abs(a["top"] - b["top"]) < 4 and a["x1"] - b["x0"] > min(a["width"], b["width"]) / 4
    ]


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize(
    "signer",
    ["沙坪镇板坑村村民委员会", "沙坪镇凤岭社区居民委员会", "崇阳县沙坪镇人民政府共同缔造工作领导小组办公室"],
)
def test_nothing_on_a_poster_stands_on_something_else(signer: str, landscape: bool) -> None:
    """A long signer and the date take lines of their own beside the check code, never less than 28 pt."""
    poster = replace(sample_poster(40), signer=signer, notes=("积分相同的名次并列。", "按户排列。"))
    found = pages(layout_poster(poster, IMPRINT, landscape=landscape))
    for page in found:
        assert overlaps(page) == []
        assert min(c["size"] for c in page.chars) >= 27.99
        assert max(c["bottom"] for c in page.chars) <= page.height
    text = "".join(found[0].extract_text().split())
    assert signer[-6:] in text and "2026年11月2日" in text


@pytest.mark.parametrize("signer", ["沙坪镇凤岭社区居民委员会", "桂花泉镇三山社区居民委员会"])
def test_forty_households_stand_on_one_poster_whoever_signs(signer: str) -> None:
    """Signer and date are set a little closer before they take a line from the table."""
    imprint = replace(IMPRINT, signed_on=date(2026, 11, 22), check_code="09MVCTC8R2RK")
    (page,) = pages(layout_poster(replace(sample_poster(40), signer=signer, panels=2), imprint))
    assert overlaps(page) == []
    (line,) = [line for line in page.extract_text_lines() if signer in line["text"].replace(" ", "")]
    assert line["text"].endswith("2026年11月22日")


def six_columns(rows: int) -> model.PosterContent:
    titles = ("户主", "组别", "项目", "核定数量", "标准", "金额")
    return model.PosterContent(
        title="关于奖补的公示",
        columns=tuple(model.Column(title, 5) for title in titles),
        rows=tuple(("张三", "1组", "院落路", "44.8", "80", f"{n}") for n in range(rows)),
        signer="沙坪镇板坑村村民委员会",
        panels=2,
    )


@pytest.mark.parametrize(
    ("poster", "heads"), [(six_columns(16), 1), (sample_poster(8), 1), (sample_poster(12), 2)]
)
def test_a_table_has_as_many_panels_as_its_heads_fit_into(poster: model.PosterContent, heads: int) -> None:
    """Heads never run into each other, and ten rows are not torn into two panels of five."""
    (page,) = pages(layout_poster(replace(poster, panels=2), IMPRINT))
    assert overlaps(page) == []
    assert page.extract_text().count("户主") == heads


@pytest.mark.parametrize("landscape", [False, True])
def test_a_poster_title_of_200_characters_stays_readable(landscape: bool) -> None:
    poster = replace(sample_poster(30), title=LONG_TITLE[:200])
    found = pages(layout_poster(poster, IMPRINT, landscape=landscape))
    assert smallest(found) >= 27.9
    assert inside(found)
    assert LONG_TITLE[:20] in found[0].extract_text().replace("\n", "")
    shown = sum(page.extract_text().count("组") for page in found) - len(found) * LONG_TITLE[:200].count("组")
    assert shown >= 30


def test_a_title_of_200_characters_on_a4() -> None:
    found = pages(layout_a4(sample_content(LONG_TITLE[:200], signer="村委会"), IMPRINT))
    text = found[0].extract_text().replace("\n", "").replace(" ", "")
    assert LONG_TITLE[:200] in text
    assert inside(found)


@pytest.mark.parametrize("end", ["table", "tall", "figures", "chart"])
@pytest.mark.parametrize("printed_by", ["", "沙坪镇共同缔造办公室"])
def test_the_signature_never_stands_alone(end: str, printed_by: str) -> None:
    """Whatever a document ends with: the page with the signature has something of it, and every row stands once."""
    imprint = replace(IMPRINT, publicity_start=None, publicity_end=None)
    for length in range(1, 60):
        word = "内容" * (60 if end == "tall" else 1)
        rows = tuple((f"第{i}行", word) for i in range(length))
        table = model.Table((model.Column("序", 8), model.Column("事", 20, "left")), rows, "表")
        last: tuple[model.Block, ...] = ()
        if end == "figures":
            last = (model.FigureGrid((model.FigureItem("末项数据", "1"),)),)
        elif end == "chart":
            last = (model.ChartBlock("bar", "末项数据", ("甲", "乙"), (model.ChartSeries("一", (1, 2)),)),)
        content = model.NoticeContent(
            title="关于道路的通知", blocks=(table, *last), signer="村委会", printed_by=printed_by
        )
        found = ["".join(re.sub("<[^>]+>", "", page).split()) for page in layout_a4(content, imprint).pages]
        assert "村委会" in found[-1]
        assert ("末项数据" if last else f"第{length - 1}行") in found[-1], length
        assert [sum(page.count(f"第{i}行") for page in found) for i in range(length)] == [1] * length
        assert all(len(page) > len("—1—") for page in found), "no page is left empty"


def test_a_table_of_2000_rows_has_every_row_and_a_head_on_every_page() -> None:
    printout = layout_a4(sample_content(rows=2000, signer="村委会"), IMPRINT)
    assert 50 < len(printout.pages) < 80
    heads = sum("户主" in page for page in printout.pages)
    assert heads >= len(printout.pages) - 1
    body = "".join(printout.pages)
    assert all(f"\n{i}\n" in body or f">{i}\n" in body or f"\n{i}<" in body for i in range(2, 2000, 97))


@pytest.mark.parametrize("rows", [1, 2, 30, 2000])
def test_an_a5_receipt(rows: int) -> None:
    receipt = replace(RECEIPT, rows=tuple((f"品名{i}", "1", "5") for i in range(rows)))
    printout = layout_receipt(receipt)
    assert printout.paper == "a5l"
    assert sum(page.count("品名") for page in printout.pages) == rows + len(printout.pages)
    assert "合计积分" in printout.pages[-1]
    if rows < 100:
        found = pages(printout)
        assert (round(found[0].width / MM), round(found[0].height / MM)) == (210, 148)
        assert smallest(found) >= 10.9
        assert inside(found)
        assert _last_row_above_the_closing(found[-1])


def test_a_long_number_below_the_qr_keeps_the_margin() -> None:
    """The numbers of the shops have nineteen characters and are wider than the code."""
    (page,) = pages(layout_receipt(replace(RECEIPT, code="421223101001-000020")))
    word = next(word for word in page.extract_words() if word["text"] == "421223101001-000020")
    assert word["x1"] <= page.width - 12 * MM + 0.5
    assert word["x0"] >= max(w["x1"] for w in page.extract_words() if w["text"].startswith("经办人"))


def _last_row_above_the_closing(page: Any) -> bool:
    words = {word["text"]: word for word in page.extract_words()}
    lowest = max((w["bottom"] for t, w in words.items() if t.startswith("品名")), default=0)
    total = next(w for t, w in words.items() if t.startswith("合计积分"))
    return float(lowest) <= float(total["top"])


def test_an_80_mm_receipt_is_as_long_as_it_must_be() -> None:
    short, long = layout_roll(RECEIPT), layout_roll(replace(RECEIPT, rows=RECEIPT.rows * 10))
    first, second = pages(short), pages(long)
    assert len(first) == len(second) == 1
    assert round(first[0].width / MM) == 80
    assert second[0].height > first[0].height + 400
    for found in (first, second):
        assert smallest(found) >= 10.9
        assert inside(found)


def test_ten_cards_a_sheet_with_room_for_the_knife() -> None:
    printout = layout_labels([CARD] * 23, title="户卡")
    assert len(printout.pages) == 3
    found = pages(printout)
    assert [page.extract_text().count("张三户") for page in found] == [10, 10, 3]
    assert smallest(found) >= 10.9
    assert inside(found)


def test_a_card_with_too_much_text_stays_within_its_edges() -> None:
    crowded = replace(CARD, title="欧阳" * 20, lines=("很长的说明" * 20,) * 5)
    found = pages(layout_labels([crowded], title="户卡"))
    top = (g.A4_HEIGHT - 5 * g.CARD_HEIGHT) / 2
    assert max(c["bottom"] for c in found[0].chars) <= top + g.CARD_HEIGHT


@pytest.mark.parametrize(("size", "least_mm"), [(26 * g.MM, 0.4), (28 * g.MM, 0.4), (34 * g.MM, 0.4)])
def test_modules_of_the_codes_are_large_enough_to_scan(size: float, least_mm: float) -> None:
    side = int(qr_svg(CARD.qr, size).split('viewBox="0 0 ')[1].split(" ")[0])
    assert size / side / g.MM >= least_mm


@pytest.mark.parametrize("role", list(STACKS))
def test_no_character_is_missing_in_one_face_and_there_in_another(role: Any) -> None:
    for char in "䶮堃赟祎昇𬭊〇㙟":
        everywhere = face_for(char, "fang") is not None
        assert (face_for(char, role) is not None) == everywhere, char


@pytest.mark.parametrize(
    "make",
    [
        lambda: layout_receipt(RECEIPT),
        lambda: layout_roll(RECEIPT),
        lambda: layout_labels([CARD], title="卡"),
    ],
)
def test_the_same_bytes_every_time_and_nothing_taken_as_markup(make: Any) -> None:
    assert pdf_bytes(make()) == pdf_bytes(make())
    evil = '<img src="file:///etc/passwd">'
    for printout in (
        layout_receipt(replace(RECEIPT, title=evil, notes=(evil,), rows=((evil, evil, evil),))),
        layout_roll(replace(RECEIPT, issuer=evil, facts=((evil, evil),))),
        layout_labels([replace(CARD, title=evil, lines=(evil,), code=evil)], title=evil),
    ):
        assert "<img" not in printout.body()
