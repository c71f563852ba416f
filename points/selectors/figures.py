"""Figures of a month for cards, reports and notices; every figure comes from the entries or from the sums of closed books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from cogov.access.policies import DRAFT
from cogov.common.periods import Period
from points.models import Holder, PointsAccount, PointsEntry, PointsMonth, PointsRuleSet
from points.states import CLOSED
from villages.models import Household, HouseholdKind, HouseholdState


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Points of a period: ``issued`` and ``deducted`` count towards ranking, ``redeemed`` left the balances."""

    issued: int
    deducted: int
    redeemed: int
    reversed: int
    entries: int
    participants: int
    households: int
    mixed: bool = False  # whether others than families hold points here (PNT-8)

    @property
    def participation(self) -> int:
        """Holders with points, in whole per cent of all that are not cancelled (rounded half up)."""
        return (200 * self.participants + self.households) // (2 * self.households) if self.households else 0


def place_filter(code: str, prefix: str = "village") -> Q:
    """Rows of a village (12 digits), township (9) or county (6) by their village relation."""
    if len(code) >= 12:
        return Q(**{f"{prefix}__code": code[:12]})
    if len(code) == 9:
        return Q(**{f"{prefix}__township__code": code})
    return Q(**{f"{prefix}__township__code__startswith": code}) if code else Q()


def places_filter(codes: Sequence[str], prefix: str = "village") -> Q:
    """Rows of any of these places."""
    condition = Q(pk__in=())
    for code in codes:
        if not code:
            return Q()
        condition |= place_filter(code, prefix)
    return condition


def entries_of(period: Period) -> QuerySet[PointsEntry]:
    """The entries in the books of a period."""
    months = period.months()
    return PointsEntry.objects.filter(period__gte=months[0].key, period__lte=months[-1].key)


def period_figures(codes: Sequence[str], period: Period) -> PeriodFigures:
    """Sums over places (division codes) in a month, quarter or year."""
    sums = (
        entries_of(period)
        .filter(places_filter(codes))
        .aggregate(
            issued=Coalesce(Sum("score", filter=Q(kind="earn")), 0),
            deducted=-Coalesce(Sum("score", filter=Q(kind="deduct")), 0),
            redeemed=-Coalesce(Sum("points", filter=Q(kind="redeem")), 0),
            reversed=Count("pk", filter=Q(kind="reverse")),
            entries=Count("pk"),
            participants=Count("account", distinct=True, filter=Q(kind="earn", score__gt=0)),
        )
    )
    day = last_day(period)
    count, mixed = _holders(codes, day)
    if mixed:  # a village changed over: who had points before, in another way, is not among those counted now
        earned = entries_of(period).filter(places_filter(codes), kind="earn", score__gt=0)
        there = earned.filter(in_force(day, "account__household__"))
        sums["participants"] = there.aggregate(n=Count("account", distinct=True))["n"]
    return PeriodFigures(households=count, mixed=mixed, **sums)


def last_day(period: Period) -> date:
    """The day whose rules a period's figures follow: its last, or today while it runs."""
    return min(period.end, timezone.localdate())


def active_holders(codes: Sequence[str], day: date) -> int:
    """How many hold points in these places: households, persons or groups, as the rules of each village say (PNT-8)."""
    return _holders(codes, day)[0]


def _holders(codes: Sequence[str], day: date) -> tuple[int, bool]:
    """Holders of the kinds in force on a day, and whether there are others than families at all; in one query."""
    rows = Household.holders.filter(places_filter(codes)).exclude(state=HouseholdState.CANCELLED)
    found = rows.aggregate(
        n=Count("pk", filter=in_force(day)), others=Count("pk", filter=~Q(kind=HouseholdKind.FAMILY))
    )
    return found["n"], bool(found["others"])


