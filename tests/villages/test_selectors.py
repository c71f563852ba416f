"""Searching, telling a household's story, figures, breakdowns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cogov.access.roles import Role
from cogov.common.periods import Period
from cogov.desk.registry import DuplicateCodeError, ReportScope
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    ResidentFactory,
    TownshipFactory,
    VillageFactory,
    VillageGroupFactory,
    draft,
    identity_number,
)
from villages import desk_pages, guards, report_section
from villages.models import Household, Resident, Township, Village, VillageGroup
from villages.selectors import (
    event_counts,
    household_timeline,
    households_of,
    next_household_number,
    place_rows,
    search_households,
    search_residents,
    tag_counts,
    village_figures,
)
from villages.services import (
    add_resident,
    cancel_household,
    change_household,
    draft_sanitation_policy,
    issue_card,
    mark_away,
    open_fee_year,
    publish_sanitation_policy,
    split_household,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def registered() -> Household:
    household = HouseholdFactory(number="012", head__name="单小芳", address="李家湾12号")
    add_resident(actor=SYSTEM, household=household, draft=draft(7, name="曾国伟", phone="0715-3391234"))
    HouseholdFactory(village=household.village, number="112", head__name="张三")
    return household


@pytest.mark.parametrize(
    "text",
    [
        "12", "012", "0012", "12户", "12号", "单小芳", "单", "单 小芳", "sxf", "SXF", "zgw", "曾国伟", "李家湾",
        "单小芳 12", "  sxf  ", "１２", identity_number(7), identity_number(7).lower(),
    ],
)  # fmt: skip
def test_what_people_say_at_the_counter_finds_one_household(registered: Household, text: str) -> None:
    if text == "单 小芳":
        assert list(search_households(Household.objects.all(), text)) == []
        return
    assert list(search_households(Household.objects.all(), text)) == [registered]


@pytest.mark.parametrize(
    "text",
    ["1", "2", "芳", "xf", identity_number(7)[:17], identity_number(8), "张三 12", "%", "_", "'", "\\"],
)
def test_what_finds_nothing(registered: Household, text: str) -> None:
    assert list(search_households(Household.objects.all(), text)) == []


def test_searching_people(registered: Household) -> None:
    def names(text: str) -> list[str]:
        return [row.name for row in search_residents(Resident.objects.order_by("pk"), text)]

    assert names("曾") == ["曾国伟"]
    assert names("zgw") == ["曾国伟"]
    assert names(identity_number(7)) == ["曾国伟"]
    assert names("12") == ["单小芳", "曾国伟"]
    assert names("zgw 12") == ["曾国伟"]
    assert names("zgw 112") == []


def test_households_of_a_place(registered: Household) -> None:
    gone = HouseholdFactory(village=registered.village, head=False, number="500")
    cancel_household(actor=SYSTEM, household=gone, reason="空户")
    assert [row.number for row in households_of(registered.village)] == ["012", "112"]
    assert [row.number for row in households_of(registered.village, cancelled=True)] == ["012", "112", "500"]
    assert [row.number for row in households_of(registered.group)] == ["012", "112"]
    assert next_household_number(registered.village) == "501"


def test_timeline_tells_everything_once(registered: Household, travel_to: Any) -> None:
    travel_to("2026-10-01 09:00")
    change_household(actor=SYSTEM, household=registered, address="新屋", reason="搬家")
    travel_to("2026-10-02 09:00")
    issue_card(actor=SYSTEM, household=registered)
    travel_to("2026-10-03 09:00")
    member = registered.residents.get(name="曾国伟")
    split_household(actor=SYSTEM, household=registered, members=[member], new_head=member, reason="分家")
    story = [(entry.on, entry.title, entry.detail) for entry in household_timeline(registered)]
    assert story == [
        (dt.date(2026, 10, 3), f"分出新户 {registered.village.name}113户 曾国伟", "曾国伟；分家"),
        (dt.date(2026, 10, 1), f"修改户信息：{registered.village.name}012户 单小芳", "搬家"),
    ]


def test_figures_of_a_village() -> None:
    village = VillageFactory()
    group = VillageGroupFactory(village=village)
    household = HouseholdFactory(
        village=village, group=group, head__political_status="party", head__birth_date=dt.date(1960, 1, 1)
    )
    ResidentFactory(household=household, birth_date=dt.date(2008, 10, 31))
    child = ResidentFactory(household=household, birth_date=dt.date(2008, 11, 2))
    mark_away(actor=SYSTEM, resident=child, away=True)
    HouseholdFactory(village=village, group=group, state="away", head__birth_date=None)
    found = village_figures(village, dt.date(2026, 11, 1))
    assert (found.groups, found.households, found.households_away) == (1, 2, 1)
    assert (found.registered_population, found.actual_population) == (4, 3)
    assert (found.adults, found.party_members, found.cleaners.value) == (2, 1, 1)


def test_breakdowns() -> None:
    township = TownshipFactory()
    village = VillageFactory(township=township, name="板坑村")
    empty = VillageFactory(township=township, name="空村")
    group = VillageGroupFactory(village=village)
    HouseholdFactory(village=village, group=group, number="001", members=2, tag_names=("低保", "文明户"))
    HouseholdFactory(village=village, group=group, number="002", state="away", tag_names=("低保",))
    rows = {row.name: (row.households, row.away, row.registered) for row in place_rows(township.code)}
    assert rows == {village.name: (2, 1, 4), empty.name: (0, 0, 0)}
    assert [(row.name, row.households) for row in place_rows(village.code)] == [(group.name, 2)]
    assert tag_counts(township.code) == [("低保", 2), ("文明户", 1)]
    assert tag_counts(village.code, with_sensitive=False) == [("文明户", 1)]
    assert tag_counts(empty.code) == []


def test_report_section_counts_the_period(travel_to: Any) -> None:
    travel_to("2026-10-20 09:00")
    household = HouseholdFactory(number="001", members=2, tag_names=("低保",))
    member = household.residents.filter(relation="child").first()
    split_household(
        actor=SYSTEM,
        household=household,
        members=[member],
        new_head=member,
        reason="分家",
        happened_on=dt.date(2026, 10, 5),
    )
    village = household.village
    assert event_counts(village.code, dt.date(2026, 10, 1), dt.date(2026, 10, 31))["split"] == 1
    for scope in (
        ReportScope("village", village.code, village.name),
        ReportScope("township", village.township.code, village.township.name),
    ):
        section = report_section.build(scope, Period.month(2026, 10))
        figures = {figure.label: figure.value for figure in section.figures}
        assert figures == {"在册户数": 2, "户籍人口": 3, "常住人口": 3, "户籍变动": 1}
        captions = [table.caption for table in section.tables]
        assert captions[1:] == ["2026年10月户籍变动", "各类家庭"]
        assert section.tables[1].rows == [("分户", 1)]
        assert len(section.charts) == 1
    later = report_section.build(scope, Period.month(2026, 11))
    assert [(f.value, f.previous) for f in later.figures if f.label == "户籍变动"] == [(0, 1)]
    assert (
        "保洁员 1 名"
        in report_section.build(
            ReportScope("village", village.code, village.name), Period.month(2026, 10)
        ).notes[0]
    )


def test_report_of_an_empty_village() -> None:
    village = VillageFactory()
    section = report_section.build(ReportScope("village", village.code, village.name), Period.month(2026, 10))
    assert [figure.value for figure in section.figures] == [0, 0, 0, 0]
    assert section.charts == [] and section.notes == []


# --- the desk ---


def test_card_and_todo_stay_within_scope() -> None:
    household = HouseholdFactory(number="001")
    empty = HouseholdFactory(village=household.village, number="002", head=False)
    headless = HouseholdFactory(village=household.village, number="003", head=False)
    ResidentFactory(household=headless, id_number=identity_number(1))
    change = Household.objects.filter(pk=headless.pk)
    change.update(registered_population=1, actual_population=1)
    cadre = user_with(Role.VILLAGE_CADRE, household.village.code)
    stranger = user_with(Role.VILLAGE_CADRE, VillageFactory().code)
    card = desk_pages.population_card(cadre, Period.month(2026, 10))
    assert [figure.value for figure in card.figures] == [3, 0, 2, 2]
    assert desk_pages.population_card(stranger, Period.month(2026, 10)).is_empty
    found = {item.title: item.count for item in desk_pages.todo(cadre)}
    assert found == {"1 户没有户主": 1, "1 户没有成员": 1, "1 人没有身份证号": 1}
    assert desk_pages.todo(stranger) == [] and empty.head is None
    assert [hit.title for hit in desk_pages.search(cadre, "001", 10)] == [
        f"{household.village.name} {household}"
    ]
    assert desk_pages.search(stranger, "001", 10) == []
    auditor = user_with(Role.AUDITOR, household.village.code)
    assert desk_pages.todo(auditor) == []


def test_places_by_code() -> None:
    group = VillageGroupFactory(village=VillageFactory(name="板坑村"))
    village, township = group.village, group.village.township
    assert desk_pages.place_name(group.code) == f"板坑村{group.name}"
    assert desk_pages.place_name(village.code) == "板坑村"
    assert desk_pages.place_name(township.code) == township.name
    assert desk_pages.place_name("421223") == "崇阳县"
    assert desk_pages.place_name("1") == desk_pages.place_name("999999999999999") == ""
    codes = [code for code, _ in desk_pages.place_choices((township.code,))]
    assert codes == [township.code, village.code, group.code]
    assert [code for code, _ in desk_pages.place_choices((village.code,))] == [village.code, group.code]
    assert "421223" in [code for code, _ in desk_pages.place_choices(("421223",))]
    assert [code for code, _ in desk_pages.place_choices(("",))][:2] == ["421223", township.code]


# --- scope ---


def test_every_model_is_limited_to_the_users_place() -> None:
    township = TownshipFactory()
    mine, other = VillageFactory(township=township), VillageFactory(township=township)
    foreign = VillageFactory()
    households = [
        HouseholdFactory(village=v, group=VillageGroupFactory(village=v)) for v in (mine, other, foreign)
    ]
    second = VillageGroupFactory(village=mine)
    HouseholdFactory(village=mine, group=second)
    cases: list[tuple[str, str, type[Any], int]] = [
        (Role.COUNTY_ADMIN, "421223", Household, 4),
        (Role.TOWNSHIP_ADMIN, township.code, Household, 3),
        (Role.TOWNSHIP_ADMIN, township.code, Resident, 3),
        (Role.TOWNSHIP_ADMIN, township.code, Village, 2),
        (Role.TOWNSHIP_ADMIN, township.code, Township, 1),
        (Role.VILLAGE_CADRE, mine.code, Household, 2),
        (Role.VILLAGE_CADRE, mine.code, VillageGroup, 2),
        (Role.VILLAGE_CADRE, mine.code, Village, 1),
        (Role.GRID_WORKER, households[0].group.code, Household, 1),
        (Role.GRID_WORKER, households[0].group.code, Resident, 1),
        (Role.GRID_WORKER, households[0].group.code, Village, 1),
        (Role.KEEPER, mine.code, Household, 0),
        (Role.KEEPER, mine.code, Village, 1),
    ]
    for role, code, model, count in cases:
        user = user_with(role, code)
        assert model.objects.for_user(user).count() == count, (role, model)


def test_adults_on_a_leap_day() -> None:
    household = HouseholdFactory(head__birth_date=dt.date(2010, 2, 28))
    ResidentFactory(household=household, birth_date=dt.date(2010, 3, 1))
    assert village_figures(household.village, dt.date(2028, 2, 29)).adults == 1


def test_fee_card_counts_who_paid() -> None:
    household = HouseholdFactory()
    cadre = user_with(Role.VILLAGE_CADRE, household.village.code)
    period = Period.month(2026, 10)
    assert desk_pages.fee_card(cadre, period).is_empty
    township = household.village.township
    policy = draft_sanitation_policy(
        actor=user_with(Role.TOWNSHIP_ADMIN, township.code),
        township=township,
        effective_from=dt.date(2026, 1, 1),
    )
    publish_sanitation_policy(actor=user_with(Role.TOWNSHIP_LEADER, township.code), policy=policy)
    open_fee_year(actor=SYSTEM, village=household.village, year=2026)
    figures = desk_pages.fee_card(cadre, period).figures
    assert [(figure.label, figure.value) for figure in figures] == [("已交清", 0), ("欠缴", 1), ("免缴", 0)]
    assert figures[1].link.endswith("?standing=arrears&year=2026")


def test_guards_and_hooks_are_registered_once() -> None:
    guards.register_cancel_guard("test.once", lambda household: [])
    guards.register_merge_hook("test.once.hook", lambda actor, source, target: None)
    try:
        with pytest.raises(DuplicateCodeError):
            guards.register_cancel_guard("test.once", lambda household: ["不应登记"])
        with pytest.raises(DuplicateCodeError):
            guards.register_merge_hook("test.once.hook", lambda actor, source, target: None)
        assert "不应登记" not in guards.reasons_against(HouseholdFactory())
    finally:
        guards.unregister("test.once")
        guards.unregister("test.once.hook")
