"""Where the rules put publicity first, nothing enters the ledger before its list hung long enough and clean (PNT-2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cogov.access.roles import Role
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from notices.models import Notice
from notices.printing import content as model
from notices.services import answer_objection, check_notice, file_objection, publish_notice
from points import closing, reporting
from points.admin.publicity import CorrectList
from points.models import PointsEntry, PointsMonth, PointsRecord, PostingRule
from points.selectors import pending
from points.selectors.sheets import sheets_of
from points.services.own_records import correct_record, submit_record
from points.services.posting import _reason, post_month
from points.services.publicity import (
    correct_pending_list,
    post_all_cleared,
    post_cleared,
    publish_pending_list,
)
from points.services.recording import Line, record_activity
from points.services.review import review_record
from tests.factories.access import user_with
from tests.factories.points import Setting, later_version, setting
from tests.factories.villages import SYSTEM
from villages.services.cards import card_print, issue_card

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = Period.month(2026, 10), Period.month(2026, 11)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    """Rules under which October's deeds are listed before they are posted."""
    travel_to("2026-10-20 09:00")
    found = setting()
    later_version(found, posting=PostingRule.PUBLICITY)
    return found


def close(place: Setting, period: Period = OCTOBER) -> Any:
    return {step.code: step.run(SYSTEM, place.village, period) for step in closing.STEPS}


def the_list() -> Notice:
    return Notice.objects.get(kind="points_list", state="published")


