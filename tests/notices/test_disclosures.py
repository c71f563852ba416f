"""Three-affairs disclosure: rhythm, due list, overdue list, drafts, events, to-do (issue C 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from notices import contributions, disclosure_rules, disclosures, services
from notices.models import DisclosureDuty, DisclosureItem, Notice
from notices.printing import content as model
from notices.services.composing import Written, compose_notice
from notices.services.disclosing import draft_disclosure, install_catalogue, register_event
from tests.factories.notices import Place

DUE = "/admin/notices/disclosureitem/due/"
Travel = Callable[[str], None]


@pytest.fixture
def place(place: Place, travel_to: Travel) -> Place:
    travel_to("2026-09-20 09:00")
    assert install_catalogue(actor=place.clerk, township=place.township) == len(disclosure_rules.CATALOGUE)
    travel_to("2026-11-02 09:00")
    return place


def lines(place: Place, **kw: Any) -> list[tuple[str, str, str, str]]:
    return [
        (row.item.name, row.when, str(row.due_on), "overdue" if row.overdue else row.state)
        for row in disclosures.due_rows([place.village], **kw)
    ]


@pytest.mark.parametrize(
    ("rhythm", "since", "today", "expected"),
    [
        ("month", date(2026, 9, 20), date(2026, 11, 2), [("2026-09", "2026-10-10"), ("2026-10", "2026-11-10")]),
        ("month", date(2026, 11, 1), date(2026, 11, 2), []),
        ("quarter", date(2026, 9, 20), date(2026, 12, 31), [("2026-Q3", "2026-10-10")]),
        ("quarter", date(2026, 9, 20), date(2027, 1, 1), [("2026-Q3", "2026-10-10"), ("2026-Q4", "2027-01-10")]),
        ("half_year", date(2026, 1, 1), date(2026, 7, 1), [("2026-H1", "2026-07-10")]),
        ("year", date(2026, 1, 1), date(2027, 1, 1), [("2026", "2027-01-10")]),
        ("at_once", date(2026, 1, 1), date(2027, 1, 1), []),
    ],
)  # fmt: skip
def test_rhythms(rhythm: str, since: date, today: date, expected: list[tuple[str, str]]) -> None:
    dues = disclosure_rules.periods_due(rhythm, since=since, due_days=10, today=today)
    assert [(d.period.key, str(d.due_on)) for d in dues] == expected


def test_all_periods_are_due_from_the_first_on() -> None:
    dues = disclosure_rules.periods_due("month", since=date(2000, 1, 1), due_days=5, today=date(2026, 11, 2))
    assert (len(dues), dues[0].period.key, dues[-1].period.key) == (322, "2000-01", "2026-10")


def test_what_is_overdue_for_years_does_not_vanish(
    client: Client, place: Place, travel_to: Travel, django_assert_num_queries: Any
) -> None:
    """Twelve periods one by one, everything before that in one line that counts; each one disclosed leaves one less."""
    travel_to("2028-11-02 09:00")  # 25 months, September 2026 to September 2028, are overdue
    name = "村级财务收支明细"

    def found() -> list[tuple[str, int, bool]]:
        rows = disclosures.due_rows([place.village])
        return [(row.when, row.count, row.overdue) for row in rows if row.item.name == name]

    with django_assert_num_queries(2):
        rows = found()
    assert rows[0] == ("2026年9月等14期", 14, True)
    assert [row[0] for row in rows[1:]] == [
        *(f"2027年{month}月" for month in (11, 12)), *(f"2028年{month}月" for month in range(1, 11)),
    ]  # fmt: skip
    overdue = sum(row.count for row in disclosures.due_rows([place.village]) if row.overdue)
    draft = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    assert found()[:2] == [("2026年9月", 1, True), ("2026年10月等13期", 13, True)]
    Notice.objects.filter(pk=draft.pk).update(state="published", number="x", year=2028, series="x", serial=1)
    assert found()[0] == ("2026年10月等13期", 13, True)
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    page = client.get("/admin/notices/disclosureitem/due/?show=overdue").content.decode()
    assert "2026年10月等13期" in page and f"逾期（{overdue - 1}）" in page
    assert (
        f"{overdue - 1} 项逾期"
        in client.get(f"/village/publicity/?village={place.village.code}").content.decode()
    )


def test_due_and_overdue(place: Place) -> None:
    found = lines(place)
    assert found[0] == ("村级财务收支明细", "2026年9月", "2026-10-10", "overdue")
    assert ("村级财务收支明细", "2026年10月", "2026-11-10", "open") in found
    assert ("村级事务办理情况", "2026年第三季度", "2026-10-15", "overdue") in found
    assert sum(1 for row in found if row[3] == "overdue") == 8


def test_one_notice_discloses_all_items_of_its_category_and_period(place: Place) -> None:
    notice = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-Q3")
    assert notice.title == "2026年第三季度财务公开"
    assert DisclosureDuty.objects.filter(notice=notice).count() == 2
    again = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-Q3")
    assert again.pk == notice.pk
    with pytest.raises(InputError, match="还有空没有填"):
        services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("draft", "")
    compose_notice(
        actor=place.cadre,
        kind=notice.kind,
        notice=notice,
        period="2026-Q3",
        written=Written(
            notice.title, "# 集体资产和债权债务\n无变化。\n# 项目资金使用\n", basis="村委会组织法"
        ),
    )
    with pytest.raises(InputError, match="缺少“项目资金使用”一节，或者这一节是空的"):
        services.publish_notice(actor=place.secretary, notice=notice)
    compose_notice(
        actor=place.cadre,
        kind=notice.kind,
        notice=notice,
        period="2026-Q3",
        written=Written(
            notice.title,
            "# 集体资产和债权债务\n无变化。\n# 项目资金使用\n结余0元。",
            basis="村委会组织法",
        ),
    )
    published = services.publish_notice(actor=place.secretary, notice=notice)
    assert (published.posting_until - published.publicity_start).days >= 15
    states = [row.state for row in disclosures.due_rows([place.village]) if row.notice == published]
    assert states == ["done", "done"]
    with pytest.raises(ConflictError, match="已经公开"):
        draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-Q3")


def test_a_withdrawn_disclosure_is_due_again(place: Place, travel_to: Travel) -> None:
    notice = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    body = Written(notice.title, "# 村级财务收支明细\n收支平衡。", basis="村委会组织法")
    compose_notice(actor=place.cadre, kind=notice.kind, notice=notice, written=body)
    services.publish_notice(actor=place.secretary, notice=notice)
    assert not any(row[1] == "2026年9月" and row[3] != "done" for row in lines(place))
    content = model.from_json(notice.snapshot.document["content"])
    withdrawal = services.draft_correction(
        actor=place.cadre, notice=notice, content=content, reason="数字错", effect="withdraw"
    )
    services.publish_notice(actor=place.secretary, notice=withdrawal)
    assert ("村级财务收支明细", "2026年9月", "2026-10-10", "overdue") in lines(place)
    second = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    assert second.pk not in (notice.pk, withdrawal.pk)


def test_a_disclosure_whose_correction_was_withdrawn_is_due_again(place: Place) -> None:
    notice = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    body = Written(notice.title, "# 村级财务收支明细\n收支平衡。", basis="村委会组织法")
    compose_notice(actor=place.cadre, kind=notice.kind, notice=notice, written=body)
    services.publish_notice(actor=place.secretary, notice=notice)
    due = ("村级财务收支明细", "2026年9月", "2026-10-10")

    def correct(old: Notice, effect: str) -> Notice:
        content = model.from_json(notice.snapshot.document["content"])
        draft = services.draft_correction(
            actor=place.cadre, notice=old, content=content, reason="数字错", effect=effect
        )
        return services.publish_notice(actor=place.secretary, notice=draft)

    second = correct(notice, "supersede")
    assert (*due, "done") in lines(place)
    shown = [row.notice for row in disclosures.due_rows([place.village]) if row.when == "2026年9月"]
    assert second in shown, "what stands now is shown, not what it replaced"
    with pytest.raises(ConflictError, match="已经公开"):
        draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    correct(second, "withdraw")
    assert (*due, "overdue") in lines(place)
    third = draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-09")
    assert third.state == "draft"
    assert third.pk not in (notice.pk, second.pk)


def test_events_are_due_at_once(place: Place, travel_to: Travel) -> None:
    item = DisclosureItem.objects.get(name="大额支出")
    duty = register_event(
        actor=place.cadre,
        item=item,
        village=place.village,
        event="购买水泥20吨",
        occurred_on=date(2026, 11, 1),
    )
    assert ("大额支出", "购买水泥20吨", "2026-11-06", "open") in lines(place)
    travel_to("2026-11-07 00:00")
    assert ("大额支出", "购买水泥20吨", "2026-11-06", "overdue") in lines(place)
    notice = draft_disclosure(actor=place.cadre, village=place.village, category="finance", duty=duty)
    assert "购买水泥20吨" in notice.title
    assert ("大额支出", "购买水泥20吨", "2026-11-06", "overdue") in lines(place)


@pytest.mark.parametrize(
    ("words", "day", "error"),
    [
        ("", date(2026, 11, 1), InputError),
        ("x" * 121, date(2026, 11, 1), InputError),
        ("<b>支出</b>", date(2026, 11, 1), InputError),
        ("支出", date(2026, 11, 3), InputError),
    ],
)
def test_bad_events_are_refused(place: Place, words: str, day: date, error: type[Exception]) -> None:
    item = DisclosureItem.objects.get(name="大额支出")
    with pytest.raises(error):
        register_event(actor=place.cadre, item=item, village=place.village, event=words, occurred_on=day)
    assert not DisclosureDuty.objects.exists()


def test_strangers_and_running_periods_are_refused(place: Place) -> None:
    with pytest.raises(AccessDenied):
        draft_disclosure(actor=place.stranger, village=place.village, category="finance", period="2026-Q3")
    with pytest.raises(RuleError, match="还没有结束"):
        draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-11")
    with pytest.raises(RuleError, match="没有2026年上半年要公开的财务事项"):
        draft_disclosure(actor=place.cadre, village=place.village, category="finance", period="2026-H1")
    with pytest.raises(AccessDenied):
        install_catalogue(actor=place.secretary, township=place.township)
    assert not Notice.objects.exists()


def test_the_to_do_list_counts_what_is_late(place: Place) -> None:
    items = contributions._disclosures(place.cadre)
    assert [(item.title, item.count, str(item.due), item.tone) for item in items] == [
        ("三务公开逾期", 8, "2026-10-10", "bad"),
        ("三务公开到期", 1, "2026-11-10", "warn"),
    ]
    assert contributions._disclosures(place.clerk)[0].count == 16
    assert contributions._disclosures(place.auditor) == []


def test_the_pages(client: Client, place: Place, django_assert_max_num_queries: Any) -> None:
    def login(user: Any) -> None:
        client.force_login(user, backend="cogov.access.backends.DutyBackend")

    login(place.cadre)
    with django_assert_max_num_queries(18):
        page = client.get(f"{DUE}?show=overdue").content.decode()
    assert "村级财务收支明细" in page and "逾期" in page and "大集村" not in page
    data = {"village": place.village.code, "category": "finance", "period": "2026-09"}
    sent = client.post(f"{DUE}draft/", data)
    notice = Notice.objects.get()
    assert sent["Location"] == f"/admin/notices/notice/{notice.pk}/compose/"
    assert client.post(f"{DUE}draft/", {**data, "village": place.other.code}).status_code == 404
    item = DisclosureItem.objects.get(name="大额支出")
    event = {"village": place.village.pk, "event": "购水泥", "occurred_on": "2026-11-01"}
    assert client.post(f"/admin/notices/disclosureitem/{item.pk}/do/event/", event).status_code == 302
    assert DisclosureDuty.objects.get(event="购水泥").due_on == date(2026, 11, 6)
    change = f"/admin/notices/disclosureitem/{item.pk}/change/"
    values = {
        "category": "finance", "name": "大额支出", "rhythm": "at_once", "due_days": "3",
        "starts_on": "2026-09-20", "guidance": "", "is_active": "on",
    }  # fmt: skip
    assert client.post(change, values).status_code == 403
    login(place.clerk)
    assert client.post(change, {**values, "guidance": "<b>x</b>"}).status_code == 200
    assert client.post(change, values).status_code == 302
    item.refresh_from_db()
    assert (item.due_days, item.guidance) == (3, "")
    login(place.stranger)
    assert "板坑村" not in client.get(DUE).content.decode()


def test_the_catalogue_is_installed_once(client: Client, place: Place, capsys: Any) -> None:
    call_command("install_disclosures", "--code", place.township.code, "--from", "2026-01-01")
    assert "装入 0 项" in capsys.readouterr().out
    with pytest.raises(CommandError, match="没有代码"):
        call_command("install_disclosures", "--code", "999999999")
    with pytest.raises(CommandError, match="应写成"):
        call_command("install_disclosures", "--from", "昨天")
    DisclosureItem.objects.all().delete()
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    assert "装入通用目录" in client.get(DUE).content.decode()
    assert client.post(f"{DUE}install/").status_code == 302
    assert DisclosureItem.objects.count() == len(disclosure_rules.CATALOGUE)
