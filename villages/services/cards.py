"""Household cards: issuing, revoking, reissuing and finding them. Counting failures is the kiosk's business."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.access.scope import Actor
from cogov.audit.services import AuditDraft, record, record_many
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.text import normalize_text
from villages import card_codes
from villages.models import Household, HouseholdCard
from villages.models.cards import CardSecret
from villages.services import base

_PERMISSION = "villages.issue_card"


@dataclass(frozen=True, slots=True)
class CardPrint:
    """What is printed on a card; never logged."""

    token: str
    code: str
    address: str

    def __repr__(self) -> str:
        return "<CardPrint>"


@dataclass(frozen=True, slots=True)
class CardLookup:
    """What a scanned or typed secret leads to: a valid card, or none and why (for staff and logs, not for strangers)."""

    card: HouseholdCard | None
    reason: str = ""


def card_print(card: HouseholdCard) -> CardPrint:
    """Token, grouped code and address of a card, for printing it."""
    secret = card.token
    token = secret.plain if isinstance(secret, CardSecret) else str(secret)
    return CardPrint(token, card_codes.grouped(card_codes.code_of(token)), card_address(token))


def card_address(token: str) -> str:
    """What the QR says."""
    return f"{settings.COGOV_PUBLIC_URL.rstrip('/')}/kiosk/card/{token}/"


def issue_card(*, actor: Actor, household: Household) -> HouseholdCard:
    """A first card for a household. Raises AccessDenied, RuleError (cancelled), ConflictError (has one)."""
    base.authorize_household(actor, _PERMISSION, household)
    with transaction.atomic():
        fresh = base.lock_holders(household)[household.pk]
        base.require_active(fresh)
        if fresh.cards.filter(revoked_at__isnull=True).exists():
            raise ConflictError("这一户已经有有效的卡。丢失或损坏请办理“补发”，旧卡同时作废")
        return _write(actor, fresh, "发卡")


def _write(actor: Actor, household: Household, verb: str) -> HouseholdCard:
    token = secrets.token_hex(16)
    card = HouseholdCard(household=household, code_hash=keyed_hash(card_codes.code_of(token), "card-code"))
    card.token = CardSecret(token)
    card.save()
    record(actor=actor, action="villages.issue_card", summary=f"{verb}：{household}", obj=card)
    return card


def revoke_card(*, actor: Actor, card: HouseholdCard, reason: str) -> HouseholdCard:
    """Make a card worthless. Raises AccessDenied, InputError (no reason), RuleError (revoked already)."""
    base.authorize_household(actor, _PERMISSION, card.household)
    text = normalize_text(reason)
    if not text:
        raise InputError("没有办理", [Problem("请写明作废的原因", column="原因")])
    with transaction.atomic():
        base.lock_holders(card.household)
        fresh = HouseholdCard.objects.select_for_update().get(pk=card.pk)
        if fresh.revoked_at is not None:
            raise RuleError("这张卡已经作废")
        fresh.revoked_at, fresh.revoked_reason = timezone.now(), text[:100]
        fresh.save(update_fields=["revoked_at", "revoked_reason"])
        record(
            actor=actor,
            action="villages.revoke_card",
            summary=f"户卡作废：{card.household}",
            obj=fresh,
            comment=text,
        )
    return fresh


def reissue_card(*, actor: Actor, household: Household, reason: str) -> HouseholdCard:
    """A new card; the old one dies in the same moment. Raises AccessDenied, InputError, RuleError."""
    base.authorize_household(actor, _PERMISSION, household)
    with transaction.atomic():
        fresh = base.lock_holders(household)[household.pk]
        base.require_active(fresh)
        old = fresh.cards.filter(revoked_at__isnull=True).first()
        if old is not None:
            revoke_card(actor=actor, card=old, reason=reason)
        return _write(actor, fresh, "补发户卡")


def show_card(*, actor: Actor, household: Household) -> CardPrint:
    """Token, code and address of the household's card, issued now if it has none; recorded. Raises as issue_card."""
    base.authorize_household(actor, _PERMISSION, household)
    with transaction.atomic():
        fresh = base.lock_holders(household)[household.pk]
        base.require_active(fresh)
        card = fresh.cards.filter(revoked_at__isnull=True).first() or _write(actor, fresh, "发卡")
        record(actor=actor, action="villages.show_card", summary=f"查看户卡：{fresh}", obj=card)
    return card_print(card)


def print_cards(*, actor: Actor, households: Sequence[Household]) -> list[tuple[Household, CardPrint]]:
    """The cards of many households for one print, in the order of groups and numbers; missing ones are issued first.

    A print shows the tokens, so each card gets an event of its own. Raises AccessDenied, RuleError (a household is
    cancelled), and then nothing is issued.
    """
    for household in households:
        base.authorize_household(actor, _PERMISSION, household)
    with transaction.atomic():
        fresh = base.lock_holders(*households)
        for household in fresh.values():
            base.require_active(household)
        cards = {
            card.household_id: card
            for card in HouseholdCard.objects.filter(household__in=fresh, revoked_at__isnull=True)
        }
        for pk in sorted(fresh.keys() - cards.keys()):
            cards[pk] = _write(actor, fresh[pk], "发卡")
        rows = sorted(fresh.values(), key=lambda home: (home.group.code, home.number))
        record_many(
            AuditDraft(
                actor=actor, action="villages.print_card", summary=f"打印户卡：{home}", obj=cards[home.pk]
            )
            for home in rows
        )
    return [(home, card_print(cards[home.pk])) for home in rows]


def find_card(text: str) -> CardLookup:
    """The valid card of a scanned address, a token or a typed code.

    Found by keyed hash through an index, so the time taken says nothing about how much of a guess was right.
    """
    token, code = card_codes.as_token(text), card_codes.as_code(text)
    if token:
        found = HouseholdCard.objects.filter(token_hash=keyed_hash(token, "card-token"))
    elif code:
        found = HouseholdCard.objects.filter(code_hash=keyed_hash(code, "card-code"))
    else:
        return CardLookup(None, "不是户卡的二维码，也不是 16 位卡号")
    card = found.select_related("household__village__township", "household__group").first()
    if card is None:
        return CardLookup(None, "没有这张卡")
    if card.revoked_at is not None:
        return CardLookup(None, "这张卡已经作废，请使用新卡")
    gone = card.household.gone
    if gone:
        return CardLookup(None, gone)
    return CardLookup(card)
