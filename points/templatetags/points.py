"""Template filters of points."""

from __future__ import annotations

from django import template

from points.selectors.holders import YOU
from points.typography import chinese as full_width
from villages.models import Household

register = template.Library()


@register.filter
def you(household: Household) -> str:
    """How a page speaks to whoever holds the card: 您家, 您, 你们组."""
    return YOU[household.kind]


@register.filter
def chinese(text: object) -> str:
    """Full-width punctuation for people."""
    return full_width(str(text))
