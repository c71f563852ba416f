"""Periods and evidence as data of the township: the law's minimum, audit, and effect on what is drafted later (NTC-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError
from notices import kinds, services
from notices.models import KindTerms, Notice
from notices.services.terms import save_terms, terms_of
from notices.services.verifying import verify_notices
from tests.factories.documents import sample_content
from tests.factories.notices import Place

LIST = "/admin/notices/kindterms/"


@pytest.fixture(autouse=True)
def _clock(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def put(place: Place, kind: str = "general", days: tuple[int, int] = (10, 30), photo: bool = False) -> Any:
    data = {
        "township": place.township,
        "kind": kind,
        "objection_workdays": days[0],
        "posting_days": days[1],
        "needs_evidence": photo,
    }
    return save_terms(actor=place.clerk, instance=None, data=data)


def draft(place: Place, subject: str, kind: str = "general") -> Notice:
    return services.draft_notice(
        actor=place.cadre, kind=kind, village=place.village, subject_key=subject, content=sample_content()
    )


def test_they_hold_for_what_is_drafted_afterwards(place: Place) -> None:
    before = draft(place, "a")
    put(place, photo=True)
    after = draft(place, "b")
    first = services.publish_notice(actor=place.secretary, notice=before)
    second = services.publish_notice(actor=place.secretary, notice=after)
    assert (str(first.publicity_end), str(first.posting_until)) == ("2026-11-11", "2026-11-17")
    assert (str(second.publicity_end), str(second.posting_until)) == ("2026-11-16", "2026-12-02")
    assert second.snapshot.document["terms"] == {
        "objection_workdays": 10,
        "posting_days": 30,
        "needs_evidence": True,
    }
    assert services.gate_of(second).reasons[0] == f"{second.number}没有张贴照片"
    assert services.gate_of(first).reasons == (f"{first.number}的公示期到2026年11月11日才结束",)
    assert verify_notices().intact


def test_other_townships_and_kinds_keep_theirs(place: Place) -> None:
    put(place)
    assert terms_of(place.township, kinds.get("general")) == kinds.Terms(10, 30, False)
    assert terms_of(place.township, kinds.get("points_list")) == kinds.Terms(7, 15, False)


@pytest.mark.parametrize(
    ("kind", "days", "photo", "message"),
    [
        ("disclosure_finance", (10, 14), True, "张贴天数应在 15 至 365 天之间"),
        ("disclosure_finance", (10, 15), False, "必须登记张贴照片，不能免"),
        ("general", (7, 14), False, "村民委员会组织法第三十五条"),
        ("general", (4, 15), False, "异议期应在 5 至 60 个工作日之间"),
        ("general", (61, 15), False, "异议期应在 5 至 60 个工作日之间"),
        ("resolution", (7, 15), True, "决议公告不设异议期"),
    ],
)
def test_the_minimum_is_kept(
    place: Place, kind: str, days: tuple[int, int], photo: bool, message: str
) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(InputError) as refusal:
        put(place, kind, days, photo)
    assert any(message in problem.message for problem in refusal.value.problems)
    assert not KindTerms.objects.exists()
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("kind", ["black_list", "certificate", "monthly_report"])
def test_some_have_nothing_to_set(place: Place, kind: str) -> None:
    with pytest.raises(RuleError, match="期限是固定的"):
        put(place, kind)
    assert not KindTerms.objects.exists()


def test_a_change_is_recorded(place: Place) -> None:
    put(place)
    put(place, days=(8, 20))
    event = AuditEvent.objects.order_by("pk").last()
    assert event is not None
    assert event.summary == "沙坪镇一般公示的公示期限：公示8个工作日，张贴20天"
    assert (event.before["张贴天数"], event.after["张贴天数"]) == (30, 20)
    assert KindTerms.objects.count() == 1


@pytest.mark.parametrize("who", ["cadre", "secretary", "leader", "auditor", "stranger"])
def test_only_the_township_office_sets_them(place: Place, who: str) -> None:
    with pytest.raises(AccessDenied):
        save_terms(
            actor=getattr(place, who),
            instance=None,
            data={
                "township": place.township,
                "kind": "general",
                "objection_workdays": 10,
                "posting_days": 30,
                "needs_evidence": False,
            },
        )
    assert not KindTerms.objects.exists()


def test_the_page_lists_every_kind_and_sets_one(client: Client, place: Place) -> None:
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    page = client.get(LIST).content.decode()
    assert all(kind.label in page for kind in kinds.all_kinds())
    add = f"{reverse('admin:notices_kindterms_add')}?township={place.township.pk}&kind=disclosure_finance"
    assert add.replace("&", "&amp;") in page
    form = client.get(add).content.decode()
    assert "通常 15，不少于 15 天" in form
    data = {
        "township": place.township.pk,
        "kind": "disclosure_finance",
        "objection_workdays": 10,
        "posting_days": 10,
        "needs_evidence": "on",
    }
    refused = client.post(add, data)
    assert refused.status_code == 200
    assert "张贴天数应在 15 至 365 天之间" in refused.content.decode()
    assert not KindTerms.objects.exists()
    assert client.post(add, {**data, "posting_days": 20}).status_code == 302
    row = KindTerms.objects.get()
    change = reverse("admin:notices_kindterms_change", args=[row.pk])
    assert change in client.get(LIST).content.decode()
    edited = {"objection_workdays": 12, "posting_days": 20, "needs_evidence": "on"}
    assert client.post(change, edited).status_code == 302
    row.refresh_from_db()
    assert row.terms == kinds.Terms(12, 20, True)
    compose = client.get("/admin/notices/notice/compose/").content.decode()
    assert "公示12个工作日，张贴20天，要张贴照片" in compose


def test_others_read_them_only(client: Client, place: Place) -> None:
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    page = client.get(LIST).content.decode()
    assert "一般公示" in page
    assert "kindterms/add" not in page
