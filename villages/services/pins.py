"""The PIN of a household card: set with a witness, five wrong ones lock the card until staff unlock it (PNT-4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from cogov.access.models import User
from cogov.access.scope import Actor, authorize_object, within
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from villages.models import HouseholdCard

MAX_FAILED = 5
SET_PIN, WITNESS_PIN, UNLOCK = "villages.set_card_pin", "villages.witness_pin", "villages.unlock_card"
LOCKED = "密码连续输错 5 次，这张卡已锁定。请到村委会由工作人员解锁"
NO_PIN = "这张卡还没有设置密码，请先设置"
_PIN = re.compile(r"[0-9]{6}", re.ASCII)
_STEPS = ("0123456789", "9876543210")


@dataclass(frozen=True, slots=True)
class PinCheck:
    """Whether a PIN was right; else what to tell the person."""

    ok: bool
    message: str = ""
    locked: bool = False


def pin_problem(pin: str) -> str:
    """Why this is no good PIN, or "".

    >>> pin_problem("123456"), pin_problem("12a"), pin_problem("840217")
    ('密码太简单，请不要用相同或连续的数字', '密码应为 6 位数字', '')
    """
    if not _PIN.fullmatch(pin):
        return "密码应为 6 位数字"
    if len(set(pin)) == 1 or any(pin in steps for steps in _STEPS):
        return "密码太简单，请不要用相同或连续的数字"
    return ""


def _usable(card: HouseholdCard) -> HouseholdCard:
    """The card, locked and fresh. Raises RuleError when it is worthless."""
    rows = HouseholdCard.objects.select_for_update(of=("self",)).select_related(
        "household__village__township"
    )
    fresh = rows.get(pk=card.pk)
    if fresh.revoked_at is not None:
        raise RuleError("这张卡已经作废，请使用新卡")
    if fresh.household.gone:
        raise RuleError(fresh.household.gone)
    return fresh


def set_pin(*, actor: Actor, card: HouseholdCard, pin: str, witness: User) -> HouseholdCard:
    """Give the card a new PIN in the presence of a second member of staff; also unlocks it.

    Raises AccessDenied, InputError (bad PIN), RuleError (witness is the actor, or has no duty here).
    """
    authorize_object(actor, SET_PIN, card)
    problem = pin_problem(pin)
    if problem:
        raise InputError("密码没有设置", [Problem(problem, column="pin")])
    if witness.pk == actor.pk:
        raise RuleError("见证人须是另一位工作人员")
    if not within(witness.scope_codes(WITNESS_PIN), card.household.group.code):
        raise RuleError("见证人没有在本村任职")
    with transaction.atomic():
        fresh = _usable(card)
        first = not fresh.pin_hash
        fresh.pin_hash, fresh.failed_pins, fresh.locked_at = make_password(pin), 0, None
        fresh.save(update_fields=["pin_hash", "failed_pins", "locked_at"])
        record(
            actor=actor,
            action="villages.set_card_pin",
            summary=f"{'设置' if first else '重置'}户卡密码：{fresh.household}",
            obj=fresh,
            comment=f"见证人：{witness.audit_name}",
        )
    return fresh


def check_pin(*, card: HouseholdCard, pin: str) -> PinCheck:
    """Whether ``pin`` opens the card. Every wrong one counts, whatever the caller does afterwards."""
    with transaction.atomic():
        try:
            fresh = _usable(card)
        except RuleError as error:
            return PinCheck(False, error.message)
        if fresh.locked_at is not None:
            return PinCheck(False, LOCKED, locked=True)
        if not fresh.pin_hash:
            return PinCheck(False, NO_PIN)
        if _PIN.fullmatch(pin) and check_password(pin, fresh.pin_hash):
            if fresh.failed_pins:
                fresh.failed_pins = 0
                fresh.save(update_fields=["failed_pins"])
            return PinCheck(True)
        fresh.failed_pins += 1
        if fresh.failed_pins >= MAX_FAILED:
            fresh.locked_at = timezone.now()
        fresh.save(update_fields=["failed_pins", "locked_at"])
        if fresh.locked_at is not None:
            return PinCheck(False, LOCKED, locked=True)
        return PinCheck(False, f"密码不对，还可以试 {MAX_FAILED - fresh.failed_pins} 次")


def unlock_card(*, actor: Actor, card: HouseholdCard, reason: str) -> HouseholdCard:
    """Let a locked card be used again with the PIN it has. Raises AccessDenied, RuleError (not locked, no reason)."""
    authorize_object(actor, UNLOCK, card)
    if not reason.strip():
        raise RuleError("请写明解锁的原因")
    with transaction.atomic():
        fresh = _usable(card)
        if fresh.locked_at is None:
            raise RuleError("这张卡没有锁定")
        fresh.failed_pins, fresh.locked_at = 0, None
        fresh.save(update_fields=["failed_pins", "locked_at"])
        record(
            actor=actor,
            action="villages.unlock_card",
            summary=f"户卡解锁：{fresh.household}",
            obj=fresh,
            comment=reason.strip()[:500],
        )
    return fresh
