"""Persons or groups hold the points (PNT-8): the whole way of a deed, and that families stay as they were."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pdfplumber
import pytest
from django.test import Client

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError
from cogov.common.periods import Period
from cogov.desk.registry import ReportScope
from notices.models import Notice
from notices.printing import content as model
from points import closing, reporting
from points.ledger_checks import verify_all
from points.models import (
    Holder,
    PeriodStanding,
    PointsAccount,
    PointsEntry,
    PointsRecord,
    PointsRuleSet,
    PostingRule,
)
from points.rules import EntryKind
from points.selectors.figures import period_figures
from points.selectors.holders import kind_on
from points.selectors.market import reconcile
from points.selectors.market_liability import liability
from points.selectors.sheets import group_households, sheets_of
from points.selectors.trials import try_out
from points.services.cards import card_sheets
from points.services.holders import open_holders
from points.services.ledger import post_entry
from points.services.market import redeeming
from points.services.posting import close_points_month
from points.services.rankings import draft_honour_roll, draft_ranking
from points.services.recording import Line, record_activity, record_points
from points.services.redlist import draft_red_list
from points.services.review import review_record
from points.services.rulesets import adopt_template, draft_rule_set, publish_rule_set
from points.services.standings import rank_township
from points.services.year_end import year_end_lines
from tests.factories.access import user_with
from tests.factories.kiosk import with_card, with_pin
from tests.factories.market import PIN, Market, key, market
from tests.factories.points import Setting, later_version, setting
from tests.factories.villages import SYSTEM, HouseholdFactory, ResidentFactory, VillageFactory
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdEvent,
    HouseholdKind,
    Resident,
    StaffResident,
)
from villages.selectors import place_rows, village_figures
from villages.services import (
    cancel_household,
    mark_deceased,
    mark_moved_out,
    merge_households,
    move_resident,
    refresh_households,
)
from villages.services.cards import issue_card
from villages.services.pins import set_pin

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = (Period.month(2026, month) for month in (10, 11, 12))
DAY = dt.date(2026, 10, 12)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    """Four families; the first has two grown-up sons and a girl of twelve."""
    travel_to("2026-11-02 09:00")
    return enlarged(setting())


def enlarged(place: Setting) -> Setting:
    """Two adult brothers, a girl and somebody without a birth date in the first family."""
    home = place.households[0]
    for name, birth in (
        ("单志强", dt.date(1995, 3, 1)),
        ("单德胜", dt.date(2008, 11, 2)),
        ("单海燕", dt.date(2014, 5, 1)),
        ("单玉梅", None),
    ):
        ResidentFactory(household=home, name=name, birth_date=birth)
    refresh_households([home.pk])
    return place


def to_persons(place: Setting, **fields: Any) -> dict[str, Household]:
    """Persons have the points from 1 October on; the 个人户 by name."""
    later_version(place, holder=Holder.PERSON, **fields)
    return {row.head_name: row for row in Household.holders.filter(kind=HouseholdKind.PERSON)}


def to_groups(place: Setting, **fields: Any) -> list[Household]:
    later_version(place, holder=Holder.GROUP, **fields)
    return list(Household.holders.filter(kind=HouseholdKind.COLLECTIVE).order_by("number"))


def given(
    place: Setting, holder: Household, code: str = "L01", quantity: int = 1, day: dt.date = DAY
) -> PointsRecord:
    """A deed recorded and approved."""
    row = record_points(
        actor=place.cadre, household=holder, rule=place.rules[code], quantity=quantity, occurred_on=day
    )
    return review_record(actor=place.secretary, record=row, decision="approve")


def close(place: Setting, period: Period = OCTOBER) -> None:
    for step in closing.STEPS:
        step.run(SYSTEM, place.village, period)


def tables(notice: Notice) -> list[model.Table]:
    document = notice.snapshot.document if notice.is_public else notice.draft
    assert document is not None
    content = model.from_json(document["content"])
    return [block for block in content.blocks if isinstance(block, model.Table)]


def balance(holder: Household) -> int:
    return PointsAccount.objects.get(household=holder).balance


# -- opening -------------------------------------------------------------------------------------------------------


def test_putting_the_rules_in_force_opens_an_account_for_every_adult(place: Setting) -> None:
    people = to_persons(place)
    assert {name: row.number for name, row in people.items()} == {
        place.households[0].head_name: "001-1",
        "单志强": "001-2",
        "单德胜": "001-3",  # eighteen today
        place.households[1].head_name: "002-1",
        place.households[2].head_name: "003-1",
        place.households[3].head_name: "004-1",
    }
    assert {row.family_id for row in people.values()} == {home.pk for home in place.households}
    assert kind_on(place.village, DAY) == HouseholdKind.PERSON
    assert kind_on(place.village, dt.date(2026, 9, 30)) == HouseholdKind.FAMILY
    told = AuditEvent.objects.get(action="points.open_holders")
    assert "新开 6 个" in told.summary
    assert "1 人没有登记出生日期" in told.summary


def test_opening_again_changes_nothing_and_newcomers_get_theirs(place: Setting) -> None:
    to_persons(place)
    assert open_holders(actor=place.cadre, village=place.village).changed is False
    Resident.objects.filter(name="单玉梅").update(birth_date=dt.date(1990, 1, 1))
    assert open_holders(actor=place.cadre, village=place.village).opened == 1
    assert Household.holders.get(head__name="单玉梅", kind="person").number == "001-4"
    assert AuditEvent.objects.filter(action="points.open_holders").count() == 2


def test_every_group_gets_one_account(place: Setting) -> None:
    rows = to_groups(place)
    assert [(row.number, row.head_name, row.head_id) for row in rows] == [
        ("集01", "1组集体", None),
        ("集02", "2组集体", None),
    ]
    assert Household.holders.filter(kind="person").exists() is False


def test_opening_asks_for_the_permission(place: Setting) -> None:
    to_groups(place)
    before = Household.holders.count()
    Household.holders.filter(number="集02").delete()
    for role in (Role.GRID_WORKER, Role.KEEPER):
        with pytest.raises(AccessDenied):
            open_holders(actor=user_with(role, place.village.code), village=place.village)
    assert Household.holders.count() == before - 1
    with pytest.raises(AccessDenied):
        open_holders(actor=place.cadre, village=VillageFactory())


def test_who_may_not_post_opens_nothing_by_closing(place: Setting) -> None:
    to_persons(place)
    Resident.objects.filter(name="单玉梅").update(birth_date=dt.date(1990, 1, 1))
    with pytest.raises(AccessDenied):
        closing.STEPS[0].run(user_with(Role.KEEPER, place.village.code), place.village, OCTOBER)
    assert Household.holders.filter(kind="person").count() == 6
    closing.STEPS[0].run(SYSTEM, place.village, OCTOBER)
    assert Household.holders.filter(kind="person").count() == 7


def next_version(place: Setting, title: str, effective_from: dt.date, **changed: Any) -> PointsRuleSet:
    """A draft after the village's version in force."""
    return draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title=title,
        effective_from=effective_from,
        copy_from=place.rule_set,
        **changed,
    )


