"""A household's page in two statements (performance.md): who stands there and how he stands, and the last entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.access.masking import mask_name
from notices import kinds
from notices import selectors as notice_selectors
from points.kiosk.services import IDLE, LONGEST, TOUCH_AFTER
from points.models import KioskSession, PointsAccount, PointsEntry
from points.rules import KIND_LABELS
from points.typography import chinese
from villages.models import Household, HouseholdCard, Village, VillageGroup

LAST_ENTRIES = 10
NOTICES = 6
_NOTICE_SECONDS = 60
_TOLD = ("redeem", "reverse", "carry", "clear")  # kinds that are not plain from the reason

_SESSION, _CARD, _HOME = KioskSession._meta.db_table, HouseholdCard._meta.db_table, Household._meta.db_table
_VILLAGE, _GROUP = Village._meta.db_table, VillageGroup._meta.db_table
_ACCOUNT, _ENTRY = PointsAccount._meta.db_table, PointsEntry._meta.db_table
_OWN = "CASE WHEN a.year = %s THEN a.year_earned - a.year_deducted ELSE 0 END"
_OTHER = "CASE WHEN b.year = %s THEN b.year_earned - b.year_deducted ELSE 0 END"
_READ = f"""
    SELECT s.id, s.last_seen_at < %s, h.head_name, h.village_id, v.name, g.name, a.id,
           COALESCE(a.balance, 0), COALESCE(a.owed, 0), {_OWN},
           (SELECT COUNT(*) FROM {_HOME} o LEFT JOIN {_ACCOUNT} b ON b.household_id = o.id
            WHERE o.group_id = h.group_id AND o.state <> 'cancelled' AND {_OTHER} > {_OWN}),
           (SELECT COUNT(*) FROM {_HOME} o WHERE o.group_id = h.group_id AND o.state <> 'cancelled')
    FROM {_SESSION} s
    JOIN {_CARD} c ON c.id = s.card_id
    JOIN {_HOME} h ON h.id = c.household_id
    JOIN {_VILLAGE} v ON v.id = h.village_id
    JOIN {_GROUP} g ON g.id = h.group_id
    LEFT JOIN {_ACCOUNT} a ON a.household_id = h.id
    WHERE s.key_hash = %s AND s.ended_at IS NULL AND s.last_seen_at > %s AND s.opened_at > %s
      AND c.revoked_at IS NULL AND h.state <> 'cancelled'
"""  # noqa: S608 - our own names; every value is a parameter
_LAST = f"""
    SELECT occurred_on, kind, reason, points, balance_after FROM {_ENTRY}
    WHERE account_id = %s ORDER BY id DESC LIMIT {LAST_ENTRIES}
"""  # noqa: S608 - our own names; every value is a parameter


@dataclass(frozen=True, slots=True)
class Rank:
    """A place among ``of`` households of the group by the year's score; equal scores share it."""

    place: int
    of: int
    score: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One of the last entries, in words: a template filter for each part would cost more than the query."""

    when: str
    reason: str
    points: str
    balance: str
    is_minus: bool


def _entry(occurred_on: Any, kind: str, reason: str, points: int, balance: int) -> EntryLine:
    day = date.fromisoformat(occurred_on) if isinstance(occurred_on, str) else occurred_on
    label = f" · {KIND_LABELS[kind]}" if kind in _TOLD else ""
    amount = f"−{-points:,}" if points < 0 else f"+{points:,}" if points else "0"
    return EntryLine(
        f"{day.year}年{day.month}月{day.day}日{label}", chinese(reason), amount, f"{balance:,}", points < 0
    )


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A current notice as the kiosk lists it."""

    pk: int
    title: str
    kind: str
    until: str


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """Everything on a household's page."""

    session_id: int
    is_stale: bool
    name: str
    place: str
    group: str
    balance: int
    owed: int
    year: int
    rank: Rank
    entries: list[EntryLine]
    notices: list[NoticeLine]


def household_page(key: str) -> HouseholdPage | None:
    """The page of the running visit with this key; None when there is none. Names are masked."""
    if not key:
        return None
    now, year = timezone.now(), timezone.localdate().year
    stale, idle, opened = (
        connection.ops.adapt_datetimefield_value(now - span) for span in (TOUCH_AFTER, IDLE, LONGEST)
    )
    with connection.cursor() as cursor:
        cursor.execute(_READ, [stale, year, year, year, keyed_hash(key, "kiosk-session"), idle, opened])
        found = cursor.fetchone()
        if found is None:
            return None
        session, is_stale, head, village, place, group, account, balance, owed, score, better, of = found
        entries = []
        if account is not None:
            cursor.execute(_LAST, [account])
            entries = [_entry(*row) for row in cursor.fetchall()]
    return HouseholdPage(
        session_id=session,
        is_stale=bool(is_stale),
        name=mask_name(head) if head else "本户",
        place=place,
        group=group,
        balance=balance,
        owed=owed,
        year=year,
        rank=Rank(1 + better, of, score),
        entries=entries,
        notices=current_notices(village),
    )


def current_notices(village_id: int) -> list[NoticeLine]:
    """The notices that hang in the village now; remembered for a minute."""
    key = f"kiosk.notices.{village_id}"
    lines: list[NoticeLine] | None = cache.get(key)
    if lines is None:
        rows = notice_selectors.current_notices(Village.objects.get(pk=village_id))[:NOTICES]
        lines = [
            NoticeLine(
                row.pk,
                row.title,
                kinds.label_of(row.kind),
                f"公示到{row.publicity_end.month}月{row.publicity_end.day}日" if row.publicity_end else "",
            )
            for row in rows
        ]
        cache.set(key, lines, _NOTICE_SECONDS)
    return lines
