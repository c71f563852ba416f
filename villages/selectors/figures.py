"""Figures of a village: what reports, cards and the derived duties are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from villages import rules
from villages.models import Household, HouseholdState, Resident, Village
from villages.models.residents import ACTIVE_RESIDENT_STATES
from villages.selectors.fees import policy_on


@dataclass(frozen=True, slots=True)
class VillageFigures:
    """Counts of today's registry; ``adults`` are 18 or older on ``on``."""

    village: Village
    on: date
    groups: int
    households: int
    households_away: int
    registered_population: int
    actual_population: int
    adults: int
    party_members: int
    cleaners: rules.Explained


def village_figures(village: Village, on: date) -> VillageFigures:
    """Households, people, adults, party members and cleaners needed of a village on a day (ages of that day)."""
    active = Household.objects.filter(village=village).exclude(state=HouseholdState.CANCELLED)
    sums = active.aggregate(
        households=Count("pk"),
        away=Count("pk", filter=Q(state=HouseholdState.AWAY)),
        registered=Sum("registered_population", default=0),
        actual=Sum("actual_population", default=0),
    )
    people = Resident.objects.filter(household__village=village, state__in=ACTIVE_RESIDENT_STATES).aggregate(
        adults=Count("pk", filter=Q(birth_date__lte=rules.eighteen_before(on))),
        party=Count("pk", filter=Q(political_status__in=("party", "probationary"))),
    )
    policy = policy_on(village.township, on)
    per_cleaner = policy.people_per_cleaner if policy is not None else 300
    return VillageFigures(
        village=village,
        on=on,
        groups=village.groups.count(),
        households=sums["households"],
        households_away=sums["away"],
        registered_population=sums["registered"],
        actual_population=sums["actual"],
        adults=people["adults"],
        party_members=people["party"],
        cleaners=rules.cleaners_needed(sums["actual"], per_cleaner),
    )