def test_a_villages_setting_comes_with_the_version_and_the_template(place: Setting) -> None:
    to_persons(place)
    assert place.rule_set.content()["holder"] == "person"
    again = next_version(place, "下一版", dt.date(2027, 1, 1))
    assert again.holder == Holder.PERSON
    admin = user_with(Role.TOWNSHIP_ADMIN, place.village.code[:9])
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.code[:9])
    template = draft_rule_set(
        actor=admin,
        township=place.village.township,
        village=None,
        title="样本",
        effective_from=dt.date(2026, 1, 1),
        copy_from=place.rule_set,
        holder=Holder.GROUP,
    )
    template = publish_rule_set(actor=leader, rule_set=template)
    other = VillageFactory(township=place.village.township)
    adopted = adopt_template(
        actor=admin,
        village=other,
        template=template,
        effective_from=dt.date(2026, 11, 1),
        resolution="村民代表会议",
        resolved_on=dt.date(2026, 10, 20),
    )
    assert adopted.holder == Holder.GROUP


def test_rules_for_families_keep_their_digest(place: Setting) -> None:
    assert "holder" not in place.rule_set.content()


# -- the whole way -------------------------------------------------------------------------------------------------


def card_of(shop: Market, holder: Household) -> HouseholdCard:
    card = issue_card(actor=shop.place.secretary, household=holder)
    return set_pin(actor=shop.keeper, card=card, pin=PIN, witness=shop.place.cadre)


