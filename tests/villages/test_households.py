"""Founding and changing households."""

from __future__ import annotations

import datetime as dt

import pytest

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    VillageFactory,
    VillageGroupFactory,
    draft,
    identity_number,
)
from villages.models import Household, HouseholdEvent, HouseholdState, Resident
from villages.selectors import version_token
from villages.services import change_head, change_household, create_household

pytestmark = pytest.mark.django_db


def test_create_household_with_members() -> None:
    group = VillageGroupFactory()
    household = create_household(
        actor=SYSTEM,
        village=group.village,
        group=group,
        members=[
            draft(0, "head", name="单小芳"),
            draft(1, "child", state="away"),
            draft(2, "spouse", sex="female"),
        ],
        tags=["低保"],
        address=" 李家湾１２号 ",
    )
    assert household.number == "001"
    assert household.address == "李家湾12号"
    assert (household.head_name, household.head_initials) == ("单小芳", "sxf")
    assert (household.registered_population, household.actual_population) == (3, 2)
    assert household.head is not None and household.head.relation == "head"
    assert list(household.tags.values_list("name", flat=True)) == ["低保"]
    event = HouseholdEvent.objects.get(household=household)
    assert (event.kind, event.actor_name, len(event.members)) == ("found", "测试", 3)
    log = AuditEvent.objects.get(action="villages.create_household")
    assert log.village_code == group.village.code
    assert log.after["户主姓名"] == "单小芳"


def test_numbers_count_on_at_their_width() -> None:
    village = VillageFactory()
    group = VillageGroupFactory(village=village)
    HouseholdFactory(village=village, group=group, number="0099")
    HouseholdFactory(village=village, group=group, number="A7")
    assert create_household(actor=SYSTEM, village=village, group=group).number == "0100"


def test_taken_number_is_refused() -> None:
    old = HouseholdFactory(number="007")
    with pytest.raises(ConflictError, match="已经有户号 007"):
        create_household(actor=SYSTEM, village=old.village, group=old.group, number=" 007 ")
    assert Household.objects.count() == 1


def test_group_of_another_village_is_refused() -> None:
    group, other = VillageGroupFactory(), VillageGroupFactory()
    with pytest.raises(InputError) as refusal:
        create_household(actor=SYSTEM, village=group.village, group=other)
    assert refusal.value.problems[0].message == "小组不属于这个村"
    assert not Household.objects.exists()


def test_every_fault_of_every_member_is_named() -> None:
    group = VillageGroupFactory()
    good = identity_number(5)
    wrong = good[:17] + ("0" if good[17] != "0" else "1")
    with pytest.raises(InputError) as refusal:
        create_household(
            actor=SYSTEM,
            village=group.village,
            group=group,
            members=[
                draft(0, "head", id_number=wrong, phone="123"),
                draft(1, "child", name=" ", birth_date=dt.date(2200, 1, 1), id_number=""),
            ],
        )
    found = [(p.row, p.column) for p in refusal.value.problems]
    assert found == [(1, "身份证号"), (1, "联系电话"), (2, "姓名"), (2, "出生日期")]
    assert wrong not in str([p.to_dict() for p in refusal.value.problems])
    assert not Household.objects.exists() and not Resident.objects.exists()


def test_two_heads_are_refused() -> None:
    group = VillageGroupFactory()
    with pytest.raises(InputError, match="户没有保存"):
        create_household(
            actor=SYSTEM, village=group.village, group=group, members=[draft(0, "head"), draft(1, "head")]
        )
    assert not Household.objects.exists()


def test_person_registered_elsewhere_is_refused() -> None:
    group = VillageGroupFactory()
    create_household(actor=SYSTEM, village=group.village, group=group, members=[draft(0, "head")])
    with pytest.raises(InputError) as refusal:
        create_household(actor=SYSTEM, village=group.village, group=group, members=[draft(0, "head")])
    assert "不能登记两次" in refusal.value.problems[0].message
    assert refusal.value.problems[0].value.startswith("421***")
    assert Household.objects.count() == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GRID_HEAD, Role.ACCEPTANCE_TEAM])
def test_readers_may_not_create(role: Role) -> None:
    group = VillageGroupFactory()
    with pytest.raises(AccessDenied):
        create_household(actor=user_with(role, group.village.code), village=group.village, group=group)
    assert not Household.objects.exists()


def test_cadre_of_another_village_may_not_create() -> None:
    group, other = VillageGroupFactory(), VillageFactory()
    with pytest.raises(AccessDenied):
        create_household(actor=user_with(Role.VILLAGE_CADRE, other.code), village=group.village, group=group)
    assert not Household.objects.exists()


