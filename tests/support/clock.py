"""Moments as people in Shanghai write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai(moment: str) -> datetime:
    """``"2026-10-31"`` or ``"2026-10-31 09:00"`` as an aware datetime."""
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