def test_the_list_comes_first_and_the_ledger_when_it_is_over(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    place.approved(0, "L01", 2)
    place.approved(0, "E01", 3)
    place.approved(1, "V01", 1)

    travel_to("2026-11-02 00:20")
    close(place)

    notice = the_list()
    assert PointsEntry.objects.count() == 0
    content = model.from_json(notice.snapshot.document["content"])
    assert content.title == "板坑村2026年10月拟入账积分公示"
    assert content.blocks[0] == model.Paragraph(
        "现将板坑村2026年10月审核通过、拟入账的积分公示如下。全村4户中有2户得分，拟入账60分。"
        "公示期满没有异议，或者异议已经答复、更正，才记入积分账户。"
    )
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    first, second = place.households[:2]
    assert list(table.rows) == [
        ("1组", first.head_name, "55", "0", "修路投工2工日40分；打扫公共巷道3次15分"),
        ("2组", second.head_name, "5", "0", "照看老人5分"),
        ("合计", "2户", "60", "", ""),
    ]
    assert PointsMonth.objects.get(period="2026-10").is_closed
    (state,) = pending.list_states(place.village)
    assert (state.records, state.points, state.clear) == (3, 60, False)

    travel_to("2026-11-11 23:00")  # the seventh working day after 2 November
    assert post_cleared(actor=SYSTEM, village=place.village).posted == 0
    assert PointsEntry.objects.count() == 0

    travel_to("2026-11-12 00:05")
    assert post_all_cleared(actor=SYSTEM) == {place.village.code: 3}
    rows = list(PointsEntry.objects.order_by("id").values_list("points", "period", "for_period", "reason"))
    assert rows[0] == (40, "2026-11", "2026-10", "2026年10月：修路投工 2 工日 × 20 分 = 40 分")
    assert sum(row[0] for row in rows) == 60
    assert post_all_cleared(actor=SYSTEM) == {}
    assert PointsEntry.objects.count() == 3


def test_without_the_guard_it_would_be_posted_at_once(
    place: Setting, travel_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same deed, the guard taken away."""
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    assert post_month(actor=SYSTEM, village=place.village, period=OCTOBER).posted == 0
    monkeypatch.setattr(
        "points.services.posting.postable", lambda village, today: pending.postable_deductions(today)
    )
    assert post_month(actor=SYSTEM, village=place.village, period=OCTOBER).posted == 1


def test_an_open_objection_keeps_the_whole_list(place: Setting, travel_to: Callable[[str], None]) -> None:
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    close(place)
    notice = the_list()
    travel_to("2026-11-04 10:00")
    objection = file_objection(actor=place.secretary, notice=notice, channel="counter", text="他没有来修路")

    travel_to("2026-11-12 00:05")
    assert post_all_cleared(actor=SYSTEM) == {place.village.code: 0}
    (state,) = pending.list_states(place.village)
    assert state.reasons == (f"{notice.number}有1件异议未答复",)
    (todo,) = reporting.lists_in_the_way(place.secretary)
    assert (todo.count, todo.detail) == (1, f"{notice.number}有1件异议未答复")

    answer_objection(actor=place.secretary, objection=objection, upheld=False, answer="有照片和签到表为证")
    assert reporting.lists_in_the_way(place.secretary) == []
    assert post_all_cleared(actor=SYSTEM) == {place.village.code: 1}


def test_who_is_taken_off_the_list_makes_a_correction_due(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    wrong, right = place.approved(0, "L01", 2), place.approved(1, "V01", 1)
    travel_to("2026-11-02 00:20")
    close(place)
    notice = the_list()
    travel_to("2026-11-12 09:00")
    review_record(actor=place.secretary, record=wrong, decision="reject", comment="本人没有到场")

    assert post_cleared(actor=SYSTEM, village=place.village).posted == 0
    (state,) = pending.list_states(place.village)
    assert state.reasons == (f"{notice.number}发布后有登记被退回或不予认定，须先发布更正公示",)

    travel_to("2026-11-12 10:00")
    draft = correct_pending_list(
        actor=place.secretary, village=place.village, period=OCTOBER, reason="一户没有到场"
    )
    publisher = user_with(Role.TOWNSHIP_ADMIN, place.village.code[:9])
    checked = check_notice(actor=publisher, notice=draft) if draft.state == "draft" else draft
    published = publish_notice(actor=publisher, notice=checked)
    assert published.publicity_end == dt.date(2026, 11, 23)
    assert post_cleared(actor=SYSTEM, village=place.village).posted == 0  # the period starts anew
    travel_to("2026-11-24 00:05")
    assert post_all_cleared(actor=SYSTEM) == {place.village.code: 1}
    assert PointsEntry.objects.get().source == right.ledger_source


def test_what_is_approved_again_goes_on_the_next_list(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    row = place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    close(place)
    review_record(actor=place.secretary, record=row, decision="return", comment="数量请核对")
    row.refresh_from_db()
    assert row.listed_period == ""

    correct_record(actor=place.cadre, record=row, quantity=1, occurred_on=row.occurred_on, place="", note="")
    submit_record(actor=place.cadre, record=row)
    review_record(actor=place.secretary, record=row, decision="approve")
    assert pending.to_list(place.village, OCTOBER).count() == 1
    known = publish_pending_list(actor=SYSTEM, village=place.village, period=OCTOBER)
    assert known is not None and Notice.objects.filter(kind="points_list").count() == 1
    travel_to("2026-12-01 00:20")
    close(place, NOVEMBER)
    row.refresh_from_db()
    assert (row.listed_period, row.state) == ("2026-11", "approved")


def test_closing_again_lists_nothing_twice(place: Setting, travel_to: Callable[[str], None]) -> None:
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    first = close(place)
    place.approved(1, "L01", 1)
    assert close(place)["points.list"] == first["points.list"]
    assert Notice.objects.filter(kind="points_list").count() == 1
    assert PointsRecord.objects.filter(listed_period="").count() == 1


def test_nobody_without_the_duty_posts_or_corrects(place: Setting, travel_to: Callable[[str], None]) -> None:
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    close(place)
    travel_to("2026-11-12 00:05")
    stranger = user_with(Role.VILLAGE_SECRETARY, "421223101099")
    for actor in (place.cadre, stranger):
        with pytest.raises(AccessDenied):
            post_cleared(actor=actor, village=place.village)
        with pytest.raises(AccessDenied):
            correct_pending_list(actor=actor, village=place.village, period=OCTOBER, reason="x")
    assert PointsEntry.objects.count() == 0
    with pytest.raises(RuleError, match="没有正在公示的拟入账积分"):
        correct_pending_list(actor=place.secretary, village=place.village, period=NOVEMBER, reason="x")


def test_the_way_of_posting_is_part_of_the_published_version(place: Setting) -> None:
    assert place.rule_set.content()["posting"] == "publicity"
    place.rule_set.posting = PostingRule.CLOSE
    assert "posting" not in place.rule_set.content()


def test_the_household_reads_what_is_still_on_the_board(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    place.approved(0, "L01", 2)
    home = place.households[0]
    travel_to("2026-11-02 00:20")
    close(place)
    ((title, items),) = sheets_of([home], OCTOBER)[0].more
    assert title == "审核通过、正在公示，还没有入账"
    assert [(item.on, item.text, item.amount) for item in items] == [
        (dt.date(2026, 10, 12), "修路投工 2 工日 × 20 分 = 40 分", "+40 分")
    ]
    travel_to("2026-11-12 00:05")
    post_all_cleared(actor=SYSTEM)
    assert sheets_of([home], OCTOBER)[0].more == ()
    assert [line.points for line in sheets_of([home], NOVEMBER)[0].lines] == [40]


def test_the_command_says_what_it_posted(
    place: Setting, travel_to: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    close(place)
    travel_to("2026-11-12 00:05")
    call_command("post_cleared_lists")
    call_command("post_cleared_lists")
    assert capsys.readouterr().out == f"{place.village.code}：入账 1 笔\n没有公示中的拟入账积分。\n"


def test_the_kiosk_tells_how_much_is_on_the_board(
    place: Setting, client: Client, travel_to: Callable[[str], None]
) -> None:
    place.approved(0, "L01", 2)
    card = issue_card(actor=place.secretary, household=place.households[0])
    travel_to("2026-11-02 00:20")
    close(place)
    client.get(reverse("kiosk:card", args=[card_print(card).token]))
    page = client.get(reverse("kiosk:household")).content.decode()
    assert page.count("另有 40 分正在公示，公示期满没有异议就入账。") == 2  # to be read, and to be read aloud
    travel_to("2026-11-12 00:05")
    post_all_cleared(actor=SYSTEM)
    client.get(reverse("kiosk:card", args=[card_print(card).token]))
    assert "正在公示，公示期满" not in client.get(reverse("kiosk:household")).content.decode()


def test_an_activity_named_like_its_rule_is_not_said_twice(place: Setting) -> None:
    rule = place.rules["L01"]
    lines = [Line(place.households[0], 1)]
    for name in ("修路投工", "春季会战"):
        record_activity(
            actor=place.cadre,
            village=place.village,
            rule=rule,
            name=name,
            place="",
            held_on=dt.date(2026, 10, 12),
            lines=lines,
        )
    rows = PointsRecord.objects.select_related("activity", "rule").order_by("id")
    assert [_reason(row, OCTOBER) for row in rows] == [
        "修路投工 1 工日 × 20 分 = 20 分",
        "春季会战：修路投工 1 工日 × 20 分 = 20 分",
    ]


def test_what_is_posted_is_reversed_and_its_list_not_rewritten(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    place.approved(0, "L01", 2)
    travel_to("2026-11-02 00:20")
    close(place)
    month = PointsMonth.objects.get(village=place.village, period="2026-10")
    assert CorrectList.is_offered(place.secretary, month)
    travel_to("2026-11-12 00:05")
    post_all_cleared(actor=SYSTEM)
    assert not CorrectList.is_offered(place.secretary, month)
    with pytest.raises(RuleError, match="2026年10月公示的积分已经入账，弄错的一笔请到积分流水里冲正"):
        correct_pending_list(actor=place.secretary, village=place.village, period=OCTOBER, reason="x")
    assert Notice.objects.filter(kind="points_list").count() == 1
