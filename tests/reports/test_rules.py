"""The commentary is computed from the figures."""

from decimal import Decimal

import pytest

from reports.rules import FigureFact, SectionFacts, compare_text, narrate, number_text, ordinal


def _fact(
    label: str, value: int | Decimal, previous: int | Decimal | None = None, unit: str = "分"
) -> FigureFact:
    return FigureFact(label, number_text(value), unit, value, previous)


@pytest.mark.parametrize(
    ("value", "previous", "text"),
    [
        (1306, 1250, "比上月增加56分（增长4.5%）"),
        (1000, 1500, "比上月减少500分（下降33.3%）"),
        (7, 7, "与上月持平"),
        (7, 0, "比上月增加7分"),
        (7, None, ""),
        (Decimal("90.5"), Decimal("88.00"), "比上月增加2.5分（增长2.8%）"),
    ],
)
def test_comparison(value: int, previous: int | None, text: str) -> None:
    assert compare_text(_fact("发放积分", value, previous)) == text


def test_commentary_names_figures_and_the_largest_moves() -> None:
    sections = (
        SectionFacts("积分", (_fact("发放积分", 1306, 1250), _fact("兑换积分", 100, 400))),
        SectionFacts("户籍", (_fact("在册户数", 120, 120, "户"),)),
        SectionFacts("公示", (_fact("公示", 0, 0, "份"),)),
    )
    assert narrate("板坑村", "2026年10月", sections) == (
        "2026年10月，板坑村各项工作情况如下。"
        "积分方面，发放积分1,306分，比上月增加56分（增长4.5%）；兑换积分100分，比上月减少300分（下降75%）。"
        "户籍方面，在册户数120户，与上月持平。",
        "与上月相比，3项可比指标中，1项上升、1项下降、1项持平；升幅最大的是发放积分，增长4.5%；降幅最大的是兑换积分，下降75%。",
        "本月没有登记数据的有：公示。",
    )


def test_shares_move_by_points_and_zero_figures_are_left_out() -> None:
    share = FigureFact("参与率", "89", "%", 89, 80)
    assert compare_text(share) == "比上月增加9个百分点"
    assert share.percent is None
    sections = (SectionFacts("积分", (share, _fact("扣减积分", 0, 0), _fact("兑换积分", 0, 5))),)
    assert narrate("板坑村", "2026年10月", sections)[0] == (
        "2026年10月，板坑村各项工作情况如下。积分方面，参与率89%，比上月增加9个百分点；"
        "兑换积分0分，比上月减少5分（下降100%）。"
    )


def test_no_data_at_all_is_said() -> None:
    assert narrate("板坑村", "2026年10月", (SectionFacts("积分", ()),)) == (
        "2026年10月，板坑村没有登记数据。",
    )


def test_text_figures_are_not_compared() -> None:
    fact = FigureFact("最高分", "张三", "", None)
    assert fact.change is None
    assert compare_text(fact) == ""


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 9, 10, 11, 20, 35)] == ["一", "九", "十", "十一", "二十", "三十五"]
