"""Telephones for objections: without one nothing is published that can be objected to."""

from __future__ import annotations

from notices.models import IssuerProfile
from notices.services import issuer_profile
from villages.models import Township

TELEPHONE = "0715-3690000"


def give_telephone(township: Township, telephone: str = TELEPHONE) -> IssuerProfile:
    """The township can be called, and lends its telephone to its villages."""
    profile = issuer_profile(township=township)
    profile.objection_telephone = telephone
    profile.save(update_fields=["objection_telephone"])
    return profile


def take_telephones() -> None:
    """Nobody can be called any more."""
    IssuerProfile.objects.update(objection_telephone="")
