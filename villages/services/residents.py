"""Residents: entering, changing, moving between households, moving away, dying, coming back (VIL-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from villages import rules
from villages.models import (
    Household,
    HouseholdEventKind,
    Relation,
    Resident,
    TagTarget,
)
from villages.rules import ResidentDraft
from villages.services import base
from villages.services.derived import refresh_households
from villages.services.households import check_day, reseat, write_event
from villages.services.people import clean_drafts, fill, insert_residents, tags_by_name
from villages.states import RESIDENT_MOVES


def draft_of(resident: Resident) -> ResidentDraft:
    """A resident's present values as a draft, to be changed with ``dataclasses.replace``."""
    return ResidentDraft(
        name=resident.name,
        relation=resident.relation,
        sex=resident.sex,
        birth_date=resident.birth_date,
        id_number=_bare(resident.id_number),
        phone=_bare(resident.phone),
        political_status=resident.political_status,
        skills=resident.skills,
        state=resident.state,
    )


def _bare(value: Any) -> str:
    return str(getattr(value, "plain", value) or "")


def _one_head(members: Sequence[Resident], relation: str, *, besides: int | None = None) -> None:
    if relation != Relation.HEAD:
        return
    for member in members:
        if member.pk != besides and member.relation == Relation.HEAD and member.state in rules.ACTIVE:
            raise InputError(
                "居民信息没有保存",
                [Problem(f"这一户已有户主{member.name}，换户主请用“变更户主”", column="与户主关系")],
            )


def add_resident(*, actor: Actor, household: Household, draft: ResidentDraft, reason: str = "") -> Resident:
    """Enter a person in a household. Raises AccessDenied, RuleError (cancelled), InputError."""
    base.authorize_household(actor, "villages.add_resident", household)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        base.require_active(fresh)
        _one_head(base.lock_members([fresh.pk]), draft.relation)
        resident = insert_residents(fresh, clean_drafts([draft]))[0]
        refresh_households([fresh.pk])
        record(
            actor=actor,
            action="villages.add_resident",
            summary=f"登记居民：{fresh.village}{fresh} {resident.name}",
            obj=resident,
            after=base.resident_snapshot(resident),
            comment=reason,
        )
    return resident


def change_resident(
    *,
    actor: Actor,
    resident: Resident,
    expected: str | None = None,
    reason: str = "",
    tags: Sequence[str] | None = None,
    **changes: Any,
) -> Resident:
    """Change the fields of :class:`ResidentDraft` (not state) and tags; fields not named stay as they are.

    Raises AccessDenied, ConflictError (somebody was faster), RuleError, InputError.
    """
    base.authorize_household(actor, "villages.change_resident", resident.household)
    if "state" in changes:
        raise TypeError("state changes by mark_moved_out, mark_deceased, mark_away, restore_resident")
    with transaction.atomic():
        household = base.lock_households(resident.household)[resident.household_id]
        members = base.lock_members([household.pk])
        fresh = _mine(members, resident)
        base.require_version(fresh, expected)
        before = base.resident_snapshot(fresh)
        draft = clean_drafts([replace(draft_of(fresh), **changes)], ignore=fresh.pk)[0]
        if fresh.state in rules.ACTIVE:
            _one_head(members, draft.relation, besides=fresh.pk)
            if fresh.relation == Relation.HEAD != draft.relation:
                raise InputError(
                    "居民信息没有保存",
                    [Problem("这位是户主，换户主请用“变更户主”", column="与户主关系")],
                )
        fill(fresh, draft).save()
        if tags is not None:
            fresh.tags.set(tags_by_name(tags, TagTarget.RESIDENT))
        fresh = Resident.objects.select_related("household__village", "household__group").get(pk=fresh.pk)
        refresh_households([household.pk])
        after = base.resident_snapshot(fresh)
        if after != before:
            record(
                actor=actor,
                action="villages.change_resident",
                summary=f"修改居民信息：{household.village}{household.number}户 {fresh.name}",
                obj=fresh,
                before=before,
                after=after,
                comment=reason,
            )
    return fresh


def _mine(members: Sequence[Resident], resident: Resident) -> Resident:
    for member in members:
        if member.pk == resident.pk:
            return member
    raise RuleError("这位居民刚被迁到别的户，请刷新页面再办理")


def _leave_seat(members: Sequence[Resident], leaver: Resident, successor: Resident | None) -> None:
    """A head who leaves others behind needs a successor; call before the leaver's row changes. Raises RuleError."""
    rest = [m for m in members if m.state in rules.ACTIVE and m.pk != leaver.pk]
    if leaver.relation != Relation.HEAD or not rest:
        if successor is not None:
            raise RuleError("不用另选户主：这位不是户主，或者户里没有别的成员了")
        return
    if successor is None:
        raise RuleError(f"{leaver.name}是户主，请先选一位成员接任户主")
    heir = next((m for m in rest if m.pk == successor.pk), None)
    if heir is None:
        raise RuleError("接任户主的须是本户在册或外出的成员")
    reseat([m for m in members if m.state in rules.ACTIVE], heir)