def test_two_brothers_from_deed_to_rice(travel_to: Callable[[str], None]) -> None:
    """Record, review, list, post, rank, card, counter, kiosk; and the proofs."""
    travel_to("2026-11-02 09:00")
    shop = market(points=0)
    village = enlarged(shop.place)
    people = to_persons(village)
    elder, younger = people["单志强"], people["单德胜"]
    given(village, elder, quantity=3)
    given(village, elder, "E01", 5)  # capped at 20 a month for each person, not for the family
    given(village, people[village.households[0].head_name], "E01", 4)
    given(village, people[village.households[1].head_name], "L01", 1)
    close(village)
    assert (balance(elder), balance(people[village.households[0].head_name])) == (80, 20)
    assert (PointsAccount.objects.get(household=younger).balance, PointsAccount.objects.count()) == (0, 4)

    notice = Notice.objects.get(kind="points_list")
    (table,) = tables(notice)
    assert [column.title for column in table.columns] == ["组别", "姓名", "本月", "本年", "得分事由"]
    assert [row[1] for row in table.rows] == [
        village.households[0].head_name,
        "单志强",
        village.households[1].head_name,
        "3人",
    ]
    assert "全村4人中有3人得分，占75%" in str(notice.snapshot.document)

    ranks = dict(
        PeriodStanding.objects.filter(period="2026-10").values_list("account__household", "rank_village")
    )
    assert (ranks[elder.pk], ranks[younger.pk], len(ranks)) == (1, 4, 4)
    assert rank_township(township=village.village.township, period=OCTOBER) == 4
    red = draft_red_list(actor=village.cadre, village=village.village, period=OCTOBER)
    (table,) = tables(red)
    assert ([column.title for column in table.columns], table.rows[0][2:]) == (
        ["名次", "组别", "姓名", "积分"],
        ("单志强", "80"),
    )
    ranking = draft_ranking(actor=village.cadre, village=village.village, period=OCTOBER)
    assert tables(ranking)[0].rows[0][2] == "单志强"

    card = card_of(shop, elder)
    sale = redeeming.redeem(
        actor=shop.keeper, supermarket=shop.shop, card=card, pin=PIN, basket=shop.basket(1), key=key()
    )
    assert (sale.household_id, balance(elder)) == (elder.pk, 50)
    page = with_card(card).get("/kiosk/home/").content.decode()
    assert "单*强，您好" in page
    assert "1组 3 人中排" in page
    assert "一家" not in page
    assert "您家" not in page
    (sheet,) = sheets_of([Household.holders.select_related("village", "group").get(pk=elder.pk)], NOVEMBER)
    assert (sheet.number, sheet.head, sheet.redeemed, sheet.of) == ("001-2", "单志强", 30, 3)
    assert verify_all() == []


