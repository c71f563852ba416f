"""The registry's pages on the desk: they open, find, write by service, and ask the database little."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cogov.access.models import User
from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from tests.factories.access import user_with
from tests.factories.villages import (
    SYSTEM,
    HouseholdFactory,
    TownshipFactory,
    VillageFactory,
    VillageGroupFactory,
    draft,
    identity_number,
)
from tests.support.worlds import kept
from villages.models import (
    Household,
    HouseholdCard,
    Organisation,
    OrganisationKind,
    OrganisationStandard,
    Resident,
    RubbishFee,
    SanitationPolicy,
    Tag,
    TalentBank,
    Village,
    VillageGroup,
)
from villages.selectors import version_token
from villages.services import (
    add_member,
    cancel_household,
    choose_standards,
    create_household,
    declare_staff,
    draft_sanitation_policy,
    found_organisation,
    issue_card,
    open_fee_year,
    publish_sanitation_policy,
)

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 1)


class World:
    """One township with two villages and a bit of everything."""

    def __init__(self) -> None:
        self.township = TownshipFactory()
        self.village = VillageFactory(township=self.township, name="板坑村")
        self.other = VillageFactory(township=self.township, name="黄茆村")
        self.clerk = user_with(Role.TOWNSHIP_ADMIN, self.township.code)
        self.leader = user_with(Role.TOWNSHIP_LEADER, self.township.code)
        group = VillageGroupFactory(village=self.village)
        VillageGroupFactory(village=self.other)
        self.household = create_household(
            actor=SYSTEM,
            village=self.village,
            group=group,
            members=[
                draft(0, "head", name="单小芳", tags=("乡贤",), phone="13812345678"),
                draft(1, "child", name="曾伟"),
            ],
            tags=["低保"],
        )
        for _ in range(8):
            HouseholdFactory(village=self.village, group=group, members=2, tag_names=("监测户",))
        policy = draft_sanitation_policy(
            actor=self.clerk, township=self.township, effective_from=dt.date(2026, 1, 1)
        )
        publish_sanitation_policy(actor=self.leader, policy=policy)
        self.draft = draft_sanitation_policy(
            actor=self.clerk, township=self.township, effective_from=dt.date(2027, 1, 1)
        )
        open_fee_year(actor=SYSTEM, village=self.village, year=2026)
        kind = OrganisationKind.objects.get(code="board")
        self.organisation = found_organisation(
            actor=SYSTEM, village=self.village, kind=kind, founded_on=dt.date(2026, 1, 1)
        )
        add_member(
            actor=SYSTEM,
            organisation=self.organisation,
            office="会长",
            starts_on=dt.date(2026, 1, 2),
            resident=self.household.head,
        )
        choose_standards(
            actor=SYSTEM, village=self.village, standards=list(OrganisationStandard.objects.all())
        )
        issue_card(actor=SYSTEM, household=self.household)
        declare_staff(actor=SYSTEM, user=self.clerk, resident=self.household.residents.last())

    def object_of(self, model: Any) -> Any:
        return {
            Household: self.household,
            Resident: self.household.head,
            Village: self.village,
            VillageGroup: self.household.group,
            Organisation: self.organisation,
            SanitationPolicy: self.draft,
            RubbishFee: RubbishFee.objects.get(household=self.household),
        }.get(model) or model.objects.order_by("pk").first()


@pytest.fixture
def world(travel_to: Any) -> World:
    travel_to("2026-11-01 09:00")
    return made_world()


@kept
def made_world() -> World:
    return World()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "villages"),
    key=lambda model: model._meta.model_name,
)
OURS = [model for model in MODELS if model._meta.model_name != "importbatch"]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_pages_open_and_ask_little(world: World, model: Any) -> None:
    client = signed_in(world.clerk)
    name = f"admin:villages_{model._meta.model_name}"
    client.get(reverse("admin:desk_todo"))  # names of places are remembered between pages
    with CaptureQueriesContext(connection) as asked:
        response = client.get(reverse(f"{name}_changelist"))
    assert response.status_code == 200
    assert len(asked) <= 12, "\n".join(query["sql"][:160] for query in asked)
    model_admin = admin.site._registry[model]
    obj = world.object_of(model)
    assert obj is not None
    assert client.get(reverse(f"{name}_change", args=(obj.pk,))).status_code == 200
    assert client.get(reverse(f"{name}_history", args=(obj.pk,))).status_code == 200
    if model_admin.save_service is not None and model_admin.can_add:
        assert client.get(reverse(f"{name}_add")).status_code == 200
    if model_admin.export_columns:
        download = client.get(reverse(f"{name}_export"))
        assert b"".join(download.streaming_content)[:2] == b"PK"
    for action in model_admin.guided_actions:
        if action.is_offered(world.clerk, obj):
            page = client.get(action.url(model_admin, obj))
            assert page.status_code == 200, action.code
            assert "style=" not in page.content.decode().split("<main")[1]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_readers_see_and_foreigners_do_not(world: World, model: Any) -> None:
    obj = world.object_of(model)
    name = f"admin:villages_{model._meta.model_name}"
    auditor = signed_in(user_with(Role.AUDITOR, world.township.code))
    page = auditor.get(reverse(f"{name}_change", args=(obj.pk,)))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    if model in (Tag, TalentBank) or model._meta.model_name in ("organisationkind", "organisationstandard"):
        return
    stranger = signed_in(user_with(Role.TOWNSHIP_ADMIN, "999999999"))
    assert stranger.get(reverse(f"{name}_change", args=(obj.pk,))).status_code == 404
    assert stranger.get(reverse(f"{name}_history", args=(obj.pk,))).status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [("单小芳", 1), ("sxf", 1), ("zw", 1), ("曾伟", 1), ("查无此人", 0)],
)
def test_search_in_the_list(world: World, text: str, found: int) -> None:
    page = signed_in(world.clerk).get(reverse("admin:villages_household_changelist"), {"q": text})
    assert page.context["cl"].result_count == found


def test_search_by_exact_identity_number_only(world: World) -> None:
    client = signed_in(world.clerk)
    number = identity_number(0)
    url = reverse("admin:villages_household_changelist")
    assert found_by_post(client, url, number) == 1
    assert client.get(url, {"q": number[:17]}).context["cl"].result_count == 0


@pytest.mark.parametrize("name", ["household", "resident"])
def test_the_number_of_a_person_is_found_and_stands_in_no_address(world: World, name: str) -> None:
    client, url = signed_in(world.clerk), reverse(f"admin:villages_{name}_changelist")
    for number in (identity_number(0), "13812345678"):
        assert found_by_post(client, url, number) == 1
        refused = client.get(url, {"q": number, "state__exact": "active"}, follow=True)
        assert refused.redirect_chain == [(f"{url}?state__exact=active", 302)]
        assert "不能写在网址里，这次没有查" in refused.content.decode()
    stranger = signed_in(user_with(Role.TOWNSHIP_ADMIN, "999999999"))
    assert found_by_post(stranger, url, identity_number(0)) == 0
    ordinary = client.post(url, {"typed": "1", "q": "单小芳", "state__exact": "active"})
    assert ordinary["Location"] == f"{url}?state__exact=active&q={quote('单小芳')}"


def found_by_post(client: Client, url: str, text: str) -> int:
    """How many hits the list's search box gives; the number itself is repeated nowhere."""
    page = client.post(url, {"typed": "1", "q": text})
    assert (page.status_code, text in page.content.decode()) == (200, False)
    return sum(len(group.hits) for group in page.context["groups"])