def test_change_household_records_before_and_after() -> None:
    household = HouseholdFactory(number="001")
    other = VillageGroupFactory(village=household.village)
    cadre = user_with(Role.VILLAGE_CADRE, household.village.code)
    changed = change_household(
        actor=cadre,
        household=household,
        expected=version_token(household),
        group=other,
        number="088",
        state="away",
        tags=["监测户"],
        reason="核对",
    )
    assert (changed.number, changed.group, changed.state) == ("088", other, "away")
    event = AuditEvent.objects.get(action="villages.change_household")
    assert (event.before["户号"], event.after["户号"]) == ("001", "088")
    assert event.after["标签"] == ["监测户"]
    assert event.comment == "核对"


def test_nothing_changed_writes_nothing() -> None:
    household = HouseholdFactory()
    change_household(actor=SYSTEM, household=household, address=household.address)
    assert not AuditEvent.objects.exists()


def test_second_editor_is_told() -> None:
    household = HouseholdFactory(address="旧址")
    seen = version_token(household)
    change_household(actor=SYSTEM, household=household, expected=seen, address="新址")
    with pytest.raises(ConflictError, match="别人已经改过"):
        change_household(actor=SYSTEM, household=household, expected=seen, address="另一处")
    household.refresh_from_db()
    assert household.address == "新址"


def test_taking_anothers_number_is_refused() -> None:
    first = HouseholdFactory(number="001")
    second = HouseholdFactory(village=first.village, number="002")
    with pytest.raises((ConflictError, InputError)) as refusal:
        change_household(actor=SYSTEM, household=second, number="001")
    assert "户号" in str(refusal.value) + str(getattr(refusal.value, "problems", ""))
    second.refresh_from_db()
    assert second.number == "002"


def test_coordinates_outside_china_are_refused() -> None:
    household = HouseholdFactory()
    with pytest.raises(InputError) as refusal:
        change_household(actor=SYSTEM, household=household, latitude=0, longitude=0)
    assert "中国境内" in refusal.value.problems[0].message
    household.refresh_from_db()
    assert household.latitude is None


def test_cancelled_household_cannot_change() -> None:
    household = HouseholdFactory(
        head=False, state=HouseholdState.CANCELLED, cancelled_on=dt.date(2026, 1, 1), address="旧址"
    )
    with pytest.raises(RuleError, match="已经注销"):
        change_household(actor=SYSTEM, household=household, address="新址")
    household.refresh_from_db()
    assert household.address == "旧址"


def test_cancelling_by_change_is_refused() -> None:
    household = HouseholdFactory()
    with pytest.raises(RuleError, match="销户"):
        change_household(actor=SYSTEM, household=household, state="cancelled")
    household.refresh_from_db()
    assert household.state == "registered"


def test_change_head_derives_relations() -> None:
    group = VillageGroupFactory()
    household = create_household(
        actor=SYSTEM,
        village=group.village,
        group=group,
        members=[
            draft(0, "head", name="张老三"),
            draft(1, "spouse", name="李四妹", sex="female"),
            draft(2, "child", name="张大"),
            draft(3, "child_in_law", name="王媳", sex="female"),
            draft(4, "parent", name="张翁"),
        ],
    )
    son = household.residents.get(name="张大")
    doubtful = change_head(actor=SYSTEM, household=household, resident=son, reason="年事已高")
    relations = dict(household.residents.values_list("name", "relation"))
    assert relations == {
        "张老三": "parent",
        "李四妹": "parent",
        "张大": "head",
        "王媳": "other_kin",
        "张翁": "grandparent",
    }
    assert [member.name for member in doubtful] == ["王媳"]
    household.refresh_from_db()
    assert (household.head_name, household.head_initials, household.head_id) == ("张大", "zd", son.pk)
    event = HouseholdEvent.objects.get(kind="head")
    assert event.member_names == "张大"


def test_change_head_takes_given_relations() -> None:
    household = HouseholdFactory(members=2)
    first, second = household.residents.filter(relation="child").order_by("pk")
    assert (
        change_head(
            actor=SYSTEM, household=household, resident=first, reason="推举", relations={second.pk: "sibling"}
        )
        == []
    )
    second.refresh_from_db()
    assert second.relation == "sibling"


def test_change_head_to_a_stranger_is_refused() -> None:
    household, other = HouseholdFactory(), HouseholdFactory()
    with pytest.raises(RuleError, match="须是本户"):
        change_head(actor=SYSTEM, household=household, resident=other.head, reason="错")
    household.refresh_from_db()
    assert household.head.household_id == household.pk
    assert not HouseholdEvent.objects.exists()


def test_change_head_by_grid_worker_is_denied() -> None:
    household = HouseholdFactory(members=1)
    worker = user_with(Role.GRID_WORKER, household.group.code)
    child = household.residents.get(relation="child")
    with pytest.raises(AccessDenied):
        change_head(actor=worker, household=household, resident=child, reason="")
    child.refresh_from_db()
    assert child.relation == "child"