def _change_state(
    *,
    actor: Actor,
    resident: Resident,
    move: str,
    action: str,
    reason: str,
    happened_on: date | None = None,
    successor: Resident | None = None,
) -> Resident:
    base.authorize_household(actor, "villages.change_resident", resident.household)
    day = check_day(happened_on)
    with transaction.atomic():
        household = base.lock_households(resident.household)[resident.household_id]
        base.require_active(household)
        members = base.lock_members([household.pk])
        fresh = _mine(members, resident)
        transition = RESIDENT_MOVES.move(fresh.state, move)
        before = fresh.get_state_display()
        if transition.target not in rules.ACTIVE:
            _leave_seat(members, fresh, successor)
        if move == "restore":
            clean_drafts([draft_of(fresh)], ignore=fresh.pk)
            _one_head(members, fresh.relation, besides=fresh.pk)
        fresh.state = transition.target
        fresh.save(update_fields=["state", "updated_at"])
        refresh_households([household.pk])
        record(
            actor=actor,
            action=f"villages.{action}",
            summary=f"{transition.label}：{household.village}{household.number}户 {fresh.name}（{day:%Y-%m-%d}）",
            obj=fresh,
            before={"状态": before},
            after={"状态": fresh.get_state_display(), "日期": day.isoformat()},
            comment=reason,
        )
    return fresh


def mark_deceased(
    *,
    actor: Actor,
    resident: Resident,
    happened_on: date,
    reason: str = "",
    successor: Resident | None = None,
) -> Resident:
    """A resident has died. A head with family needs a ``successor``. Raises AccessDenied, RuleError, TransitionError."""
    return _change_state(
        actor=actor,
        resident=resident,
        move="die",
        action="mark_deceased",
        reason=reason,
        happened_on=happened_on,
        successor=successor,
    )


def mark_moved_out(
    *,
    actor: Actor,
    resident: Resident,
    happened_on: date,
    reason: str = "",
    successor: Resident | None = None,
) -> Resident:
    """A resident's registration has left the village. Raises AccessDenied, RuleError, TransitionError."""
    return _change_state(
        actor=actor,
        resident=resident,
        move="move_out",
        action="mark_moved_out",
        reason=reason,
        happened_on=happened_on,
        successor=successor,
    )


def mark_away(*, actor: Actor, resident: Resident, away: bool, reason: str = "") -> Resident:
    """Works elsewhere (or is back); stays on the register. Raises AccessDenied, TransitionError."""
    return _change_state(
        actor=actor,
        resident=resident,
        move="leave" if away else "come_back",
        action="mark_away",
        reason=reason,
    )


def restore_resident(*, actor: Actor, resident: Resident, reason: str) -> Resident:
    """Back on the register: returned, or the entry was wrong. Raises AccessDenied, RuleError, InputError."""
    if not reason.strip():
        raise InputError("没有办理", [Problem("请写明恢复的原因", column="原因")])
    return _change_state(
        actor=actor, resident=resident, move="restore", action="restore_resident", reason=reason
    )


def move_resident(
    *,
    actor: Actor,
    resident: Resident,
    target: Household,
    relation: str,
    reason: str,
    happened_on: date | None = None,
    successor: Resident | None = None,
) -> Resident:
    """Move a resident to another household, in any village of the actor's scope; ``relation`` is to its head.

    A head who leaves family behind needs a ``successor``. Raises AccessDenied, RuleError, InputError.
    """
    base.authorize_household(actor, "villages.restructure_household", resident.household)
    base.authorize_household(actor, "villages.restructure_household", target)
    day = check_day(happened_on)
    if relation not in Relation.values:
        raise InputError("没有办理", [Problem("请选择与户主关系", column="与户主关系")])
    with transaction.atomic():
        locked = base.lock_households(resident.household, target)
        source, target = locked[resident.household_id], locked[target.pk]
        if source.pk == target.pk:
            raise RuleError("已经在这一户")
        base.require_active(source)
        base.require_active(target)
        members = base.lock_members([source.pk, target.pk])
        fresh = _mine([m for m in members if m.household_id == source.pk], resident)
        if fresh.state not in rules.ACTIVE:
            raise RuleError(f"{fresh.name}已经{fresh.get_state_display()}，不能迁移")
        _one_head([m for m in members if m.household_id == target.pk], relation)
        _leave_seat([m for m in members if m.household_id == source.pk], fresh, successor)
        fresh.household, fresh.relation = target, relation
        fresh.save(update_fields=["household", "relation", "updated_at"])
        refresh_households([source.pk, target.pk])
        write_event(
            actor=actor,
            kind=HouseholdEventKind.TRANSFER,
            household=source,
            other=target,
            members=[fresh],
            reason=reason,
            happened_on=day,
        )
        for household, action, text in (
            (source, "move_resident", f"迁往{target.village}{target}"),
            (target, "receive_resident", f"由{source.village}{source}迁来"),
        ):
            record(
                actor=actor,
                action=f"villages.{action}",
                summary=f"成员迁移：{fresh.name}{text}",
                obj=household,
                comment=reason,
            )
        record(
            actor=actor,
            action="villages.move_resident",
            summary=f"迁移：{fresh.name}由{source.number}户迁到{target.number}户",
            obj=fresh,
            before={"户": str(source)},
            after={"户": str(target), "与户主关系": fresh.get_relation_display()},
            comment=reason,
        )
    return fresh


__all__ = [
    "add_resident",
    "change_resident",
    "draft_of",
    "mark_away",
    "mark_deceased",
    "mark_moved_out",
    "move_resident",
    "restore_resident",
]
