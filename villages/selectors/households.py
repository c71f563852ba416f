"""Finding households and people, and telling a household's story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.audit.services import history_of
from cogov.common.canonical import digest
from cogov.common.text import normalize_name, normalize_text
from villages import rules
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdEvent,
    HouseholdKind,
    HouseholdState,
    Resident,
    RubbishFee,
    Village,
    VillageGroup,
)

_IDENTITY = re.compile(r"\d{17}[\dX]", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_NUMBER = re.compile(r"[\dA-Z集][\dA-Z\-]{0,19}", re.ASCII)
_OF_FAMILY = re.compile(r"(\d+)(-\d+)", re.ASCII)  # a person's number: the family's, and which of them
_LETTERS = re.compile(r"[a-z]+", re.ASCII)

# What the version of a row covers: what people edit, and nothing that follows from other rows.
_VERSIONED: dict[str, tuple[str, ...]] = {
    "villages.household": (
        "number", "group_id", "address", "latitude", "longitude", "state", "registered_on",
    ),
    "villages.resident": (
        "household_id", "name", "sex", "birth_date", "relation", "id_number_hash", "phone_hash",
        "political_status", "skills", "state",
    ),
    "villages.organisation": ("kind_id", "name", "founded_on", "basis", "duties", "state"),
}  # fmt: skip


def version_token(obj: models.Model) -> str:
    """A short digest of what people can edit in a row; a form carries it, so that nobody overwrites another's work."""
    fields = _VERSIONED[obj._meta.label_lower]
    return digest({name: getattr(obj, name) for name in fields})[:16]


def households_of(place: Village | VillageGroup, *, cancelled: bool = False) -> QuerySet[Household]:
    """Households of a village or group in the order of their numbers; the cancelled only when asked for."""
    key = "village" if isinstance(place, Village) else "group"
    rows = Household.objects.filter(**{key: place}).select_related("village", "group").order_by("number")
    return rows if cancelled else active_households(rows)


def active_households(rows: QuerySet[Household]) -> QuerySet[Household]:
    return rows.exclude(state=HouseholdState.CANCELLED)


def next_household_number(village: Village) -> str:
    """The next free plain number of a village (001, 002 -> 003)."""
    return rules.next_number(Household.objects.filter(village=village).values_list("number", flat=True))


def _resident_condition(text: str) -> Q | None:
    """Which people a search text means: identity number, mobile number, initials or a name; None: none of these."""
    compact = re.sub(r"\s", "", text).upper()
    if _IDENTITY.fullmatch(compact):
        return Q(id_number_hash=keyed_hash(compact, "identity"))
    if _MOBILE.fullmatch(compact):
        return Q(phone_hash=keyed_hash(compact, "phone"))
    lowered = compact.lower()
    if _LETTERS.fullmatch(lowered):
        return Q(initials__startswith=lowered)
    if not compact.isascii():
        return Q(name__startswith=normalize_name(text))
    return None


def _number_condition(text: str) -> Q:
    """A household number as people say it: 12 finds 12, 012 and 0012; 12-2 finds 0012-2."""
    compact = re.sub(r"[\s户号]", "", text).upper()
    if not _NUMBER.fullmatch(compact):
        return Q(pk__in=[])
    variants = {compact}
    if compact.isdigit():
        bare = compact.lstrip("0") or "0"
        variants |= {bare.zfill(width) for width in range(1, 7)}
    elif person := _OF_FAMILY.fullmatch(compact):
        bare = person[1].lstrip("0") or "0"
        variants |= {bare.zfill(width) + person[2] for width in range(1, 7)}
    return Q(number__in=sorted(variants))


def search_households(rows: QuerySet[Household], text: str) -> QuerySet[Household]:
    """``rows`` that a clerk means by ``text``: number, name or initials of the head or a member, identity number, phone.

    Identity and phone numbers match only in full, by keyed hash. Several words must all fit.
    """
    for word in normalize_text(text).split(" ")[:5]:
        if not word:
            continue
        matched = _number_condition(word)
        people = _resident_condition(word)
        if people is not None:
            matched |= Q(pk__in=Resident.objects.filter(people).values("household_id"))
            name = normalize_name(word)
            if not name.isascii():
                matched |= Q(head_name__startswith=name) | Q(address__startswith=name)
            elif _LETTERS.fullmatch(name.lower()):
                matched |= Q(head_initials__startswith=name.lower())
        rows = rows.filter(matched)
    return rows


