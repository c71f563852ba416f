"""What publication adds to a document: number, issuer, dates, periods, code, digest, seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Imprint:
    """Printed around the content. ``number`` is empty for a draft, which is marked as such on every page.

    ``seal``: PNG as base64 or empty. ``chain``: the chain digest of this notice, empty for a draft.
    """

    issuer: str
    heading: str
    number: str = ""
    signed_on: date | None = None
    publicity_start: date | None = None
    publicity_end: date | None = None
    posting_until: date | None = None
    verify_url: str = ""
    check_code: str = ""
    digest: str = ""
    chain: str = ""
    seal: str = ""
    mark: str = ""

    @property
    def number_text(self) -> str:
        return self.number or "（草稿，尚未编号）"


def chinese_date(day: date) -> str:
    """2026年10月30日, no leading zeros (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日"


def span_text(start: date, end: date) -> str:
    """2026年11月2日至11月10日; the year is repeated only when it changes."""
    tail = chinese_date(end) if start.year != end.year else f"{end.month}月{end.day}日"
    return f"{chinese_date(start)}至{tail}"
