"""A visit at the kiosk: opened by a card (counted, limited, locked out), by its PIN, ended. Counters live in the database."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.access.scope import Actor, SystemActor, authorize, authorize_object
from cogov.audit.services import record
from cogov.common.errors import ConflictError, RuleError
from points.models import KioskAttempt, KioskDevice, KioskSession
from villages.models import Household, HouseholdCard, Village
from villages.services.cards import find_card
from villages.services.pins import LOCKED as CARD_LOCKED
from villages.services.pins import PinCheck, check_pin

WINDOW = timedelta(minutes=10)
MAX_ATTEMPTS = 60
MAX_FAILURES = 5
LOCK = timedelta(minutes=5)
IDLE = timedelta(minutes=3)
LONGEST = timedelta(minutes=15)
TOUCH_AFTER = timedelta(seconds=20)
AHEAD = timedelta(seconds=20)  # by which two servers' clocks may differ; a visit from further ahead is over

REFUSED = "没有找到这张户卡，请对准二维码再扫一次，或核对卡号。多次不成功请找村干部。"
LOCKED = "试的次数太多，请过 {minutes} 分钟再试，或找村干部帮忙。"
NO_PIN = "您家的卡还没有设密码：请带上户卡到村便民服务中心，由两位工作人员当面帮您设一个 6 位密码。"
SIX_DIGITS = "密码是 6 位数字，请按满 6 个数再按“确定”"
# What the start page says when a form came after the visit was over.
OVER = {
    "book": "停得久了，查询已自动结束。刚才的预约没有办，积分没有扣，请重新扫卡再办。",
    "booked": "停得久了，查询已自动结束。刚才的预约已经办好，重新扫卡可在“我的预约”里看到。",
    "cancel": "停得久了，查询已自动结束。刚才没有取消预约，请重新扫卡再办。",
    "cancelled": "停得久了，查询已自动结束。预约已经取消，积分已经退回。",
    "claim": "停得久了，查询已自动结束。刚才的申报没有提交，请重新扫卡再报。",
    "claimed": "停得久了，查询已自动结束。刚才的申报已经收到，重新扫卡可在“我的申报”里看到。",
    "object": "停得久了，查询已自动结束。刚才的异议没有提交，请重新扫卡再提。",
    "objected": "停得久了，查询已自动结束。刚才的异议已经收到，不用再提。",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """The key of a new session, or what to tell the person. The message never says why a card is refused."""

    key: str = ""
    message: str = ""
    locked: bool = False


def client_key(address: str, device: KioskDevice | None) -> str:
    """Whom attempts are counted against: the enrolled device, else the address (stored as a keyed hash)."""
    return f"device:{device.pk}" if device is not None else keyed_hash(address, "kiosk-client")


def _attempt(client: str) -> KioskAttempt:
    now = timezone.now()
    KioskAttempt.objects.get_or_create(client=client, defaults={"window_started_at": now})
    row = KioskAttempt.objects.select_for_update().get(client=client)
    if row.locked_until is not None and row.locked_until > now + LOCK:  # the clock was moved back
        row.locked_until = now + LOCK
        row.save(update_fields=["locked_until"])
    if row.locked_until is not None and row.locked_until <= now:
        row.locked_until, row.attempts, row.failures, row.window_started_at = None, 0, 0, now
    elif row.locked_until is None and row.window_started_at <= now - WINDOW:
        row.attempts, row.failures, row.window_started_at = 0, 0, now
    return row


def _lock_message(until_minutes: float) -> str:
    return LOCKED.format(minutes=max(1, int(until_minutes + 0.999)))


def open_card(*, text: str, client: str, device: KioskDevice | None = None) -> Opening:
    """Open the household of a scanned or typed card. Every call counts, whatever comes of it."""
    with transaction.atomic():
        now = timezone.now()
        row = _attempt(client)
        if row.locked_until is not None:
            return Opening(message=_lock_message((row.locked_until - now).total_seconds() / 60), locked=True)
        row.attempts += 1
        lookup = find_card(text[:300])
        if lookup.card is None:
            row.failures += 1
        else:
            row.failures = 0
        over = row.attempts > MAX_ATTEMPTS or row.failures >= MAX_FAILURES
        if over:
            row.locked_until = now + LOCK
        row.save()
        if lookup.card is None or row.attempts > MAX_ATTEMPTS:
            message = _lock_message(LOCK.total_seconds() / 60) if over else REFUSED
            return Opening(message=message, locked=over)
        key = secrets.token_urlsafe(24)
        KioskSession.objects.create(
            key_hash=keyed_hash(key, "kiosk-session"),
            card=lookup.card,
            device=device,
            opened_at=now,
            last_seen_at=now,
        )
        return Opening(key=key)


def enrol_device(*, actor: Actor, village: Village, name: str) -> tuple[KioskDevice, str]:
    """Take a screen into service; the secret is given once, to be kept by that browser alone.

    Raises AccessDenied, ConflictError when the village has a screen of this name.
    """
    authorize(actor, "points.enrol_kiosk", village.code)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        if KioskDevice.objects.filter(village=village, name=name).exists():
            raise ConflictError("这个村已经有同名终端，请换一个名称")
        device = KioskDevice.objects.create(
            village=village, name=name, secret_hash=keyed_hash(secret, "kiosk-device")
        )
        record(actor=actor, action="points.enrol_kiosk", summary=f"登记查询终端：{device}", obj=device)
    return device, secret


def revoke_device(*, actor: Actor, device: KioskDevice, reason: str) -> KioskDevice:
    """Take a screen out of service; its open visits end. Raises AccessDenied, RuleError."""
    authorize_object(actor, "points.enrol_kiosk", device)
    if not reason.strip():
        raise RuleError("请写明停用的原因")
    with transaction.atomic():
        fresh = KioskDevice.objects.select_for_update().get(pk=device.pk)
        if fresh.revoked_at is not None:
            raise RuleError("这台终端已经停用")
        now = timezone.now()
        fresh.revoked_at = now
        fresh.save(update_fields=["revoked_at"])
        KioskSession.objects.filter(device=fresh, ended_at__isnull=True).update(ended_at=now)
        record(
            actor=actor,
            action="points.revoke_kiosk",
            summary=f"停用查询终端：{fresh}",
            obj=fresh,
            comment=reason,
        )
    return fresh


def household_actor(household: Household) -> SystemActor:
    """Who signs for what a household does at the kiosk with card and PIN."""
    return SystemActor(f"{household.number_text}（自助终端）")


def pin_hindrance(card: HouseholdCard) -> str:
    """Why no PIN will open this card now, and what to do; "" when one may."""
    if card.locked_at is not None:
        return CARD_LOCKED
    return "" if card.pin_hash else NO_PIN


def unlock(*, visit: KioskSession, pin: str) -> PinCheck:
    """Open the visit's second door. A wrong PIN counts against the card; too few digits do not."""
    if len(pin) != 6 or not pin.isascii() or not pin.isdigit():
        return PinCheck(False, SIX_DIGITS)
    answer = check_pin(card=visit.card, pin=pin)
    if answer.ok:
        KioskSession.objects.filter(pk=visit.pk, ended_at__isnull=True).update(unlocked_at=timezone.now())
    return answer


def end_session(*, key: str) -> None:
    """Close the visit; the key is worthless from now on."""
    KioskSession.objects.filter(key_hash=keyed_hash(key, "kiosk-session"), ended_at__isnull=True).update(
        ended_at=timezone.now()
    )


def touch(session_id: int) -> None:
    """Remember that somebody is there; callers ask for it at most every TOUCH_AFTER."""
    KioskSession.objects.filter(pk=session_id).update(last_seen_at=timezone.now())
