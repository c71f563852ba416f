"""Template filters of points."""

from __future__ import annotations

from django import template

from points.typography import chinese as full_width

register = template.Library()


@register.filter
def chinese(text: object) -> str:
    """Full-width punctuation for people."""
    return full_width(str(text))