def test_add_household_with_head(world: World) -> None:
    client = signed_in(world.clerk)
    data = {
        "group": world.household.group_id,
        "number": "",
        "address": "新屋",
        "registered_on": "2026-10-01",
        "state": "registered",
        "name": "查良",
        "id_number": identity_number(77),
        "political_status": "masses",
    }
    response = client.post(reverse("admin:villages_household_add"), data)
    assert response.status_code == 302
    household = Household.objects.get(head_name="查良")
    assert (household.address, household.head_initials) == ("新屋", "zl")
    assert household.head.birth_date == dt.date(1970, 1, 1)


def test_add_household_shows_faults_beside_their_fields(world: World) -> None:
    before = Household.objects.count()
    good = identity_number(78)
    wrong = good[:17] + ("0" if good[17] != "0" else "1")
    response = signed_in(world.clerk).post(
        reverse("admin:villages_household_add"),
        {
            "group": world.household.group_id,
            "state": "registered",
            "name": "查良",
            "id_number": wrong,
            "political_status": "masses",
        },
    )
    assert response.status_code == 200
    assert "校验码" in str(response.context["adminform"].form.errors["id_number"])
    assert Household.objects.count() == before


def form_of(household: Household, **changes: Any) -> dict[str, Any]:
    data = {
        "group": household.group_id,
        "number": household.number,
        "address": household.address,
        "registered_on": "",
        "state": household.state,
        "latitude": "",
        "longitude": "",
        "version": version_token(household),
        "residents-TOTAL_FORMS": 0,
        "residents-INITIAL_FORMS": 0,
    }
    return {**data, **changes}


def test_change_household_and_conflict(world: World) -> None:
    client = signed_in(world.clerk)
    url = reverse("admin:villages_household_change", args=(world.household.pk,))
    stale = form_of(world.household, address="甲")
    tags = list(Tag.objects.filter(name__in=("低保", "文明户")).values_list("pk", flat=True))
    response = client.post(url, form_of(world.household, address="乙", tags=tags))
    assert response.status_code == 302
    world.household.refresh_from_db()
    assert world.household.address == "乙"
    assert set(world.household.tags.values_list("name", flat=True)) == {"低保", "文明户"}
    refused = client.post(url, stale)
    assert refused.status_code == 200
    assert "别人已经改过" in refused.content.decode()
    world.household.refresh_from_db()
    assert world.household.address == "乙"


