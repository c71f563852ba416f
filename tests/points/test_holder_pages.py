"""The pages on which persons and groups get their points (PNT-8): forms, sheets, field, kiosk, desk."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import ConflictError, RuleError
from points.models import BlackListing, Holder, PointsRecord, PointsRuleSet
from points.services.claims import submit_claim
from points.services.rulesets import add_rules, draft_rule_set, publish_rule_set
from tests.factories.access import user_with
from tests.factories.kiosk import CLAIMABLE, with_card, with_pin
from tests.factories.market import PIN, Market, market
from tests.factories.points import Setting, later_version, setting
from tests.factories.villages import SYSTEM, ResidentFactory
from tests.points.test_holders import enlarged, to_groups, to_persons
from tests.points.test_uploads import SIGNIN, book, confirm, send, signin
from villages.models import Household, HouseholdKind, Resident
from villages.services import refresh_households
from villages.services.cards import issue_card
from villages.services.pins import set_pin

pytestmark = pytest.mark.django_db
RECORD, ACTIVITY = "/village/points/record/", "/village/points/activity/"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return enlarged(setting())


@pytest.fixture
def cadre(place: Setting, client: Client) -> Client:
    client.force_login(place.cadre)
    return client


def deed(place: Setting, household: str, **changes: Any) -> dict[str, Any]:
    return {
        "household": household,
        "rule": place.rules["L01"].pk,
        "quantity": 1,
        "occurred_on": "2026-11-02",
        "place": "",
        "note": "",
        **changes,
    }


@pytest.mark.parametrize("text", ["001-2", "1-2", "单志强", "001 单志强", "szq"])
def test_a_person_is_named_in_any_way(place: Setting, cadre: Client, text: str) -> None:
    person = to_persons(place)["单志强"]
    assert "哪一位" in cadre.get(RECORD).content.decode()
    response = cadre.post(RECORD, deed(place, text), follow=True)
    assert "已提交：001-2 单志强" in response.content.decode()
    assert PointsRecord.objects.get().household_id == person.pk


@pytest.mark.parametrize("text", ["001", "单海燕", "单玉梅", "009-1"])
def test_who_has_no_points_is_refused(place: Setting, cadre: Client, text: str) -> None:
    """A family (several people), a girl of twelve, somebody without a birth date, a number that nobody has."""
    to_persons(place)
    response = cadre.post(RECORD, deed(place, text))
    assert response.status_code == 400
    assert not PointsRecord.objects.exists()


def test_a_familys_number_says_what_is_wanted(place: Setting, cadre: Client) -> None:
    to_groups(place)
    page = cadre.post(RECORD, deed(place, "001")).content.decode()
    assert "是家庭户。本村细则规定积分记到村民小组，请选择集体户" in page
    assert cadre.post(RECORD, deed(place, "2组集体")).status_code == 302
    assert PointsRecord.objects.get().household.number == "集02"


def test_a_newcomer_is_opened_when_something_is_recorded(place: Setting, cadre: Client) -> None:
    to_persons(place)
    home = place.households[2]
    ResidentFactory(household=home, name="曾明", birth_date=dt.date(1990, 1, 1))
    refresh_households([home.pk])
    assert cadre.post(RECORD, deed(place, "曾明")).status_code == 302
    assert PointsRecord.objects.get().household.number == "003-2"
    assert AuditEvent.objects.filter(action="points.open_holders").count() == 2


def test_suggestions_are_of_the_kind_in_force(place: Setting, cadre: Client) -> None:
    def numbers(text: str, day: str = "") -> list[str]:
        found = cadre.post("/village/households/", {"q": text, "day": day}).json()["households"]
        return [row["number"] for row in found]

    assert numbers("001") == ["001"]
    to_persons(place)
    assert numbers("001") == ["001-1", "001-2", "001-3"]
    later_version(place, dt.date(2026, 10, 2), holder=Holder.GROUP)
    assert (numbers("集01"), numbers("001")) == (["集01"], [])
    assert numbers("001", "2026-10-01") == ["001-1", "001-2", "001-3"]
    assert (numbers("001", "2026-09-30"), numbers("001", "30/9")) == (["001"], [])


def test_the_form_asks_for_the_kind_of_the_day(place: Setting, cadre: Client) -> None:
    to_persons(place)
    assert "哪一位" in cadre.get(RECORD, {"occurred_on": "2026-10-01"}).content.decode()
    assert "哪一户" in cadre.get(RECORD, {"occurred_on": "2026-09-30"}).content.decode()
    old = PointsRuleSet.objects.get(village=place.village, version=1).rules.get(code="L01").pk
    response = cadre.post(RECORD, deed(place, "001", rule=old, occurred_on="2026-09-30"), follow=True)
    assert "已提交：001户" in response.content.decode()
    assert PointsRecord.objects.get().household_id == place.households[0].pk


def test_a_sign_in_list_of_persons(place: Setting, cadre: Client) -> None:
    to_persons(place)
    told = {
        "name": "清洁家园日",
        "held_on": "2026-11-02",
        "place": "",
        "rule": place.rules["L01"].pk,
        "lines": "单志强 2\n001-3\n002-1",
    }
    assert cadre.post(ACTIVITY, told).status_code == 302
    rows = PointsRecord.objects.order_by("household__number").values_list("household__number", "quantity")
    assert list(rows) == [("001-2", 2), ("001-3", 1), ("002-1", 1)]
    wrong = cadre.post(ACTIVITY, {**told, "name": "又一次", "lines": "001-2\n001"})
    assert (wrong.status_code, PointsRecord.objects.count()) == (400, 3)
    assert "有几人符合，请写编号：001-1" in wrong.content.decode()
    page = cadre.get(ACTIVITY).content.decode()
    assert "签到的人" in page
    assert 'data-unit="人"' in page


def test_the_template_names_persons_and_comes_back(place: Setting, cadre: Client) -> None:
    people = to_persons(place)
    response = cadre.get(reverse("village:signin_template"))
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert rows[0][:4] == ("个人户编号", "组别", "姓名", "签到")
    assert [row[0] for row in rows[1:]] == sorted(row.number for row in people.values())
    sheet["D5"] = "√"
    target = io.BytesIO()
    sheet.parent.save(target)
    shown = signin(cadre, place, target.getvalue(), held_on="2026-11-02")
    assert "001-2 单志强" in shown.content.decode()
    confirm(cadre, SIGNIN, shown)
    assert PointsRecord.objects.get().household_id == people["单志强"].pk


def test_a_villages_own_sheet_names_family_and_person(place: Setting, cadre: Client) -> None:
    to_persons(place)
    data = book(("户号", "姓名", "签到"), ("1", "单志强", "√"), ("001", "单海燕", "√"), ("002", "", "√"))
    shown = signin(cadre, place, data, held_on="2026-11-02")
    page = shown.content.decode()
    assert "001-2 单志强" in page
    assert "没有“001 单海燕”这个个人户" in page
    assert "未成年人做的好事记给户主" in page
    confirm(cadre, SIGNIN, shown, leave_out="yes")
    assert PointsRecord.objects.get().household.number == "001-2"


def test_deeds_of_both_versions_in_one_file(place: Setting, cadre: Client) -> None:
    """Each row goes to the kind that had the points on its day."""
    to_persons(place)
    data = book(
        ("日期", "户号", "姓名", "事项编号"),
        ("2026-09-20", "001", "", "L01"),
        ("2026-11-02", "001", "单志强", "L01"),
    )
    shown = send(cadre, "/village/points/record/excel/", data)
    confirm(cadre, "/village/points/record/excel/", shown)
    rows = PointsRecord.objects.order_by("occurred_on").values_list("household__number", flat=True)
    assert list(rows) == ["001", "001-2"]


def test_the_field_page_takes_a_person(place: Setting, client: Client) -> None:
    to_persons(place)
    worker = user_with(Role.GRID_WORKER, place.groups[0].code)
    client.force_login(worker)
    key = "0c5b2d60-3f0b-4a10-8f5c-3d1d3c0d0001"
    data = deed(place, "001-2", key=key)
    assert client.post(reverse("field_points:record"), data).status_code == 302
    assert PointsRecord.objects.get().household.number == "001-2"


# -- kiosk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-02 09:00")
    made = market(points=0)
    enlarged(made.place)
    return made


def pin_card(shop: Market, holder: Household) -> Any:
    card = issue_card(actor=shop.place.secretary, household=holder)
    return set_pin(actor=shop.keeper, card=card, pin=PIN, witness=shop.place.cadre)


def claimable(place: Setting, holder: str) -> None:
    draft = draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="细则",
        effective_from=dt.date(2026, 10, 1),
        copy_from=place.rule_set,
        resolution="村民代表会议",
        resolved_on=dt.date(2026, 9, 20),
        holder=holder,
    )
    add_rules(actor=place.cadre, rule_set=draft, rules=CLAIMABLE)
    place.rule_set = publish_rule_set(actor=place.secretary, rule_set=draft)
    place.rules = {rule.code: rule for rule in draft.rules.select_related("rule_set")}


def test_a_person_claims_at_the_kiosk_and_the_family_cannot(shop: Market) -> None:
    claimable(shop.place, Holder.PERSON)
    person = Household.holders.get(kind=HouseholdKind.PERSON, head_name="单志强")
    family = with_pin(shop.cards[0])
    page = family.get("/kiosk/claims/").content.decode()
    assert "请用您本人的卡申报" in page
    assert shop.place.households[0].head_name not in page
    assert "报一件做过的好事" not in page
    with pytest.raises(RuleError, match="请用您本人的卡申报"):
        submit_claim(
            actor=SYSTEM,
            household=shop.place.households[0],
            code="Z02",
            quantity=1,
            occurred_on=dt.date(2026, 11, 2),
            key="k1",
        )
    own = with_pin(pin_card(shop, person))
    page = own.get("/kiosk/claims/").content.decode()
    assert "报一件做过的好事" in page
    assert "您还没有自己申报过" in page
    assert "您做了哪件事？" in own.get("/kiosk/claims/new/").content.decode()
    row = submit_claim(
        actor=SYSTEM, household=person, code="Z02", quantity=1, occurred_on=dt.date(2026, 11, 2), key="k2"
    )
    assert (row.household_id, row.state) == (person.pk, "submitted")
    with pytest.raises(ConflictError, match="您已经申报过，不用再报"):
        submit_claim(
            actor=SYSTEM, household=person, code="Z02", quantity=1, occurred_on=dt.date(2026, 11, 2), key="k3"
        )
    assert "积分记给个人" in own.get("/kiosk/rules/").content.decode()


def test_a_dead_persons_visit_is_over(shop: Market) -> None:
    person = to_persons(shop.place)["单志强"]
    browser = with_card(pin_card(shop, person))
    assert browser.get("/kiosk/home/").status_code == 200
    Resident.objects.filter(name="单志强").update(state="deceased")
    assert [browser.get(path).status_code for path in ("/kiosk/home/", "/kiosk/claims/")] == [303, 303]


# -- desk ----------------------------------------------------------------------------------------------------------


def test_the_desk_opens_accounts_of_newcomers(place: Setting, cadre: Client) -> None:
    to_persons(place)
    Resident.objects.filter(name="单玉梅").update(birth_date=dt.date(1990, 1, 1))
    page = reverse("admin:points_pointsruleset_holders", args=[place.rule_set.pk])
    assert (
        "开立户头"
        in cadre.get(reverse("admin:points_pointsruleset_change", args=[place.rule_set.pk])).content.decode()
    )
    shown = cadre.post(page, {}, follow=True).content.decode()
    assert "新开 1 个" in shown
    assert Household.holders.filter(head__name="单玉梅", kind="person").exists()


def test_the_next_version_begins_with_the_same_holder(place: Setting, cadre: Client) -> None:
    add = reverse("admin:points_pointsruleset_add")
    assert '<option value="household" selected>' in cadre.get(add).content.decode()
    to_groups(place)
    assert '<option value="group" selected>' in cadre.get(add).content.decode()


def test_families_need_no_opening(place: Setting, cadre: Client) -> None:
    page = cadre.get(reverse("admin:points_pointsruleset_change", args=[place.rule_set.pk])).content.decode()
    assert "开立户头" not in page
    assert "积分记给" in page


def test_the_black_list_offers_persons_and_asks_for_their_own_age(place: Setting, cadre: Client) -> None:
    person = to_persons(place)["单德胜"]
    PointsRuleSet.objects.filter(pk=place.rule_set.pk).update(black_list=True)
    search = {"app_label": "points", "model_name": "blacklisting", "field_name": "household", "term": "001"}
    found = cadre.post(reverse("admin:autocomplete"), search).json()["results"]
    assert [row["text"] for row in found] == [
        str(place.households[0]),
        *(str(row) for row in Household.holders.filter(family=place.households[0]).order_by("number")),
    ]
    told = {"article": "村规民约第八条", "facts": "乱倒建筑垃圾"}
    add = reverse("admin:points_blacklisting_add")
    refused = cadre.post(add, {"household": place.households[0].pk, **told}).content.decode()
    assert "本村细则规定积分记到个人" in refused
    Resident.objects.filter(name="单德胜").update(birth_date=dt.date(2009, 1, 1))
    assert "本人未满十八岁" in cadre.post(add, {"household": person.pk, **told}).content.decode()
    assert not BlackListing.objects.exists()
    Resident.objects.filter(name="单德胜").update(birth_date=dt.date(2000, 1, 1))
    assert cadre.post(add, {"household": person.pk, **told}).status_code == 302
    assert BlackListing.objects.get().household_id == person.pk


def test_other_searches_of_the_desk_find_families_alone(place: Setting, cadre: Client) -> None:
    to_persons(place)
    listed = cadre.get(reverse("admin:villages_household_changelist"), {"q": "001"}).content.decode()
    assert "001-2" not in listed
    person = Household.holders.get(number="001-2")
    assert cadre.get(reverse("admin:villages_household_change", args=[person.pk])).status_code == 404


def test_query_counts_stay_for_families(
    place: Setting, cadre: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(15):
        cadre.get(RECORD)
    with django_assert_max_num_queries(12):
        cadre.post("/village/households/", {"q": "001"})


def test_a_sheet_for_one_and_cards_for_a_group(place: Setting, cadre: Client) -> None:
    to_persons(place)
    response = cadre.post(
        reverse("village:sheets"), {"household": "单志强", "group": "", "period": "2026-10"}
    )
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    family = cadre.post(reverse("village:sheets"), {"household": "001", "group": "", "period": "2026-10"})
    assert family["Content-Type"] == "application/pdf"
    cards = cadre.post(reverse("village:cards"), {"group": place.groups[0].pk, "numbers": ""})
    assert cards["Content-Type"] == "application/pdf"
    held = Household.holders.filter(cards__isnull=False).order_by("number")
    assert list(held.values_list("number", flat=True)) == ["001-1", "001-2", "001-3", "003-1"]
