"""The demo's kiosk: one screen that is enrolled with the sample data, and a card to try it with."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cogov.access.scope import SystemActor
from cogov.demo.sample.market import PIN
from points.kiosk.services import enrol_device
from villages.models import HouseholdCard, Village
from villages.services import show_card


@dataclass(frozen=True, slots=True)
class Screen:
    """What kiosk.json holds: the screen's secret, and code and PIN of a card of its village ("" without a PIN)."""

    village: str
    secret: str
    card: str
    pin: str


def enrol_screen(*, actor: SystemActor, village: Village, file: Path) -> None:
    """Take the demo's screen into service and write kiosk.json, for its owner only."""
    _device, secret = enrol_device(actor=actor, village=village, name="演示查询机")
    cards = HouseholdCard.objects.filter(household__village=village, revoked_at__isnull=True)
    known = cards.exclude(pin_hash="").select_related("household").order_by("household__number").first()
    home = known.household if known else village.households.order_by("number").first()
    card = show_card(actor=actor, household=home).code if home else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(
            asdict(Screen(village.name, secret, card, PIN if known else "")), stream, ensure_ascii=False
        )


def screen(folder: Path) -> Screen | None:
    """The demo's screen; None when the data came from elsewhere."""
    try:
        return Screen(**json.loads((folder / "kiosk.json").read_text("utf-8")))
    except FileNotFoundError:
        return None
