"""A household's page in one statement (performance.md): who stands there, how he stands, his last entries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cogov.access.encryption import keyed_hash
from cogov.access.masking import mask_name
from notices import kinds
from notices import selectors as notice_selectors
from points.kiosk.services import AHEAD, IDLE, LONGEST, TOUCH_AFTER
from points.models import KioskSession, PointsAccount, PointsEntry, PointsRecord
from points.rules import KIND_LABELS
from points.selectors.holders import YOU, wording
from points.services.prepared import Prepared, execute
from points.typography import chinese
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdKind,
    HouseholdState,
    Village,
    VillageGroup,
)

LAST_ENTRIES = 10
NOTICES, MOST_NOTICES = 4, 30  # on the household's page, and on the page of notices
_REMEMBER = 60  # seconds for what is the same for everybody: the names of places, the village's notices
_TOLD = ("redeem", "carry", "clear")  # kinds that are not plain from the reason

_SESSION, _CARD, _HOME = KioskSession._meta.db_table, HouseholdCard._meta.db_table, Household._meta.db_table
_ACCOUNT, _ENTRY = PointsAccount._meta.db_table, PointsEntry._meta.db_table
_RECORD = PointsRecord._meta.db_table
_OWN = "CASE WHEN a.year = %s THEN a.year_earned - a.year_deducted ELSE 0 END"
_OTHER = "CASE WHEN b.year = %s THEN b.year_earned - b.year_deducted ELSE 0 END"
# One trip to the database; the lists come as JSON, whose functions have other names in SQLite.
_READ = f"""
    SELECT s.id, s.device_id, s.last_seen_at < %s, s.unlocked_at IS NOT NULL AND c.locked_at IS NULL,
           h.kind, h.id, h.head_name, h.village_id, h.group_id, COALESCE(a.balance, 0), COALESCE(a.owed, 0), {_OWN},
           (SELECT COALESCE(SUM(r.points), 0) FROM {_RECORD} r
            WHERE r.household_id = h.id AND r.state = 'approved' AND r.listed_period <> ''),
           (SELECT CAST({{pair}}(COUNT(CASE WHEN {_OTHER} > {_OWN} THEN 1 END), COUNT(*)) AS text)
            FROM {_HOME} o LEFT JOIN {_ACCOUNT} b ON b.household_id = o.id
            WHERE o.group_id = h.group_id AND o.kind = h.kind AND o.state <> 'cancelled'),
           (SELECT CAST({{rows}}({{pair}}(e.occurred_on, e.kind, e.reason, e.points, e.balance_after)) AS text)
            FROM (SELECT occurred_on, kind, reason, points, balance_after FROM {_ENTRY}
                  WHERE account_id = a.id ORDER BY id DESC LIMIT {LAST_ENTRIES}) e)
    FROM {_SESSION} s
    JOIN {_CARD} c ON c.id = s.card_id
    JOIN {_HOME} h ON h.id = c.household_id
    LEFT JOIN {_ACCOUNT} a ON a.household_id = h.id
    WHERE s.key_hash = %s AND s.ended_at IS NULL AND s.last_seen_at > %s AND s.opened_at BETWEEN %s AND %s
      AND c.revoked_at IS NULL AND h.state <> 'cancelled'
"""  # noqa: S608 - our own names; every value is a parameter
_ON_SQLITE = _READ.format(pair="json_array", rows="json_group_array")
_ON_POSTGRESQL = Prepared("cogov_kiosk_page", _READ.format(pair="json_build_array", rows="json_agg"))

_HELLO = {
    HouseholdKind.FAMILY: "{} 一家，您好",
    HouseholdKind.PERSON: "{}，您好",
    HouseholdKind.COLLECTIVE: "{}，你们好",
}
_NEEDS_PIN = "预约、申报、查全部、提异议，要再按 6 位密码。"
_UNLOCKED = "已经按过密码，办完请按右上角“结束”。"
_NOTHING_YET = "还没有积分记录。参加打扫卫生、义务劳动、志愿服务，请村干部登记。"
_LISTED = '<p class="k-note">另有 {} 分正在公示，公示期满没有异议就入账。</p>'
_OWED = '<p class="k-note">有 {} 分是以前记错后冲回的，会从以后的得分里扣。</p>'


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
    def row(self) -> str:
        """As a line of the list, in HTML; only the reason was typed by people."""
        when = f"{self.when} · {self.label}" if self.label else self.when
        tone = "k-minus" if self.points < 0 else "k-plus"
        amount = f"−{-self.points:,}" if self.points < 0 else f"+{self.points:,}" if self.points else "0"
        return (
            f'<li><div class="k-what"><span class="k-when">{when}</span>'
            f'<span class="k-reason">{escape(self.reason)}</span></div><div class="k-points">'
            f'<span class="{tone}">{amount}</span><span class="k-when">余 {self.balance:,}</span></div></li>'
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


def entry_line(occurred_on: date | str, kind: str, reason: str, points: int, balance: int) -> EntryLine:
    """The line of an entry's row; JSON gives its date as text."""
    day = date.fromisoformat(occurred_on) if isinstance(occurred_on, str) else occurred_on
    label = KIND_LABELS[kind] if kind in _TOLD else ""
    return EntryLine(f"{day.year}年{day.month}月{day.day}日", label, chinese(reason), points, balance)


