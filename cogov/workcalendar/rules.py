"""What a year's holiday notice must contain before it may be published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

# The statutory festivals that every notice of the State Council arranges.
FESTIVALS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")


def missing_festivals(days_off: Iterable[tuple[date, str]]) -> tuple[str, ...]:
    """The festivals that no day off is named after; one name may hold two ("国庆节、中秋节")."""
    names = "、".join(name for _, name in days_off)
    return tuple(festival for festival in FESTIVALS if festival not in names)
