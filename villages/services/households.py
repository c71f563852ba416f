"""Households: founding, changing, and a new head (VIL-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.text import normalize_text
from villages import rules
from villages.models import (
    Household,
    HouseholdEvent,
    HouseholdEventKind,
    HouseholdState,
    Relation,
    Resident,
    TagTarget,
    Village,
    VillageGroup,
)
from villages.rules import ResidentDraft
from villages.selectors import next_household_number
from villages.services import base
from villages.services.derived import refresh_households
from villages.services.people import clean_drafts, insert_residents, tags_by_name
from villages.states import HOUSEHOLD_MOVES


def write_event(
    *,
    actor: Actor,
    kind: HouseholdEventKind,
    household: Household,
    other: Household | None = None,
    members: Iterable[Resident] = (),
    reason: str = "",
    happened_on: date | None = None,
) -> HouseholdEvent:
    """Append one lineage event; the caller audits. ``happened_on`` is today unless given."""
    event = HouseholdEvent.build(
        household=household,
        other=other,
        kind=kind.value,
        happened_on=happened_on or timezone.localdate(),
        members=base.named(members),
        reason=reason,
        actor_id=actor.audit_id,
        actor_name=actor.audit_name[:150],
    )
    event.save()
    return event


def check_day(happened_on: date | None) -> date:
    """The day of an event: today unless given, never in the future. Raises InputError."""
    today = timezone.localdate()
    day = happened_on or today
    if day > today:
        raise InputError("没有办理", [Problem("日期不能晚于今天", column="日期")])
    return day


def place_household(*, village: Village, group: VillageGroup, number: str, **fields: Any) -> Household:
    """Write a bare household row under a checked, free number. Locks the village, so that numbers are not given twice.

    For services that found a household (create, split); they authorise and audit. Raises InputError, ConflictError.
    """
    if group.village_id != village.pk:
        raise InputError("户没有保存", [Problem("小组不属于这个村", column="村民小组")])
    base.lock_village(village.pk)
    number = normalize_text(number).upper() or next_household_number(village)
    if Household.holders.filter(village=village, number=number).exists():
        raise ConflictError(f"{village}已经有户号 {number}，请换一个户号，或留空由系统编号")
    household = Household(village=village, group=group, number=number, **fields)
    base.validate(household, exclude=("village", "group"))
    household.save()
    return household


def create_household(
    *,
    actor: Actor,
    village: Village,
    group: VillageGroup,
    number: str = "",
    address: str = "",
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    tags: Sequence[str] = (),
    state: str = HouseholdState.REGISTERED,
    registered_on: date | None = None,
    members: Sequence[ResidentDraft] = (),
    reason: str = "",
) -> Household:
    """Found a household with its members; one of them may be head. An empty ``number`` takes the next free one.

    Raises AccessDenied, InputError (every fault of every member), ConflictError (number taken).
    """
    authorize(actor, "villages.add_household", group.code)
    if state == HouseholdState.CANCELLED:
        raise InputError("户没有保存", [Problem("新立的户不能是注销状态", column="状态")])
    if sum(draft.relation == Relation.HEAD for draft in members) > 1:
        raise InputError("户没有保存", [Problem("一户只能有一位户主", column="与户主关系")])
    drafts = clean_drafts(members)
    with transaction.atomic():
        household = place_household(
            village=village,
            group=group,
            number=number,
            address=normalize_text(address),
            latitude=latitude,
            longitude=longitude,
            state=state,
            registered_on=registered_on,
        )
        if tags:
            household.tags.set(tags_by_name(tags, TagTarget.HOUSEHOLD))
        residents = insert_residents(household, drafts)
        refresh_households([household.pk])
        household.refresh_from_db()
        write_event(
            actor=actor,
            kind=HouseholdEventKind.FOUND,
            household=household,
            members=residents,
            reason=reason,
            happened_on=registered_on,
        )
        record(
            actor=actor,
            action="villages.create_household",
            summary=f"立户：{village}{household}",
            obj=household,
            after=base.household_snapshot(household),
            comment=reason,
        )
    return household


def change_household(
    *,
    actor: Actor,
    household: Household,
    expected: str | None = None,
    reason: str = "",
    **changes: Any,
) -> Household:
    """Change number, group, address, coordinates, registered_on, tags (names) or state 在册/外出.

    ``expected`` is ``version_token`` of what the editor saw. Nothing changed: nothing is written.
    Raises AccessDenied, RuleError (cancelled), ConflictError (somebody was faster, number taken), InputError.
    """
    allowed = {"number", "group", "address", "latitude", "longitude", "registered_on", "tags", "state"}
    unknown = set(changes) - allowed
    if unknown:
        raise TypeError(f"change_household() has no {sorted(unknown)}")
    base.authorize_household(actor, "villages.change_household", household)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        base.authorize_household(actor, "villages.change_household", fresh)
        base.require_active(fresh)
        base.require_version(fresh, expected)
        before = base.household_snapshot(fresh)
        group = changes.get("group", fresh.group)
        if group.village_id != fresh.village_id:
            raise InputError("户没有保存", [Problem("小组不属于这个村", column="村民小组")])
        authorize(actor, "villages.change_household", group.code)
        fresh.group = group
        if "state" in changes and changes["state"] != fresh.state:
            move = {"away": "leave", "registered": "come_back"}.get(changes["state"], "cancel")
            if move == "cancel":
                raise RuleError("注销户籍请用“销户”办理")
            fresh.state = HOUSEHOLD_MOVES.move(fresh.state, move).target
        if "number" in changes:
            fresh.number = normalize_text(changes["number"]).upper()
        if "address" in changes:
            fresh.address = normalize_text(changes["address"])
        for name in ("latitude", "longitude", "registered_on"):
            if name in changes:
                setattr(fresh, name, changes[name])
        base.validate(fresh, exclude=("village", "group", "head"))
        try:
            with transaction.atomic():
                fresh.save()
        except IntegrityError as error:
            raise ConflictError(f"{fresh.village}已经有户号 {fresh.number}，请换一个户号") from error
        if "tags" in changes:
            fresh.tags.set(tags_by_name(changes["tags"], TagTarget.HOUSEHOLD))
        after = base.household_snapshot(fresh)
        if after != before:
            record(
                actor=actor,
                action="villages.change_household",
                summary=f"修改户信息：{fresh.village}{fresh}",
                obj=fresh,
                before=before,
                after=after,
                comment=reason,
            )
    return fresh


def apply_relations(members: Iterable[Resident], relations: Mapping[int, str]) -> list[Resident]:
    """Write new relations; whoever stops being head goes first, because a household has one head at a time."""
    changed = [m for m in members if m.pk in relations and m.relation != relations[m.pk]]
    changed.sort(key=lambda member: (relations[member.pk] == Relation.HEAD, member.pk))
    for member in changed:
        member.relation = relations[member.pk]
        member.save(update_fields=["relation", "updated_at"])
    return changed


def reseat(members: Sequence[Resident], new_head: Resident) -> list[Resident]:
    """Make ``new_head`` the head of ``members`` (locked, on the register); returns whose relation is doubtful."""
    relations = {member.pk: member.relation for member in members}
    derived, doubtful = rules.relations_under(relations, new_head.pk)
    apply_relations(members, derived)
    return [member for member in members if member.pk in doubtful]


def change_head(
    *,
    actor: Actor,
    household: Household,
    resident: Resident,
    reason: str,
    relations: Mapping[int, str] | None = None,
    happened_on: date | None = None,
) -> list[Resident]:
    """Make ``resident`` head; the others' relations are derived, ``relations`` (id -> relation) overrides them.

    Returns the members whose relation nobody can derive and a clerk should check. Raises AccessDenied, RuleError.
    """
    base.authorize_household(actor, "villages.change_household", household)
    day = check_day(happened_on)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        base.require_active(fresh)
        active = [m for m in base.lock_members([fresh.pk]) if m.state in rules.ACTIVE]
        chosen = next((m for m in active if m.pk == resident.pk), None)
        if chosen is None:
            raise RuleError("新户主须是本户在册或外出的成员")
        if chosen.relation == Relation.HEAD:
            raise RuleError(f"{chosen.name}已经是户主")
        old_name = fresh.head_name
        doubtful = reseat(active, chosen)
        if relations:
            apply_relations(active, {**relations, chosen.pk: Relation.HEAD.value})
            doubtful = [m for m in doubtful if m.pk not in relations]
        refresh_households([fresh.pk])
        fresh.refresh_from_db()
        write_event(
            actor=actor,
            kind=HouseholdEventKind.HEAD,
            household=fresh,
            members=[chosen],
            reason=reason,
            happened_on=day,
        )
        record(
            actor=actor,
            action="villages.change_head",
            summary=f"变更户主：{fresh.village}{fresh.number}户 {old_name or '(无)'} → {chosen.name}",
            obj=fresh,
            before={"户主": old_name},
            after={"户主": chosen.name},
            comment=reason,
        )
    return doubtful