def list_of(entries: Iterable[EntryLine]) -> SafeString:
    """The entries as a list, in HTML."""
    return mark_safe(f'<ul class="k-list">{"".join(entry.row for entry in entries)}</ul>')


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
    device_id: int | None
    is_stale: bool
    is_unlocked: bool
    name: str
    kind: str
    place: str
    group: str
    balance: int
    owed: int
    listed: int
    year: int
    rank: Rank
    entries: list[EntryLine]
    notices: SafeString

    @property
    def slots(self) -> dict[str, object]:
        """What the page's template is filled with."""
        return {
            "place": self.place,
            "group": self.group,
            "hello": _HELLO[self.kind].format(self.name),
            "field": self.field,
            "balance": f"{self.balance:,}",
            "year": self.year,
            "score": f"{self.rank.score:,}",
            "rank": self.rank.place,
            "owed": mark_safe(_OWED.format(f"{self.owed:,}")) if self.owed else "",
            "listed": mark_safe(_LISTED.format(f"{self.listed:,}")) if self.listed else "",
            "pin": _UNLOCKED if self.is_unlocked else _NEEDS_PIN,
            "entries": list_of(self.entries) if self.entries else _NOTHING_YET,
            "notices": self.notices,
            "speech": self.speech,
        }

    @property
    def field(self) -> str:
        """Among whom the place is: the group's households or people; groups stand among the village's."""
        where = self.place if self.kind == HouseholdKind.COLLECTIVE else self.group
        return f"{where} {self.rank.of} {wording(self.kind).unit}"

    @property
    def speech(self) -> str:
        """What the browser reads aloud, a sentence to a line."""
        sentences = [
            f"{YOU[self.kind]}可用积分 {self.balance} 分。",
            f"{self.year}年得分 {self.rank.score} 分，在{self.field}里排第 {self.rank.place} 名。",
        ]
        if self.owed:
            sentences.append(f"有 {self.owed} 分以前记错了，会从以后的得分里扣。")
        if self.listed:
            sentences.append(f"另有 {self.listed} 分正在公示，公示期满没有异议就入账。")
        sentences.append(f"最近 {len(self.entries)} 笔积分：" if self.entries else "还没有积分记录。")
        return "\n".join([*sentences, *(entry.sentence for entry in self.entries)])


def household_page(key: str) -> HouseholdPage | None:
    """The page of the running visit with this key; None when there is none. Names are masked."""
    if not key:
        return None
    now, year = timezone.now(), timezone.localdate().year
    stale, idle, opened, ahead = (
        connection.ops.adapt_datetimefield_value(when)
        for when in (now - TOUCH_AFTER, now - IDLE, now - LONGEST, now + AHEAD)
    )
    found = _read([stale, year, year, year, keyed_hash(key, "kiosk-session"), idle, opened, ahead])
    if found is None:
        return None
    session, device, is_stale, is_unlocked, kind, home, head, village, group, *figures, rank, last = found
    balance, owed, score, listed = figures
    if kind == HouseholdKind.PERSON and Household.holders.select_related("head__household").get(pk=home).gone:
        return None
    better, of = json.loads(rank) if kind != HouseholdKind.COLLECTIVE else _among_groups(village, year, score)
    entries = [entry_line(*row) for row in json.loads(last or "[]")]
    place, group_name = _names(group)
    return HouseholdPage(
        session_id=session,
        device_id=device,
        is_stale=bool(is_stale),
        is_unlocked=bool(is_unlocked),
        name=(mask_name(head) if kind != HouseholdKind.COLLECTIVE else head) if head else "本户",
        kind=kind,
        place=place,
        group=group_name,
        balance=balance,
        owed=owed,
        listed=listed,
        year=year,
        rank=Rank(1 + better, of, score),
        entries=entries,
        notices=_notice_list(village),
    )


def _among_groups(village_id: int, year: int, score: int) -> tuple[int, int]:
    """How many groups of the village have more points this year, and how many there are (PNT-8)."""
    groups = Household.holders.filter(village=village_id, kind=HouseholdKind.COLLECTIVE)
    rows = groups.exclude(state=HouseholdState.CANCELLED).values_list(
        "points_account__year", "points_account__year_earned", "points_account__year_deducted"
    )
    scores = [earned - deducted if when == year else 0 for when, earned, deducted in rows]
    return sum(other > score for other in scores), len(scores)


def _read(values: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            execute(cursor, (_ON_POSTGRESQL,), values)
        else:
            cursor.execute(_ON_SQLITE, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _names(group_id: int) -> tuple[str, str]:
    """Names of a group's village and of the group; remembered for a minute."""
    key = f"kiosk.names.{group_id}"
    names: tuple[str, str] | None = cache.get(key)
    if names is None:
        names = VillageGroup.objects.values_list("village__name", "name").get(pk=group_id)
        cache.set(key, names, _REMEMBER)
    return names


def current_notices(village_id: int) -> list[NoticeLine]:
    """The notices that hang in the village now, newest first."""
    rows = notice_selectors.current_notices(Village.objects.get(pk=village_id))[:MOST_NOTICES]
    return [
        NoticeLine(
            row.pk,
            row.title,
            kinds.label_of(row.kind),
            until_text(notice_selectors.running_until(row, row.posted)),
        )
        for row in rows
    ]


def until_text(end: date | None) -> str:
    """公示到11月11日; what hangs nowhere yet has no end."""
    if end is None:
        return ""
    return "公示期从张贴之日算起" if end == date.max else f"公示到{end.month}月{end.day}日"


def _notice_list(village_id: int) -> SafeString:
    """The newest of them as a list, in HTML; remembered for a minute."""
    key = f"kiosk.notices.{village_id}"
    html: SafeString | None = cache.get(key)
    if html is None:
        html = render_to_string("kiosk/notice_list.html", {"notices": current_notices(village_id)[:NOTICES]})
        cache.set(key, html, _REMEMBER)
    return html