def test_split_by_guided_action(world: World) -> None:
    child = world.household.residents.get(name="曾伟")
    url = reverse("admin:villages_household_split", args=(world.household.pk,))
    response = signed_in(world.clerk).post(
        url,
        {
            "members": [child.pk],
            "new_head": child.pk,
            "group": world.household.group_id,
            "happened_on": "2026-10-01",
            "reason": "成家",
        },
    )
    new = Household.objects.get(head_name="曾伟")
    assert response.status_code == 302
    assert response["Location"] == reverse("admin:villages_household_change", args=(new.pk,))


def test_refused_merge_stays_on_the_form(world: World) -> None:
    target = HouseholdFactory(village=world.village, group=world.household.group)
    child = world.household.residents.get(name="曾伟")
    data = {"target": target.pk, "happened_on": "2026-10-01", "reason": "并"}
    for member in world.household.residents.all():
        data[f"relation_{member.pk}"] = "other_kin"
    url = reverse("admin:villages_household_merge", args=(world.household.pk,))
    response = signed_in(world.clerk).post(url, data)
    assert response.status_code == 400
    assert "垃圾处理费还欠 24.00 元" in response.content.decode()
    child.refresh_from_db()
    assert child.household_id == world.household.pk


def test_cancelled_household_is_for_reading(world: World) -> None:
    empty = HouseholdFactory(village=world.village, group=world.household.group, head=False)
    cancel_household(actor=SYSTEM, household=empty, reason="空户")
    page = signed_in(world.clerk).get(reverse("admin:villages_household_change", args=(empty.pk,)))
    text = page.content.decode()
    assert page.status_code == 200 and 'name="_save"' not in text
    assert "恢复户籍" in text and "分户" not in text.split('id="story-heading"')[0].split("<main")[1]


def test_resident_change_keeps_numbers_that_are_not_typed(world: World) -> None:
    head = world.household.head
    url = reverse("admin:villages_resident_change", args=(head.pk,))
    client = signed_in(world.clerk)
    data = {
        "name": "单小方",
        "relation": "head",
        "sex": head.sex,
        "birth_date": "1970-01-01",
        "political_status": "party",
        "skills": "木工",
        "version": version_token(head),
    }
    assert client.post(url, data).status_code == 302
    head = Resident.objects.get(pk=head.pk)
    assert (head.name, head.political_status, head.skills) == ("单小方", "party", "木工")
    assert head.id_number.plain == identity_number(0)
    assert head.phone.plain == "13812345678"
    world.household.refresh_from_db()
    assert (world.household.head_name, world.household.head_initials) == ("单小方", "sxf")
    data |= {"version": version_token(head), "clear_phone": "on", "new_id_number": "123"}
    refused = client.post(url, data)
    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors["new_id_number"]
    assert Resident.objects.get(pk=head.pk).phone.plain == "13812345678"


def test_reveal_needs_a_reason_and_is_recorded(world: World) -> None:
    head = world.household.head
    url = reverse("admin:villages_resident_reveal", args=(head.pk,))
    client = signed_in(world.clerk)
    page = client.get(reverse("admin:villages_resident_change", args=(head.pk,))).content.decode()
    assert identity_number(0) not in page and "421***" in page
    assert identity_number(0) not in client.post(url, {"reason": ""}).content.decode()
    assert not AuditEvent.objects.filter(action="access.reveal_personal_data").exists()
    shown = client.post(url, {"reason": "核对医保"})
    assert identity_number(0) in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    events = AuditEvent.objects.filter(action="access.reveal_personal_data")
    assert [event.comment for event in events] == ["核对医保", "核对医保"]
    worker = signed_in(user_with(Role.GRID_WORKER, world.household.group.code))
    assert worker.post(url, {"reason": "好奇"}).status_code == 404


def test_card_page_shows_code_and_records(world: World) -> None:
    url = reverse("admin:villages_household_card", args=(world.household.pk,))
    page = signed_in(world.clerk).post(url)
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    assert page.context["card"].code in page.content.decode()
    assert "<svg" in page.content.decode()
    assert AuditEvent.objects.filter(action="villages.show_card").count() == 1
    assert HouseholdCard.objects.count() == 1


def test_batch_tags(world: World) -> None:
    ids = list(Household.objects.order_by("pk").values_list("pk", flat=True)[:3])
    tag = Tag.objects.get(name="文明户")
    response = signed_in(world.clerk).post(
        reverse("admin:villages_household_changelist"),
        {"action": "tag_households", "_selected_action": ids, "desk_confirm": "1", "add": [tag.pk]},
    )
    assert response.status_code in (200, 302)
    assert tag.households.count() == 3
