"""The guided pages of the registry, filled in and sent as a clerk does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.access.models import User
from cogov.access.roles import Role
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    ResidentFactory,
    VillageFactory,
    VillageGroupFactory,
    identity_number,
)
from villages.models import (
    Household,
    Organisation,
    OrganisationKind,
    OrganisationStandard,
    Resident,
    RubbishFee,
    SanitationPolicy,
    StaffResident,
    StandardItem,
    Tag,
    TalentBank,
    VillageGroup,
)
from villages.selectors import version_token
from villages.services import choose_standards, found_organisation, issue_card

pytestmark = pytest.mark.django_db
DAY = "2026-10-01"


class Counter:
    """A clerk of the township at the pages of one village."""

    def __init__(self) -> None:
        group = VillageGroupFactory(village=VillageFactory(name="板坑村"))
        self.village = group.village
        self.household = HouseholdFactory(
            village=self.village, group=group, number="001", head__name="张老三", members=1
        )
        self.clerk = self.person(Role.TOWNSHIP_ADMIN)
        self.client = self.sign_in(self.clerk)

    def person(self, role: Role) -> User:
        return user_with(role, self.village.township.code)

    def sign_in(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def do(self, obj: Any, action: str, client: Client | None = None, **data: Any) -> Any:
        url = reverse(f"admin:villages_{obj._meta.model_name}_{action}", args=(obj.pk,))
        return (client or self.client).post(url, data)

    def save(self, model: Any, obj: Any = None, **data: Any) -> Any:
        name = f"admin:villages_{model._meta.model_name}"
        url = reverse(f"{name}_add") if obj is None else reverse(f"{name}_change", args=(obj.pk,))
        return self.client.post(url, data)


@pytest.fixture
def counter(travel_to: Any) -> Counter:
    travel_to("2026-11-01 09:00")
    return Counter()


def errors_of(response: Any) -> str:
    assert response.status_code in (200, 400), response.status_code
    form = response.context.get("form") or response.context["adminform"].form
    return str(form.errors)


# --- households ---


def test_add_resident(counter: Counter) -> None:
    data = {"name": "曾伟", "relation": "child", "sex": "male", "political_status": "masses"}
    tag = Tag.objects.get(name="志愿者")
    done = counter.do(counter.household, "add-resident", **data, resident_tags=[tag.pk], reason="出生")
    assert done.status_code == 302
    resident = Resident.objects.get(name="曾伟")
    assert resident.household == counter.household and list(resident.tags.all()) == [tag]
    refused = counter.do(counter.household, "add-resident", **data | {"id_number": "12"})
    assert "id_number" in errors_of(refused)
    assert Resident.objects.filter(name="曾伟").count() == 1


def test_change_head_says_what_to_check(counter: Counter) -> None:
    child = counter.household.residents.get(relation="child")
    ResidentFactory(household=counter.household, relation="child_in_law", name="王媳")
    url = reverse("admin:villages_household_change-head", args=(counter.household.pk,))
    page = counter.client.post(url, {"resident": child.pk, "happened_on": DAY, "reason": "推举"}, follow=True)
    assert "请核对这些成员与户主的关系：王媳" in page.content.decode()
    counter.household.refresh_from_db()
    assert counter.household.head == child


def test_merge_moves_everybody(counter: Counter) -> None:
    target = HouseholdFactory(village=counter.village, number="002", head__name="张二")
    relations = {f"relation_{m.pk}": "parent" for m in counter.household.residents.all()}
    done = counter.do(
        counter.household, "merge", target=target.pk, happened_on=DAY, reason="随子女生活", **relations
    )
    assert done["Location"] == reverse("admin:villages_household_change", args=(target.pk,))
    assert target.residents.filter(relation="parent").count() == 2


def test_cancel_and_restore(counter: Counter) -> None:
    refused = counter.do(counter.household, "cancel", happened_on=DAY, reason="外迁")
    assert "还有 2 名在册成员" in errors_of(refused)
    empty = HouseholdFactory(village=counter.village, head=False)
    assert counter.do(empty, "cancel", happened_on=DAY, reason="空户").status_code == 302
    empty.refresh_from_db()
    assert empty.state == "cancelled"
    assert counter.do(empty, "split").status_code == 302
    assert counter.do(empty, "restore", reason="登记有误").status_code == 302
    empty.refresh_from_db()
    assert empty.state == "registered"


def test_reissue_and_revoke_card(counter: Counter) -> None:
    card = issue_card(actor=SYSTEM, household=counter.household)
    assert counter.do(counter.household, "reissue-card", reason="遗失").status_code == 302
    card.refresh_from_db()
    assert card.revoked_reason == "遗失"
    new = counter.household.cards.get(revoked_at=None)
    assert counter.do(new, "revoke", reason="收回").status_code == 302
    assert not counter.household.cards.filter(revoked_at=None).exists()


# --- residents ---


def test_move_to_another_household(counter: Counter) -> None:
    child = counter.household.residents.get(relation="child")
    target = HouseholdFactory(village=counter.village, number="009")
    data = {"village": counter.village.pk, "relation": "spouse", "happened_on": DAY, "reason": "婚嫁"}
    assert "没有户号 999" in errors_of(counter.do(child, "move", number="999", **data))
    assert counter.do(child, "move", number="009", **data).status_code == 302
    child.refresh_from_db()
    assert (child.household, child.relation) == (target, "spouse")


def test_leaving_and_coming_back(counter: Counter) -> None:
    child = counter.household.residents.get(relation="child")

    def state() -> str:
        child.refresh_from_db()
        return child.state

    assert counter.do(child, "away", reason="务工").status_code == 302
    assert state() == "away"
    assert counter.do(child, "back").status_code == 302
    assert state() == "registered"
    assert counter.do(child, "moved-out", happened_on=DAY, reason="升学").status_code == 302
    assert state() == "moved"
    assert counter.do(child, "restore", reason="退学").status_code == 302
    assert state() == "registered"
    head = counter.household.head
    assert "接任户主" in errors_of(counter.do(head, "deceased", happened_on=DAY))
    assert counter.do(head, "deceased", happened_on=DAY, successor=child.pk).status_code == 302
    counter.household.refresh_from_db()
    assert counter.household.head == child


def test_batch_tags_of_residents(counter: Counter) -> None:
    tag = Tag.objects.get(name="乡贤")
    ids = list(Resident.objects.values_list("pk", flat=True))
    url = reverse("admin:villages_resident_changelist")
    data = {"action": "tag_residents", "_selected_action": ids, "desk_confirm": "1"}
    assert "请至少选一个" in counter.client.post(url, data).content.decode()
    counter.client.post(url, {**data, "add": [tag.pk]})
    assert tag.residents.count() == 2
    found = counter.client.get(url, {"bank": "worthies"})
    assert found.context["cl"].result_count == 2
    assert counter.client.get(url, {"bank": "party"}).context["cl"].result_count == 0
    assert counter.client.get(url, {"gap": "unidentified"}).context["cl"].result_count == 2
    assert (
        counter.client.get(url, {"tag": tag.pk, "village": counter.village.pk}).context["cl"].result_count
        == 2
    )


def test_household_filters(counter: Counter) -> None:
    HouseholdFactory(village=counter.village, number="050", head=False, tag_names=("低保",))
    url = reverse("admin:villages_household_changelist")
    tag = Tag.objects.get(name="低保")
    for query, count in (
        ({"gap": "deserted"}, 1),
        ({"gap": "headless"}, 0),
        ({"tag": tag.pk}, 1),
        ({"group": counter.household.group_id}, 2),
        ({"state__exact": "away"}, 0),
        ({"village": "x"}, 2),
    ):
        assert counter.client.get(url, query).context["cl"].result_count == count, query


# --- villages, groups, tags, banks ---


def test_village_standards_and_evidence(counter: Counter) -> None:
    standard = OrganisationStandard.objects.get(code="covenant_four")
    assert counter.do(counter.village, "standards", standards=[standard.pk]).status_code == 302
    item = StandardItem.objects.get(standard=standard, name="村规民约")
    data = {"item": item.pk, "description": "3月12日通过", "fulfilled_on": DAY}
    assert counter.do(counter.village, "evidence", **data | {"fulfilled_on": "2026-12-01"}).status_code == 400
    assert counter.do(counter.village, "evidence", **data).status_code == 302
    page = counter.client.get(reverse("admin:villages_village_change", args=(counter.village.pk,)))
    assert "3月12日通过" in page.content.decode()
    evidence = counter.village.standard_evidence.get()
    done = counter.do(counter.village, "withdraw-evidence", evidence=evidence.pk, reason="程序不全")
    assert done.status_code == 302
    evidence.refresh_from_db()
    assert evidence.withdrawn_at is not None


def test_names_of_places(counter: Counter) -> None:
    done = counter.save(
        type(counter.village), counter.village, name="新村", official_name="新村村委会", kind="village"
    )
    assert done.status_code == 302
    counter.village.refresh_from_db()
    assert (counter.village.name, counter.village.initials) == ("新村", "xc")
    assert counter.save(VillageGroup, village=counter.village.pk, name="李家湾").status_code == 302
    group = VillageGroup.objects.get(name="李家湾")
    assert counter.save(VillageGroup, group, name="李家湾组").status_code == 302
    assert "name" in errors_of(counter.save(VillageGroup, group, name=""))
    group.refresh_from_db()
    assert group.name == "李家湾组"


def test_tags_and_banks(counter: Counter) -> None:
    data = {"name": "返乡创业", "target": "resident", "category": "人才", "order": 5}
    assert counter.save(Tag, **data).status_code == 302
    tag = Tag.objects.get(name="返乡创业")
    bank = {"code": "returned", "name": "返乡人才", "order": 5}
    assert "请至少选一个标签" in errors_of(counter.save(TalentBank, **bank))
    assert counter.save(TalentBank, **bank, tags=[tag.pk]).status_code == 302
    row = TalentBank.objects.get(code="returned")
    assert list(row.tags.all()) == [tag]
    assert counter.save(TalentBank, row, name="返乡能人", order=5, tags=[tag.pk]).status_code == 302
    row.refresh_from_db()
    assert row.name == "返乡能人"


# --- organisations ---


def test_organisation_from_founding_to_end(counter: Counter) -> None:
    kind = OrganisationKind.objects.get(code="board")
    data = {"village": counter.village.pk, "kind": kind.pk, "founded_on": DAY}
    assert counter.save(Organisation, **data).status_code == 302
    organisation = Organisation.objects.get()
    assert organisation.name == "板坑村村湾理事会"
    seat = {"office": "会长", "order": 1, "starts_on": DAY}
    assert "没有登记这个人" in errors_of(counter.do(organisation, "add-member", name="无名", **seat))
    assert counter.do(organisation, "add-member", name="张老三", **seat).status_code == 302
    assert counter.do(organisation, "add-member", name="李教授", outsider="on", **seat).status_code == 302
    ResidentFactory(household=HouseholdFactory(village=counter.village, number="007"), name="张老三")
    assert "本村有同名的人" in errors_of(counter.do(organisation, "add-member", name="张老三", **seat))
    member = organisation.members.get(name="李教授")
    assert counter.do(organisation, "end-member", member=member.pk, ends_on=DAY).status_code == 302
    changed = counter.save(
        Organisation,
        organisation,
        kind=kind.pk,
        name="理事会",
        founded_on=DAY,
        duties="议事",
        version=version_token(organisation),
        **{"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0},
    )
    assert changed.status_code == 302
    assert counter.do(organisation, "dissolve", dissolved_on="2026-10-02", reason="合并").status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name, organisation.state) == ("理事会", "dissolved")
    assert not organisation.members.filter(ends_on=None).exists()


def test_existing_choices_are_limited_to_the_village(counter: Counter) -> None:
    foreign = found_organisation(
        actor=SYSTEM,
        village=VillageFactory(),
        kind=OrganisationKind.objects.get(code="board"),
        founded_on=dt.date(2026, 1, 1),
    )
    assert counter.do(foreign, "dissolve", dissolved_on=DAY, reason="越权").status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "active"


# --- fees ---


def test_fee_from_policy_to_match(counter: Counter) -> None:
    data = {
        "township": counter.village.township.pk,
        "effective_from": "2026-01-01",
        "fee": "0.99",
        "population_basis": "actual",
        "match_percent": 100,
        "people_per_cleaner": 300,
    }
    assert "每人每月不低于 1 元" in errors_of(counter.save(SanitationPolicy, **data))
    assert counter.save(SanitationPolicy, **data | {"fee": "1.5"}).status_code == 302
    policy = SanitationPolicy.objects.get()
    data.pop("township")
    assert counter.save(SanitationPolicy, policy, **data | {"fee": "1"}).status_code == 302
    assert "起草人不能发布" in errors_of(counter.do(policy, "publish"))
    leader = counter.sign_in(counter.person(Role.TOWNSHIP_LEADER))
    assert counter.do(policy, "publish", leader).status_code == 302
    assert counter.do(counter.village, "open-fees", year=2026).status_code == 302
    fee = RubbishFee.objects.get()
    assert fee.due_fen == 2400
    paid = {"receipt": "A1", "paid_on": DAY}
    assert "只欠 24.00 元" in errors_of(counter.do(fee, "pay", amount="25", **paid))
    assert "amount" in errors_of(counter.do(fee, "pay", amount="二十四", **paid))
    assert counter.do(fee, "pay", amount="24", **paid).status_code == 302
    assert counter.do(counter.village, "match-fees", year=2026).status_code == 302
    fee.refresh_from_db()
    assert (fee.paid_fen, fee.matched_fen) == (2400, 2400)
    entry = fee.entries.get(kind="match")
    assert counter.do(fee, "reverse", entry=entry.pk, reason="错").status_code == 302
    assert (
        counter.do(fee, "reverse", entry=fee.entries.get(kind="payment").pk, reason="错").status_code == 302
    )
    assert counter.do(fee, "exempt", reason="五保").status_code == 302
    assert counter.do(fee, "cancel-exemption", reason="复核").status_code == 302
    fee.refresh_from_db()
    assert (fee.paid_fen, fee.matched_fen, fee.exempt) == (0, 0, False)
    url = reverse("admin:villages_rubbishfee_changelist")
    for standing, count in (("arrears", 1), ("paid", 0), ("exempt", 0), ("unmatched", 0)):
        found = counter.client.get(url, {"standing": standing, "year": 2026})
        assert found.context["cl"].result_count == count


# --- staff ---


def test_declaring_staff(counter: Counter) -> None:
    person = counter.person(Role.TOWNSHIP_LEADER)
    HouseholdFactory(village=counter.village, number="002")
    data = {
        "user": person.pk,
        "village": counter.village.pk,
        "number": "001",
        "name": "张老三",
        "relative_numbers": "002、404",
    }
    assert "没有这些户号：404" in errors_of(counter.save(StaffResident, **data))
    assert "没有登记" in errors_of(counter.save(StaffResident, **data | {"name": "别人"}))
    assert not StaffResident.objects.exists()
    done = counter.save(StaffResident, **data | {"relative_numbers": "002"})
    assert done.status_code == 302, errors_of(done)
    row = StaffResident.objects.get()
    assert (row.user, row.resident) == (person, counter.household.head)
    assert [household.number for household in row.relatives.all()] == ["002"]
    data.pop("user")
    assert counter.save(StaffResident, row, **data | {"relative_numbers": ""}).status_code == 302
    assert not row.relatives.exists()


def test_standards_survive_in_the_list_of_a_reader(counter: Counter) -> None:
    choose_standards(
        actor=SYSTEM, village=counter.village, standards=list(OrganisationStandard.objects.all()[:1])
    )
    reader = counter.sign_in(counter.person(Role.AUDITOR))
    page = reader.get(reverse("admin:villages_village_change", args=(counter.village.pk,))).content.decode()
    assert "一核一会一社" in page and "登记佐证" not in page.split("<h1")[1]


def test_identity_number_is_not_echoed_after_a_refusal(counter: Counter) -> None:
    HouseholdFactory(village=counter.village, head__id_number=identity_number(5))
    before = Household.objects.count()
    response = counter.save(
        Household,
        group=counter.household.group_id,
        state="registered",
        name="重复",
        id_number=identity_number(5),
        political_status="masses",
    )
    assert "不能登记两次" in errors_of(response)
    assert Household.objects.count() == before


def test_standards_and_kinds(counter: Counter) -> None:
    assert counter.save(OrganisationKind, code="elders", name="老年协会", order=5).status_code == 302
    kind = OrganisationKind.objects.get(code="elders")
    assert counter.save(OrganisationKind, kind, name="老人会", order=5).status_code == 302
    assert counter.save(OrganisationStandard, code="own", name="本镇清单", order=5).status_code == 302
    standard = OrganisationStandard.objects.get(code="own")
    item = {"order": 1, "name": "老人会", "organisation_kind": kind.pk}
    assert counter.do(standard, "item", **item).status_code == 302
    assert "序号不能重复" in errors_of(counter.do(standard, "item", **item))
    row = standard.items.get()
    assert counter.do(standard, "item", **item | {"item": row.pk, "retired": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.retired
    cadre = counter.sign_in(user_with(Role.VILLAGE_CADRE, counter.village.code))
    assert counter.do(standard, "item", cadre, **item | {"order": 2}).status_code == 404
    assert standard.items.count() == 1
