"""The registry of a village by groups, or of a township by villages: for reports, cards and charts. Set-wise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from villages.models import (
    Household,
    HouseholdEvent,
    HouseholdEventKind,
    HouseholdState,
    Resident,
    Village,
    VillageGroup,
)
from villages.models.residents import ACTIVE_RESIDENT_STATES


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One group or village; counts of today."""

    code: str
    name: str
    households: int
    away: int
    registered: int
    actual: int


def _active(code: str) -> QuerySet[Household]:
    """Households on the register in the township or village with this code."""
    key = "village__code" if len(code) == 12 else "village__township__code"
    return Household.objects.filter(**{key: code}).exclude(state=HouseholdState.CANCELLED)


def place_rows(code: str) -> list[PlaceRow]:
    """Rows below a place: the groups of a village, the villages of a township. Two queries."""
    by_group = len(code) == 12
    key = "group_id" if by_group else "village_id"
    sums = {
        row[key]: row
        for row in _active(code)
        .order_by()
        .values(key)
        .annotate(
            households=Count("pk"),
            away=Count("pk", filter=Q(state=HouseholdState.AWAY)),
            registered=Sum("registered_population"),
            actual=Sum("actual_population"),
        )
    }
    places: Sequence[Village | VillageGroup] = (
        list(VillageGroup.objects.filter(village__code=code).order_by("serial"))
        if by_group
        else list(Village.objects.filter(township__code=code).order_by("code"))
    )
    return [_row(place, sums.get(place.pk, {})) for place in places]


def _row(place: Village | VillageGroup, sums: dict[str, int]) -> PlaceRow:
    return PlaceRow(
        place.code,
        place.name,
        sums.get("households", 0),
        sums.get("away", 0),
        sums.get("registered", 0),
        sums.get("actual", 0),
    )


def tag_counts(code: str, *, with_sensitive: bool = True) -> list[tuple[str, int]]:
    """How many households of a place carry each household tag, in the order of the list; unused tags are left out."""
    rows = Household.tags.through.objects.filter(household__in=_active(code).order_by().values("pk"))
    if not with_sensitive:
        rows = rows.filter(tag__sensitive=False)
    counted = (
        rows.values("tag__name", "tag__order").annotate(n=Count("pk")).order_by("tag__order", "tag__name")
    )
    return [(row["tag__name"], row["n"]) for row in counted]


def event_counts(code: str, start: date, end: date) -> dict[str, int]:
    """Lineage events of a place between two dates (inclusive) by kind; transfers within the place count once."""
    key = "household__village__code" if len(code) == 12 else "household__village__township__code"
    rows = (
        HouseholdEvent.objects.filter(**{key: code}, happened_on__range=(start, end))
        .order_by()
        .values("kind")
        .annotate(n=Count("pk"))
    )
    counted = {row["kind"]: row["n"] for row in rows}
    return {kind.value: counted.get(kind.value, 0) for kind in HouseholdEventKind}


def headless(rows: QuerySet[Household]) -> QuerySet[Household]:
    """Households on the register that have members but no head."""
    return rows.exclude(state=HouseholdState.CANCELLED).filter(head__isnull=True, registered_population__gt=0)


def deserted(rows: QuerySet[Household]) -> QuerySet[Household]:
    """Households on the register without a single member: to be cancelled or filled."""
    return rows.exclude(state=HouseholdState.CANCELLED).filter(registered_population=0)


def unidentified(rows: QuerySet[Resident]) -> QuerySet[Resident]:
    """Residents on the register without an identity number."""
    return rows.filter(id_number_hash="", state__in=ACTIVE_RESIDENT_STATES)
