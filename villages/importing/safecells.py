"""Text that a spreadsheet must not take for a formula (stack.md trap 9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_text(value: Any) -> Any:
    """Text that begins like a formula gets a leading apostrophe; everything else is unchanged.

    Looks past leading blanks and full-width forms, which some programs strip before they evaluate.
    """
    if not isinstance(value, str) or not value:
        return value
    first = value.lstrip(" \u3000\xa0\ufeff")[:1]
    if value[0] in _DANGEROUS or first in _DANGEROUS or first in "＝＋－＠":
        return "'" + value
    return value


def cell_text(value: Any) -> str:
    """Any cell as safe text, so that long numbers keep every digit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(safe_text(str(value)))[:32_000]
