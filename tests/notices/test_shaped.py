"""Columns set in one go, and boxes without styles of their own, have the bytes that WeasyPrint gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notices.printing import content as model
from notices.printing import placed, shaped, weasy
from notices.printing.a4 import layout_a4
from notices.printing.imprint import Imprint
from notices.printing.poster import layout_poster
from notices.printing.sheet import Pen, Printout, StyleSheet
from tests.factories.documents import sample_content, sample_poster

IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇板坑村村民委员会",
    number="板坑村公示〔2026〕3号",
    signed_on=date(2026, 11, 2),
    publicity_start=date(2026, 11, 2),
    publicity_end=date(2026, 11, 11),
    verify_url="https://cogov.example.cn/v/ABCDEFGHJKMNPQRSTVWXYZ0123/",
    check_code="ABCDEFGHJKMN",
    digest="5a" * 32,
)


@pytest.fixture
def columns_set(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines each column had that was set in one go."""
    counts: list[int] = []
    boxes = shaped._boxes

    def counting(*args: object) -> object:
        counts.append(len(args[4]))  # type: ignore[arg-type]
        return boxes(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(shaped, "_boxes", counting)
    return counts


def ordinary(printout: Printout) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shaped, "_is_plain", lambda *_: False)
        patch.setattr(placed, "is_known_release", lambda: False)
        return weasy.pdf_bytes(printout)


def test_every_layout_has_the_same_bytes_both_ways(columns_set: list[int]) -> None:
    content = sample_content(rows=40, signer="板坑村村民委员会")
    printouts = [
        layout_a4(content, IMPRINT),
        layout_a4(content, Imprint(issuer="板坑村", heading="沙坪镇板坑村村民委员会")),
        layout_poster(sample_poster(), IMPRINT),
        layout_poster(sample_poster(), IMPRINT, landscape=True),
    ]
    for printout in printouts:
        columns_set.clear()
        before = ordinary(printout)
        assert columns_set == []
        first = weasy.pdf_bytes(printout)
        assert max(columns_set) >= 4, "the lists of this document were set in one go"
        assert first == before
        assert weasy.pdf_bytes(printout) == before, "again, with everything remembered"


def _page(texts: list[str], *, align: str, spacing: float, size: float, role: str) -> Printout:
    styles = StyleSheet()
    pen = Pen(styles)
    css = f"font-size:{size}pt;line-height:{size * 1.4}pt;width:200pt;text-align:{align};letter-spacing:{spacing}pt"
    for i, text in enumerate(texts):
        pen.raw(text, x=60, y=60 + i * 90, css=css, names=role)
    return Printout("a4", "x", (pen.html(),), styles.css(), "2026-11-02")