def in_force(day: date, prefix: str = "") -> Q:
    """Households that hold points under the rules of their village on a day."""
    rules = PointsRuleSet.objects.filter(effective_from__lte=day).exclude(state=DRAFT)
    rules = rules.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=day), village__isnull=False)
    others = rules.exclude(holder=Holder.HOUSEHOLD)
    matched = Q(**{f"{prefix}kind": HouseholdKind.FAMILY}) & ~Q(
        **{f"{prefix}village__in": others.order_by().values("village")}
    )
    for holder, kind in ((Holder.PERSON, HouseholdKind.PERSON), (Holder.GROUP, HouseholdKind.COLLECTIVE)):
        villages = rules.filter(holder=holder).order_by().values("village")
        matched |= Q(**{f"{prefix}kind": kind, f"{prefix}village__in": villages})
    return matched


def outstanding(codes: Sequence[str]) -> int:
    """Points that households could redeem now."""
    return int(
        PointsAccount.objects.filter(places_filter(codes)).aggregate(s=Coalesce(Sum("balance"), 0))["s"]
    )


@dataclass(frozen=True, slots=True)
class Item:
    """Points issued under one name (a rule, a category, a village)."""

    label: str
    points: int
    households: int = 0


def top_rules(codes: Sequence[str], period: Period, limit: int = 10) -> list[Item]:
    """The rules under which most points were issued."""
    rows = (
        entries_of(period)
        .filter(places_filter(codes), kind="earn", rule__isnull=False)
        .order_by()
        .values("rule__name")
        .annotate(points=Sum("score"), households=Count("account", distinct=True))
        .order_by("-points", "rule__name")
    )
    return [Item(row["rule__name"], row["points"], row["households"]) for row in rows[:limit]]


def by_category(codes: Sequence[str], period: Period) -> list[tuple[str, int]]:
    """Points issued per category code, most first."""
    rows = (
        entries_of(period)
        .filter(places_filter(codes), kind="earn", rule__isnull=False)
        .order_by()
        .values("rule__category")
        .annotate(points=Sum("score"))
        .order_by("-points", "rule__category")
    )
    return [(row["rule__category"], row["points"]) for row in rows]


def by_village(codes: Sequence[str], period: Period) -> list[Item]:
    """Points issued per village, in the order of the villages' codes."""
    rows = (
        entries_of(period)
        .filter(places_filter(codes), kind="earn")
        .order_by()
        .values("village__code", "village__name")
        .annotate(points=Sum("score"), households=Count("account", distinct=True))
        .order_by("village__code")
    )
    return [Item(row["village__name"], row["points"], row["households"]) for row in rows]


def monthly_trend(codes: Sequence[str], period: Period, months: int = 6) -> list[tuple[Period, int, int]]:
    """(month, issued, redeemed) of the last ``months`` up to ``period``.

    Closed books carry their sums; only open months are added up from the entries.
    """
    wanted = [period.shifted(step) for step in range(1 - months, 1)]
    here = Q(places_filter(codes), period__gte=wanted[0].key, period__lte=wanted[-1].key)
    closed = PointsMonth.objects.filter(here, state=CLOSED)
    twin = PointsMonth.objects.filter(village=OuterRef("village"), period=OuterRef("period"), state=CLOSED)
    sources: tuple[tuple[QuerySet[Any], Any, Any], ...] = (
        (closed, Sum("issued"), Sum("redeemed")),
        (
            PointsEntry.objects.filter(here, ~Exists(twin)),
            Coalesce(Sum("score", filter=Q(kind="earn")), 0),
            -Coalesce(Sum("points", filter=Q(kind="redeem")), 0),
        ),
    )
    found = {month.key: (0, 0) for month in wanted}
    for rows, earned, used in sources:
        sums = rows.order_by().values("period").annotate(earned=earned, used=used)
        for key, more, less in sums.values_list("period", "earned", "used"):
            found[key] = (found[key][0] + more, found[key][1] + less)
    return [(month, *found[month.key]) for month in wanted]
