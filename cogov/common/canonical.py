"""Canonical JSON and digests: the same content gives the same bytes everywhere, for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

_AS_IT_IS = frozenset({str, int, bool, type(None)})
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        raise TypeError("floats have no canonical form; use Decimal or int")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("naive datetimes have no canonical form")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(key): item if type(item) in _AS_IT_IS else _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [item if type(item) in _AS_IT_IS else _plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def plain(value: Any) -> Any:
    """The JSON-ready form of dates, decimals and nested containers. Raises TypeError for floats."""
    return _plain(value)


def spell(content: Any) -> str:
    """The canonical JSON of what :func:`plain` gave or what is in that form."""
    return _ENCODER.encode(content)


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, UTF-8 text: one spelling for one content."""
    return spell(_plain(value))


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, as 64 hex characters."""
    return digest_of(canonical_json(value))


def digest_of(spelled: str) -> str:
    """SHA-256 of a spelled content."""
    return hashlib.sha256(spelled.encode()).hexdigest()
