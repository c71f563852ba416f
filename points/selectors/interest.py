"""利害关系 for many households at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, prefetch_related_objects

from villages.models import Household, HouseholdEvent, HouseholdKind, StaffResident
from villages.selectors import interest_reason


def interests_of(actor: Any, households: Iterable[Household]) -> dict[int, str]:
    """Household id -> why the actor is not impartial towards it; only those where he is not."""
    if getattr(actor, "pk", None) is None:
        return {}
    staff = StaffResident.objects.select_related("resident").filter(user_id=actor.pk).first()
    if staff is None:
        return {}
    own = staff.resident.household_id
    concerned = {own, *staff.relatives.values_list("pk", flat=True)}
    for pair in HouseholdEvent.objects.filter(Q(household_id=own) | Q(other_id=own)).values_list(
        "household_id", "other_id"
    ):
        concerned.update(pk for pk in pair if pk is not None)
    households = list(households)
    prefetch_related_objects([h for h in households if h.kind == HouseholdKind.PERSON], "head")
    reasons = {h.pk: interest_reason(actor, h) for h in households if h.home_id in concerned}
    return {pk: reason for pk, reason in reasons.items() if reason}
