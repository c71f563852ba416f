"""Entering, changing, moving and losing residents."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError, TransitionError
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    ResidentFactory,
    TownshipFactory,
    VillageFactory,
    draft,
    identity_number,
)
from villages.models import Household, HouseholdEvent, Resident
from villages.selectors import household_timeline, version_token
from villages.services import (
    add_resident,
    change_resident,
    mark_away,
    mark_deceased,
    mark_moved_out,
    move_resident,
    restore_resident,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 5)


def state_of(household: Household) -> tuple[str, int, int]:
    household.refresh_from_db()
    return household.head_name, household.registered_population, household.actual_population


def test_add_resident() -> None:
    household = HouseholdFactory(head__name="单小芳")
    resident = add_resident(
        actor=SYSTEM, household=household, draft=draft(3, name="曾伟", tags=("乡贤",)), reason="出生"
    )
    assert resident.initials == "zw"
    assert [tag.name for tag in resident.tags.all()] == ["乡贤"]
    assert state_of(household) == ("单小芳", 2, 2)
    event = AuditEvent.objects.get(action="villages.add_resident")
    assert event.comment == "出生" and event.village_code == household.village.code
    assert identity_number(3) not in str(event.after)


def test_second_head_is_refused() -> None:
    household = HouseholdFactory()
    with pytest.raises(InputError) as refusal:
        add_resident(actor=SYSTEM, household=household, draft=draft(3, "head"))
    assert refusal.value.problems[0].column == "与户主关系"
    assert household.residents.count() == 1 and not AuditEvent.objects.exists()


def test_unknown_tag_is_refused() -> None:
    household = HouseholdFactory()
    with pytest.raises(InputError) as refusal:
        add_resident(actor=SYSTEM, household=household, draft=draft(3, tags=("不存在", "低保")))
    assert "不存在、低保" in refusal.value.problems[0].message
    assert household.residents.count() == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GRID_WORKER, Role.KEEPER, Role.DEPARTMENT])
def test_others_may_not_add(role: Role) -> None:
    household = HouseholdFactory()
    code = {Role.GRID_WORKER: household.group.code, Role.DEPARTMENT: household.village.code[:9]}.get(
        role, household.village.code
    )
    with pytest.raises(AccessDenied):
        add_resident(actor=user_with(role, code), household=household, draft=draft(3))
    assert household.residents.count() == 1


def test_change_resident_masks_in_the_log() -> None:
    household = HouseholdFactory(head=False)
    resident = add_resident(actor=SYSTEM, household=household, draft=draft(1, "head", phone="13812345678"))
    new = identity_number(2)
    changed = change_resident(
        actor=SYSTEM,
        resident=resident,
        expected=version_token(resident),
        id_number=new,
        phone="",
        tags=["志愿者"],
    )
    assert changed.id_number.plain == new and not changed.phone
    event = AuditEvent.objects.get(action="villages.change_resident")
    assert event.before["身份证号"].startswith("421***") and new not in str(event.after)
    assert event.after["联系电话"] == "" and event.after["标签"] == ["志愿者"]
    with pytest.raises(ConflictError):
        change_resident(actor=SYSTEM, resident=resident, expected=version_token(resident), skills="木工")


def test_renaming_the_head_renames_the_household() -> None:
    household = HouseholdFactory(head__name="张三")
    change_resident(actor=SYSTEM, resident=household.head, name="仇 三")
    household.refresh_from_db()
    assert (household.head_name, household.head_initials) == ("仇三", "qs")


def test_head_relation_changes_only_by_change_head() -> None:
    household = HouseholdFactory(members=1)
    child = household.residents.get(relation="child")
    for resident, relation in ((household.head, "child"), (child, "head")):
        with pytest.raises(InputError) as refusal:
            change_resident(actor=SYSTEM, resident=resident, relation=relation)
        assert "变更户主" in refusal.value.problems[0].message
    assert set(household.residents.values_list("relation", flat=True)) == {"head", "child"}


def test_death_of_a_head_needs_a_successor() -> None:
    household = HouseholdFactory(head__name="张老三", members=2)
    heir = household.residents.filter(relation="child").first()
    with pytest.raises(RuleError, match="请先选一位成员接任户主"):
        mark_deceased(actor=SYSTEM, resident=household.head, happened_on=DAY)
    assert state_of(household) == ("张老三", 3, 3)
    dead = mark_deceased(actor=SYSTEM, resident=household.head, happened_on=DAY, successor=heir)
    assert dead.state == "deceased"
    assert state_of(household) == (heir.name, 2, 2)
    with pytest.raises(TransitionError, match="死亡"):
        mark_moved_out(actor=SYSTEM, resident=dead, happened_on=DAY)


def test_death_of_the_last_leaves_an_empty_household() -> None:
    household = HouseholdFactory(head__name="张老三")
    mark_deceased(actor=SYSTEM, resident=household.head, happened_on=DAY)
    assert state_of(household) == ("", 0, 0)


def test_successor_must_live_there() -> None:
    household = HouseholdFactory(members=1)
    stranger = ResidentFactory()
    with pytest.raises(RuleError, match="须是本户"):
        mark_moved_out(actor=SYSTEM, resident=household.head, happened_on=DAY, successor=stranger)
    with pytest.raises(RuleError, match="不用另选户主"):
        child = household.residents.get(relation="child")
        mark_moved_out(actor=SYSTEM, resident=child, happened_on=DAY, successor=household.head)
    assert household.residents.filter(state="registered").count() == 2


def test_no_event_in_the_future() -> None:
    household = HouseholdFactory(members=1)
    child = household.residents.get(relation="child")
    with pytest.raises(InputError) as refusal:
        mark_deceased(actor=SYSTEM, resident=child, happened_on=dt.date(2999, 1, 1))
    assert refusal.value.problems[0].message == "日期不能晚于今天"
    child.refresh_from_db()
    assert child.state == "registered"


def test_away_and_back() -> None:
    household = HouseholdFactory(members=1)
    child = household.residents.get(relation="child")
    mark_away(actor=SYSTEM, resident=child, away=True, reason="务工")
    assert state_of(household)[1:] == (2, 1)
    mark_away(actor=SYSTEM, resident=child, away=False)
    assert state_of(household)[1:] == (2, 2)


def test_number_of_somebody_who_left_may_be_used_and_blocks_his_return() -> None:
    first, second = HouseholdFactory(), HouseholdFactory()
    resident = add_resident(actor=SYSTEM, household=first, draft=draft(9))
    mark_moved_out(actor=SYSTEM, resident=resident, happened_on=DAY)
    add_resident(actor=SYSTEM, household=second, draft=draft(9))
    with pytest.raises(InputError) as refusal:
        restore_resident(actor=SYSTEM, resident=resident, reason="登记有误")
    assert "已经登记在册" in refusal.value.problems[0].message
    resident.refresh_from_db()
    assert resident.state == "moved"


def test_restore_needs_a_reason() -> None:
    household = HouseholdFactory()
    child = ResidentFactory(household=household)
    gone = mark_moved_out(actor=SYSTEM, resident=child, happened_on=DAY)
    with pytest.raises(InputError):
        restore_resident(actor=SYSTEM, resident=gone, reason="")
    assert restore_resident(actor=SYSTEM, resident=gone, reason="登记有误").state == "registered"
    assert state_of(household)[1] == 2


def test_move_between_villages_of_one_township() -> None:
    township = TownshipFactory()
    source = HouseholdFactory(village=VillageFactory(township=township), members=1)
    target = HouseholdFactory(village=VillageFactory(township=township), head__name="李四")
    child = source.residents.get(relation="child")
    clerk = user_with(Role.TOWNSHIP_ADMIN, township.code)
    moved = move_resident(
        actor=clerk, resident=child, target=target, relation="spouse", reason="婚嫁", happened_on=DAY
    )
    assert (moved.household, moved.relation) == (target, "spouse")
    assert state_of(source)[1] == 1 and state_of(target)[1] == 2
    event = HouseholdEvent.objects.get()
    assert (event.kind, event.household, event.other, event.happened_on) == ("transfer", source, target, DAY)
    assert household_timeline(source)[0].title.startswith("成员迁往")
    assert household_timeline(target)[0].title.startswith("成员由")
    places = set(
        AuditEvent.objects.filter(summary__startswith="成员迁移").values_list("village_code", flat=True)
    )
    assert places == {source.village.code, target.village.code}


def test_cadre_cannot_move_into_a_foreign_village() -> None:
    source, target = HouseholdFactory(members=1), HouseholdFactory()
    child = source.residents.get(relation="child")
    with pytest.raises(AccessDenied):
        move_resident(
            actor=user_with(Role.VILLAGE_CADRE, source.village.code),
            resident=child,
            target=target,
            relation="child",
            reason="迁",
        )
    child.refresh_from_db()
    assert child.household_id == source.pk and not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("relation", "error", "message"),
    [("head", InputError, "居民信息没有保存"), ("friend", InputError, "没有办理")],
)
def test_impossible_relations(relation: str, error: type[Exception], message: str) -> None:
    source = HouseholdFactory(members=1)
    target = HouseholdFactory(village=source.village)
    child = source.residents.get(relation="child")
    with pytest.raises(error, match=message):
        move_resident(actor=SYSTEM, resident=child, target=target, relation=relation, reason="迁")
    child.refresh_from_db()
    assert child.household_id == source.pk


def test_the_dead_do_not_move() -> None:
    source = HouseholdFactory(members=1)
    target = HouseholdFactory(village=source.village)
    child = source.residents.get(relation="child")
    mark_deceased(actor=SYSTEM, resident=child, happened_on=DAY)
    with pytest.raises(RuleError, match="不能迁移"):
        move_resident(actor=SYSTEM, resident=child, target=target, relation="child", reason="迁")
    assert Resident.objects.get(pk=child.pk).household_id == source.pk


def test_moving_a_head_with_successor() -> None:
    source = HouseholdFactory(head__name="张老三", members=1)
    target = HouseholdFactory(village=source.village)
    arguments: dict[str, Any] = {
        "actor": SYSTEM,
        "resident": source.head,
        "target": target,
        "relation": "parent",
        "reason": "随子女",
    }
    with pytest.raises(RuleError, match="接任户主"):
        move_resident(**arguments)
    heir = source.residents.get(relation="child")
    move_resident(**arguments, successor=heir)
    assert state_of(source) == (heir.name, 1, 1)
    assert set(target.residents.values_list("relation", flat=True)) == {"head", "parent"}


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("单小芳", "sxf"), ("仇三", "qs"), ("曾国", "zg"), ("查良", "zl"), ("区大", "od"),
        ("解放", "xf"), ("尉迟恭", "ycg"), ("万俟卨", "mqx"),
    ],
)  # fmt: skip
def test_rare_surnames_are_found_by_their_initials(name: str, initials: str) -> None:
    household = HouseholdFactory(head=False)
    resident = add_resident(actor=SYSTEM, household=household, draft=draft(1, "head", name=name))
    household.refresh_from_db()
    assert resident.initials == household.head_initials == initials
