"""Persons and groups that hold points (PNT-8) are no households of the register: every count stays as it was."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import IntegrityError, transaction

from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.common.errors import ConflictError, RuleError
from tests.factories.access import user_with
from tests.factories.villages import HouseholdFactory, ResidentFactory, VillageFactory
from tests.support import workbooks as wb
from villages.admin.places import VillageAdmin, VillageGroupAdmin
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdKind,
    Resident,
    StaffResident,
    Village,
    VillageGroup,
)
from villages.selectors import (
    interest_reason,
    next_household_number,
    place_rows,
    search_cards,
    search_holders,
    search_households,
    village_figures,
)
from villages.services import (
    cancel_household,
    create_household,
    find_card,
    mark_deceased,
    move_resident,
    print_cards,
)
from villages.services.holders import follow_register, place_collectives, place_persons
from villages.services.import_households import check_households
from villages.services.roster import export_roster

pytestmark = pytest.mark.django_db
SYSTEM = SystemActor("测试")
TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def village() -> Village:
    """Two families of three and one, in one group."""
    found: Village = VillageFactory(code="421223101001", name="板坑村", township__code="421223101")
    HouseholdFactory(village=found, number="0012", head__name="单小芳", members=2)
    HouseholdFactory(village=found, number="0013", head__name="仇建国", members=0)
    return found


def persons(village: Village) -> list[Household]:
    rows = Resident.objects.filter(household__village=village).select_related("household")
    return place_persons(village, rows)


def _admin_counts(village: Village, rf: Any, admin_user: Any) -> tuple[Any, ...]:
    request = rf.get("/")
    request.user = admin_user
    rows = VillageAdmin(Village, site).get_queryset(request).filter(pk=village.pk)
    groups = VillageGroupAdmin(VillageGroup, site).get_queryset(request).filter(village=village)
    return (
        rows.values_list("households_n", "registered_n", "actual_n").get(),
        tuple(groups.values_list("households_n", flat=True)),
    )


def _seen(village: Village, rf: Any, admin_user: Any) -> dict[str, Any]:
    """What the register says of a village, from every side."""
    book = BytesIO()
    figures = village_figures(village, TODAY)
    return {
        "objects": Household.objects.filter(village=village).count(),
        "related": (village.households.count(), village.groups.get().households.count()),
        "figures": (
            figures.households,
            figures.registered_population,
            figures.adults,
            figures.cleaners.value,
        ),
        "rows": place_rows(village.code),
        "admin": _admin_counts(village, rf, admin_user),
        "next": next_household_number(village),
        "search": [str(row) for row in search_households(Household.objects.all(), "单小芳")],
        "export": export_roster(actor=SYSTEM, village=village, target=book),
    }


def test_the_register_does_not_see_them(village: Village, rf: Any, admin_user: Any) -> None:
    before = _seen(village, rf, admin_user)
    assert (before["objects"], before["related"], before["next"], before["export"]) == (2, (2, 2), "0014", 4)
    assert len(persons(village)) == 4
    assert len(place_collectives(village, village.groups.all())) == 1
    assert Household.holders.filter(village=village).count() == 7
    assert _seen(village, rf, admin_user) == before


def test_numbers_follow_the_family_and_are_free(village: Village) -> None:
    HouseholdFactory(village=village, number="0012-2", head=False)
    rows = persons(village)
    assert [row.number for row in rows] == ["0012-1", "0012-3", "0012-4", "0013-1"]
    assert rows[0].head_name == "单小芳"
    assert {row.family.number for row in rows[:3] if row.family} == {"0012"}
    (group,) = place_collectives(village, village.groups.all())
    assert (group.number, group.head_name, str(group)) == ("集01", "1组集体", "集01 1组集体")
    assert str(rows[0]) == "0012-1 单小芳"


def test_a_family_cannot_take_the_number_of_a_person(village: Village) -> None:
    persons(village)
    with pytest.raises(ConflictError, match="已经有户号 0012-1"):
        create_household(actor=SYSTEM, village=village, group=village.groups.get(), number="0012-1")
    data = wb.xlsx(wb.family("0012-1"))
    result = check_households(actor=SYSTEM, village=village, data=data, file_name="户籍.xlsx", today=TODAY)
    told = "0012-1 是“单小芳”记积分的编号，不是家庭户的户号，请换一个户号"
    assert [problem.message for problem in result.errors] == [told]
    assert Household.objects.filter(number="0012-1").exists() is False


def test_one_person_has_one_and_one_group_has_one(village: Village) -> None:
    rows = persons(village)
    place_collectives(village, village.groups.all())
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.holders.create(
            village=village,
            group=rows[0].group,
            number="x1",
            kind=HouseholdKind.PERSON,
            head=rows[0].head,
            family=rows[0].family,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.holders.create(
            village=village, group=rows[0].group, number="x2", kind=HouseholdKind.COLLECTIVE
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.holders.create(village=village, group=rows[0].group, number="x3", kind=HouseholdKind.PERSON)
    assert Household.holders.filter(number__startswith="x").count() == 0


def test_a_person_is_found_by_his_own_name_and_the_familys_number(village: Village) -> None:
    persons(village)
    rows = Household.holders.filter(kind=HouseholdKind.PERSON).order_by("number")

    def found(text: str) -> list[str]:
        return [row.number for row in search_holders(rows, text)]

    assert found("12-1") == ["0012-1"]
    assert found("12") == ["0012-1", "0012-2", "0012-3"]
    assert found("单小芳") == ["0012-1"]
    assert found("0012 单小芳") == ["0012-1"]
    assert found("qjg") == ["0013-1"]


def test_a_persons_card_stops_when_he_dies(village: Village) -> None:
    row = persons(village)[1]
    ((_, card),) = print_cards(actor=SYSTEM, households=[row])
    assert find_card(card.token).reason == ""
    assert [c.household.number for c in search_cards(HouseholdCard.objects.all(), row.number)] == [row.number]
    assert row.head is not None
    mark_deceased(actor=SYSTEM, resident=row.head, happened_on=TODAY)
    assert find_card(card.token).card is None
    assert "已经去世，个人户不能再用" in find_card(card.token).reason


def test_a_person_is_concerned_with_the_family_he_lives_in_now(village: Village) -> None:
    rows = persons(village)
    cadre = user_with(Role.VILLAGE_CADRE, village.code)
    own = Household.objects.get(number="0013")
    head = own.head
    assert head is not None
    StaffResident.objects.create(user=cadre, resident=head)
    child = Household.holders.get(pk=rows[1].pk)
    assert interest_reason(cadre, child) == ""
    assert child.head is not None
    move_resident(actor=SYSTEM, resident=child.head, target=own, relation="other_kin", reason="过继")
    moved = Household.holders.select_related("head__household").get(pk=child.pk)
    assert interest_reason(cadre, moved) == "这是经办人自己的户"
    assert [row.family_id for row in follow_register([moved])] == [own.pk]
    assert Household.holders.get(pk=child.pk).number == "0012-2"


def test_household_business_is_refused_for_a_person(village: Village) -> None:
    row = persons(village)[0]
    with pytest.raises(RuleError, match="不能办理户籍"):
        cancel_household(actor=SYSTEM, household=row, reason="试")
    assert Household.holders.get(pk=row.pk).is_active
    assert ResidentFactory._meta.model.objects.count() == 4
