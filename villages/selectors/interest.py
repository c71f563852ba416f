"""利害关系: whether a household is the actor's own or a close relative's (domain.md 0, BEY-12)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from villages.models import Household, HouseholdEvent, StaffResident


def interest_reason(actor: Any, household: Household) -> str:
    """Why the actor is not impartial towards a household, in Chinese; "" when nothing is known against him.

    A person counts with the family he lives in now. A village group is nobody's own: it concerns all alike.
    """
    if getattr(actor, "pk", None) is None:
        return ""
    staff = StaffResident.objects.select_related("resident").filter(user_id=actor.pk).first()
    if staff is None:
        return ""
    own, family = staff.resident.household_id, household.home_id
    if family is None:
        return ""
    if own == family:
        return "这是经办人自己的户"
    if staff.relatives.filter(pk=family).exists():
        return "这是经办人申报的近亲属的户"
    linked = HouseholdEvent.objects.filter(kind__in=("split", "merge")).filter(
        Q(household_id=own, other_id=family) | Q(household_id=family, other_id=own)
    )
    if linked.exists():
        return "这一户与经办人自己的户是分户或并户关系"
    return ""


def has_interest(actor: Any, household: Household) -> bool:
    """Whether the actor's own family is concerned; then he may not approve."""
    return bool(interest_reason(actor, household))
