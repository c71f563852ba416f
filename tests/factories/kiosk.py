"""People at the kiosk: a browser with a card, with its PIN, or on an enrolled screen; rules that households may claim."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client

from cogov.access.encryption import keyed_hash
from points.models import KioskDevice
from points.models.rules import HOUSEHOLD
from tests.factories.market import PIN
from tests.factories.points import RULES, Setting, published_rules
from villages.models import HouseholdCard, Village
from villages.services.cards import card_print

_STAFF = ["village_cadre", "village_secretary", "grid_worker"]
CLAIMABLE: tuple[dict[str, Any], ...] = (
    {
        "code": "Z01", "category": "environment", "name": "庭院种花", "unit": "户次", "points": 15, "cap_day": 30,
        "evidence": "照片", "photo_required": True, "recorder_roles": [*_STAFF, HOUSEHOLD],
    },
    {
        "code": "Z02", "category": "volunteer", "name": "照看孤寡老人", "unit": "次", "points": 5,
        "recorder_roles": [*_STAFF, HOUSEHOLD],
    },
)  # fmt: skip


def claimable_rules(place: Setting, effective_from: dt.date = dt.date(2026, 6, 1)) -> None:
    """A version of the village's rules with two that households may claim."""
    place.rule_set = published_rules(
        place.village,
        drafter=place.cadre,
        publisher=place.secretary,
        rules=(*RULES, *CLAIMABLE),
        effective_from=effective_from,
    )
    place.rules = {rule.code: rule for rule in place.rule_set.rules.select_related("rule_set")}


def with_card(card: HouseholdCard, client: Client | None = None) -> Client:
    """A browser in which the card was scanned."""
    client = client or Client()
    assert client.post("/kiosk/open/", {"card": card_print(card).token}).status_code == 303
    return client


def with_pin(card: HouseholdCard, client: Client | None = None) -> Client:
    """A browser in which card and PIN were shown."""
    client = with_card(card, client)
    assert client.post("/kiosk/pin/", {"pin": PIN}).status_code == 303
    return client


def screen(village: Village, client: Client | None = None) -> Client:
    """The browser of an enrolled screen."""
    client = client or Client()
    secret = f"secret of {village.code}"
    KioskDevice.objects.get_or_create(
        village=village, name="大厅", defaults={"secret_hash": keyed_hash(secret, "kiosk-device")}
    )
    client.cookies["kiosk_device"] = secret
    return client
