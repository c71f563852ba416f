"""Certificates, receipts and minutes in their own forms (NTC-1, documents.md)."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import date

import pdfplumber
import pytest
from PIL import Image

from cogov.common.errors import InputError
from notices import kinds, render, services
from notices.printing import content as model
from notices.printing.certificate import layout_certificate
from notices.printing.imprint import Imprint
from notices.printing.layouts import lay_out
from notices.printing.papers import CERTIFICATE_CHARACTERS
from notices.printing.weasy import pdf_bytes
from notices.services.composing import Written, compose_notice
from tests.factories.notices import Place

MM = 72 / 25.4
CONTENT = model.NoticeContent(
    title="荣誉证书",
    blocks=(
        model.Paragraph("汪德胜", indent=False, align="center"),
        model.Paragraph("在“最美庭院”评选中表现突出，被评为最美庭院示范户，特发此证。", strong=((18, 25),)),
    ),
    signer="沙坪镇板坑村村民委员会",
    basis=("2026年9月28日村民代表会议决议",),
)
IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇板坑村村民委员会",
    number="板坑村证〔2026〕3号",
    signed_on=date(2026, 10, 20),
    verify_url="https://gov.example.cn/v/0123456789ABCDEFGHJKMNPQRS/",
    check_code="0123456789AB",
    digest="0" * 64,
)


def test_a_certificate_is_a4_landscape_with_everything_inside_its_frame() -> None:
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_certificate(CONTENT, IMPRINT)))) as pdf:
        page = pdf.pages[0]
        assert (round(page.width / MM), round(page.height / MM)) == (297, 210)
        chars = [char for char in page.chars if char["text"].strip()]
        assert all(c["x0"] > 14 * MM and c["x1"] < 283 * MM for c in chars)
        assert all(c["top"] > 14 * MM and c["bottom"] < 196 * MM for c in chars)
        sizes = {c["text"]: round(c["size"], 1) for c in chars}
        assert (sizes["荣"], sizes["汪"], sizes["突"]) == (60, 28, 26)
        text = page.extract_text()
        assert all(part in text for part in ("汪德胜：", "板坑村证〔2026〕3号", "2026年10月20日"))


def test_one_sheet_for_each_name() -> None:
    names = tuple(model.Paragraph(f"第{n}户", indent=False, align="center") for n in range(3))
    printout = layout_certificate(replace(CONTENT, blocks=(*names, CONTENT.blocks[1])), IMPRINT)
    assert [f"第{n}户：" in page for n, page in enumerate(printout.pages)] == [True] * 3
    assert all("示范户" in page for page in printout.pages)


def test_the_longest_text_still_stands_above_the_signature() -> None:
    long = replace(CONTENT, blocks=(CONTENT.blocks[0], model.Paragraph("好" * CERTIFICATE_CHARACTERS)))
    with pdfplumber.open(io.BytesIO(pdf_bytes(layout_certificate(long, IMPRINT)))) as pdf:
        chars = pdf.pages[0].chars
        lowest = max(c["bottom"] for c in chars if c["text"] == "好")
        signer = min(c["top"] for c in chars if c["text"] == "镇")
        assert lowest <= signer
        assert {round(c["size"], 1) for c in chars if c["text"] == "好"} == {16}


def test_the_same_bytes_and_no_markup() -> None:
    first = pdf_bytes(layout_certificate(CONTENT, IMPRINT))
    assert pdf_bytes(layout_certificate(CONTENT, IMPRINT)) == first
    evil = replace(CONTENT, title="<b>证</b>", signer='<img src="file:///etc/passwd">')
    assert "<img" not in layout_certificate(evil, IMPRINT).body()


def test_a_published_certificate_is_printed_in_its_form(place: Place) -> None:
    body = "= 汪德胜\n在2026年“最美庭院”评选中，被评为**示范户**，特发此证。"
    written = Written(title="荣誉证书", body=body, basis="2026年9月28日村民代表会议决议")
    draft = compose_notice(actor=place.cadre, kind="certificate", written=written, village=place.village)
    assert render.printout(draft).paper == "a4l"
    notice = services.publish_notice(actor=place.secretary, notice=draft)
    assert notice.number == "板坑村证〔2026〕1号"
    assert render.printout(notice).paper == "a4l"
    assert render.pdf_bytes(notice) == render.pdf_bytes(notice)


def test_a_text_that_does_not_fit_is_not_published(place: Place) -> None:
    written = Written(title="荣誉证书", body=f"= 汪德胜\n被评为{'好' * CERTIFICATE_CHARACTERS}", basis="决议")
    draft = compose_notice(actor=place.cadre, kind="certificate", written=written, village=place.village)
    with pytest.raises(InputError, match="正文不超过240字，现有246字"):
        services.publish_notice(actor=place.secretary, notice=draft)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_receipt_is_a5_landscape() -> None:
    table = model.Table((model.Column("品名"), model.Column("数量")), (("水泥", "20袋"),))
    content = replace(CONTENT, title="领取收据", blocks=(table, model.Paragraph("领取人：汪德胜")))
    printout = lay_out("receipt", content, IMPRINT)
    assert printout.paper == "a5l"
    assert "20袋" in printout.body()
    assert "领取人：汪德胜" in printout.body()


def test_minutes_bear_no_seal() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), "red").save(out, "PNG")
    sealed = replace(IMPRINT, seal=base64.b64encode(out.getvalue()).decode())
    assert "印章" not in lay_out("minutes", CONTENT, sealed).body()
    assert "印章" in lay_out("document", CONTENT, sealed).body()
    assert "印章" in lay_out("certificate", CONTENT, sealed).body()
    assert {kind.code: kind.form for kind in kinds.all_kinds() if kind.form != "document"} == {
        "certificate": "certificate",
        "receipt": "receipt",
        "minutes": "minutes",
    }