def test_groups_from_deed_to_rice(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    shop = market(points=0)
    place = shop.place
    first, second = to_groups(place)
    record_activity(
        actor=place.cadre,
        village=place.village,
        name="清洁家园日",
        held_on=DAY,
        place="",
        rule=place.rules["L01"],
        lines=[Line(first, 2), Line(second, 1)],
    )
    for row in PointsRecord.objects.all():
        review_record(actor=place.secretary, record=row, decision="approve")
    close(place)
    assert (balance(first), balance(second)) == (40, 20)
    (table,) = tables(Notice.objects.get(kind="points_list"))
    assert [row[1] for row in table.rows] == ["1组集体", "2组集体", "2个组"]
    assert table.columns[1] == model.Column("集体", 46, kind="text")
    ranks = PeriodStanding.objects.filter(period="2026-10").order_by("rank_village")
    assert list(ranks.values_list("account__household__number", "rank_village", "rank_group")) == [
        ("集01", 1, 1),
        ("集02", 2, 1),
    ]
    card = card_of(shop, second)
    browser = with_pin(card)
    page = browser.get("/kiosk/home/").content.decode()
    assert "2组集体，你们好" in page
    assert "板坑村 2 个组中排" in page
    assert '<span class="k-number">2</span> <span class="k-unit">名</span>' in page
    redeeming.redeem(
        actor=shop.keeper, supermarket=shop.shop, card=card, pin=PIN, basket=shop.basket(0, 1), key=key()
    )
    assert balance(second) == 17
    figures = period_figures([place.village.code], OCTOBER)
    assert (figures.households, figures.participants, figures.participation) == (2, 2, 100)
    assert verify_all() == []


def test_shop_books_liability_and_year_end_count_persons(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-12-20 09:00")
    shop = market(points=0)
    place = enlarged(shop.place)
    people = to_persons(place, year_end="halve")
    for name, points in (("单志强", 55), ("单德胜", 40)):
        post_entry(
            actor=SYSTEM,
            household=people[name],
            kind=EntryKind.EARN,
            points=points,
            source=f"t:{name}",
            reason="得分",
        )
    call = {"actor": shop.keeper, "supermarket": shop.shop, "pin": PIN}
    redeeming.redeem(**call, card=card_of(shop, people["单志强"]), basket=shop.basket(1), key=key())
    booked = redeeming.book(**call, card=card_of(shop, people["单德胜"]), basket=shop.basket(0, 2), key=key())
    assert (booked.state, balance(people["单德胜"])) == ("booked", 34)
    assert liability([place.village.code], DECEMBER).points == 25 + 34
    found = reconcile(shop.shop, DECEMBER)
    assert (found.holds, found.redeemed, found.open_bookings) == (True, 36, 1)
    travel_to("2027-01-05 09:00")
    for period in (OCTOBER, NOVEMBER, DECEMBER):
        close_points_month(actor=SYSTEM, village=place.village, period=period)
    lines = {row.household_id: row.points for row in year_end_lines(place.village, 2026, "halve")}
    assert {people["单志强"].pk, people["单德胜"].pk} == set(lines)
    assert lines[people["单志强"].pk] == 12
    assert verify_all() == []


def test_the_list_before_posting_names_persons(place: Setting) -> None:
    people = to_persons(place, posting=PostingRule.PUBLICITY)
    given(place, people["单志强"], quantity=2)
    close(place)
    notice = Notice.objects.get(kind="points_list")
    assert "全村6人中有1人得分，拟入账40分" in str(notice.snapshot.document)
    (table,) = tables(notice)
    assert [row[1:3] for row in table.rows] == [("单志强", "40"), ("1人", "40")]
    assert PointsEntry.objects.count() == 0


def test_a_report_ranks_the_holders_in_force(place: Setting) -> None:
    place.approved(0, "L01", 5, occurred_on=dt.date(2026, 10, 1))
    later_version(place, dt.date(2026, 10, 5), holder=Holder.PERSON)
    given(place, Household.holders.get(number="001-2"))
    scope = ReportScope("village", place.village.code, place.village.name)

    def best() -> Any:
        section = reporting.build_section(scope, OCTOBER)
        told = {figure.label: figure.value for figure in section.figures}
        assert (told["参与户头数"], told["参与率"]) == (1, 17)
        return next(table.rows for table in section.tables if table.caption == "积分前列")

    closing.STEPS[0].run(SYSTEM, place.village, OCTOBER)
    assert [tuple(row) for row in best()] == [(1, "1组", "001-2", 20)]
    close(place)
    assert [tuple(row) for row in best()] == [(1, "1组", "001-2", 20)]


def test_the_honour_roll_and_cards_name_persons(place: Setting) -> None:
    people = to_persons(place)
    draft = next_version(
        place,
        "细则",
        dt.date(2026, 10, 2),
        resolution="村民代表会议",
        resolved_on=dt.date(2026, 9, 20),
    )
    rule = draft.rules.get(code="L01")
    rule.category, rule.name = "honour", "好儿媳"
    rule.save()
    place.rule_set = publish_rule_set(actor=place.secretary, rule_set=draft)
    place.rules = {row.code: row for row in draft.rules.select_related("rule_set")}
    given(place, people["单志强"])
    close(place)
    (table,) = tables(draft_honour_roll(actor=place.cadre, village=place.village, period=OCTOBER))
    assert table.rows[0][1:3] == ("单志强", "好儿媳")
    data = card_sheets(actor=place.secretary, households=[people["单志强"]])
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        text = pdf.pages[0].extract_text()
    assert "001-2" in text
    assert "单*强" in text
    assert "户卡" not in text


# -- families ------------------------------------------------------------------------------------------------------


def register(place: Setting) -> tuple[Any, ...]:
    """What the register says of the village."""
    figures = village_figures(place.village, dt.date(2026, 11, 2))
    return (
        Household.objects.filter(village=place.village).count(),
        place.village.households.count(),
        [group.households.count() for group in place.groups],
        (figures.households, figures.registered_population, figures.actual_population, figures.adults),
        place_rows(place.village.code),
    )


@pytest.mark.parametrize("switch", [to_persons, to_groups])
def test_the_register_is_the_same_before_and_after(place: Setting, switch: Callable[[Setting], Any]) -> None:
    before = register(place)
    switch(place)
    assert Household.holders.count() > Household.objects.count()
    assert register(place) == before


def test_families_of_another_village_are_counted_beside_persons(place: Setting) -> None:
    """A township with both kinds: each village's rate divides by its own holders."""
    people = to_persons(place)
    other = VillageFactory(township=place.village.township)
    homes = [HouseholdFactory(village=other) for _ in range(3)]
    given(place, people["单志强"])
    close(place)
    figures = period_figures([place.village.code[:9]], OCTOBER)
    assert (figures.households, figures.participants) == (6 + len(homes), 1)
    assert period_figures([other.code], OCTOBER).households == 3


def test_whoever_had_points_before_is_no_part_of_the_new_rate(place: Setting) -> None:
    place.approved(0, "L01", 1, occurred_on=dt.date(2026, 10, 1))
    later_version(place, dt.date(2026, 10, 5), holder=Holder.PERSON)
    people = {row.head_name: row for row in Household.holders.filter(kind="person")}
    given(place, people["单志强"])
    close(place)
    figures = period_figures([place.village.code], OCTOBER)
    assert (figures.issued, figures.participants, figures.households) == (40, 1, 6)
    (table,) = tables(Notice.objects.get(kind="points_list"))
    assert table.columns[1].title == "户头"
    assert len(table.rows) == 3
    red = draft_red_list(actor=place.cadre, village=place.village, period=OCTOBER)
    assert [row[2] for row in tables(red)[0].rows] == ["单志强"]
    family = PeriodStanding.objects.get(account__household=place.households[0], period="2026-10")
    person = PeriodStanding.objects.get(account__household=people["单志强"], period="2026-10")
    assert (family.rank_village, person.rank_village) == (1, 1)
    assert [row.number for row in group_households(place.groups[0], OCTOBER)] == [
        "001",
        "001-1",
        "001-2",
        "001-3",
        "003-1",
    ]
    assert verify_all() == []


# -- refusals ------------------------------------------------------------------------------------------------------


def nothing_recorded() -> bool:
    return not PointsRecord.objects.exists() and not PointsEntry.objects.exists()


def test_a_family_gets_nothing_where_persons_have_the_points(place: Setting) -> None:
    to_persons(place)
    with pytest.raises(RuleError, match="是家庭户。本村细则规定积分记到个人，请选择个人户"):
        place.record(0, "L01")
    with pytest.raises(InputError) as refused:
        record_activity(
            actor=place.cadre,
            village=place.village,
            name="清洁家园日",
            held_on=DAY,
            place="",
            rule=place.rules["L01"],
            lines=[Line(place.households[0], row=7)],
        )
    assert (refused.value.problems[0].row, "请选择个人户" in refused.value.problems[0].message) == (7, True)
    assert nothing_recorded()


def test_a_person_or_group_gets_nothing_where_families_have_the_points(place: Setting) -> None:
    person = to_persons(place)["单志强"]
    later_version(place, dt.date(2026, 10, 5), holder=Holder.HOUSEHOLD)
    with pytest.raises(RuleError, match="是个人户。本村细则规定积分记到家庭户"):
        given(place, person)
    later_version(place, dt.date(2026, 10, 6), holder=Holder.GROUP)
    with pytest.raises(RuleError, match="是个人户。本村细则规定积分记到村民小组"):
        given(place, person)
    assert nothing_recorded()


def test_the_version_of_the_day_decides(place: Setting) -> None:
    old = dict(place.rules)
    to_persons(place)
    row = record_points(
        actor=place.cadre,
        household=place.households[0],
        rule=old["L01"],
        quantity=1,
        occurred_on=dt.date(2026, 9, 30),
    )
    assert row.household == place.households[0]


def test_who_was_a_minor_on_the_day_gets_nothing(place: Setting) -> None:
    person = to_persons(place)["单德胜"]
    with pytest.raises(RuleError, match="单德胜在2026年10月12日未满18岁，未成年人做的好事记给户主"):
        given(place, person)
    assert nothing_recorded()
    assert given(place, person, day=dt.date(2026, 11, 2)).state == "approved"


def test_a_relative_is_flagged_by_the_family(place: Setting) -> None:
    people = to_persons(place)
    StaffResident.objects.create(user=place.secretary, resident=place.households[0].head)
    row = record_points(
        actor=place.cadre, household=people["单志强"], rule=place.rules["L01"], quantity=1, occurred_on=DAY
    )
    with pytest.raises(RuleError, match="自己的户"):
        review_record(actor=place.secretary, record=row, decision="approve")
    row.refresh_from_db()
    assert row.state == "submitted"
    assert review_record(actor=place.other, record=row, decision="approve").state == "approved"


# -- people who die, move, change family ----------------------------------------------------------------------------


def test_a_dead_persons_points_go_to_the_family(place: Setting) -> None:
    people = to_persons(place)
    person, family = people["单志强"], place.households[0]
    given(place, person, quantity=2)
    close(place)
    card = issue_card(actor=place.secretary, household=person)
    resident = Resident.objects.get(name="单志强")
    browser = with_card(card)
    assert browser.get("/kiosk/home/").status_code == 200
    mark_deceased(actor=SYSTEM, resident=resident, happened_on=dt.date(2026, 11, 1))

    with pytest.raises(RuleError, match="已经去世"):
        given(place, Household.holders.get(pk=person.pk), day=dt.date(2026, 10, 31))

    assert Client().get("/kiosk/").status_code == 200
    outcome = open_holders(actor=place.cadre, village=place.village)
    assert (outcome.opened, outcome.closed, outcome.kept) == (0, 1, ())
    person.refresh_from_db()
    card.refresh_from_db()
    assert (person.state, card.revoked_at is not None) == ("cancelled", True)
    assert (balance(person), balance(family)) == (0, 40)
    moved = PointsEntry.objects.filter(kind="carry").order_by("points")
    assert [(row.points, row.score) for row in moved] == [(-40, 0), (40, 0)]
    assert PeriodStanding.objects.get(account__household=person, period="2026-10").score == 40
    assert open_holders(actor=place.cadre, village=place.village).changed is False
    assert verify_all() == []


def test_what_is_under_way_keeps_the_account_open(place: Setting) -> None:
    people = to_persons(place)
    given(place, people["单志强"], quantity=2)
    mark_moved_out(
        actor=SYSTEM, resident=Resident.objects.get(name="单志强"), happened_on=dt.date(2026, 11, 1)
    )
    outcome = open_holders(actor=place.cadre, village=place.village)
    assert (outcome.closed, outcome.kept) == (0, ("001-2 单志强：有 1 条积分登记还没有办完",))
    close(place)
    close(place, NOVEMBER)
    assert Household.holders.get(pk=people["单志强"].pk).is_active is False
    assert balance(place.households[0]) == 40
    assert verify_all() == []


def test_the_family_is_not_cancelled_before_its_people_are_settled(place: Setting) -> None:
    people = to_persons(place)
    home = place.households[1]
    person = people[home.head_name]
    given(place, person)
    close(place)
    assert home.head is not None
    mark_deceased(actor=SYSTEM, resident=home.head, happened_on=dt.date(2026, 11, 1))
    with pytest.raises(RuleError) as refused:
        cancel_household(actor=SYSTEM, household=home, reason="绝户")
    assert any("积分还没有转到家里" in reason for reason in refused.value.reasons)
    open_holders(actor=place.cadre, village=place.village)
    with pytest.raises(RuleError) as refused:
        cancel_household(actor=SYSTEM, household=home, reason="绝户")
    assert list(refused.value.reasons) == ["积分余额 20 分未结清"]
    home.refresh_from_db()
    assert home.is_active


def test_who_joins_another_family_keeps_number_and_points(place: Setting) -> None:
    person = to_persons(place)["单志强"]
    given(place, person)
    close(place)
    target = place.households[1]
    move_resident(
        actor=SYSTEM,
        resident=Resident.objects.get(name="单志强"),
        target=target,
        relation="other_kin",
        reason="入赘",
    )
    assert open_holders(actor=place.cadre, village=place.village).followed == 1
    person.refresh_from_db()
    assert (person.number, person.family_id, person.group_id) == ("001-2", target.pk, target.group_id)
    assert balance(person) == 20


def test_a_merged_familys_people_go_with_it(place: Setting) -> None:
    """The old family can end: its people's points are theirs, not the family's."""
    person = to_persons(place)["单志强"]
    given(place, person)
    close(place)
    source, target = place.households[0], place.households[1]
    merge_households(actor=SYSTEM, source=source, target=target, reason="并户")
    source.refresh_from_db()
    person.refresh_from_db()
    assert (source.is_active, person.is_active, person.family_id, balance(person)) == (
        False,
        True,
        target.pk,
        20,
    )
    assert open_holders(actor=place.cadre, village=place.village).changed is False
    assert given(place, Household.holders.get(pk=person.pk)).state == "approved"


def test_who_moves_to_another_village_leaves_his_points_with_the_family(place: Setting) -> None:
    person = to_persons(place)["单志强"]
    given(place, person)
    close(place)
    far = HouseholdFactory(village=VillageFactory(township=place.village.township))
    move_resident(
        actor=SYSTEM,
        resident=Resident.objects.get(name="单志强"),
        target=far,
        relation="other_kin",
        reason="迁居",
    )
    with pytest.raises(RuleError, match="已经迁到别的村"):
        given(place, Household.holders.get(pk=person.pk))
    assert open_holders(actor=place.cadre, village=place.village).closed == 1
    assert balance(place.households[0]) == 20
    back = Resident.objects.get(name="单志强")
    move_resident(actor=SYSTEM, resident=back, target=place.households[0], relation="child", reason="迁回")
    outcome = open_holders(actor=place.cadre, village=place.village)
    assert (outcome.reopened, outcome.opened) == (1, 0)
    person.refresh_from_db()
    assert (person.is_active, person.number, balance(person)) == (True, "001-2", 0)
    assert HouseholdEvent.objects.filter(household=person).exists() is False
    assert verify_all() == []


# -- switching back ------------------------------------------------------------------------------------------------


def test_switching_back_leaves_old_accounts_redeemable(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    shop = market(points=0)
    place = enlarged(shop.place)
    person = to_persons(place)["单志强"]
    given(place, person, quantity=2)
    close(place)
    later_version(place, dt.date(2026, 11, 1), holder=Holder.HOUSEHOLD)
    place.approved(1, "L01", 1, occurred_on=dt.date(2026, 11, 2))
    sale = redeeming.redeem(
        actor=shop.keeper,
        supermarket=shop.shop,
        card=card_of(shop, person),
        pin=PIN,
        basket=shop.basket(1),
        key=key(),
    )
    assert (sale.points, balance(person)) == (30, 10)
    travel_to("2026-12-02 09:00")
    close(place, NOVEMBER)
    ranking = draft_ranking(actor=place.cadre, village=place.village, period=NOVEMBER)
    assert [row[2] for row in tables(ranking)[0].rows] == [place.households[1].head_name]
    figures = period_figures([place.village.code], NOVEMBER)
    assert (figures.households, figures.participants) == (2, 1)
    assert verify_all() == []


def test_a_base_score_is_for_every_holder_of_the_kind(place: Setting) -> None:
    to_persons(place, base_points=10)
    close(place)
    rows = PointsEntry.objects.filter(kind="base")
    assert (rows.count(), set(rows.values_list("account__household__kind", flat=True))) == (6, {"person"})
    assert rows[0].reason.startswith("2026年每人基础分 10 分")
    assert verify_all() == []


def test_a_trial_counts_the_drafts_own_holders(place: Setting) -> None:
    place.approved(0, "L01", 1)
    draft = next_version(place, "试", dt.date(2027, 1, 1), holder=Holder.PERSON, base_points=10)
    trial = try_out(draft, OCTOBER, OCTOBER)
    assert (trial.rules[0].records, trial.rules[0].after) == (6, 60)
    draft.holder = Holder.GROUP
    assert try_out(draft, OCTOBER, OCTOBER).rules[0].after == 20
