"""What stands on a household's 明白纸 (BEY-9): every entry of a period with its reason, balances, the place in the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum

from cogov.common.canonical import digest
from cogov.common.periods import Period
from points.models import PointsAccount, PointsEntry
from points.rules import rank
from points.selectors.figures import entries_of, last_day
from points.selectors.holders import kind_on
from points.sheet_sections import SheetItem, sections
from points.typography import chinese
from villages.models import Household, HouseholdKind, HouseholdState, VillageGroup


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One entry; ``before`` and ``after`` follow the order of the books, so that the page adds up."""

    on: date
    kind: str
    text: str
    points: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class HouseholdSheet:
    """Everything on one household's sheet. The head's full name; no identity number, no telephone, no address."""

    household_id: int
    village: str
    group: str
    kind: str
    number: str
    head: str
    period: Period
    opening: int
    closing: int
    earned: int
    deducted: int
    redeemed: int
    score: int
    place: int
    of: int
    lines: tuple[SheetLine, ...]
    more: tuple[tuple[str, tuple[SheetItem, ...]], ...] = ()

    def digest(self) -> str:
        """SHA-256 of what the sheet says."""
        return digest(self.content())

    def content(self) -> dict[str, Any]:
        """The sheet as plain values."""
        names = "village group number head opening closing earned deducted redeemed score place of".split()
        return {
            **{name: getattr(self, name) for name in names},
            **({"kind": self.kind} if self.kind != HouseholdKind.FAMILY else {}),
            "period": self.period.key,
            "lines": [[row.on, row.kind, row.text, row.points, row.before, row.after] for row in self.lines],
            "more": [
                [title, [[item.on, item.text, item.amount] for item in items]] for title, items in self.more
            ],
        }


def group_households(group: VillageGroup, period: Period) -> list[Household]:
    """Whoever holds points in a group, by number: the kind in force at the period's end, and all with entries in it."""
    kind = kind_on(group.village, last_day(period))
    rows = Household.holders.filter(group=group).exclude(state=HouseholdState.CANCELLED)
    others = entries_of(period).filter(village=group.village).exclude(account__household__kind=kind)
    wanted = Q(kind=kind) | Q(points_account__in=others.order_by().values("account"))
    return list(rows.filter(wanted).select_related("village", "group").order_by("number", "pk"))


def places_in(group_id: int, period: Period, kind: str = HouseholdKind.FAMILY) -> dict[int, tuple[int, int]]:
    """Holder id -> (place, score) among its kind in the group in a period; equal scores share a place (PNT-5).

    Groups themselves stand among those of their village.
    """
    rows = Household.holders.filter(kind=kind).exclude(state=HouseholdState.CANCELLED)
    if kind == HouseholdKind.COLLECTIVE:
        rows = rows.filter(village__groups=group_id)
    else:
        rows = rows.filter(group=group_id)
    homes = list(rows.order_by("number", "pk").values_list("pk", flat=True))
    scores = dict(
        entries_of(period)
        .filter(account__household__in=homes)
        .order_by()
        .values_list("account__household")
        .annotate(total=Sum("score"))
    )
    return {row.key: (row.rank, row.score) for row in rank((pk, scores.get(pk, 0)) for pk in homes)}


def sheets_of(households: Sequence[Household], period: Period) -> list[HouseholdSheet]:
    """The sheets of these households, in their order; the number of queries depends on the groups alone."""
    ids = [household.pk for household in households]
    accounts = {row.household_id: row for row in PointsAccount.objects.filter(household__in=ids)}
    first, last = period.months()[0].key, period.months()[-1].key
    entries: defaultdict[int, list[PointsEntry]] = defaultdict(list)
    since: defaultdict[int, int] = defaultdict(int)
    rows = PointsEntry.objects.filter(account__in=[a.pk for a in accounts.values()], period__gte=first)
    for entry in rows.order_by("period", "id"):
        since[entry.account_id] += entry.points
        if entry.period <= last:
            entries[entry.account_id].append(entry)
    there = sorted({(home.group_id, home.kind) for home in households})
    places = {(group, kind): places_in(group, period, kind) for group, kind in there}
    extra = [(section.title, section.build(households, period)) for section in sections()]
    result = []
    for home in households:
        account = accounts.get(home.pk)
        own = entries[account.pk] if account else []
        opening = account.balance - since[account.pk] if account else 0
        lines, balance = [], opening
        for entry in own:
            before, balance = balance, balance + entry.points
            lines.append(_line(entry, before, balance))
        among = places[home.group_id, home.kind]
        place, score = among.get(home.pk, (0, sum(e.score for e in own)))
        result.append(
            HouseholdSheet(
                household_id=home.pk,
                village=home.village.name,
                group=home.group.name,
                kind=home.kind,
                number=home.number,
                head=home.head_name,
                period=period,
                opening=opening,
                closing=balance,
                earned=sum(
                    e.score
                    for e in own
                    if e.kind in ("earn", "base") or (e.kind == "reverse" and e.score < 0)
                ),
                deducted=-sum(
                    e.score for e in own if e.kind == "deduct" or (e.kind == "reverse" and e.score > 0)
                ),
                redeemed=-sum(
                    e.points for e in own if e.kind == "redeem" or (e.kind == "reverse" and e.score == 0)
                ),
                score=score,
                place=place,
                of=len(among),
                lines=tuple(lines),
                more=tuple((title, tuple(found[home.pk])) for title, found in extra if found.get(home.pk)),
            )
        )
    return result


def _line(entry: PointsEntry, before: int, after: int) -> SheetLine:
    text = chinese(entry.reason).rstrip("。")
    if entry.score != entry.points and entry.kind in ("earn", "deduct"):
        text += f"（计入排名 {entry.score:+d} 分）"
    return SheetLine(entry.occurred_on, entry.get_kind_display(), text, entry.points, before, after)
