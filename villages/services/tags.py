"""Tags of households and residents, and the list of tags itself (VIL-2, VIL-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.text import normalize_text
from villages.models import Household, Resident, Tag, TagTarget
from villages.services import base
from villages.services.people import tags_by_name

_TAG_FIELDS = ("name", "target", "category", "sensitive", "order")


def set_household_tags(
    *,
    actor: Actor,
    household: Household,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    reason: str = "",
) -> list[str]:
    """Add and remove tags by name; returns the names that hold now. Raises AccessDenied, RuleError, InputError."""
    base.authorize_household(actor, "villages.change_household", household)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        base.require_active(fresh)
        return _retag(actor, fresh, TagTarget.HOUSEHOLD, add, remove, reason, str(fresh))


def set_resident_tags(
    *, actor: Actor, resident: Resident, add: Sequence[str] = (), remove: Sequence[str] = (), reason: str = ""
) -> list[str]:
    """Add and remove a person's tags by name; returns the names that hold now."""
    base.authorize_household(actor, "villages.change_resident", resident.household)
    with transaction.atomic():
        base.lock_households(resident.household)
        return _retag(actor, resident, TagTarget.RESIDENT, add, remove, reason, resident.name)


def _retag(
    actor: Actor,
    obj: Any,
    target: str,
    add: Sequence[str],
    remove: Sequence[str],
    reason: str,
    label: str,
) -> list[str]:
    before = sorted(obj.tags.values_list("name", flat=True))
    obj.tags.add(*tags_by_name(add, target))
    obj.tags.remove(*tags_by_name(remove, target))
    after = sorted(obj.tags.values_list("name", flat=True))
    if after != before:
        record(
            actor=actor,
            action=f"villages.tag_{target}",
            summary=f"修改标签：{label}",
            obj=obj,
            before={"标签": before},
            after={"标签": after},
            comment=reason,
        )
    return after


def save_tag(
    *,
    actor: Actor,
    tag: Tag | None = None,
    name: str,
    target: str,
    category: str = "",
    sensitive: bool = False,
    order: int = 100,
) -> Tag:
    """Create or change a tag of the list. Its target stays once it is in use. Raises AccessDenied, InputError, RuleError."""
    if not actor.has_perm("villages.change_tag"):
        raise AccessDenied
    with transaction.atomic():
        fresh = Tag.objects.select_for_update().get(pk=tag.pk) if tag is not None else Tag()
        before = base.readable_snapshot(fresh, _TAG_FIELDS) if tag is not None else None
        if (
            tag is not None
            and fresh.target != target
            and (fresh.households.exists() or fresh.residents.exists())
        ):
            raise RuleError(f"标签“{fresh.name}”已经在用，不能改变它用于户还是人")
        fresh.name, fresh.target = normalize_text(name), target
        fresh.category, fresh.sensitive, fresh.order = normalize_text(category), sensitive, order
        base.validate(fresh)
        fresh.save()
        record(
            actor=actor,
            action="villages.save_tag",
            summary=f"{'修改' if tag is not None else '新增'}标签：{fresh.name}",
            obj=fresh,
            before=before,
            after=base.readable_snapshot(fresh, _TAG_FIELDS),
        )
    return fresh
