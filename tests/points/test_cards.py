"""Cards in sheets of ten: who may print, what is issued and recorded, what stands on a card; unlocking and new PINs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from cogov.desk import actions
from cogov.desk.actions import contribute_batch_action
from cogov.desk.registry import DuplicateCodeError
from points.admin.cards import PrintCards
from points.printing.cards import label_of
from points.services import cards as service
from points.services.cards import card_sheets
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from villages.models import HouseholdCard
from villages.services import card_print, issue_card, print_cards
from villages.services.pins import check_pin, set_pin

pytestmark = pytest.mark.django_db
PIN = "480217"


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting(households=12, groups=2)


@pytest.fixture
def card(place: Setting) -> HouseholdCard:
    return issue_card(actor=place.secretary, household=place.households[0])


def locked(place: Setting, card: HouseholdCard) -> HouseholdCard:
    set_pin(actor=place.secretary, card=card, pin=PIN, witness=place.cadre)
    for _ in range(5):
        check_pin(card=card, pin="111112")
    card.refresh_from_db()
    return card


def pages(data: bytes) -> int:
    return len(PdfReader(io.BytesIO(data)).pages)


def test_missing_cards_are_issued_and_every_print_is_recorded(place: Setting, card: HouseholdCard) -> None:
    found = print_cards(actor=place.cadre, households=[place.households[2], place.households[0]])
    assert [home.number for home, _ in found] == ["001", "003"]
    assert found[0][1] == card_print(card)
    assert HouseholdCard.objects.count() == 2
    summaries = AuditEvent.objects.filter(action="villages.print_card").values_list("summary", flat=True)
    assert sorted(summaries) == [f"打印户卡：{place.households[0]}", f"打印户卡：{place.households[2]}"]
    assert AuditEvent.objects.filter(action="villages.issue_card").count() == 2
    assert found[0][1].token not in "".join(map(str, AuditEvent.objects.values_list("after", flat=True)))


def test_the_card_says_no_more_than_it_must(place: Setting, card: HouseholdCard) -> None:
    home = place.households[0]
    home.head_name = "张建国"
    label = label_of(home, card_print(card))
    assert (label.heading, label.title, label.lines[0]) == ("板坑村积分户卡", "001户", "1组　张*国")
    assert label.qr.endswith(f"/kiosk/card/{card_print(card).token}/")
    assert label.code == card_print(card).code


def test_ten_cards_on_a_sheet(place: Setting) -> None:
    assert pages(card_sheets(actor=place.cadre, households=place.households)) == 2
    assert HouseholdCard.objects.count() == 12


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GRID_WORKER, Role.KEEPER])
def test_who_may_not_print(place: Setting, role: Role) -> None:
    code = place.groups[0].code if role is Role.GRID_WORKER else place.village.code
    with pytest.raises(AccessDenied):
        card_sheets(actor=user_with(role, code), households=place.households[:1])
    other = setting(households=1)
    with pytest.raises(AccessDenied):
        card_sheets(actor=other.cadre, households=[other.households[0], place.households[0]])
    assert not HouseholdCard.objects.exists()
    assert not AuditEvent.objects.filter(action="villages.print_card").exists()


def test_what_cannot_be_printed_issues_nothing(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuleError, match="没有选出要打印的户"):
        card_sheets(actor=place.cadre, households=[])
    monkeypatch.setattr(service, "MOST_CARDS", 3)
    with pytest.raises(RuleError, match="一次最多打印 3 张"):
        card_sheets(actor=place.cadre, households=place.households[:4])
    monkeypatch.setattr(service, "available", lambda: "本机缺少 Pango")
    with pytest.raises(RuleError, match="本机缺少 Pango"):
        card_sheets(actor=place.cadre, households=place.households[:1])
    home = place.households[1]
    home.state, home.cancelled_on = "cancelled", "2026-11-01"
    home.save()
    monkeypatch.undo()
    with pytest.raises(RuleError):
        card_sheets(actor=place.cadre, households=place.households[:2])
    assert not HouseholdCard.objects.exists()


def test_from_the_list_of_households(place: Setting, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(user_with(Role.TOWNSHIP_ADMIN, place.village.code[:9]))
    url = "/admin/villages/household/"
    ticked = {
        "action": "print_cards",
        "_selected_action": [home.pk for home in place.households[:3]],
        "index": "0",
    }
    asked = client.post(url, ticked)
    assert "共 3 张卡，1 页 A4" in asked.content.decode()
    assert "其中 3 户还没有卡" in asked.content.decode()
    assert not HouseholdCard.objects.exists()
    paper = client.post(url, {**ticked, "desk_confirm": "1"})
    assert (paper["Content-Type"], pages(paper.content)) == ("application/pdf", 1)
    assert "no-store" in paper["Cache-Control"]
    assert HouseholdCard.objects.count() == 3
    monkeypatch.setattr(service, "available", lambda: "本机缺少 Pango")
    refused = client.post(url, {**ticked, "desk_confirm": "1"})
    assert (refused.status_code, "本机缺少 Pango" in refused.content.decode()) == (400, True)
    client.force_login(user_with(Role.AUDITOR, place.village.code))
    client.post(url, {**ticked, "desk_confirm": "1"})
    assert AuditEvent.objects.filter(action="villages.print_card").count() == 3


def test_an_action_is_contributed_once() -> None:
    with pytest.raises(DuplicateCodeError):
        contribute_batch_action("villages.household", PrintCards)
    assert actions.contributed_batch_actions("villages.household").count(PrintCards) == 1


def test_cadre_page_prints_a_group_or_some(place: Setting, client: Client, card: HouseholdCard) -> None:
    client.force_login(place.cadre)
    html = client.get("/village/cards/").content.decode()
    assert "没有锁定的卡" in html
    for data, count in (({"group": place.groups[1].pk}, 6), ({"numbers": "001、003户 012"}, 3)):
        before = AuditEvent.objects.filter(action="villages.print_card").count()
        paper = client.post("/village/cards/", data)
        assert (paper["Content-Type"], pages(paper.content)) == ("application/pdf", 1)
        assert AuditEvent.objects.filter(action="villages.print_card").count() == before + count
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "请选一个组，或者填户号"),
        ({"group": place.groups[0].pk, "numbers": "001"}, "请选一个组，或者填户号"),
        ({"numbers": "001 999"}, "板坑村没有这些户号：999"),
    )
    for data, message in cases:
        answer = client.post("/village/cards/", data)
        assert (answer.status_code, message in answer.content.decode()) == (400, True)
    client.force_login(user_with(Role.TOWNSHIP_ADMIN, place.village.code[:9]))
    assert client.get("/village/cards/").status_code == 404


def test_unlocking_needs_a_reason_and_keeps_the_pin(
    place: Setting, client: Client, card: HouseholdCard
) -> None:
    url = f"/admin/villages/householdcard/{locked(place, card).pk}/do/unlock/"
    client.force_login(place.cadre)
    assert "001户" in client.get("/village/cards/").content.decode()
    assert "已锁定" in client.get("/admin/villages/householdcard/?valid=locked").content.decode()
    assert client.post(url, {"reason": ""}).status_code == 400
    card.refresh_from_db()
    assert card.locked_at is not None
    assert client.post(url, {"reason": "本人到场，核对身份证"}).status_code == 302
    card.refresh_from_db()
    assert (card.locked_at, check_pin(card=card, pin=PIN).ok) == (None, True)
    event = AuditEvent.objects.get(action="villages.unlock_card")
    assert event.comment == "本人到场，核对身份证"
    assert "现在不能解锁" in client.post(url, {"reason": "再来"}, follow=True).content.decode()
    client.force_login(user_with(Role.AUDITOR, place.village.code))
    assert client.get(url).status_code == 404


def test_a_new_pin_needs_a_witness_who_signs(place: Setting, client: Client, card: HouseholdCard) -> None:
    url = f"/admin/villages/householdcard/{locked(place, card).pk}/do/pin/"
    client.force_login(place.cadre)
    told = {
        "pin": "918273",
        "again": "918273",
        "username": place.secretary.username,
        "password": "password-of-user",
    }
    cases = (
        ({"again": "918274"}, "两次输入的密码不一样"),
        ({"password": "wrong"}, "见证人的账号或密码不正确"),
        ({"username": place.cadre.username}, "见证人须是另一位工作人员"),
        ({"pin": "123456", "again": "123456"}, "密码太简单"),
    )
    for changes, message in cases:
        answer = client.post(url, {**told, **changes})
        assert (answer.status_code, message in answer.content.decode()) == (400, True)
        assert not check_pin(card=card, pin="918273").ok
    assert client.post(url, told).status_code == 302
    assert check_pin(card=card, pin="918273").ok
    comment = AuditEvent.objects.filter(action="villages.set_card_pin").latest("pk").comment
    assert comment.startswith(f"见证人：{place.secretary.audit_name}")
