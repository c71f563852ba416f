"""Declaring which resident a member of staff is, and whose households are his close relatives' (domain.md 0)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from cogov.access.models import User
from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.errors import RuleError
from villages.models import Household, Resident, StaffResident
from villages.services import base


def declare_staff(
    *, actor: Actor, user: User, resident: Resident, relatives: Sequence[Household] = ()
) -> StaffResident:
    """Say who ``user`` is in the registry; replaces an earlier declaration. Nobody declares for himself.

    Raises AccessDenied, RuleError.
    """
    base.authorize_household(actor, "villages.declare_staff", resident.household)
    for household in relatives:
        base.authorize_household(actor, "villages.view_household", household)
    if actor.pk is not None and actor.pk == user.pk:
        raise RuleError("本人的亲属关系须由另一位同志登记")
    other = StaffResident.objects.filter(resident=resident).exclude(user=user).first()
    if other is not None:
        raise RuleError(f"{resident.name}已经登记为账号“{other.user}”本人")
    with transaction.atomic():
        declaration = StaffResident.objects.select_for_update().filter(user=user).first()
        before = _state(declaration) if declaration is not None else None
        if declaration is None:
            declaration = StaffResident(user=user, resident=resident)
        declaration.resident = resident
        declaration.save()
        declaration.relatives.set(relatives)
        record(
            actor=actor,
            action="villages.declare_staff",
            summary=f"登记工作人员亲属关系：{user}",
            obj=declaration,
            before=before,
            after=_state(declaration),
        )
    return declaration


def _state(declaration: StaffResident) -> dict[str, object]:
    return {
        "本人": f"{declaration.resident.household.number}户 {declaration.resident.name}",
        "近亲属的户": [str(household) for household in declaration.relatives.order_by("pk")],
    }
