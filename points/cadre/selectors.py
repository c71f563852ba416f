"""What the cadre pages read; every queryset is limited to the person's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from cogov.access.scope import limit
from cogov.common.errors import Problem
from cogov.common.text import normalize_text
from notices import kinds
from notices.models import Notice
from points.models import PointsRecord
from points.selectors.holders import holders, kind_on, wording, wrong_kind
from points.states import DRAFT, RETURNED, SUBMITTED
from villages.models import Household, HouseholdKind, HouseholdState, Village
from villages.selectors import search_holders, search_households

SUGGESTIONS = 12
MAX_LINES = 500


def households(user: Any, village: Village, kind: str) -> QuerySet[Household]:
    """The village's holders of a kind that points may be recorded for by this person (PNT-8)."""
    rows = limit(holders(village, kind), user, "points.record_points")
    found: QuerySet[Household] = rows.order_by("number")
    return found.select_related("family") if kind == HouseholdKind.PERSON else found


def everybody(user: Any, village: Village) -> QuerySet[Household]:
    """Holders of every kind: accounts stay when the rules give points to others (PNT-8)."""
    rows = Household.holders.filter(village=village).exclude(state=HouseholdState.CANCELLED)
    found: QuerySet[Household] = limit(rows.select_related("village", "group"), user, "points.record_points")
    return found.order_by("number")


def _search(rows: QuerySet[Household], kind: str, text: str) -> QuerySet[Household]:
    return search_households(rows, text) if kind == HouseholdKind.FAMILY else search_holders(rows, text)


def suggest(user: Any, village: Village, text: str, day: date) -> list[dict[str, Any]]:
    """Holders that ``text`` may mean: number, name or initials; a family by its members too.

    They are of the kind that has the points on ``day``, the day of the deed.
    """
    if not normalize_text(text):
        return []
    kind = kind_on(village, day)
    rows = _search(households(user, village, kind), kind, text)[:SUGGESTIONS]
    return [
        {"id": row.pk, "number": row.number, "name": row.head_name, "group": row.group.name} for row in rows
    ]


def find_household(
    user: Any, village: Village, text: str, kind: str = HouseholdKind.FAMILY
) -> tuple[Household | None, str]:
    """The one holder of a kind that ``text`` means, or why none: an exact number wins over a similar name."""
    clean, words = normalize_text(text), wording(kind)
    number = "户号" if kind == HouseholdKind.FAMILY else "编号"
    if not clean:
        return None, f"请填写{number}或{words.head if kind != HouseholdKind.FAMILY else '户主姓名'}"
    rows = households(user, village, kind)
    exact = rows.filter(number__in={clean, clean.upper()}).first()
    if exact is not None:
        return exact, ""
    found = list(_search(rows, kind, clean)[:6])
    if len(found) == 1:
        return found[0], ""
    if found:
        names = "、".join(f"{row.number} {row.head_name}（{row.group.name}）" for row in found[:5])
        return None, f"“{clean}”有几{words.unit}符合，请写{number}：{names}"
    other = _of_another_kind(user, village, clean, kind)
    return None, other or f"没有找到“{clean}”这一{words.each}"


def _of_another_kind(user: Any, village: Village, text: str, kind: str) -> str:
    """Why a number that is somebody's cannot have the deed."""
    rows = limit(
        Household.holders.filter(village=village, number__in={text, text.upper()}),
        user,
        "points.record_points",
    )
    row = rows.exclude(kind=kind).first()
    return wrong_kind(row, kind) if row is not None else ""


@dataclass(frozen=True, slots=True)
class ParsedLines:
    """A sign-in list as typed: what was understood, and what was not."""

    lines: list[tuple[Household, int]]
    problems: list[Problem]


def parse_lines(user: Any, village: Village, text: str, kind: str = HouseholdKind.FAMILY) -> ParsedLines:
    """One holder per line: number, name or initials, and a quantity behind it when it is not one."""
    lines: list[tuple[Household, int]] = []
    problems: list[Problem] = []
    rows = [line for line in text.splitlines() if normalize_text(line)]
    if len(rows) > MAX_LINES:
        return ParsedLines(
            [], [Problem(f"一次最多 {MAX_LINES} {wording(kind).unit}，请分几次登记", column="lines")]
        )
    by_number = {row.number: row for row in households(user, village, kind)}
    for number, line in enumerate(rows, start=1):
        words = normalize_text(line).split(" ")
        quantity = 1
        if len(words) > 1 and words[-1].isascii() and words[-1].lstrip("+-").isdigit():
            quantity = int(words.pop()[:6])
        who = " ".join(words)
        household, reason = by_number.get(who), ""
        if household is None:
            household, reason = find_household(user, village, who, kind)
        if household is None:
            problems.append(Problem(reason, row=number, column="lines"))
        else:
            lines.append((household, quantity))
    return ParsedLines(lines, problems)


def my_records(user: Any, village: Village, state: str = "") -> QuerySet[PointsRecord]:
    """What this person recorded in the village, newest first."""
    rows: QuerySet[PointsRecord] = PointsRecord.objects.for_user(user).filter(village=village, recorder=user)
    rows = rows.filter(state=state) if state else rows
    return rows.select_related("household__group", "rule", "activity").order_by("-id")


@dataclass(frozen=True, slots=True)
class Work:
    """How much is where."""

    returned: int
    drafts: int
    waiting: int
    to_review: int


def work_of(user: Any, village: Village) -> Work:
    """What the home page tells the cadre to do."""
    states = list(
        my_records(user, village)
        .filter(state__in=(RETURNED, DRAFT, SUBMITTED))
        .values_list("state", flat=True)
    )
    review = (
        PointsRecord.objects.for_user(user, "points.review_points")
        .filter(village=village, state=SUBMITTED)
        .exclude(recorder=user)
        .count()
    )
    return Work(states.count(RETURNED), states.count(DRAFT), states.count(SUBMITTED), review)


def village_notices(user: Any, village: Village) -> QuerySet[Notice]:
    """The village's notices, newest first."""
    rows: QuerySet[Notice] = Notice.objects.for_user(user)
    return rows.filter(village=village).select_related("snapshot").order_by("-id")


@dataclass(frozen=True, slots=True)
class Printable:
    """A notice with the addresses of its sheets: (label, address)."""

    notice: Notice
    kind: str
    sheets: list[tuple[str, str]]


_SHEETS = {"a4": "A4 公示", "poster": "A3 公示榜"}


def layouts_of(row: Notice) -> tuple[str, ...]:
    """The layouts that a notice's content has."""
    stored: dict[str, Any] = (row.snapshot.document if row.is_public else row.draft) or {}
    return ("a4", "poster", "landscape") if stored.get("poster") else ("a4",)


def printable(notices: Sequence[Notice]) -> list[Printable]:
    """Notices with what can be printed of them."""
    return [
        Printable(
            row,
            kinds.label_of(row.kind),
            [
                (_SHEETS[layout], reverse("admin:notices_notice_pdf", args=[row.pk, layout]))
                for layout in layouts_of(row)
                if layout in _SHEETS
            ],
        )
        for row in notices
    ]
