"""Village groups, and the names of villages. Townships and villages come from import_divisions (VIL-1)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.text import normalize_text, pinyin_initials
from villages.models import Village, VillageGroup
from villages.services import base


def create_group(*, actor: Actor, village: Village, name: str, serial: int | None = None) -> VillageGroup:
    """A group with the next serial of the village unless given. Raises AccessDenied, InputError (taken)."""
    authorize(actor, "villages.add_villagegroup", village.code)
    with transaction.atomic():
        base.lock_village(village.pk)
        if serial is None:
            serial = (village.groups.aggregate(highest=Max("serial"))["highest"] or 0) + 1
        group = VillageGroup(
            village=village,
            serial=serial,
            name=normalize_text(name),
            code=VillageGroup.code_for(village.code, serial),
        )
        base.validate(group, exclude=("village", "code"))
        group.save()
        record(
            actor=actor,
            action="villages.create_group",
            summary=f"新增小组：{village}{group}",
            obj=group,
            after=snapshot(group, ("name", "serial", "code")),
        )
    return group


def rename_group(*, actor: Actor, group: VillageGroup, name: str) -> VillageGroup:
    """A new name; serial and code stay, because duties and rows point at the code. Raises AccessDenied, InputError."""
    authorize(actor, "villages.change_villagegroup", group.code)
    with transaction.atomic():
        fresh = VillageGroup.objects.select_for_update().get(pk=group.pk)
        before = snapshot(fresh, ("name",))
        fresh.name = normalize_text(name)
        base.validate(fresh, exclude=("village", "code"))
        fresh.save(update_fields=["name"])
        record(
            actor=actor,
            action="villages.rename_group",
            summary=f"小组改名：{before['名称']} → {fresh.name}",
            obj=fresh,
            before=before,
            after=snapshot(fresh, ("name",)),
        )
    return fresh


def change_village(*, actor: Actor, village: Village, name: str, official_name: str, kind: str) -> Village:
    """Names and kind of a village; the code is the State's. Raises AccessDenied, InputError."""
    authorize(actor, "villages.change_village", village.code)
    fields = ("name", "official_name", "kind")
    with transaction.atomic():
        fresh = Village.objects.select_for_update().get(pk=village.pk)
        before = base.readable_snapshot(fresh, fields)
        fresh.name, fresh.official_name, fresh.kind = (
            normalize_text(name),
            normalize_text(official_name),
            kind,
        )
        fresh.initials = pinyin_initials(fresh.name)
        base.validate(fresh, exclude=("township",))
        fresh.save(update_fields=[*fields, "initials"])
        record(
            actor=actor,
            action="villages.change_village",
            summary=f"修改村信息：{fresh}",
            obj=fresh,
            before=before,
            after=base.readable_snapshot(fresh, fields),
        )
    return fresh
