"""Names of residents typed into free text: pointed out, hidden on public pages, and of minors refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.common.errors import InputError
from notices import board, selectors, services
from notices.models import Notice, NumberSeries
from notices.printing import content as model
from notices.services.composing import Written, compose_notice, correct_written, editable
from notices.typed_names import TypedNames, look_up, names_typed
from tests.factories.notices import Place
from tests.factories.villages import HouseholdFactory, ResidentFactory

BODY = "汪德胜户和程桂兰户的清渠由王明负责，高兴。\n表：安排\n| 组别 | 事项 |\n| 一组 | 汪德胜家门口 |\n"


@pytest.fixture
def place(place: Place, travel_to: Callable[[str], None]) -> Place:
    travel_to("2026-11-02 09:00")
    home = HouseholdFactory(village=place.village, head__name="汪德胜")
    ResidentFactory(household=home, name="王明")
    ResidentFactory(household=home, name="高兴")
    ResidentFactory(household=home, name="汪小宝", birth_date=date(2015, 3, 1))
    ResidentFactory(household=home, name="汪乐", birth_date=date(2015, 3, 1))
    HouseholdFactory(village=place.other, head__name="程桂兰")
    return place


def written(place: Place, body: str = BODY, title: str = "关于清渠的公示") -> Notice:
    text = Written(title, body, basis="村委会会议", calculation="按米")
    return compose_notice(actor=place.cadre, kind="general", village=place.village, written=text)


def published(place: Place, body: str = BODY) -> Notice:
    return services.publish_notice(actor=place.secretary, notice=written(place, body))


def shown(place: Place) -> str:
    slides = board.slides(place.village)
    tables = [slide.table.rows for slide in slides if slide.table]
    return str([(slide.title, slide.paragraphs) for slide in slides]) + str(tables)


def test_the_board_hides_exactly_the_names_of_residents(client: Client, place: Place) -> None:
    """Not those of another village, which only its own register knows; no common word that is somebody's name."""
    notice = published(place)
    text = shown(place)
    assert "汪*胜户和程桂兰户的清渠由王*负责，高兴。" in text and "('一组', '汪*胜家门口')" in text
    assert "汪德胜" not in text and "王明" not in text
    page = client.get(f"/v/{notice.verify_token}/").content.decode()
    assert "汪*胜户和程桂兰户" in page and "汪德胜" not in page
    paper = model.from_json(notice.snapshot.document["content"]).blocks[0]
    assert "汪德胜户和程桂兰户的清渠由王明负责" in paper.text, "the paper says what was written"


def test_title_and_basis_are_hidden_too(place: Place) -> None:
    draft = compose_notice(
        actor=place.cadre,
        kind="general",
        village=place.village,
        written=Written("关于汪德胜户清渠的公示", "清渠。", basis="王明提议", calculation="按米"),
    )
    content = selectors.public_content(services.publish_notice(actor=place.secretary, notice=draft))
    assert (content.title, content.basis) == ("关于汪*胜户清渠的公示", ("王*提议",))
    assert "汪德胜" not in shown(place)


def test_who_moved_away_is_still_hidden(place: Place) -> None:
    published(place)
    place.village.households.get().residents.filter(name="王明").update(state="moved")
    assert "王明" not in shown(place)


def test_one_query_for_the_names_of_the_whole_board(place: Place, django_assert_num_queries: Any) -> None:
    published(place)
    with django_assert_num_queries(2):
        board.slides(place.village)
    for _ in range(3):
        published(place)
    with django_assert_num_queries(2):
        board.slides(place.village)