def search_holders(rows: QuerySet[Household], text: str) -> QuerySet[Household]:
    """As :func:`search_households`; a person is found by the number of the family too, and by his own numbers."""
    for word in normalize_text(text).split(" ")[:5]:
        if not word:
            continue
        number = _number_condition(word)
        matched = Q(pk__in=search_households(rows, word).order_by().values("pk"))
        matched |= Q(family__in=Household.objects.filter(number).order_by().values("pk"))
        people = _resident_condition(word)
        if people is not None:
            own = Resident.objects.filter(people).order_by().values("pk")
            matched |= Q(kind=HouseholdKind.PERSON, head__in=own)
        rows = rows.filter(matched)
    return rows


def search_residents(rows: QuerySet[Resident], text: str) -> QuerySet[Resident]:
    """``rows`` that a clerk means by ``text``: name, initials, household number, exact identity or phone number."""
    for word in normalize_text(text).split(" ")[:5]:
        if not word:
            continue
        matched = Q(household__in=Household.objects.filter(_number_condition(word)).values("pk"))
        people = _resident_condition(word)
        if people is not None:
            matched |= people
        rows = rows.filter(matched)
    return rows


def search_cards(rows: QuerySet[HouseholdCard], text: str) -> QuerySet[HouseholdCard]:
    """Cards of the households that ``text`` means."""
    return rows.filter(household__in=search_holders(Household.holders.order_by(), text).values("pk"))


def search_fees(rows: QuerySet[RubbishFee], text: str) -> QuerySet[RubbishFee]:
    """Bills of the households that ``text`` means."""
    return rows.filter(household__in=search_households(Household.objects.order_by(), text).values("pk"))


# --- history -----------------------------------------------------------------------------------------------------


def lineage_of(household: Household) -> QuerySet[HouseholdEvent]:
    """Every event in which the household took part, on either side, newest first."""
    return (
        HouseholdEvent.objects.filter(Q(household=household) | Q(other=household))
        .select_related("household__village", "other__village")
        .order_by("-happened_on", "-id")
    )


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a household's story. ``other`` is the household to link to, if any."""

    on: date
    title: str
    detail: str
    actor: str
    other: Household | None = None


def _describe(event: HouseholdEvent, household: Household) -> TimelineEntry:
    names = event.member_names
    forward = event.household_id == household.pk
    other = event.other if forward else event.household
    far = f"{other.village.name}{other}" if other is not None else ""
    titles: dict[tuple[str, bool], str] = {
        ("found", True): "立户",
        ("split", True): f"分出新户 {far}",
        ("split", False): f"由 {far} 分出立户",
        ("merge", True): f"并入 {far}",
        ("merge", False): f"并入了 {far}",
        ("transfer", True): f"成员迁往 {far}",
        ("transfer", False): f"成员由 {far} 迁来",
        ("head", True): "变更户主",
        ("cancel", True): "销户",
        ("restore", True): "恢复户籍",
    }
    detail = "；".join(part for part in (names, event.reason) if part)
    title = titles.get((event.kind, forward), event.get_kind_display())
    return TimelineEntry(event.happened_on, title, detail, event.actor_name, other)


_OWN_EVENTS = frozenset(
    f"villages.{name}"
    for name in (
        "create_household", "split_household", "merge_households", "cancel_household", "restore_household",
        "change_head", "move_resident", "receive_resident",
    )
)  # fmt: skip


def household_timeline(household: Household, *, limit: int = 200) -> list[TimelineEntry]:
    """Lineage and every other recorded change of a household, newest first."""
    entries: list[tuple[date, datetime, TimelineEntry]] = [
        (event.happened_on, event.created_at, _describe(event, household))
        for event in lineage_of(household)[:limit]
    ]
    changes: QuerySet[Any] = history_of(household).exclude(action__in=_OWN_EVENTS).order_by("-id")[:limit]
    for change in changes:
        on = timezone.localdate(change.created_at)
        entries.append(
            (on, change.created_at, TimelineEntry(on, change.summary, change.comment, change.actor_name))
        )
    entries.sort(key=lambda row: row[:2], reverse=True)
    return [entry for _, _, entry in entries[:limit]]
