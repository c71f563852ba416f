"""Names of places for people: "沙坪镇" instead of 421223101."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from cogov.desk import registry

_SECONDS = 300


def place_name(code: str) -> str:
    """Name of a place, or its code when nobody knows the name. Cached, since every page shows one."""
    if not code:
        return "全部地区"
    source = registry.place_source()
    if source is None:
        return code
    return str(cache.get_or_set(f"desk.place.{code}", lambda: source.name(code) or code, _SECONDS))


def place_choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Places within the codes, for a select box."""
    source = registry.place_source()
    return list(source.choices(codes)) if source is not None else []


def scope_label(user: Any) -> str:
    """Where a person works, for the head of the page: the place, or the first of several."""
    codes = list(dict.fromkeys(duty.scope_code for duty in user.active_duties()))
    if not codes:
        return "全部地区" if getattr(user, "is_superuser", False) else ""
    label = place_name(codes[0])
    return label if len(codes) == 1 else f"{label} 等 {len(codes)} 处"
