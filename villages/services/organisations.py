"""Organisations, their members and terms (VIL-4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.errors import InputError, Problem, RuleError
from cogov.common.text import normalize_name, normalize_text
from villages.models import (
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationState,
    Resident,
    Village,
)
from villages.services import base

_FIELDS = ("kind", "name", "founded_on", "basis", "duties", "state")
_MEMBER_FIELDS = ("name", "office", "order", "starts_on", "ends_on")


def found_organisation(
    *,
    actor: Actor,
    village: Village,
    kind: OrganisationKind,
    founded_on: date,
    name: str = "",
    basis: str = "",
    duties: str = "",
) -> Organisation:
    """A new organisation of a village; without ``name`` it is called village + kind. Raises AccessDenied, InputError."""
    authorize(actor, "villages.add_organisation", village.code)
    _not_future(founded_on, "成立日期")
    with transaction.atomic():
        organisation = Organisation(
            village=village,
            kind=kind,
            name=normalize_text(name) or f"{village.name}{kind.name}",
            founded_on=founded_on,
            basis=normalize_text(basis),
            duties=duties.strip(),
        )
        base.validate(organisation, exclude=("village", "kind"))
        organisation.save()
        record(
            actor=actor,
            action="villages.found_organisation",
            summary=f"成立组织：{organisation}",
            obj=organisation,
            after=base.readable_snapshot(organisation, _FIELDS),
        )
    return organisation


def change_organisation(
    *, actor: Actor, organisation: Organisation, expected: str | None = None, **changes: Any
) -> Organisation:
    """Change kind, name, founded_on, basis or duties. Raises AccessDenied, ConflictError, RuleError, InputError."""
    unknown = set(changes) - {"kind", "name", "founded_on", "basis", "duties"}
    if unknown:
        raise TypeError(f"change_organisation() has no {sorted(unknown)}")
    authorize(actor, "villages.change_organisation", organisation.village.code)
    with transaction.atomic():
        fresh = _lock(organisation)
        base.require_version(fresh, expected)
        before = base.readable_snapshot(fresh, _FIELDS)
        for field, value in changes.items():
            setattr(fresh, field, normalize_text(value) if field in ("name", "basis") else value)
        _not_future(fresh.founded_on, "成立日期")
        base.validate(fresh, exclude=("village", "kind"))
        fresh.save()
        after = base.readable_snapshot(fresh, _FIELDS)
        if after != before:
            record(
                actor=actor,
                action="villages.change_organisation",
                summary=f"修改组织：{fresh}",
                obj=fresh,
                before=before,
                after=after,
            )
    return fresh


def _lock(organisation: Organisation) -> Organisation:
    fresh = (
        Organisation.objects.select_for_update(of=("self",))
        .select_related("village", "kind")
        .get(pk=organisation.pk)
    )
    if fresh.state == OrganisationState.DISSOLVED:
        raise RuleError(f"{fresh}已经撤销")
    return fresh


def _not_future(day: date, column: str) -> None:
    if day > timezone.localdate():
        raise InputError("没有保存", [Problem("日期不能晚于今天", column=column)])


def dissolve_organisation(
    *, actor: Actor, organisation: Organisation, dissolved_on: date, reason: str
) -> Organisation:
    """End an organisation and every running term in it. Raises AccessDenied, RuleError, InputError."""
    authorize(actor, "villages.change_organisation", organisation.village.code)
    _not_future(dissolved_on, "撤销日期")
    with transaction.atomic():
        fresh = _lock(organisation)
        if dissolved_on < fresh.founded_on:
            raise RuleError("撤销日期不能早于成立日期")
        for member in fresh.members.select_for_update().filter(ends_on__isnull=True).order_by("pk"):
            member.ends_on = max(dissolved_on, member.starts_on)
            member.save(update_fields=["ends_on"])
        fresh.state, fresh.dissolved_on = OrganisationState.DISSOLVED.value, dissolved_on
        fresh.save(update_fields=["state", "dissolved_on"])
        record(
            actor=actor,
            action="villages.dissolve_organisation",
            summary=f"撤销组织：{fresh}",
            obj=fresh,
            comment=reason,
        )
    return fresh


def add_member(
    *,
    actor: Actor,
    organisation: Organisation,
    office: str,
    starts_on: date,
    resident: Resident | None = None,
    name: str = "",
    ends_on: date | None = None,
    order: int = 10,
) -> OrganisationMember:
    """Seat a resident of the registry, or somebody by ``name``. Raises AccessDenied, RuleError, InputError."""
    authorize(actor, "villages.change_organisation", organisation.village.code)
    if resident is not None:
        base.authorize_household(actor, "villages.view_resident", resident.household)
    with transaction.atomic():
        fresh = _lock(organisation)
        if starts_on < fresh.founded_on:
            raise InputError("成员没有登记", [Problem("任期不能早于组织成立", column="任期开始")])
        if resident is not None and resident.state not in ("registered", "away"):
            raise RuleError(f"{resident.name}已经{resident.get_state_display()}，不能任职")
        member = OrganisationMember(
            organisation=fresh,
            resident=resident,
            name=resident.name if resident is not None else normalize_name(name),
            office=normalize_text(office),
            starts_on=starts_on,
            ends_on=ends_on,
            order=order,
        )
        base.validate(member, exclude=("organisation", "resident"))
        member.save()
        record(
            actor=actor,
            action="villages.add_member",
            summary=f"任职：{member.name} 任 {fresh}{member.office}",
            obj=fresh,
            after=snapshot(member, _MEMBER_FIELDS),
        )
    return member


def end_membership(
    *, actor: Actor, member: OrganisationMember, ends_on: date, reason: str = ""
) -> OrganisationMember:
    """Last day in office. Raises AccessDenied, RuleError."""
    authorize(actor, "villages.change_organisation", member.organisation.village.code)
    with transaction.atomic():
        fresh = (
            OrganisationMember.objects.select_for_update(of=("self",))
            .select_related("organisation__village")
            .get(pk=member.pk)
        )
        if fresh.ends_on is not None and fresh.ends_on <= timezone.localdate():
            raise RuleError(f"{fresh.name}的任期已经结束")
        if ends_on < fresh.starts_on:
            raise RuleError("任期结束不能早于开始")
        before = snapshot(fresh, _MEMBER_FIELDS)
        fresh.ends_on = ends_on
        fresh.save(update_fields=["ends_on"])
        record(
            actor=actor,
            action="villages.end_membership",
            summary=f"离任：{fresh.name} 不再任 {fresh.organisation}{fresh.office}",
            obj=fresh.organisation,
            before=before,
            after=snapshot(fresh, _MEMBER_FIELDS),
            comment=reason,
        )
    return fresh
