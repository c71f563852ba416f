"""Household cards: issuing, finding, revoking, and the command for staff."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from tests.factories.access import user_with
from tests.factories.villages import SYSTEM, HouseholdFactory
from villages.models import HouseholdCard
from villages.services import (
    cancel_household,
    card_print,
    find_card,
    issue_card,
    reissue_card,
    revoke_card,
    show_card,
)

pytestmark = pytest.mark.django_db


def test_card_is_found_by_address_token_and_code() -> None:
    household = HouseholdFactory()
    card = issue_card(actor=user_with(Role.VILLAGE_CADRE, household.village.code), household=household)
    printed = card_print(card)
    assert len(printed.token) == 32
    assert printed.address.endswith(f"/kiosk/card/{printed.token}/")
    for text in (printed.address, printed.token, printed.code, printed.code.lower().replace("-", " ")):
        found = find_card(text)
        assert found.card == card and found.reason == ""
    stored = HouseholdCard.objects.values().get()
    assert printed.token not in str(stored) and printed.code.replace("-", "") not in str(stored)
    assert printed.token not in repr(printed) and str(card.token) == "****"
    assert printed.token not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("text", ["", "abc", "0" * 32, "0000-0000-0000-0000", "x" * 5000, "'; drop table"])
def test_guesses_find_nothing(text: str) -> None:
    issue_card(actor=SYSTEM, household=HouseholdFactory())
    found = find_card(text)
    assert found.card is None and found.reason


def test_one_valid_card_per_household() -> None:
    household = HouseholdFactory()
    issue_card(actor=SYSTEM, household=household)
    with pytest.raises(ConflictError, match="补发"):
        issue_card(actor=SYSTEM, household=household)
    assert HouseholdCard.objects.count() == 1


def test_reissue_kills_the_old_card() -> None:
    household = HouseholdFactory()
    old = card_print(issue_card(actor=SYSTEM, household=household))
    with pytest.raises(InputError):
        reissue_card(actor=SYSTEM, household=household, reason=" ")
    assert find_card(old.token).card is not None
    new = card_print(reissue_card(actor=SYSTEM, household=household, reason="遗失"))
    assert find_card(old.token).reason == "这张卡已经作废，请使用新卡"
    assert find_card(old.code).card is None
    assert find_card(new.token).card is not None


def test_card_of_a_cancelled_household() -> None:
    household = HouseholdFactory(head=False)
    card = issue_card(actor=SYSTEM, household=household)
    printed = card_print(card)
    HouseholdCard.objects.filter(pk=card.pk).update(revoked_at=None)
    cancel_household(actor=SYSTEM, household=household, reason="空户")
    assert find_card(printed.token).card is None
    HouseholdCard.objects.filter(pk=card.pk).update(revoked_at=None)
    assert find_card(printed.token).reason == "这一户已经注销"
    with pytest.raises(RuleError, match="已经注销"):
        issue_card(actor=SYSTEM, household=household)


def test_revoke_twice_is_refused() -> None:
    card = issue_card(actor=SYSTEM, household=HouseholdFactory())
    revoke_card(actor=SYSTEM, card=card, reason="遗失")
    with pytest.raises(RuleError, match="已经作废"):
        revoke_card(actor=SYSTEM, card=card, reason="遗失")
    assert HouseholdCard.objects.get().revoked_reason == "遗失"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GRID_HEAD, Role.KEEPER])
def test_others_may_not_issue(role: Role) -> None:
    household = HouseholdFactory()
    with pytest.raises(AccessDenied):
        issue_card(actor=user_with(role, household.village.code), household=household)
    with pytest.raises(AccessDenied):
        show_card(actor=user_with(role, household.village.code), household=household)
    assert not HouseholdCard.objects.exists()


def test_command_gives_address_and_token() -> None:
    household = HouseholdFactory(number="012", head__name="张三")
    out = StringIO()
    call_command("kiosk_card", household.village.code, "012", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["household"] == "012" and answer["head"] == "张三"
    assert find_card(answer["token"]).card.household == household
    assert find_card(answer["code"]).card.household == household
    assert answer["address"].endswith(f"/kiosk/card/{answer['token']}/")
    again = StringIO()
    call_command("kiosk_card", household.village.code, "012", stdout=again)
    assert answer["token"] in again.getvalue() and HouseholdCard.objects.count() == 1
    assert AuditEvent.objects.filter(action="villages.show_card").count() == 2


def test_command_refuses_unknown_and_cancelled() -> None:
    household = HouseholdFactory(head=False, number="001")
    with pytest.raises(CommandError, match="没有找到"):
        call_command("kiosk_card", household.village.code, "999")
    cancel_household(actor=SYSTEM, household=household, reason="空户")
    with pytest.raises(CommandError, match="已经注销"):
        call_command("kiosk_card", household.village.code, "001")
    assert not HouseholdCard.objects.exists()
