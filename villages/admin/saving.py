"""Save services of the desk pages: from cleaned form values to the registry's services."""

from __future__ import annotations

from typing import Any

from cogov.common.errors import InputError, Problem
from villages import services
from villages.forms.base import on_fields
from villages.forms.residents import draft_from
from villages.models import (
    Household,
    Organisation,
    OrganisationKind,
    OrganisationStandard,
    Resident,
    SanitationPolicy,
    StaffResident,
    Tag,
    TalentBank,
    Village,
    VillageGroup,
)


def save_household(*, actor: Any, instance: Household | None, data: dict[str, Any]) -> Household:
    """Found a household with its head, or change one."""
    tags = [tag.name for tag in data.get("tags", ())]
    common = {name: data.get(name) for name in ("registered_on", "state")}
    with on_fields():
        if instance is None:
            group = data["group"]
            return services.create_household(
                actor=actor,
                village=group.village,
                group=group,
                number=data.get("number", ""),
                address=data.get("address", ""),
                tags=tags,
                members=[draft_from(data, relation="head")],
                **common,
            )
        return services.change_household(
            actor=actor,
            household=instance,
            expected=data.get("version") or None,
            number=data["number"],
            group=data["group"],
            address=data.get("address", ""),
            latitude=data.get("latitude"),
            longitude=data.get("longitude"),
            tags=tags,
            **common,
        )


def save_resident(*, actor: Any, instance: Resident | None, data: dict[str, Any]) -> Resident:
    """Change a resident; new ones are entered on the household's page."""
    if instance is None:
        raise InputError("没有保存", [Problem("新成员请在户的页面上登记")])
    changes = {
        name: data[name] for name in ("name", "relation", "sex", "birth_date", "political_status", "skills")
    }
    for name in ("id_number", "phone"):
        if data.get(f"clear_{name}"):
            changes[name] = ""
        elif data.get(f"new_{name}"):
            changes[name] = data[f"new_{name}"]
    with on_fields(身份证号="new_id_number", 联系电话="new_phone"):
        return services.change_resident(
            actor=actor,
            resident=instance,
            expected=data.get("version") or None,
            tags=[tag.name for tag in data.get("tags", ())],
            **changes,
        )


def save_group(*, actor: Any, instance: VillageGroup | None, data: dict[str, Any]) -> VillageGroup:
    """Add or rename a group."""
    with on_fields():
        if instance is None:
            return services.create_group(actor=actor, village=data["village"], name=data["name"])
        return services.rename_group(actor=actor, group=instance, name=data["name"])


def save_village(*, actor: Any, instance: Village | None, data: dict[str, Any]) -> Village:
    """Names and kind of a village."""
    if instance is None:
        raise InputError("没有保存", [Problem("村由区划代码表导入")])
    with on_fields(全称="official_name", 类型="kind"):
        return services.change_village(
            actor=actor,
            village=instance,
            name=data["name"],
            official_name=data["official_name"],
            kind=data["kind"],
        )


def save_tag(*, actor: Any, instance: Tag | None, data: dict[str, Any]) -> Tag:
    """A tag of the list."""
    with on_fields():
        return services.save_tag(actor=actor, tag=instance, **data)


def save_bank(*, actor: Any, instance: TalentBank | None, data: dict[str, Any]) -> TalentBank:
    """A bank of people."""
    with on_fields():
        return services.save_talent_bank(actor=actor, bank=instance, **data)


def save_organisation(*, actor: Any, instance: Organisation | None, data: dict[str, Any]) -> Organisation:
    """Found or change an organisation."""
    expected = data.pop("version", None) or None
    with on_fields():
        if instance is None:
            return services.found_organisation(actor=actor, **data)
        return services.change_organisation(actor=actor, organisation=instance, expected=expected, **data)


def save_policy(*, actor: Any, instance: SanitationPolicy | None, data: dict[str, Any]) -> SanitationPolicy:
    """Draft a sanitation policy, or change the draft."""
    township = instance.township if instance is not None else data.pop("township")
    fee = data.pop("fee")
    with on_fields():
        return services.draft_sanitation_policy(
            actor=actor, township=township, policy=instance, fee_per_person_month=fee, **data
        )


def save_staff(*, actor: Any, instance: StaffResident | None, data: dict[str, Any]) -> StaffResident:
    """Declare who a member of staff is."""
    return services.declare_staff(
        actor=actor,
        user=instance.user if instance is not None else data["user"],
        resident=data["resident"],
        relatives=data["relatives"],
    )


def save_kind(*, actor: Any, instance: OrganisationKind | None, data: dict[str, Any]) -> OrganisationKind:
    """A kind of organisation."""
    with on_fields():
        return services.save_kind(actor=actor, kind=instance, **data)


def save_standard(
    *, actor: Any, instance: OrganisationStandard | None, data: dict[str, Any]
) -> OrganisationStandard:
    """A list that villages are measured against."""
    with on_fields():
        return services.save_standard(actor=actor, standard=instance, **data)
