"""Persons and groups that hold points have a page of their own on the desk (PNT-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.access.roles import Role
from cogov.common.errors import RuleError
from points.models import PointsAccount, PointsHolder, PointsRuleSet
from points.services.rulesets import draft_rule_set
from tests.factories.access import user_with
from tests.factories.market import market
from tests.factories.points import Setting, setting
from tests.factories.villages import VillageFactory
from tests.points.test_holders import close, enlarged, given, to_groups, to_persons
from villages.models import Household, HouseholdCard
from villages.services import mark_deceased
from villages.services.cards import issue_card

pytestmark = pytest.mark.django_db
LIST = "/admin/points/pointsholder/"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return enlarged(setting())


@pytest.fixture
def cadre(place: Setting, client: Client) -> Client:
    client.force_login(place.cadre)
    return client


def page_of(holder: Household) -> str:
    return reverse("admin:points_pointsholder_change", args=(holder.pk,))


def new_draft(place: Setting, **changes: Any) -> PointsRuleSet:
    return draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="新细则",
        effective_from=dt.date(2026, 12, 1),
        copy_from=place.rule_set,
        **changes,
    )


def test_families_are_not_listed(place: Setting, cadre: Client) -> None:
    assert "本村的积分记给家庭户，没有个人户、集体户。" in cadre.get(LIST).content.decode()
    assert cadre.get(page_of(place.households[0])).status_code == 404


@pytest.mark.parametrize("text", ["001-2", "001", "单志强", "szq"])
def test_a_person_is_found_in_the_list_and_in_the_head(place: Setting, cadre: Client, text: str) -> None:
    person = to_persons(place)["单志强"]
    for found in (cadre.get(LIST, {"q": text}), cadre.post("/admin/search/", {"q": text}, follow=True)):
        assert page_of(person) in found.content.decode()


def test_a_page_has_balance_entries_family_and_card(place: Setting, cadre: Client) -> None:
    person = to_persons(place)["单志强"]
    empty = cadre.get(page_of(person)).content.decode()
    assert ("还没有积分流水。" in empty, "还没有，点“户卡”发一张" in empty) == (True, True)
    given(place, person, quantity=2)
    close(place)
    card = issue_card(actor=place.secretary, household=person)
    page = cadre.get(page_of(person)).content.decode()
    account = PointsAccount.objects.get(household=person)
    assert account.balance == 40
    for shown in (
        "40（2026年）",
        "修路投工 2 工日 × 20 分 = 40 分",
        reverse("admin:points_pointsaccount_change", args=(account.pk,)),
        reverse("admin:villages_householdcard_change", args=(card.pk,)),
        reverse("admin:villages_household_change", args=(place.households[0].pk,)),
        reverse("admin:villages_resident_change", args=(person.head_id,)),
        f"{page_of(person)[:-7]}do/sheet/",
    ):
        assert shown in page
    # The list of cards leads here, the account's own page has the entries too.
    assert page_of(person) in cadre.get("/admin/villages/householdcard/").content.decode()
    own = cadre.get(reverse("admin:points_pointsaccount_change", args=(account.pk,))).content.decode()
    assert "修路投工 2 工日 × 20 分 = 40 分" in own


def test_card_and_sheet_are_made_here(place: Setting, cadre: Client) -> None:
    group = to_groups(place)[0]
    do = f"{page_of(group)[:-7]}do/"
    shown = cadre.post(f"{do}card/").content.decode()
    first = HouseholdCard.objects.get(household=group)
    assert "卡号" in shown
    assert cadre.post(f"{do}reissue-card/", {"reason": "丢了"}).status_code == 302
    first.refresh_from_db()
    assert first.revoked_at is not None
    assert HouseholdCard.objects.filter(household=group, revoked_at__isnull=True).count() == 1
    sheet = cadre.post(f"{do}sheet/", {"period": "2026-10"})
    assert (sheet.status_code, sheet["Content-Type"]) == (200, "application/pdf")


def test_nothing_can_be_written_here(place: Setting, cadre: Client) -> None:
    person = to_persons(place)["单志强"]
    assert cadre.post(page_of(person), {"head_name": "别人"}).status_code == 403
    assert cadre.get(f"{LIST}add/").status_code == 403
    assert Household.holders.get(pk=person.pk).head_name == "单志强"


def test_who_died_has_a_page_but_no_card(place: Setting, cadre: Client) -> None:
    person = to_persons(place)["单志强"]
    mark_deceased(actor=place.cadre, resident=person.head, happened_on=dt.date(2026, 11, 1), reason="病故")
    assert cadre.get(page_of(person)).status_code == 200
    Household.holders.filter(pk=person.pk).update(state="cancelled", cancelled_on=dt.date(2026, 11, 1))
    closed = cadre.get(page_of(person)).content.decode()
    assert ("注销" in closed, "do/card/" in closed) == (True, False)
    assert cadre.post(f"{page_of(person)[:-7]}do/card/").status_code == 302
    assert not HouseholdCard.objects.exists()


def test_others_see_nothing(place: Setting, client: Client) -> None:
    person = to_persons(place)["单志强"]
    other = setting(households=1)
    client.force_login(other.cadre)
    assert client.get(page_of(person)).status_code == 404
    assert page_of(person) not in client.get(LIST).content.decode()
    client.force_login(user_with(Role.KEEPER, place.village.code))
    assert client.get(LIST).status_code == 403
    client.force_login(user_with(Role.AUDITOR, place.village.code))
    page = client.get(page_of(person)).content.decode()
    assert ("单志强" in page, "do/card/" in page) == (True, False)


def test_the_list_asks_a_fixed_number_of_questions(
    place: Setting, cadre: Client, django_assert_max_num_queries: Any
) -> None:
    to_persons(place)
    assert PointsHolder.objects.count() > 3
    cadre.get(LIST)
    with django_assert_max_num_queries(12):
        cadre.get(LIST)


def test_labels_say_for_whom_a_cap_is(place: Setting, cadre: Client) -> None:
    add = cadre.get("/admin/points/pointsruleset/add/").content.decode()
    assert "每户（每人、每组）每年基础分" in add
    for holder, each in (("household", "户"), ("person", "人"), ("group", "组")):
        draft = new_draft(place, holder=holder, base_points=60)
        page = reverse("admin:points_pointsruleset_change", args=(draft.pk,))
        shown = cadre.get(page).content.decode()
        assert f"每{each}每年基础分" in shown
        assert ("每日上限（分）</th>" in shown, "None" in shown) == (True, False)
        form = cadre.get(f"{page[:-7]}do/rule/").content.decode()
        for when in ("日", "月", "年"):
            assert f"每{each}每{when}上限（分）" in form
        client = Client()
        client.force_login(user_with(Role.AUDITOR, place.village.code))
        read = client.get(page).content.decode()
        assert (f"每{each} 60 分" in read, "do/rule/" in read) == (True, False)
        draft.rules.all().delete()
        draft.delete()


def test_a_rule_is_changed_from_what_it_says_now(place: Setting, cadre: Client) -> None:
    """The list of a draft leads to the form with the rule in it: nothing has to be typed again."""
    draft = new_draft(place)
    rule = draft.rules.get(code="L01")
    page = reverse("admin:points_pointsruleset_rule", args=(draft.pk,))
    address = f"{page}?rule={rule.pk}"
    assert (
        address in cadre.get(reverse("admin:points_pointsruleset_change", args=(draft.pk,))).content.decode()
    )
    form = cadre.get(address).context["form"]
    assert form.initial == {"rule": rule.pk, **rule.content()}
    told = {
        name: "" if value is None else value for name, value in form.initial.items() if value is not False
    }
    assert cadre.post(page, {**told, "points": 25}).status_code == 302
    changed = draft.rules.get(code="L01").content()
    assert changed == {**rule.content(), "points": 25}
    foreign = place.rules["L01"].pk
    for text in (foreign, "x", "٣"):
        assert cadre.get(f"{page}?rule={text}").context["form"].initial == {}


def test_the_cap_of_a_day_is_told_for_a_person(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    shop = market(daily_cap=50)
    Household.holders.filter(pk=shop.place.households[0].pk).update(kind="collective")
    with pytest.raises(RuleError, match="每组每天最多兑换 50 分，今天已兑换 0 分，本次 60 分"):
        shop.sell(2)


def test_where_there_is_one_choice_it_is_made(place: Setting, cadre: Client, client: Client) -> None:
    """A cadre of one village need not choose it; a clerk of several must."""
    village = f'<option value="{place.village.pk}" selected>{place.village}</option>'
    for page in ("/admin/points/kioskdevice/add/", "/admin/points/pointsruleset/add/"):
        assert village in cadre.get(page).content.decode()
    VillageFactory(township=place.village.township, name="石坳村")
    client.force_login(user_with(Role.TOWNSHIP_ADMIN, place.village.code[:9]))
    for page in ("/admin/points/kioskdevice/add/", "/admin/points/pointsruleset/add/"):
        assert village not in client.get(page).content.decode()
