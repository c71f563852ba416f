"""What every service of the registry does first: lock in key order, authorise at the group, and compare versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from cogov.access.scope import Actor, authorize
from cogov.audit.services import snapshot
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from villages.models import Household, HouseholdKind, Resident, Village
from villages.selectors import version_token

HOUSEHOLD_FIELDS = (
    "number",
    "group",
    "head_name",
    "address",
    "latitude",
    "longitude",
    "state",
    "registered_on",
    "registered_population",
    "actual_population",
)
RESIDENT_FIELDS = (
    "household",
    "name",
    "sex",
    "birth_date",
    "relation",
    "id_number",
    "phone",
    "political_status",
    "skills",
    "state",
)


def lock_village(village_id: int) -> Village:
    """Lock a village against a second giver of household numbers; before its households, never after."""
    return Village.objects.select_for_update().get(pk=village_id)


def lock_households(*households: Household) -> dict[int, Household]:
    """Fresh, locked families by key, locked in key order; their village and group are loaded too."""
    locked = lock_holders(*households)
    if any(row.kind != HouseholdKind.FAMILY for row in locked.values()):
        raise RuleError("个人户、集体户只用来记积分，不能办理户籍")
    return locked


def lock_holders(*households: Household) -> dict[int, Household]:
    """The same for whatever holds points, persons and groups included."""
    wanted = sorted({household.pk for household in households})
    rows = (
        Household.holders.select_for_update(of=("self",))
        .select_related("village", "group")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def lock_members(household_ids: Iterable[int]) -> list[Resident]:
    """Every resident of the (locked) households, locked in key order."""
    return list(
        Resident.objects.select_for_update(of=("self",))
        .filter(household_id__in=list(household_ids))
        .order_by("pk")
    )


def authorize_household(actor: Actor, perm: str, household: Household) -> None:
    """The group's code decides: it begins with the codes of village, township and county. Raises AccessDenied."""
    authorize(actor, perm, household.group.code)


def require_active(household: Household) -> None:
    if not household.is_active:
        raise RuleError(f"{household}已经注销，不能再办理")


def require_version(obj: models.Model, expected: str | None) -> None:
    """Raises ConflictError when somebody changed the row after ``expected`` was read."""
    if expected is not None and expected != version_token(obj):
        raise ConflictError("您打开页面后，别人已经改过这条记录。请刷新页面，核对后再保存")


def validate(obj: models.Model, *, exclude: Sequence[str] = ()) -> None:
    """Field rules and constraints of the model, as problems that name the columns. Raises InputError.

    ``exclude`` names fields that the service has set itself; constraints over them are checked all the same.
    """
    problems: list[Problem] = []
    checks = (lambda: obj.clean_fields(exclude=set(exclude)), obj.validate_unique, obj.validate_constraints)
    for check in checks:
        try:
            check()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                column = "" if name == "__all__" else str(_verbose(obj, name))
                problems.extend(Problem(message, column=column) for message in messages)
        if problems:
            raise InputError(f"{obj._meta.verbose_name}没有保存", problems)


def _verbose(obj: models.Model, name: str) -> Any:
    return getattr(obj._meta.get_field(name), "verbose_name", name)


def named(members: Iterable[Resident]) -> list[dict[str, Any]]:
    """Members as a lineage event keeps them."""
    return [{"id": member.pk, "name": member.name} for member in members]


def readable_snapshot(obj: models.Model, fields: Sequence[str]) -> dict[str, Any]:
    """A snapshot with the Chinese labels of choices in place of their codes."""
    values = snapshot(obj, fields)
    for name in fields:
        field = obj._meta.get_field(name)
        if getattr(field, "choices", None):
            values[str(_verbose(obj, name))] = getattr(obj, f"get_{name}_display")()
    return values


def household_snapshot(household: Household) -> dict[str, Any]:
    """A household as an audit event shows it: its columns and tags."""
    return {
        **readable_snapshot(household, HOUSEHOLD_FIELDS),
        "标签": list(household.tags.order_by("name").values_list("name", flat=True)),
    }


def resident_snapshot(resident: Resident) -> dict[str, Any]:
    """A resident as an audit event shows him: numbers masked, tags included."""
    return {
        **readable_snapshot(resident, RESIDENT_FIELDS),
        "标签": list(resident.tags.order_by("name").values_list("name", flat=True)),
    }