def test_the_publisher_is_told_in_the_preview_and_before_he_publishes(client: Client, place: Place) -> None:
    note = "正文写有村民姓名：汪德胜（汪*胜）、王明（王*），电视公告栏、自助机和网上只显示括号里的"
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    sent = {"kind": "general", "place": place.village.code, "title": "关于清渠的公示", "body": BODY}
    url = reverse("admin:notices_notice_preview")
    seen = client.post(url, sent).json()
    assert seen["notes"] == [note]
    assert not any("未成年人" in problem["message"] for problem in seen["problems"])
    assert client.post(url, {**sent, "body": "清渠。"}).json()["notes"] == []
    township = {**sent, "place": place.township.code}
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    assert client.post(url, township).json()["notes"] == [], "a township writes of no village's people here"
    notice = written(place)
    client.force_login(place.secretary, backend="cogov.access.backends.DutyBackend")
    page = client.get(f"/admin/notices/notice/{notice.pk}/do/publish/").content.decode()
    assert note in page


@pytest.mark.parametrize("body", ["表扬汪小宝。", "表扬。\n表：名单\n| 姓名 |\n| ---人 |\n| 汪小宝 |\n"])
def test_a_minor_is_not_named_on_paper(client: Client, place: Place, body: str) -> None:
    notice = written(place, body)
    with pytest.raises(InputError, match="写有未成年人姓名：汪小宝，不能公示"):
        services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("draft", "") and not NumberSeries.objects.exists()
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    sent = {"kind": "general", "place": place.village.code, "title": "关于表扬的公示", "body": body}
    problems = client.post(reverse("admin:notices_notice_preview"), sent).json()["problems"]
    assert any("未成年人姓名：汪小宝" in problem["message"] for problem in problems)


def test_what_may_be_a_grown_up_or_a_word_is_only_pointed_out(place: Place) -> None:
    """Two characters may be a word, and a name that a grown-up bears as well is not clearly a child's."""
    day = date(2026, 11, 2)
    content = model.NoticeContent("题", (model.Paragraph("汪乐和汪小宝。"),), signer="")
    assert look_up(content, place.village, day) == TypedNames(("汪小宝", "汪乐"), ("汪小宝",))
    assert look_up(content, place.village, date(2033, 3, 1)) == TypedNames(("汪小宝", "汪乐"), ())
    assert look_up(content, place.village, date(2033, 2, 28)).minors == ("汪小宝",)
    home = place.village.households.get()
    other = ResidentFactory(household=home, name="汪小宝", birth_date=date(1950, 1, 1))
    assert look_up(content, place.village, day).minors == ()
    type(other).objects.filter(pk=other.pk).update(birth_date=None)
    assert look_up(content, place.village, day).minors == (), "an unknown birthday is not clearly a child's"
    assert published(place, "汪乐和汪小宝。").number == "板坑村公示〔2026〕1号"


def test_a_correction_does_not_print_a_minor_again(place: Place) -> None:
    """The table of old against new hides the name that the old notice should not have had."""
    notice = published(place, "表扬汪小虎。")
    ResidentFactory(household=place.village.households.get(), name="汪小虎", birth_date=date(2015, 3, 1))
    old = editable(notice)

    def correction(body: str) -> Written:
        return Written(old.title, body, basis=old.basis, calculation=old.calculation)

    fixed = correct_written(
        actor=place.cadre, notice=notice, reason="写了姓名", written=correction("表扬汪小虎同学。")
    )
    with pytest.raises(InputError, match="未成年人姓名：汪小虎"):
        services.publish_notice(actor=place.secretary, notice=fixed)
    fixed = correct_written(
        actor=place.cadre, notice=fixed, reason="写了姓名", written=correction("表扬一名学生。")
    )
    content = services.publish_notice(actor=place.secretary, notice=fixed).snapshot.document["content"]
    assert content["blocks"][1]["rows"] == [["正文第1段", "表扬汪*虎。", "表扬一名学生。"]]
    assert "汪小虎" not in str(content)


def test_names_are_found_whatever_stands_around_them() -> None:
    content = model.NoticeContent("题", (model.Paragraph("买买提·艾力、王明亮、欧阳小三"),), signer="")
    names = frozenset({"买买提·艾力", "王明", "欧阳小三", "李四", "阳小"})
    assert names_typed(content, names) == {"买买提·艾力", "王明", "欧阳小三", "阳小"}
    assert names_typed(content, frozenset()) == frozenset()
