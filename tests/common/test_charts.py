"""Charts: well-formed, strict-CSP clean, accessible, deterministic, safe."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from cogov.common.charts import (
    EMPTY_NOTE,
    Series,
    Variant,
    bar_chart,
    format_value,
    line_chart,
    render_chart,
    ring_chart,
)

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ("8月", "9月", "10月")


def _draw(kind: str, variant: Variant = Variant.PAGE, **over: object) -> str:
    values = {
        "kind": kind,
        "title": "积分发放",
        "labels": LABELS,
        "series": [("发放", (120, 300, 98))],
        "unit": "分",
    }
    return render_chart(**{**values, **over}, variant=variant)  # type: ignore[arg-type]


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("kind", ["bar", "line", "ring"])
def test_accessible_and_free_of_style_script_and_handlers(kind: str, variant: Variant) -> None:
    svg = _draw(kind, variant)
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "积分发放"
    assert root.findtext(f"{SVG}desc", "").endswith("8月120分，9月300分，10月98分")
    names = {name for element in root.iter() for name in element.attrib}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    assert not list(root.iter(f"{SVG}script"))
    assert _draw(kind, variant) == svg, "same figures, same bytes"


def test_page_follows_the_text_colour_and_print_names_its_own() -> None:
    assert "currentColor" in _draw("bar")
    assert 'class="chart-c1"' in _draw("bar")
    paper = _draw("bar", Variant.PRINT)
    assert "currentColor" not in paper
    assert "font-family" in paper


@pytest.mark.parametrize("kind", ["bar", "line", "ring"])
@pytest.mark.parametrize("empty", [{"labels": (), "series": ()}, {"labels": (), "series": [("发放", ())]}])
def test_empty_data_says_so(kind: str, empty: dict[str, object]) -> None:
    assert EMPTY_NOTE in _draw(kind, **empty)


def test_only_gaps_is_empty_but_zero_is_a_figure() -> None:
    assert EMPTY_NOTE in bar_chart(title="t", labels=["8月"], series=[("a", [None])])
    assert EMPTY_NOTE not in bar_chart(title="t", labels=["8月"], series=[("a", [0])])
    assert EMPTY_NOTE in ring_chart(title="t", labels=["a"], values=[0])


def test_every_text_is_escaped() -> None:
    nasty = '<script>alert(1)</script>"&'
    svg = bar_chart(title=nasty, labels=[nasty], series=[Series(nasty, (1,)), Series("b", (2,))], unit=nasty)
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == nasty


def test_bar_heights_are_in_proportion() -> None:
    svg = bar_chart(title="t", labels=["a", "b"], series=[Series("x", (50, 100))], height=260)
    heights = [
        Decimal(e.get("height", "0"))
        for e in ElementTree.fromstring(svg).iter(f"{SVG}rect")
        if e.get("class") == "chart-c1"
    ]
    assert len(heights) == 2
    assert abs(heights[0] * 2 - heights[1]) <= Decimal("0.02")


def test_negative_figures_hang_below_the_zero_line() -> None:
    svg = bar_chart(title="t", labels=["a", "b"], series=[Series("x", (-50, 100))])
    up, down = [e for e in ElementTree.fromstring(svg).iter(f"{SVG}rect") if e.get("class")][::-1]
    assert Decimal(up.get("y", "0")) + Decimal(up.get("height", "0")) == Decimal(down.get("y", "0"))


def test_a_gap_breaks_the_line() -> None:
    svg = line_chart(title="t", labels="abcde", series=[Series("x", (1, 2, None, 4, 5))])
    root = ElementTree.fromstring(svg)
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 4


def test_long_labels_lay_the_bars_on_their_side_and_grow() -> None:
    labels = [f"第{i}号行政村村民委员会" for i in range(12)]
    root = ElementTree.fromstring(bar_chart(title="t", labels=labels, series=[("x", range(12))]))
    assert int(root.get("height", "0")) > 300


def test_one_share_is_a_full_ring_and_negative_is_refused() -> None:
    assert "<circle" in ring_chart(title="t", labels=["a", "b"], values=[3, 0])
    with pytest.raises(ValueError, match="negative"):
        ring_chart(title="t", labels=["a"], values=[-1])


def test_wrong_number_of_values_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="2 values for 3 labels"):
        bar_chart(title="t", labels=LABELS, series=[("x", (1, 2))])


def test_format_value() -> None:
    assert format_value(1234567) == "1,234,567"
    assert format_value(Decimal("12.50")) == "12.5"
    assert format_value(Decimal(1200)) == "1,200"
