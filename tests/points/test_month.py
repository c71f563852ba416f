"""The month close of a village: posted, ranked, published, and the same again when repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cogov.common.periods import Period
from cogov.desk import registry
from cogov.desk.registry import ReportScope
from notices.models import Notice
from notices.printing import content as model
from points import closing, reporting
from points.models import PeriodStanding, PointsEntry
from points.rules import EntryKind
from points.selectors import figures
from points.services.ledger import post_entry, reverse_entry
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def close(place: Setting) -> Notice:
    for step in closing.STEPS:
        step.run(SYSTEM, place.village, OCTOBER)
    return Notice.objects.get(kind="points_list")


def test_close_publishes_list_and_poster(place: Setting) -> None:
    place.approved(0, "L01", 2)
    place.approved(0, "E01", 1)
    place.approved(1, "V01", 1)

    notice = close(place)

    assert notice.is_public
    document = notice.snapshot.document
    content = model.from_json(document["content"])
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    first, second = place.households[:2]
    assert [row[:4] for row in table.rows] == [
        ("1组", first.head_name, "45", "45"),
        ("2组", second.head_name, "5", "5"),
        ("合计", "2户", "50", ""),
    ]
    assert table.rows[0][4] == "修路投工2工日40分；打扫公共巷道5分"
    assert content.blocks[0] == model.Paragraph(
        "现将板坑村2026年10月积分公示如下。全村4户中有2户得分，占50%；发放积分50分，比上月增加50。"
    )
    assert content.title == "板坑村2026年10月积分公示"
    assert content.basis == ("《板坑村积分制管理细则》第1版（2025年12月20日村民代表会议决议）",)
    poster = model.poster_from_json(document["poster"])
    assert [row[0] for row in poster.rows] == ["1", "2"]
    assert poster.red_rows == 2


def test_close_twice_changes_nothing(place: Setting) -> None:
    place.approved()
    first = close(place)
    assert close(place).pk == first.pk
    assert (PointsEntry.objects.count(), Notice.objects.count()) == (1, 1)


def test_close_without_points_says_so(place: Setting) -> None:
    notice = close(place)
    content = model.from_json(notice.snapshot.document["content"])
    assert content.blocks[0] == model.Paragraph("板坑村2026年10月没有积分变动。")
    assert notice.snapshot.document["poster"] is None


def test_shared_ranks_and_cut_on_the_poster(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    place = setting(households=43, groups=3)
    for index in range(43):
        place.approved(index, "L01", 3 if index < 38 else 2)
    notice = close(place)
    poster = model.poster_from_json(notice.snapshot.document["poster"])
    assert len(poster.rows) == 38
    assert {row[0] for row in poster.rows} == {"1"}
    assert poster.red_rows == 38
    assert "另有5户并列第39名，限于版面未列，见积分公示。" in poster.notes


def test_steps_and_section_are_registered() -> None:
    assert [
        s.code for s in registry.close_steps if s.code.startswith("points.") and "market" not in s.code
    ] == [
        "points.post",
        "points.rank",
        "points.list",
    ]
    assert "points" in registry.report_sections
    assert "points" in registry.cards


def test_township_step_ranks_month_quarter_and_year(place: Setting) -> None:
    place.approved(0, "L01", 2)
    close(place)
    (step,) = closing.TOWNSHIP_STEPS
    assert "points.township_rank" in registry.township_close_steps
    found = step.run(SYSTEM, place.village.township, OCTOBER)
    assert found == {"2026-10": 4, "2026-Q4": 4, "2026": 4}
    ranks = PeriodStanding.objects.filter(period="2026").order_by("account__household__number")
    assert [row.rank_township for row in ranks] == [1, 2, 2, 2]


def test_report_section_counts(place: Setting) -> None:
    place.approved(0, "L01", 2)
    place.approved(1, "E01", 1)
    close(place)
    for level, code in (("village", place.village.code), ("township", place.village.township.code)):
        section = reporting.build_section(ReportScope(level, code, "x"), OCTOBER)
        assert [(f.label, f.value) for f in section.figures] == [
            ("发放积分", 45),
            ("兑换积分", 0),
            ("扣减积分", 0),
            ("参与户数", 2),
            ("参与率", 50),
        ]
        assert list(section.tables[0].rows) == [("修路投工", 40, 1), ("打扫公共巷道", 5, 1)]


def test_the_best_households_of_the_report_are_those_of_the_ranking(
    place: Setting, django_assert_num_queries: Any
) -> None:
    for index, code, units in ((0, "L01", 2), (1, "E01", 1), (2, "E01", 1)):
        place.approved(index, code, units)
    scope = ReportScope("village", place.village.code, "x")
    closing.STEPS[0].run(SYSTEM, place.village, OCTOBER)
    open_ = list(reporting._best_households(scope, OCTOBER).rows)
    assert [(rank, number, points) for rank, _, number, points in open_] == [
        (1, "001", 40),
        (2, "002", 5),
        (2, "003", 5),
    ]
    close(place)
    with django_assert_num_queries(2), CaptureQueriesContext(connection) as asked:
        assert list(reporting._best_households(scope, OCTOBER).rows) == open_
    assert not [query for query in asked.captured_queries if "points_pointsentry" in query["sql"]]
    half = Period.half_year(2026, 2)
    assert list(reporting._best_households(scope, half).rows) == open_


def test_card_and_todo_look_only_within_scope(place: Setting) -> None:
    place.record()
    stranger = setting(households=1)
    assert [item.count for item in reporting.waiting_for_review(place.secretary)] == [1]
    assert reporting.waiting_for_review(place.cadre) == []
    assert reporting.waiting_for_review(stranger.secretary) == []
    place.approved(1)
    close_result = closing.STEPS[0].run(SYSTEM, place.village, OCTOBER)
    assert close_result["entries"] == 1
    assert reporting.build_card(place.secretary, OCTOBER).figures[0].value == 20
    assert reporting.build_card(stranger.secretary, OCTOBER).figures[0].value == 0


def test_the_trend_is_the_same_before_and_after_the_close(place: Setting) -> None:
    place.approved(0, "L01", 2)
    place.approved(1, "L01", 1)
    closing.STEPS[0].run(SYSTEM, place.village, OCTOBER)
    for source, points in (("sale:1", -15), ("sale:2", -4)):
        post_entry(
            actor=SYSTEM,
            household=place.households[0],
            kind=EntryKind.REDEEM,
            points=points,
            source=source,
            reason="兑换",
            occurred_on=dt.date(2026, 10, 20),
        )
    wrong = PointsEntry.objects.get(source="sale:2")
    reverse_entry(actor=place.secretary, entry=wrong, reason="弄错了")
    november = Period.month(2026, 11)
    other = setting(households=1)

    before = figures.monthly_trend([place.village.code], november)
    close(place)
    after = figures.monthly_trend([place.village.code], november)

    assert before == after
    assert [(month.key, issued, used) for month, issued, used in after][3:] == [
        ("2026-09", 0, 0),
        ("2026-10", 60, 19),
        ("2026-11", 0, 0),
    ]
    assert len(after) == 6
    assert figures.monthly_trend([place.village.code, other.village.code], november) == after
    assert all(
        issued == used == 0 for _, issued, used in figures.monthly_trend([other.village.code], november)
    )


def test_old_month_of_late_record_is_named_in_the_list(place: Setting) -> None:
    close(place)
    place.approved(0, "L01", 1, occurred_on=dt.date(2026, 10, 30))
    november = Period.month(2026, 11)
    for step in closing.STEPS:
        step.run(SYSTEM, place.village, november)
    notice = Notice.objects.get(kind="points_list", period="2026-11")
    content = model.from_json(notice.snapshot.document["content"])
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    assert table.rows[0][4] == "补记10月修路投工20分"


def test_equal_deeds_stand_together_with_what_a_cap_cut_off(place: Setting) -> None:
    for day in (5, 6, 7):
        place.approved(0, "E01", 2, occurred_on=dt.date(2026, 10, day))
    place.approved(0, "L01", 1)
    notice = close(place)
    content = model.from_json(notice.snapshot.document["content"])
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    assert table.rows[0][2:] == ("40", "40", "打扫公共巷道6次20分封顶；修路投工20分")


def test_the_list_goes_by_group_and_number_and_says_everything(place: Setting) -> None:
    for index, quantity in ((3, 4), (2, 3), (1, 2), (0, 1)):
        place.approved(index, "L01", quantity)
    notice = close(place)
    content = model.from_json(notice.snapshot.document["content"])
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    numbers = [home.number for home in place.households]
    names = [home.head_name for home in place.households]
    assert numbers == ["001", "002", "003", "004"]
    assert [row[:3] for row in table.rows[:-1]] == [
        ("1组", names[0], "20"),
        ("1组", names[2], "60"),
        ("2组", names[1], "40"),
        ("2组", names[3], "80"),
    ]
    assert table.rows[-1][2] == "200"
