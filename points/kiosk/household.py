"""A household's page in three small statements (performance.md): who stands there, his rank, his last entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

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
NOTICES, MOST_NOTICES = 4, 30  # on the household's page, and on the page of notices
_REMEMBER = 60  # seconds for what is the same for everybody: the names of places, the village's notices
_TOLD = ("redeem", "reverse", "carry", "clear")  # kinds that are not plain from the reason

_SESSION, _CARD, _HOME = KioskSession._meta.db_table, HouseholdCard._meta.db_table, Household._meta.db_table
_ACCOUNT, _ENTRY = PointsAccount._meta.db_table, PointsEntry._meta.db_table
# Few tables in a statement: the database takes longer to plan a join of six than to answer it.
_VISIT = f"""
    SELECT s.id, s.last_seen_at < %s, s.unlocked_at IS NOT NULL AND c.locked_at IS NULL,
           h.head_name, h.village_id, h.group_id,
           a.id, COALESCE(a.balance, 0), COALESCE(a.owed, 0),
           CASE WHEN a.year = %s THEN a.year_earned - a.year_deducted ELSE 0 END
    FROM {_SESSION} s
    JOIN {_CARD} c ON c.id = s.card_id
    JOIN {_HOME} h ON h.id = c.household_id
    LEFT JOIN {_ACCOUNT} a ON a.household_id = h.id
    WHERE s.key_hash = %s AND s.ended_at IS NULL AND s.last_seen_at > %s AND s.opened_at > %s
      AND c.revoked_at IS NULL AND h.state <> 'cancelled'
"""  # noqa: S608 - our own names; every value is a parameter
_RANK = f"""
    SELECT COUNT(CASE WHEN b.year = %s AND b.year_earned - b.year_deducted > %s THEN 1
                      WHEN (b.year IS NULL OR b.year <> %s) AND 0 > %s THEN 1 END), COUNT(*)
    FROM {_HOME} o LEFT JOIN {_ACCOUNT} b ON b.household_id = o.id
    WHERE o.group_id = %s AND o.state <> 'cancelled'
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
    """An entry in words: a template filter for each part would cost more than the query."""

    when: str
    label: str
    reason: str
    points: int
    balance: int

    @property
    def row(self) -> SafeString:
        """As a line of the list."""
        return format_html(
            '<li><div class="k-what"><span class="k-when">{}</span><span class="k-reason">{}</span></div>'
            '<div class="k-points"><span class="{}">{}</span><span class="k-when">余 {}</span></div></li>',
            f"{self.when} · {self.label}" if self.label else self.when,
            self.reason,
            "k-minus" if self.points < 0 else "k-plus",
            f"−{-self.points:,}" if self.points < 0 else f"+{self.points:,}" if self.points else "0",
            f"{self.balance:,}",
        )

    @property
    def sentence(self) -> str:
        """As it is read aloud."""
        what = (
            f"加 {self.points} 分"
            if self.points > 0
            else f"减 {-self.points} 分"
            if self.points
            else "不加不减"
        )
        return f"{self.when}，{self.label}{self.reason}，{what}。"


def entry_line(occurred_on: Any, kind: str, reason: str, points: int, balance: int) -> EntryLine:
    """The line of an entry's row; SQLite gives its date as text."""
    day = date.fromisoformat(occurred_on) if isinstance(occurred_on, str) else occurred_on
    label = KIND_LABELS[kind] if kind in _TOLD else ""
    return EntryLine(f"{day.year}年{day.month}月{day.day}日", label, chinese(reason), points, balance)


def rows_of(entries: Iterable[EntryLine]) -> SafeString:
    """Lines for a list."""
    return mark_safe("".join(entry.row for entry in entries))


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
    is_unlocked: bool
    name: str
    place: str
    group: str
    balance: int
    owed: int
    year: int
    rank: Rank
    entries: list[EntryLine]
    notices: list[NoticeLine]

    @property
    def rows(self) -> SafeString:
        """The last entries as lines of a list."""
        return rows_of(self.entries)

    @property
    def speech(self) -> str:
        """What the browser reads aloud, a sentence to a line."""
        sentences = [
            f"您家可用积分 {self.balance} 分。",
            f"{self.year}年得分 {self.rank.score} 分，在{self.group} {self.rank.of} 户里排第 {self.rank.place} 名。",
        ]
        if self.owed:
            sentences.append(f"有 {self.owed} 分以前记错了，会从以后的得分里扣。")
        sentences.append(f"最近 {len(self.entries)} 笔积分：" if self.entries else "还没有积分记录。")
        return "\n".join([*sentences, *(entry.sentence for entry in self.entries)])


def household_page(key: str) -> HouseholdPage | None:
    """The page of the running visit with this key; None when there is none. Names are masked."""
    if not key:
        return None
    now, year = timezone.now(), timezone.localdate().year
    stale, idle, opened = (
        connection.ops.adapt_datetimefield_value(now - span) for span in (TOUCH_AFTER, IDLE, LONGEST)
    )
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, [stale, year, keyed_hash(key, "kiosk-session"), idle, opened])
        found = cursor.fetchone()
        if found is None:
            return None
        session, is_stale, is_unlocked, head, village, group, account, balance, owed, score = found
        cursor.execute(_RANK, [year, score, year, score, group])
        better, of = cursor.fetchone()
        entries = []
        if account is not None:
            cursor.execute(_LAST, [account])
            entries = [entry_line(*row) for row in cursor.fetchall()]
    place, group_name = _names(group)
    return HouseholdPage(
        session_id=session,
        is_stale=bool(is_stale),
        is_unlocked=bool(is_unlocked),
        name=mask_name(head) if head else "本户",
        place=place,
        group=group_name,
        balance=balance,
        owed=owed,
        year=year,
        rank=Rank(1 + better, of, score),
        entries=entries,
        notices=current_notices(village)[:NOTICES],
    )


def _names(group_id: int) -> tuple[str, str]:
    """Names of a group's village and of the group; remembered for a minute."""
    key = f"kiosk.names.{group_id}"
    names: tuple[str, str] | None = cache.get(key)
    if names is None:
        names = VillageGroup.objects.values_list("village__name", "name").get(pk=group_id)
        cache.set(key, names, _REMEMBER)
    return names


def current_notices(village_id: int) -> list[NoticeLine]:
    """The notices that hang in the village now; remembered for a minute."""
    key = f"kiosk.notices.{village_id}"
    lines: list[NoticeLine] | None = cache.get(key)
    if lines is None:
        rows = notice_selectors.current_notices(Village.objects.get(pk=village_id))[:MOST_NOTICES]
        lines = [
            NoticeLine(
                row.pk,
                row.title,
                kinds.label_of(row.kind),
                f"公示到{row.publicity_end.month}月{row.publicity_end.day}日" if row.publicity_end else "",
            )
            for row in rows
        ]
        cache.set(key, lines, _REMEMBER)
    return lines
