"""Split (分户), merge (并户), cancel (销户), restore: the old household and its ledger stay readable (VIL-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from cogov.common.text import normalize_text
from villages import guards, rules
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdEventKind,
    HouseholdState,
    Relation,
    Resident,
    VillageGroup,
)
from villages.services import base
from villages.services.derived import refresh_households
from villages.services.households import (
    apply_relations,
    check_day,
    place_household,
    write_event,
)
from villages.states import HOUSEHOLD_MOVES

_PERMISSION = "villages.restructure_household"


def _require_reason(reason: str) -> str:
    text = normalize_text(reason)
    if not text:
        raise InputError("没有办理", [Problem("请写明原因", column="原因")])
    return text


def split_household(
    *,
    actor: Actor,
    household: Household,
    members: Sequence[Resident],
    new_head: Resident,
    reason: str,
    number: str = "",
    group: VillageGroup | None = None,
    address: str = "",
    successor: Resident | None = None,
    happened_on: date | None = None,
) -> Household:
    """Found a new household from ``members`` of this one; returns the new one.

    ``successor`` heads the old household when its head leaves. Tags and cards stay with the old household.
    Raises AccessDenied, RuleError (every reason), ConflictError (number taken), InputError.
    """
    base.authorize_household(actor, _PERMISSION, household)
    reason = _require_reason(reason)
    day = check_day(happened_on)
    with transaction.atomic():
        base.lock_village(household.village_id)
        old = base.lock_households(household)[household.pk]
        base.require_active(old)
        group = group or old.group
        authorize(actor, _PERMISSION, group.code)
        active = {m.pk: m for m in base.lock_members([old.pk]) if m.state in rules.ACTIVE}
        leaving = {member.pk for member in members}
        reasons = rules.split_reasons(
            active=active,
            leaving=leaving,
            new_head=new_head.pk,
            old_head=next((m.pk for m in active.values() if m.relation == Relation.HEAD), None),
            successor=successor.pk if successor is not None else None,
        )
        if reasons:
            raise RuleError("不能这样分户", reasons)
        new = place_household(
            village=old.village,
            group=group,
            number=number,
            address=normalize_text(address) or old.address,
            registered_on=day,
        )
        gone = [active[pk] for pk in sorted(leaving)]
        stayed = [member for pk, member in active.items() if pk not in leaving]
        _seat_split(gone, stayed, active[new_head.pk], active[successor.pk] if successor else None, new)
        refresh_households([old.pk, new.pk])
        old.refresh_from_db()
        new.refresh_from_db()
        write_event(
            actor=actor,
            kind=HouseholdEventKind.SPLIT,
            household=old,
            other=new,
            members=gone,
            reason=reason,
            happened_on=day,
        )
        names = "、".join(member.name for member in gone)
        for obj, text in ((old, f"分户：{names}由{old}分出，立{new}"), (new, f"分户立户：{new}由{old}分出")):
            record(
                actor=actor,
                action="villages.split_household",
                summary=text,
                obj=obj,
                after={"成员": [m.name for m in (gone if obj is new else stayed)]},
                comment=reason,
            )
    return new


def _seat_split(
    gone: list[Resident],
    stayed: list[Resident],
    new_head: Resident,
    successor: Resident | None,
    new: Household,
) -> None:
    """Relations on both sides, derived from what everybody was to the old head; then the leavers move."""
    everybody = {member.pk: member.relation for member in (*gone, *stayed)}
    under_new, _ = rules.relations_under(everybody, new_head.pk)
    under_old, _ = rules.relations_under(everybody, successor.pk) if successor is not None else ({}, ())
    for member in gone:
        member.household, member.relation = new, under_new[member.pk]
        member.save(update_fields=["household", "relation", "updated_at"])
    if successor is not None:
        apply_relations(stayed, {member.pk: under_old[member.pk] for member in stayed})


def merge_households(
    *,
    actor: Actor,
    source: Household,
    target: Household,
    reason: str,
    relations: Mapping[int, str] | None = None,
    happened_on: date | None = None,
) -> Household:
    """Move everybody of ``source`` to ``target`` and cancel ``source``; returns the target.

    ``relations`` (resident id -> relation to the target's head) default to 其他亲属. Hooks of higher apps take over what
    the source owns; their guards may still refuse. Raises AccessDenied, RuleError (every reason), InputError.
    """
    base.authorize_household(actor, _PERMISSION, source)
    base.authorize_household(actor, _PERMISSION, target)
    reason = _require_reason(reason)
    day = check_day(happened_on)
    with transaction.atomic():
        locked = base.lock_households(source, target)
        old, kept = locked[source.pk], locked[target.pk]
        if old.pk == kept.pk:
            raise RuleError("不能并入自己")
        if old.village_id != kept.village_id:
            raise RuleError("只能与本村的户合并；跨村请逐人迁移")
        base.require_active(old)
        base.require_active(kept)
        everybody = base.lock_members([old.pk, kept.pk])
        moving = [m for m in everybody if m.household_id == old.pk and m.state in rules.ACTIVE]
        has_head = any(
            m.household_id == kept.pk and m.relation == Relation.HEAD and m.state in rules.ACTIVE
            for m in everybody
        )
        given = relations or {}
        for member in moving:
            wanted = given.get(member.pk) or ("head" if not has_head and member.relation == "head" else "")
            if wanted == Relation.HEAD and has_head:
                raise RuleError(f"{kept}已有户主，并入的成员不能再是户主")
            if wanted and wanted not in Relation.values:
                raise InputError("没有办理", [Problem("请选择与户主关系", column="与户主关系")])
            member.household, member.relation = kept, wanted or Relation.OTHER_KIN.value
            member.save(update_fields=["household", "relation", "updated_at"])
            has_head = has_head or wanted == Relation.HEAD
        label = str(old)
        guards.run_merge_hooks(actor, old, kept)
        _end(actor, old, day, reason)
        refresh_households([old.pk, kept.pk])
        kept.refresh_from_db()
        write_event(
            actor=actor,
            kind=HouseholdEventKind.MERGE,
            household=old,
            other=kept,
            members=moving,
            reason=reason,
            happened_on=day,
        )
        names = [member.name for member in moving]
        for obj, text in ((old, f"并户：{label}并入{kept}"), (kept, f"并户：{kept}并入了{label}")):
            record(
                actor=actor,
                action="villages.merge_households",
                summary=text,
                obj=obj,
                after={"迁入成员": names},
                comment=reason,
            )
    return kept


def _end(actor: Actor, household: Household, day: date, reason: str) -> None:
    """Set a locked household to 注销 and revoke its card, unless a guard objects. Raises RuleError with every reason."""
    move = HOUSEHOLD_MOVES.move(household.state, "cancel")
    reasons = guards.reasons_against(household)
    if reasons:
        raise RuleError(f"{household}还不能销户", reasons)
    household.state, household.cancelled_on = move.target, day
    household.save(update_fields=["state", "cancelled_on", "updated_at"])
    cards = HouseholdCard.objects.select_for_update().filter(household=household, revoked_at__isnull=True)
    for card in cards.order_by("pk"):
        card.revoked_at, card.revoked_reason = timezone.now(), f"户籍注销：{reason}"[:100]
        card.save(update_fields=["revoked_at", "revoked_reason"])
        record(
            actor=actor,
            action="villages.revoke_card",
            summary=f"户卡作废：{household}",
            obj=card,
            comment=card.revoked_reason,
        )


def cancel_household(
    *, actor: Actor, household: Household, reason: str, happened_on: date | None = None
) -> Household:
    """Cancel a household that nobody lives in any more and whose affairs are settled.

    Raises AccessDenied, TransitionError, RuleError with every reason against it (members, balances, fees …).
    """
    base.authorize_household(actor, _PERMISSION, household)
    reason = _require_reason(reason)
    day = check_day(happened_on)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        HOUSEHOLD_MOVES.move(fresh.state, "cancel")
        left = [m for m in base.lock_members([fresh.pk]) if m.state in rules.ACTIVE]
        if left:
            names = "、".join(member.name for member in left[:5])
            rest = [f"还有 {len(left)} 名在册成员（{names}），请先办理迁移、迁出或死亡登记"]
            raise RuleError(f"{fresh}还不能销户", [*rest, *guards.reasons_against(fresh)])
        before = base.household_snapshot(fresh)
        _end(actor, fresh, day, reason)
        refresh_households([fresh.pk])
        write_event(
            actor=actor,
            kind=HouseholdEventKind.CANCEL,
            household=fresh,
            reason=reason,
            happened_on=day,
        )
        record(
            actor=actor,
            action="villages.cancel_household",
            summary=f"销户：{fresh.village}{fresh}",
            obj=fresh,
            before=before,
            after=base.household_snapshot(fresh),
            comment=reason,
        )
    return fresh


def restore_household(*, actor: Actor, household: Household, reason: str) -> Household:
    """Take back a cancellation. Members who left are restored one by one. Raises AccessDenied, TransitionError."""
    base.authorize_household(actor, _PERMISSION, household)
    reason = _require_reason(reason)
    with transaction.atomic():
        fresh = base.lock_households(household)[household.pk]
        fresh.state = HOUSEHOLD_MOVES.move(fresh.state, "restore").target
        fresh.cancelled_on = None
        fresh.save(update_fields=["state", "cancelled_on", "updated_at"])
        refresh_households([fresh.pk])
        write_event(actor=actor, kind=HouseholdEventKind.RESTORE, household=fresh, reason=reason)
        record(
            actor=actor,
            action="villages.restore_household",
            summary=f"恢复户籍：{fresh.village}{fresh}",
            obj=fresh,
            before={"状态": HouseholdState.CANCELLED.label},
            after={"状态": fresh.get_state_display()},
            comment=reason,
        )
    return fresh
