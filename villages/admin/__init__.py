"""Desk pages of the registry, one module per subject; every write goes through a service."""

from villages.admin import (
    cards,
    fees,
    households,
    imports,
    organisations,
    places,
    residents,
    staff,
    standards,
    tags,
)

__all__ = [
    "cards",
    "fees",
    "households",
    "imports",
    "organisations",
    "places",
    "residents",
    "staff",
    "standards",
    "tags",
]
