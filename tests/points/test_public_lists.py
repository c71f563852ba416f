"""Red and black lists (PNT-5, BEY-7): shared ranks, due process step by step, masking, expiry, removal, appeal."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable

import pdfplumber
import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError, TransitionError
from cogov.common.periods import Period
from notices import kinds, visibility
from notices import selectors as notice_selectors
from notices.models import Notice
from notices.printing import content as model
from notices.services import publish_notice
from points.models import BlackListing, PointsRuleSet
from points.services import blacklist as services
from points.services.redlist import draft_red_list
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import TagFactory
from tests.points.test_month import close
from villages.models import Resident

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)
ARTICLE, FACTS = "板坑村村规民约第八条第二款", "两次把建筑垃圾倒进水渠，劝说后没有清理"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    found = setting()
    PointsRuleSet.objects.filter(pk=found.rule_set.pk).update(black_list=True)
    return found


def proposed(place: Setting, index: int = 0) -> BlackListing:
    return services.propose_listing(
        actor=place.cadre, household=place.households[index], article=ARTICLE, facts=FACTS
    )


def listed(place: Setting, travel_to: Callable[[str], None]) -> BlackListing:
    row = services.notify_listing(
        actor=place.cadre, listing=proposed(place), way="visit", notified_on=dt.date(2026, 11, 2)
    )
    travel_to("2026-11-10 09:00")
    return services.decide_listing(actor=place.secretary, listing=row, uphold=True, decision="事实清楚")


# --- red ---------------------------------------------------------------------------------------------------------


def test_red_list_keeps_shared_ranks_together(place: Setting) -> None:
    PointsRuleSet.objects.filter(pk=place.rule_set.pk).update(red_list_top=2)
    for index, days in ((0, 3), (1, 2), (2, 2), (3, 1)):
        place.approved(index, "L01", days)
    close(place)
    notice = draft_red_list(actor=place.cadre, village=place.village, period=OCTOBER)
    assert draft_red_list(actor=place.cadre, village=place.village, period=OCTOBER).pk == notice.pk
    with pytest.raises(AccessDenied):
        publish_notice(actor=place.cadre, notice=notice)
    notice = publish_notice(actor=place.secretary, notice=notice)
    document = notice.snapshot.document
    poster = model.poster_from_json(document["poster"])
    names = [home.head_name for home in place.households]
    assert [(row[0], row[2], row[3]) for row in poster.rows] == [
        ("1", names[0], "60"),
        ("2", names[1], "40"),
        ("2", names[2], "40"),
    ]
    assert (notice.kind, poster.red_rows, poster.title) == ("red_list", 3, "板坑村积分红榜")


def test_red_list_needs_closed_books_and_points(place: Setting) -> None:
    with pytest.raises(RuleError, match="还没有结账"):
        draft_red_list(actor=place.cadre, village=place.village, period=OCTOBER)
    close(place)
    with pytest.raises(RuleError, match="没有得分的户"):
        draft_red_list(actor=place.cadre, village=place.village, period=OCTOBER)
    assert not Notice.objects.filter(kind="red_list").exists()


def test_red_list_from_the_month(place: Setting, client: Client) -> None:
    place.approved(0, "L01", 1)
    close(place)
    client.force_login(place.cadre)
    month = place.village.points_months.get()
    path = f"/admin/points/pointsmonth/{month.pk}/do/red-list/"
    assert client.get(path).status_code == 200
    response = client.post(path, {"period": "2026-10"})
    assert response["Location"] == f"/admin/notices/notice/{Notice.objects.get(kind='red_list').pk}/change/"
    assert client.post(path, {"period": "2026-Q4"}).status_code == 400


# --- black -------------------------------------------------------------------------------------------------------


def test_whole_way_to_a_masked_notice_that_expires(place: Setting, travel_to: Callable[[str], None]) -> None:
    row = listed(place, travel_to)
    home = place.households[0]
    assert (row.state, row.reply_until, row.listed_on, row.expires_on) == (
        "listed",
        dt.date(2026, 11, 9),
        dt.date(2026, 11, 10),
        dt.date(2026, 12, 10),
    )
    notice = row.notice
    assert notice is not None
    text = json.dumps(notice.snapshot.document, ensure_ascii=False)
    assert home.head_name not in text
    assert home.number + "户" not in text
    assert f"{home.head_name[0]}*{home.head_name[-1]}" in text
    assert ARTICLE in text
    assert FACTS in text
    assert notice.posting_until == row.expires_on
    for day, shown in (
        (dt.date(2026, 11, 10), True),
        (dt.date(2026, 12, 10), True),
        (dt.date(2026, 12, 11), False),
    ):
        current = notice_selectors.current_notices(place.village, day)
        assert (notice in current, row.is_public(day)) == (shown, shown)
    actions = AuditEvent.objects.filter(action__startswith="points.blacklist_").order_by("id")
    assert [event.action.split("_")[1] for event in actions] == ["propose", "notify", "list"]


def test_expired_entry_vanishes_from_board_and_verification(
    place: Setting, travel_to: Callable[[str], None], client: Client
) -> None:
    row = listed(place, travel_to)
    assert row.notice is not None
    board, verify = f"/board/{place.village.code}/", f"/v/{row.notice.verify_token}/"
    assert row.notice.title in client.get(board).content.decode()
    assert "建筑垃圾" in client.get(verify, follow=True).content.decode()
    travel_to("2026-12-11 09:00")
    assert row.notice.title not in client.get(board).content.decode()
    html = client.get(verify, follow=True).content.decode()
    assert "建筑垃圾" not in html
    assert visibility.GONE in html


@pytest.mark.parametrize("allowed", [{"black_list": False}, {"covenant": ""}])
def test_only_where_the_covenant_allows(place: Setting, allowed: dict[str, object]) -> None:
    PointsRuleSet.objects.filter(pk=place.rule_set.pk).update(**{"black_list": True, **allowed})
    with pytest.raises(RuleError, match="不能列入"):
        proposed(place)
    assert BlackListing.objects.count() == 0


@pytest.mark.parametrize("birth", [dt.date(2008, 11, 3), None])
def test_never_a_minor(place: Setting, birth: dt.date | None) -> None:
    Resident.objects.filter(pk=place.households[0].head_id).update(birth_date=birth)
    with pytest.raises(RuleError, match="不能列入"):
        proposed(place)
    Resident.objects.filter(pk=place.households[0].head_id).update(birth_date=dt.date(2008, 11, 2))
    assert proposed(place).state == "proposed"


def test_no_names_in_the_facts_and_one_at_a_time(place: Setting) -> None:
    home = place.households[0]
    with pytest.raises(RuleError, match="不要写本户任何人的姓名"):
        services.propose_listing(
            actor=place.cadre, household=home, article=ARTICLE, facts=f"{home.head_name}乱倒垃圾"
        )
    proposed(place)
    with pytest.raises(RuleError, match="已经有一件"):
        proposed(place)


def test_second_person_after_the_window(place: Setting, travel_to: Callable[[str], None]) -> None:
    row = proposed(place)
    with pytest.raises(TransitionError):
        services.decide_listing(actor=place.secretary, listing=row, uphold=True, decision="x")
    row = services.notify_listing(
        actor=place.secretary, listing=row, way="visit", notified_on=dt.date(2026, 11, 2)
    )
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.township.code)
    travel_to("2026-11-09 18:00")
    with pytest.raises(RuleError, match="申辩期到 2026年11月09日 为止"):
        services.decide_listing(actor=leader, listing=row, uphold=True, decision="事实清楚")
    travel_to("2026-11-10 09:00")
    with pytest.raises(RuleError, match="提出人和告知人不能自己决定"):
        services.decide_listing(actor=place.secretary, listing=row, uphold=True, decision="事实清楚")
    with pytest.raises(AccessDenied):
        services.decide_listing(actor=place.other, listing=row, uphold=True, decision="事实清楚")
    with transaction.atomic(), pytest.raises(IntegrityError):
        BlackListing.objects.filter(pk=row.pk).update(decided_by=place.cadre)
    row.refresh_from_db()
    assert (row.state, Notice.objects.count()) == ("notified", 0)
    with pytest.raises(RuleError, match="申辩期已于 2026年11月09日 截止"):
        services.reply_listing(
            actor=place.cadre, listing=row, reply="已清理", replied_on=dt.date(2026, 11, 10)
        )
    with pytest.raises(RuleError, match="申辩日期不能早于告知"):
        services.reply_listing(
            actor=place.cadre, listing=row, reply="已清理", replied_on=dt.date(2026, 11, 1)
        )
    row = services.reply_listing(
        actor=place.cadre, listing=row, reply="已清理", replied_on=dt.date(2026, 11, 6)
    )
    row = services.decide_listing(actor=leader, listing=row, uphold=False, decision="申辩成立")
    assert (row.state, row.notice) == ("dropped", None)


def test_removed_after_rectification_by_another(place: Setting, travel_to: Callable[[str], None]) -> None:
    row = listed(place, travel_to)
    with pytest.raises(RuleError, match="还没有登记整改"):
        services.remove_listing(actor=place.secretary, listing=row, reason="改好了")
    row = services.rectify_listing(
        actor=place.secretary, listing=row, text="水渠已清", rectified_on=dt.date(2026, 11, 10)
    )
    with pytest.raises(RuleError, match="登记整改的人不能自己撤下"):
        services.remove_listing(actor=place.secretary, listing=row, reason="改好了")
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.township.code)
    row = services.remove_listing(actor=leader, listing=row, reason="改好了")
    assert (row.state, row.removed_on) == ("removed", dt.date(2026, 11, 10))
    assert row.notice not in notice_selectors.current_notices(place.village)


def test_appeal_is_decided_by_a_third_person(place: Setting, travel_to: Callable[[str], None]) -> None:
    row = listed(place, travel_to)
    row = services.appeal_listing(
        actor=place.cadre, listing=row, appeal="不是本户倒的", appealed_on=dt.date(2026, 11, 10)
    )
    with pytest.raises(RuleError, match="经办过这件事的人不能决定申诉"):
        services.decide_appeal(actor=place.secretary, listing=row, grant=True, decision="成立")
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.township.code)
    row = services.decide_appeal(actor=leader, listing=row, grant=True, decision="查实")
    assert (row.state, row.removal) == ("removed", "申诉成立：查实")
    assert list(notice_selectors.current_notices(place.village)) == []


def test_nothing_refers_to_it(place: Setting) -> None:
    related = BlackListing._meta.get_fields(include_hidden=True)
    assert [f.name for f in related if f.auto_created and not f.concrete] == []
    pointing = [
        m.__name__
        for m in apps.get_models()
        for f in m._meta.get_fields()
        if f.is_relation and f.related_model is BlackListing
    ]
    assert pointing == []
    proposed(place)
    home = place.households[0]
    assert not any("lack" in f.name for f in type(home)._meta.get_fields(include_hidden=True))
    assert TagFactory().households.count() == 0


def test_no_clerk_writes_one_by_hand() -> None:
    assert "black_list" in [kind.code for kind in kinds.all_kinds()]
    assert "black_list" not in [kind.code for kind in kinds.written_by_clerks()]


def test_letter_and_pages(place: Setting, client: Client) -> None:
    client.force_login(place.cadre)
    data = {"household": place.households[0].pk, "article": ARTICLE, "facts": FACTS}
    assert client.post("/admin/points/blacklisting/add/", data).status_code == 302
    row = BlackListing.objects.get()
    base = f"/admin/points/blacklisting/{row.pk}/do"
    assert client.get("/admin/points/blacklisting/").status_code == 200
    page = client.get(base.replace("/do", "/change/")).content.decode()
    assert ("提出时间" in page, "申辩截止" in page, "撤下理由" in page) == (True, False, False)
    assert client.post(f"{base}/notify/", {"way": "visit", "on": "2026-11-02"}).status_code == 302
    page = client.get(base.replace("/do", "/change/")).content.decode()
    assert ("申辩截止" in page, "2026年11月9日" in page, "决定理由" in page) == (True, True, False)
    response = client.get(f"{base}/letter/")
    assert response["Content-Type"] == "application/pdf"
    with pdfplumber.open(io.BytesIO(response.content)) as pdf:
        text = "".join(page.extract_text() for page in pdf.pages).replace(" ", "").replace("\n", "")
    assert "2026年11月9日前" in text
    assert "草稿" not in text
    assert client.get(f"{base}/list/").status_code == 404
    client.force_login(setting(households=1).secretary)
    assert client.get(f"{base}/notify/").status_code == 404
