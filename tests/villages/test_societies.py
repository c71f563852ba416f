"""Organisations, standards with evidence, banks of people, tags, groups and staff declarations."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cogov.access.models import User
from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    ResidentFactory,
    VillageFactory,
    VillageGroupFactory,
)
from villages.models import (
    Organisation,
    OrganisationKind,
    OrganisationStandard,
    Resident,
    StaffResident,
    StandardEvidence,
    StandardItem,
    Tag,
    TalentBank,
    Village,
    VillageGroup,
)
from villages.selectors import (
    bank_members,
    has_interest,
    interest_reason,
    version_token,
    village_checklists,
)
from villages.services import (
    add_evidence,
    add_member,
    change_organisation,
    change_village,
    choose_standards,
    create_group,
    declare_staff,
    dissolve_organisation,
    end_membership,
    found_organisation,
    rename_group,
    save_kind,
    save_standard,
    save_standard_item,
    save_tag,
    save_talent_bank,
    set_household_tags,
    set_resident_tags,
    split_household,
    withdraw_evidence,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 5)


def board(village: Village) -> Organisation:
    kind = OrganisationKind.objects.get(code="board")
    return found_organisation(actor=SYSTEM, village=village, kind=kind, founded_on=DAY)


# --- organisations ---


def test_found_and_change() -> None:
    village = VillageFactory(name="板坑村")
    organisation = board(village)
    assert organisation.name == "板坑村村湾理事会"
    seen = version_token(organisation)
    changed = change_organisation(actor=SYSTEM, organisation=organisation, expected=seen, duties="议事")
    assert changed.duties == "议事"
    event = AuditEvent.objects.get(action="villages.change_organisation")
    assert (event.before["职责分工"], event.after["职责分工"]) == ("", "议事")
    with pytest.raises(ConflictError):
        change_organisation(actor=SYSTEM, organisation=organisation, expected=seen, duties="别的")
    with pytest.raises(InputError) as refusal:
        board(village)
    assert "同名" in refusal.value.problems[0].message
    assert Organisation.objects.count() == 1


def test_founding_in_the_future_is_refused() -> None:
    with pytest.raises(InputError):
        found_organisation(
            actor=SYSTEM,
            village=VillageFactory(),
            kind=OrganisationKind.objects.get(code="board"),
            founded_on=dt.date(2999, 1, 1),
        )
    assert not Organisation.objects.exists()


def test_members_and_terms() -> None:
    household = HouseholdFactory(head__name="张三")
    organisation = board(household.village)
    member = add_member(
        actor=SYSTEM, organisation=organisation, office="会长", starts_on=DAY, resident=household.head
    )
    guest = add_member(actor=SYSTEM, organisation=organisation, office="顾问", starts_on=DAY, name="李 教授")
    assert (member.name, guest.name, guest.resident) == ("张三", "李教授", None)
    with pytest.raises(InputError):
        add_member(
            actor=SYSTEM, organisation=organisation, office="成员", starts_on=DAY, resident=household.head
        )
    with pytest.raises(InputError) as refusal:
        add_member(
            actor=SYSTEM, organisation=organisation, office="成员", starts_on=dt.date(2025, 1, 1), name="早"
        )
    assert refusal.value.problems[0].column == "任期开始"
    assert organisation.members.count() == 2
    end_membership(actor=SYSTEM, member=member, ends_on=dt.date(2026, 2, 1))
    with pytest.raises(RuleError, match="任期已经结束"):
        end_membership(actor=SYSTEM, member=member, ends_on=dt.date(2026, 3, 1))
    dissolve_organisation(
        actor=SYSTEM, organisation=organisation, dissolved_on=dt.date(2026, 4, 1), reason="并"
    )
    guest.refresh_from_db()
    assert guest.ends_on == dt.date(2026, 4, 1)
    with pytest.raises(RuleError, match="已经撤销"):
        add_member(actor=SYSTEM, organisation=organisation, office="成员", starts_on=DAY, name="晚")


def test_grid_worker_may_not_touch_organisations() -> None:
    household = HouseholdFactory()
    organisation = board(household.village)
    worker = user_with(Role.GRID_WORKER, household.group.code)
    with pytest.raises(AccessDenied):
        add_member(actor=worker, organisation=organisation, office="会长", starts_on=DAY, name="我")
    with pytest.raises(AccessDenied):
        dissolve_organisation(actor=worker, organisation=organisation, dissolved_on=DAY, reason="")
    organisation.refresh_from_db()
    assert organisation.state == "active" and not organisation.members.exists()


# --- standards ---


def test_checklist_counts_staffed_organisations_and_evidence() -> None:
    household = HouseholdFactory()
    village = household.village
    standard = OrganisationStandard.objects.get(code="covenant_four")
    choose_standards(actor=SYSTEM, village=village, standards=[standard])
    kind = OrganisationKind.objects.get(code="wedding_funeral")
    organisation = found_organisation(actor=SYSTEM, village=village, kind=kind, founded_on=DAY)
    (checklist,) = village_checklists(village)
    assert (checklist.done, checklist.total, checklist.percent) == (0, 5, 0)
    lines = {line.item.name: line for line in checklist.lines}
    assert lines["村规民约"].missing == "还没有登记佐证"
    assert lines["村民议事会"].missing == "还没有登记“村民议事会”"
    assert "还没有登记在任成员" in lines["红白理事会"].missing
    member = add_member(
        actor=SYSTEM, organisation=organisation, office="会长", starts_on=DAY, resident=household.head
    )
    secretary = user_with(Role.VILLAGE_SECRETARY, village.code)
    item = StandardItem.objects.get(standard=standard, name="村规民约")
    evidence = add_evidence(
        actor=secretary, village=village, item=item, description="3月12日通过", fulfilled_on=DAY
    )
    (checklist,) = village_checklists(village)
    assert (checklist.done, checklist.percent) == (2, 40)
    assert evidence.recorded_by == secretary
    withdraw_evidence(actor=secretary, evidence=evidence, reason="程序不全")
    end_membership(actor=SYSTEM, member=member, ends_on=dt.date(2026, 1, 6))
    assert village_checklists(village)[0].done == 0
    with pytest.raises(RuleError, match="已经撤回"):
        withdraw_evidence(actor=secretary, evidence=evidence, reason="再来")


def test_checklists_take_a_fixed_number_of_queries() -> None:
    village = VillageFactory()
    choose_standards(actor=SYSTEM, village=village, standards=list(OrganisationStandard.objects.all()))
    with CaptureQueriesContext(connection) as asked:
        checklists = village_checklists(village)
    assert len(checklists) == 5 and sum(c.total for c in checklists) == 32
    assert len(asked) == 5


def test_evidence_needs_a_chosen_standard_and_a_past_day() -> None:
    village = VillageFactory()
    item = StandardItem.objects.first()
    arguments = {"actor": SYSTEM, "village": village, "item": item, "description": "有"}
    with pytest.raises(RuleError, match="没有采用"):
        add_evidence(**arguments, fulfilled_on=DAY)
    choose_standards(actor=SYSTEM, village=village, standards=[item.standard])
    with pytest.raises(InputError):
        add_evidence(**arguments, fulfilled_on=dt.date(2999, 1, 1))
    other = board(VillageFactory())
    with pytest.raises(RuleError, match="不属于这个村"):
        add_evidence(**arguments, fulfilled_on=DAY, organisation=other)
    assert not StandardEvidence.objects.exists()


def test_choosing_standards_is_recorded_once() -> None:
    village = VillageFactory()
    both = list(OrganisationStandard.objects.filter(code__in=("one_core", "ten_ones")))
    choose_standards(actor=SYSTEM, village=village, standards=both)
    choose_standards(actor=SYSTEM, village=village, standards=both)
    choose_standards(actor=SYSTEM, village=village, standards=both[:1])
    assert AuditEvent.objects.filter(action="villages.choose_standards").count() == 2
    assert list(village.standards.all()) == both[:1]
    with pytest.raises(AccessDenied):
        choose_standards(actor=user_with(Role.AUDITOR, village.code), village=village, standards=[])
    assert village.standards.count() == 1


# --- banks and tags ---


def test_banks_are_filters_over_tags() -> None:
    household = HouseholdFactory(head__name="甲", head__political_status="party")
    able = ResidentFactory(household=household, name="乙", skills="木工")
    gone = ResidentFactory(household=household, name="丙", political_status="party", state="deceased")
    set_resident_tags(actor=SYSTEM, resident=able, add=["乡贤", "能人"])
    rows = Resident.objects.order_by("pk")

    def names(code: str) -> list[str]:
        return [row.name for row in bank_members(TalentBank.objects.get(code=code), rows)]

    assert names("party") == ["甲"] and gone.name == "丙"
    assert names("worthies") == ["乙"]
    assert names("able") == ["乙"]
    assert names("kind") == []
    assert names("talent") == ["乙"]
    set_resident_tags(actor=SYSTEM, resident=able, remove=["乡贤"])
    assert names("worthies") == []


def test_bank_must_ask_for_something() -> None:
    county = user_with(Role.COUNTY_ADMIN, "421223")
    with pytest.raises(InputError):
        save_talent_bank(actor=county, code="all", name="所有人")
    household_tag = Tag.objects.get(name="低保")
    with pytest.raises(InputError) as refusal:
        save_talent_bank(actor=county, code="poor", name="低保", tags=[household_tag])
    assert "用于人的标签" in refusal.value.problems[0].message
    bank = save_talent_bank(actor=county, code="league", name="团员", political_statuses=["league"])
    assert bank.political_statuses == ["league"]
    with pytest.raises(AccessDenied):
        save_talent_bank(
            actor=user_with(Role.VILLAGE_CADRE, "421223101001"), bank=bank, name="改", with_skills=True
        )
    bank.refresh_from_db()
    assert bank.name == "团员"


def test_tags_of_a_household() -> None:
    household = HouseholdFactory(tag_names=("低保",))
    after = set_household_tags(
        actor=SYSTEM, household=household, add=["文明户"], remove=["低保"], reason="复核"
    )
    assert after == ["文明户"]
    event = AuditEvent.objects.get(action="villages.tag_household")
    assert (event.before, event.after, event.comment) == ({"标签": ["低保"]}, {"标签": ["文明户"]}, "复核")
    set_household_tags(actor=SYSTEM, household=household, add=["文明户"])
    assert AuditEvent.objects.filter(action="villages.tag_household").count() == 1
    with pytest.raises(InputError):
        set_household_tags(actor=SYSTEM, household=household, add=["乡贤"])
    assert list(household.tags.values_list("name", flat=True)) == ["文明户"]


def test_tag_in_use_keeps_its_target() -> None:
    household = HouseholdFactory(tag_names=("低保",))
    tag = household.tags.get()
    with pytest.raises(RuleError, match="已经在用"):
        save_tag(actor=SYSTEM, tag=tag, name="低保", target="resident")
    tag.refresh_from_db()
    assert tag.target == "household"
    assert save_tag(actor=SYSTEM, name="新标签", target="resident", sensitive=True).sensitive
    with pytest.raises(InputError):
        save_tag(actor=SYSTEM, name="新标签", target="household")
    with pytest.raises(AccessDenied):
        save_tag(actor=user_with(Role.VILLAGE_CADRE, household.village.code), name="私自", target="resident")
    assert not Tag.objects.filter(name="私自").exists()


def test_default_tags_mark_what_is_sensitive() -> None:
    sensitive = set(Tag.objects.filter(sensitive=True).values_list("name", flat=True))
    assert {"低保", "五保", "脱贫户", "监测户", "空巢老人", "留守儿童", "残疾人"} <= sensitive
    assert not {"党员中心户", "退役军人", "烈属"} & sensitive


# --- places ---


def test_groups_count_on_and_keep_their_code() -> None:
    first = VillageGroupFactory(serial=7)
    group = create_group(actor=SYSTEM, village=first.village, name="李家湾")
    assert (group.serial, group.code) == (8, f"{first.village.code}008")
    renamed = rename_group(actor=SYSTEM, group=group, name=" 李家湾组 ")
    assert (renamed.name, renamed.code) == ("李家湾组", group.code)
    with pytest.raises(InputError):
        create_group(actor=SYSTEM, village=first.village, name="李家湾组")
    with pytest.raises(AccessDenied):
        create_group(actor=user_with(Role.AUDITOR, first.village.code), village=first.village, name="新")
    assert VillageGroup.objects.filter(village=first.village).count() == 2


def test_village_names_change_with_their_initials() -> None:
    village = VillageFactory(name="板坑村")
    changed = change_village(
        actor=SYSTEM, village=village, name="曾家村", official_name="曾家村村委会", kind="village"
    )
    assert changed.initials == "zjc"
    with pytest.raises(AccessDenied):
        change_village(
            actor=user_with(Role.VILLAGE_CADRE, village.code),
            village=village,
            name="我的村",
            official_name="x",
            kind="village",
        )
    village.refresh_from_db()
    assert village.name == "曾家村"


# --- interest ---


def staffed() -> tuple[User, StaffResident]:
    household = HouseholdFactory(members=2)
    user = user_with(Role.VILLAGE_SECRETARY, household.village.code)
    relative = HouseholdFactory(village=household.village)
    return user, declare_staff(actor=SYSTEM, user=user, resident=household.head, relatives=[relative])


def test_interest_in_own_declared_and_linked_households() -> None:
    user, declaration = staffed()
    own = declaration.resident.household
    stranger = HouseholdFactory(village=own.village)
    child = own.residents.filter(relation="child").first()
    brother = split_household(actor=SYSTEM, household=own, members=[child], new_head=child, reason="分家")
    assert interest_reason(user, own) == "这是经办人自己的户"
    assert interest_reason(user, declaration.relatives.get()) == "这是经办人申报的近亲属的户"
    assert "分户" in interest_reason(user, brother)
    assert not has_interest(user, stranger)
    assert not has_interest(SYSTEM, own)
    assert not has_interest(user_with(Role.AUDITOR, own.village.code), own)


def test_nobody_declares_for_himself() -> None:
    household = HouseholdFactory()
    user = user_with(Role.VILLAGE_SECRETARY, household.village.code)
    with pytest.raises(RuleError, match="另一位同志"):
        declare_staff(actor=user, user=user, resident=household.head)
    assert not StaffResident.objects.exists()


def test_one_resident_is_one_user() -> None:
    _, declaration = staffed()
    other = user_with(Role.VILLAGE_CADRE, declaration.resident.household.village.code)
    with pytest.raises(RuleError, match="已经登记为账号"):
        declare_staff(actor=SYSTEM, user=other, resident=declaration.resident)
    with pytest.raises(AccessDenied):
        declare_staff(actor=other, user=other, resident=declaration.resident)
    assert StaffResident.objects.count() == 1


# --- the lists themselves ---


def test_standards_are_data() -> None:
    clerk = user_with(Role.TOWNSHIP_ADMIN, "421223101")
    kind = save_kind(actor=clerk, code="elders", name="老年协会")
    standard = save_standard(actor=clerk, code="own", name="本镇清单", source="本镇文件")
    first = save_standard_item(
        actor=clerk, standard=standard, order=1, name="老年协会", organisation_kind=kind
    )
    second = save_standard_item(actor=clerk, standard=standard, order=2, name="公告栏")
    with pytest.raises(InputError) as refusal:
        save_standard_item(actor=clerk, standard=standard, order=2, name="重号")
    assert "序号不能重复" in refusal.value.problems[0].message
    village = VillageFactory()
    choose_standards(actor=SYSTEM, village=village, standards=[standard])
    assert [line.item.name for line in village_checklists(village)[0].lines] == ["老年协会", "公告栏"]
    save_standard_item(actor=clerk, standard=standard, item=second, order=2, name="公告栏", retired=True)
    assert [line.item for line in village_checklists(village)[0].lines] == [first]
    save_kind(actor=clerk, kind=kind, name="老人会")
    save_standard(actor=clerk, standard=standard, name="本镇标准")
    standard.refresh_from_db()
    assert (standard.code, standard.name) == ("own", "本镇标准")
    event = AuditEvent.objects.get(action="villages.save_organisationkind", before__isnull=False)
    assert (event.before["名称"], event.after["名称"]) == ("老年协会", "老人会")


def test_cadres_do_not_change_the_lists() -> None:
    cadre = user_with(Role.VILLAGE_SECRETARY, "421223101001")
    standard = OrganisationStandard.objects.get(code="ten_ones")
    with pytest.raises(AccessDenied):
        save_standard(actor=cadre, standard=standard, name="改")
    with pytest.raises(AccessDenied):
        save_standard_item(actor=cadre, standard=standard, order=11, name="加")
    with pytest.raises(AccessDenied):
        save_kind(actor=cadre, code="x", name="新")
    standard.refresh_from_db()
    assert standard.name == "10个1工作清单" and standard.items.count() == 10
