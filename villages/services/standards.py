"""Which standards a village follows, and the evidence for their items (VIL-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.errors import AccessDenied, InputError, Problem, RuleError
from cogov.common.text import normalize_text
from villages.models import (
    Organisation,
    OrganisationKind,
    OrganisationStandard,
    StandardEvidence,
    StandardItem,
    Village,
    VillageStandard,
)
from villages.services import base

R = TypeVar("R", bound=models.Model)


def save_kind(
    *,
    actor: Actor,
    kind: OrganisationKind | None = None,
    code: str = "",
    name: str,
    purpose: str = "",
    order: int = 100,
) -> OrganisationKind:
    """Create or change a kind of organisation; the code of an existing one stays. Raises AccessDenied, InputError."""
    if not actor.has_perm("villages.change_organisationstandard"):
        raise AccessDenied
    with transaction.atomic():
        fresh = (
            OrganisationKind.objects.select_for_update().get(pk=kind.pk)
            if kind is not None
            else OrganisationKind(code=code)
        )
        return _write_reference(
            actor,
            fresh,
            {"name": normalize_text(name), "purpose": normalize_text(purpose), "order": order},
        )


def save_standard(
    *,
    actor: Actor,
    standard: OrganisationStandard | None = None,
    code: str = "",
    name: str,
    source: str = "",
    order: int = 100,
) -> OrganisationStandard:
    """Create or change a standard; the code of an existing one stays. Raises AccessDenied, InputError."""
    if not actor.has_perm("villages.change_organisationstandard"):
        raise AccessDenied
    with transaction.atomic():
        fresh = (
            OrganisationStandard.objects.select_for_update().get(pk=standard.pk)
            if standard is not None
            else OrganisationStandard(code=code)
        )
        return _write_reference(
            actor,
            fresh,
            {"name": normalize_text(name), "source": normalize_text(source), "order": order},
        )


def save_standard_item(
    *,
    actor: Actor,
    standard: OrganisationStandard,
    order: int,
    name: str,
    requirement: str = "",
    organisation_kind: OrganisationKind | None = None,
    retired: bool = False,
    item: StandardItem | None = None,
) -> StandardItem:
    """Add an item, or change one of the standard's; a retired one leaves the checklists. Raises AccessDenied, InputError."""
    if not actor.has_perm("villages.change_organisationstandard"):
        raise AccessDenied
    with transaction.atomic():
        OrganisationStandard.objects.select_for_update().get(pk=standard.pk)
        fresh = standard.items.get(pk=item.pk) if item is not None else StandardItem(standard=standard)
        return _write_reference(
            actor,
            fresh,
            {
                "order": order,
                "name": normalize_text(name),
                "requirement": normalize_text(requirement),
                "organisation_kind": organisation_kind,
                "retired": retired,
            },
        )


def _write_reference(actor: Actor, row: R, values: dict[str, Any]) -> R:
    """Set, validate, save and record a row of a reference list."""
    fields = list(values)
    before = snapshot(row, fields) if row.pk is not None else None
    for field, value in values.items():
        setattr(row, field, value)
    base.validate(row)
    row.save()
    record(
        actor=actor,
        action=f"villages.save_{row._meta.model_name}",
        summary=f"{'修改' if before is not None else '新增'}{row._meta.verbose_name}：{row}",
        obj=row,
        before=before,
        after=snapshot(row, fields),
    )
    return row


def choose_standards(
    *, actor: Actor, village: Village, standards: Sequence[OrganisationStandard]
) -> list[OrganisationStandard]:
    """The village follows exactly these from now on; evidence of the others is kept. Raises AccessDenied."""
    authorize(actor, "villages.choose_standards", village.code)
    with transaction.atomic():
        base.lock_village(village.pk)
        rows = {row.standard_id: row for row in village.chosen_standards.select_related("standard")}
        before = [row.standard.name for row in rows.values()]
        wanted = {standard.pk: standard for standard in standards}
        for pk, row in rows.items():
            if pk not in wanted:
                row.delete()
        VillageStandard.objects.bulk_create(
            VillageStandard(village=village, standard=standard, chosen_on=timezone.localdate())
            for pk, standard in sorted(wanted.items())
            if pk not in rows
        )
        after = [standard.name for standard in standards]
        if set(before) != set(after):
            record(
                actor=actor,
                action="villages.choose_standards",
                summary=f"选择组织建设标准：{village}",
                obj=village,
                before={"标准": sorted(before)},
                after={"标准": sorted(after)},
            )
    return list(wanted.values())


def add_evidence(
    *,
    actor: Actor,
    village: Village,
    item: StandardItem,
    description: str,
    fulfilled_on: date,
    organisation: Organisation | None = None,
) -> StandardEvidence:
    """Say why an item is done: what there is, since when, where to see it. Raises AccessDenied, RuleError, InputError."""
    authorize(actor, "villages.add_standardevidence", village.code)
    if fulfilled_on > timezone.localdate():
        raise InputError("佐证没有登记", [Problem("完成日期不能晚于今天", column="完成日期")])
    if organisation is not None and organisation.village_id != village.pk:
        raise RuleError("组织不属于这个村")
    if not village.chosen_standards.filter(standard_id=item.standard_id).exists():
        raise RuleError(f"{village}没有采用“{item.standard}”")
    with transaction.atomic():
        evidence = StandardEvidence(
            village=village,
            item=item,
            organisation=organisation,
            description=normalize_text(description),
            fulfilled_on=fulfilled_on,
            recorded_by_id=actor.pk,
        )
        base.validate(evidence, exclude=("village", "item", "organisation", "recorded_by"))
        evidence.save()
        record(
            actor=actor,
            action="villages.add_evidence",
            summary=f"登记佐证：{village}{item.standard}“{item}”",
            obj=evidence,
            after={"佐证": evidence.description, "完成日期": fulfilled_on.isoformat()},
        )
    return evidence


def withdraw_evidence(*, actor: Actor, evidence: StandardEvidence, reason: str) -> StandardEvidence:
    """Take evidence back that does not hold. Raises AccessDenied, InputError, RuleError."""
    authorize(actor, "villages.add_standardevidence", evidence.village.code)
    text = normalize_text(reason)
    if not text:
        raise InputError("没有办理", [Problem("请写明撤回的原因", column="原因")])
    with transaction.atomic():
        fresh = StandardEvidence.objects.select_for_update().get(pk=evidence.pk)
        if fresh.withdrawn_at is not None:
            raise RuleError("这条佐证已经撤回")
        fresh.withdrawn_at, fresh.withdrawn_reason = timezone.now(), text[:200]
        fresh.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        record(
            actor=actor,
            action="villages.withdraw_evidence",
            summary=f"撤回佐证：{fresh.village}“{fresh.item}”",
            obj=fresh,
            comment=text,
        )
    return fresh
