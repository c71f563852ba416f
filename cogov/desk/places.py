"""Names of places for people: "沙坪镇" instead of 421223101."""

from __future__ import annotations

from collections.abc import Iterable
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


def fetch_names(codes: Iterable[str]) -> None:
    """Ask for the names of many places at once, so that a list's rows find them in the cache."""
    source = registry.place_source()
    wanted = {f"desk.place.{code}": code for code in codes if code}
    if source is None or source.names is None or not wanted:
        return
    missing = {key: code for key, code in wanted.items() if key not in cache.get_many(wanted)}
    if missing:
        names = source.names(missing.values())
        cache.set_many({key: names.get(code, code) for key, code in missing.items()}, _SECONDS)


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
