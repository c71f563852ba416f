"""What the cadre pages read; every queryset is limited to the person's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from cogov.common.errors import Problem
from cogov.common.text import normalize_text
from notices import kinds
from notices.models import Notice
from points.models import PointsRecord
from points.states import DRAFT, RETURNED, SUBMITTED
from villages.models import Household, HouseholdState, Village
from villages.selectors import search_households

SUGGESTIONS = 12
MAX_LINES = 500


def households(user: Any, village: Village) -> QuerySet[Household]:
    """The village's households that points may be recorded for by this person."""
    rows: QuerySet[Household] = Household.objects.for_user(user, "points.record_points")
    return (
        rows.filter(village=village)
        .exclude(state=HouseholdState.CANCELLED)
        .select_related("village", "group")
        .order_by("number")
    )


def suggest(user: Any, village: Village, text: str) -> list[dict[str, Any]]:
    """Households that ``text`` may mean: number, name or initials of the head or a member."""
    if not normalize_text(text):
        return []
    rows = search_households(households(user, village), text)[:SUGGESTIONS]
    return [
        {"id": row.pk, "number": row.number, "name": row.head_name, "group": row.group.name} for row in rows
    ]


def find_household(user: Any, village: Village, text: str) -> tuple[Household | None, str]:
    """The one household that ``text`` means, or why none: an exact number wins over a similar name."""
    clean = normalize_text(text)
    if not clean:
        return None, "请填写户号或户主姓名"
    rows = households(user, village)
    exact = rows.filter(number=clean).first()
    if exact is not None:
        return exact, ""
    found = list(search_households(rows, clean)[:6])
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, f"没有找到“{clean}”这一户"
    names = "、".join(f"{row.number} {row.head_name}（{row.group.name}）" for row in found[:5])
    return None, f"“{clean}”有几户符合，请写户号：{names}"


@dataclass(frozen=True, slots=True)
class ParsedLines:
    """A sign-in list as typed: what was understood, and what was not."""

    lines: list[tuple[Household, int]]
    problems: list[Problem]


def parse_lines(user: Any, village: Village, text: str) -> ParsedLines:
    """One household per line: number, name or initials, and a quantity behind it when it is not one."""
    lines: list[tuple[Household, int]] = []
    problems: list[Problem] = []
    rows = [line for line in text.splitlines() if normalize_text(line)]
    if len(rows) > MAX_LINES:
        return ParsedLines([], [Problem(f"一次最多 {MAX_LINES} 户，请分几次登记", column="lines")])
    by_number = {row.number: row for row in households(user, village)}
    for number, line in enumerate(rows, start=1):
        words = normalize_text(line).split(" ")
        quantity = 1
        if len(words) > 1 and words[-1].isascii() and words[-1].lstrip("+-").isdigit():
            quantity = int(words.pop()[:6])
        who = " ".join(words)
        household, reason = by_number.get(who), ""
        if household is None:
            household, reason = find_household(user, village, who)
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