CHARS = st.sampled_from(
    "积分公示张三李四王赟0123456789分+-，。“”（）AVWTofi  \u3000\n\n\u00a0\u200bא\u0301é㐂𠮷"
)
TEXTS = st.lists(st.text(CHARS, min_size=1, max_size=40), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@example(["甲\n\n乙\n", "\n甲", "甲\n\n"], "center", 0.0, 12.0, "song")
@example([" 甲 乙 ", "\u00a0", "1\u20282\n3"], "right", 0.3, 10.5, "fang")
@example(["甲\t乙\n丙", "AVA\nToVa"], "left", -0.2, 16.0, "hei")
@example(["没有\uffff的 XML", "甲"], "left", 0.0, 12.0, "song")
@given(
    TEXTS,
    st.sampled_from(["left", "center", "right", "justify"]),
    st.sampled_from([0.0, 0.3, -0.4]),
    st.sampled_from([7.5, 12.0, 15.79, 30.0]),
    st.sampled_from(["fang", "song", "hei", "kai", "title", "num"]),
)
def test_any_text_has_the_same_bytes_both_ways(
    texts: list[str], align: str, spacing: float, size: float, role: str
) -> None:
    page = _page(texts, align=align, spacing=spacing, size=size, role=role)
    assert weasy.pdf_bytes(page) == ordinary(page)


def test_a_box_that_leaves_the_page_goes_the_ordinary_way(columns_set: list[int]) -> None:
    page = _page(["甲\n" * 200], align="left", spacing=0, size=12, role="song")
    assert weasy.pdf_bytes(page) == ordinary(page)
    assert columns_set == [200]


def test_another_release_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint
    from weasyprint import draw
    from weasyprint.layout import absolute, block

    def untouched() -> None: ...

    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    monkeypatch.setattr(draw, "draw_text", untouched)
    monkeypatch.setattr(block, "_linebox_layout", untouched)
    monkeypatch.setattr(absolute, "resolve_percentages", untouched)
    monkeypatch.setattr(absolute, "resolve_position_percentages", untouched)
    assert shaped.install() is False
    assert placed.install() is False
    assert (draw.draw_text, block._linebox_layout) == (untouched, untouched)
    assert (absolute.resolve_percentages, absolute.resolve_position_percentages) == (untouched, untouched)
    monkeypatch.setattr(weasyprint, "__version__", shaped.MADE_FOR[0])
    assert shaped.install() is True
    taught: Callable[..., object] = draw.draw_text
    assert taught is not untouched
    assert shaped.install() is True
    assert draw.draw_text is taught, "once is enough"


def test_the_memory_of_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shaped, "_MOST_SHAPES", 2)
    page = _page(["甲\n乙\n丙"], align="left", spacing=0, size=12, role="song")
    before = weasy.pdf_bytes(page)
    assert len(shaped._kept.shapes) >= 3
    assert weasy.pdf_bytes(page) == before
    monkeypatch.setattr(shaped, "_MOST_SHAPES", 0)
    shaped.new_document()
    assert (shaped._kept.shapes, shaped._kept.drawn) == ({}, {})


def test_the_release_in_use_is_one_it_was_made_for() -> None:
    """An upgrade of WeasyPrint stays right but becomes slow: then compare the functions and add the release."""
    import weasyprint

    assert weasyprint.__version__ in shaped.MADE_FOR


def test_content_of_a_list(columns_set: list[int]) -> None:
    """The list of a month: its rows are set by columns, not by cells."""
    columns = (
        model.Column("组别", 9),
        model.Column("户主", 11, kind="name"),
        model.Column("得分事由", 42, "left"),
    )
    rows = tuple((f"{i % 10}组", "张三", "打扫公共巷道2次20分") for i in range(100))
    content = model.NoticeContent(title="积分公示", blocks=(model.Table(columns, rows),), signer="板坑村")
    printout = layout_a4(content, IMPRINT)
    assert weasy.pdf_bytes(printout) == ordinary(printout)
    assert sum(columns_set) >= 300
    assert len(columns_set) < 150


def test_the_places_of_boxes_make_no_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.css import StyleFor

    compute = StyleFor.set_computed_styles
    made: list[object] = []

    def counting(self: object, element: object, *args: object, **options: object) -> None:
        made.append(element)
        compute(self, element, *args, **options)

    monkeypatch.setattr(StyleFor, "set_computed_styles", counting)
    pen = Pen(StyleSheet())
    for number in range(300):
        pen.text("甲", x=20 + number % 20 * 25, y=20 + number // 20 * 50, size=12)
    page = Printout("a4", "x", (pen.html(),), pen.styles.css(), "2026-11-02")
    printed = weasy.pdf_bytes(page)
    assert len(made) < 20
    assert printed == ordinary(page)
    assert len(made) > 300


def test_a_page_that_is_no_xml_is_read_as_html() -> None:
    page = _page(["&nbsp;甲&nbsp;乙", "丙<br>丁"], align="left", spacing=0, size=12, role="song")
    assert weasy.pdf_bytes(page) == ordinary(page)
