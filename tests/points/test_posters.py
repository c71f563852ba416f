"""Rankings and rolls of honour: drafted by the village, shown as they will hang, published by a second person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.printing import content as model
from notices.services import publish_notice
from points import closing
from points.models import PeriodStanding
from points.services.rankings import draft_honour_roll, draft_ranking
from tests.factories.access import user_with
from tests.factories.points import Setting, published_rules, setting

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)
PAGE = "/village/notices/"


def closed(place: Setting, period: Period = OCTOBER) -> None:
    for step in closing.STEPS:
        step.run(SystemActor("月结"), place.village, period)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    found = setting()
    for index, quantity in ((0, 2), (1, 2), (2, 1)):
        found.approved(index, "L01", quantity)
    return found


def stored(notice: Notice) -> tuple[model.NoticeContent, model.PosterContent | None]:
    document: dict[str, Any] = notice.draft or {}
    poster = document["poster"]
    return model.from_json(document["content"]), model.poster_from_json(poster) if poster else None


def test_ranking_of_month_quarter_and_year(place: Setting) -> None:
    closed(place)
    notice = draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER)
    content, poster = stored(notice)
    names = [home.head_name for home in place.households]
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    assert table.rows == (
        ("1", "1组", names[0], "40", "1"),
        ("1", "2组", names[1], "40", "1"),
        ("3", "1组", names[2], "20", "2"),
    )
    assert content.blocks[0] == model.Paragraph(
        "现将板坑村2026年10月积分排名公布如下。有排名分的3户，共100分。"
    )
    assert poster is not None
    assert [row[0] for row in poster.rows] == ["1", "1", "3"]
    assert (poster.title, poster.subtitle, poster.red_rows) == ("板坑村积分榜", "2026年10月", 3)
    assert draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER).pk == notice.pk
    published = publish_notice(actor=place.secretary, notice=notice)
    assert published.number.startswith("板坑村公示〔2026〕")
    assert draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER).pk == notice.pk
    for period, label in ((Period.quarter(2026, 4), "第四季度"), (Period.full_year(2026), "2026年度")):
        with pytest.raises(RuleError, match=f"{label}的积分还没有结账"):
            draft_ranking(actor=place.cadre, village=place.village, period=period)


def test_a_name_beside_a_deduction_is_masked_and_off_the_board(place: Setting) -> None:
    closed(place)
    home = place.households[0]
    home.head_name = "张建国"
    home.save()
    PeriodStanding.objects.filter(period="2026-10", account__household=home).update(deducted=5)
    content, poster = stored(draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER))
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    assert table.rows[0][2] == "张*国"
    assert poster is not None
    assert len(poster.rows) == 2


def test_without_points_or_close_there_is_no_ranking(place: Setting) -> None:
    with pytest.raises(RuleError, match="还没有结账，不能出积分榜"):
        draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER)
    closed(place, OCTOBER.previous())
    with pytest.raises(RuleError, match="没有得分的户"):
        draft_ranking(actor=place.cadre, village=place.village, period=OCTOBER.previous())
    closed(place)
    with pytest.raises(AccessDenied):
        draft_ranking(
            actor=user_with(Role.GRID_WORKER, place.groups[0].code), village=place.village, period=OCTOBER
        )
    assert not Notice.objects.filter(kind="points_ranking").exists()
    other = setting(households=1)
    with pytest.raises(RuleError, match="没有已发布的积分细则"):
        draft_ranking(actor=other.cadre, village=other.village, period=Period.month(2025, 10))


def test_roll_of_honour(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    place = setting()
    rules = (
        {"code": "H01", "category": "honour", "name": "镇级文明家庭", "unit": "次", "points": 15, "exclusive_group": "文明"},
        {"code": "H02", "category": "honour", "name": "县级好媳妇", "unit": "次", "points": 20},
        {"code": "H03", "category": "honour", "name": "县级文明家庭", "unit": "次", "points": 30, "exclusive_group": "文明"},
    )  # fmt: skip
    newer = published_rules(
        place.village,
        drafter=place.cadre,
        publisher=place.secretary,
        rules=rules,
        effective_from=dt.date(2026, 10, 1),
    )
    place.rules |= {rule.code: rule for rule in newer.rules.select_related("rule_set")}
    closed(place, OCTOBER.previous())
    with pytest.raises(RuleError, match="没有“先进典型/评选”的积分"):
        draft_honour_roll(actor=place.cadre, village=place.village, period=OCTOBER.previous())
    place.approved(0, "H01")
    place.approved(1, "H02")
    place.approved(0, "H03")
    child = place.households[1].head
    assert child is not None
    child.birth_date = dt.date(2010, 2, 28)
    child.save()
    place.households[1].head_name = "李小明"
    place.households[1].save()
    closed(place)
    content, poster = stored(draft_honour_roll(actor=place.cadre, village=place.village, period=OCTOBER))
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    assert table.rows == (  # the highest honour first, whatever was left of it to count
        ("1组", place.households[0].head_name, "县级文明家庭", "+15"),
        ("2组", "李*明", "县级好媳妇", "+20"),
        ("1组", place.households[0].head_name, "镇级文明家庭", "+15"),
    )
    assert table.note == "同类荣誉一年只计最高一项，已计过的只补差额。"
    assert poster is not None
    assert (poster.rows[1], poster.panels) == (("2组", "李*明", "县级好媳妇"), 1)
    assert kinds.get("honour_roll").label == "光荣榜"


def test_the_village_drafts_looks_and_leaves_publishing_to_another(place: Setting, client: Client) -> None:
    client.force_login(place.cadre)
    assert "还没有结账的月份" in client.get(PAGE).content.decode()
    closed(place)
    assert "每户明细的积分公示在月结时自动发布" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"kind": "ranking", "period": "2026-10"}, follow=True)
    notice = Notice.objects.get(kind="points_ranking")
    assert answer.redirect_chain[-1][0] == f"{PAGE}{notice.pk}/"
    html = answer.content.decode()
    assert "板坑村2026年10月积分榜：已起草，请核对；由另一位同志发布" in html
    assert "起草人不能自己发布" in html
    for layout, label in (("a4", "A4 公示"), ("poster", "A3 竖榜"), ("landscape", "A3 横榜")):
        shown = client.get(f"{PAGE}{notice.pk}/?layout={layout}")
        assert (shown.status_code, label in shown.content.decode()) == (200, True)
        assert place.households[0].head_name[0] in shown.context["preview"]["body"]
        paper = client.get(shown.context["pdf_url"])
        assert paper.content[:5] == b"%PDF-"
    assert client.get(f"{PAGE}{notice.pk}/?layout=a5").status_code == 404
    client.force_login(place.secretary)
    assert "核对无误后到“公示与通报”里发布" in client.get(f"{PAGE}{notice.pk}/").content.decode()
    publish_notice(actor=place.secretary, notice=notice)
    again = client.post(PAGE, {"kind": "ranking", "period": "2026-10"}, follow=True)
    assert "已经发布，内容相同" in again.content.decode()
    assert "这是草稿" not in client.get(f"{PAGE}{notice.pk}/").content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "honour", "period": "2026-10"}, "没有“先进典型/评选”的积分"),
        ({"kind": "ranking", "period": "2026-11"}, "有效的选项"),
        ({"kind": "black", "period": "2026-10"}, "有效的选项"),
    ],
)
def test_what_cannot_be_drafted(place: Setting, client: Client, data: dict[str, str], message: str) -> None:
    closed(place)
    before = Notice.objects.count()
    client.force_login(place.cadre)
    answer = client.post(PAGE, data)
    assert (answer.status_code, message in answer.content.decode()) == (400, True)
    assert Notice.objects.count() == before


def test_another_villages_notice_does_not_exist(place: Setting, client: Client) -> None:
    closed(place)
    notice = Notice.objects.get(kind="points_list")
    stranger = setting(households=1)
    client.force_login(stranger.cadre)
    assert client.get(f"{PAGE}{notice.pk}/").status_code == 404
    client.force_login(place.cadre)
    assert client.get(f"{PAGE}{notice.pk}/").status_code == 200
