"""Opening what the rules give points to, and following the register (PNT-8). Idempotent and set-wise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from cogov.access.policies import PUBLISHED
from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from points.models import PointsAccount, PointsRuleSet
from points.selectors.holders import adults, ageless, kind_of, kind_on, without_holder
from points.services.transfers import carry_to_family, hindrances
from villages.models import Household, HouseholdKind, HouseholdState, Village, VillageGroup
from villages.services.holders import (
    close_holders,
    follow_register,
    place_collectives,
    place_persons,
    reopen_holders,
)

PERMISSION = "points.draft_ruleset"
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run did: how many were opened, reopened, brought up to date and closed; who stays open, and why."""

    opened: int = 0
    reopened: int = 0
    followed: int = 0
    closed: int = 0
    kept: tuple[str, ...] = ()
    ageless: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.opened or self.reopened or self.followed or self.closed)

    @property
    def text(self) -> str:
        """In one line for whoever asked for it."""
        parts = [f"新开 {self.opened} 个"]
        for count, label in ((self.reopened, "恢复"), (self.followed, "更新"), (self.closed, "销户")):
            if count:
                parts.append(f"{label} {count} 个")
        if self.kept:
            parts.append(f"{len(self.kept)} 个还不能销户：{'；'.join(self.kept[:3])}")
        if self.ageless:
            parts.append(f"{self.ageless} 人没有登记出生日期，没有开户")
        return "，".join(parts)


def open_holders(*, actor: Actor, village: Village) -> Opened:
    """Open what the rules in force, or published for a day to come, give points to; close whoever died or left.

    Every registered adult who has none gets a 个人户, every village group a 集体户; names, families and groups follow the
    register. Whoever died or left the village is closed as soon as nothing of his is under way, and his balance goes to
    the family. Nothing happens where families hold the points and no person ever did. Raises AccessDenied.
    """
    authorize(actor, PERMISSION, village.code)
    return follow(actor, village)


def follow(actor: Actor, village: Village) -> Opened:
    """:func:`open_holders` for services that have asked for a permission of their own."""
    today = timezone.localdate()
    kinds = _kinds(village, today)
    with transaction.atomic():
        Village.objects.select_for_update().get(pk=village.pk)
        followed, closed, kept = _settle(actor, village)
        opened = reopened = unknown = 0
        if HouseholdKind.PERSON in kinds:
            reopened = _reopen(village, today)
            wanted = without_holder(village, today).select_related("household")
            opened += len(place_persons(village, wanted))
            unknown = ageless(village)
        if HouseholdKind.COLLECTIVE in kinds:
            held = Household.holders.filter(village=village, kind=HouseholdKind.COLLECTIVE)
            groups = VillageGroup.objects.filter(village=village).exclude(pk__in=held.values("group_id"))
            opened += len(place_collectives(village, groups))
        result = Opened(opened, reopened, followed, closed, tuple(kept), unknown)
        if result.changed:
            audit(
                actor=actor,
                action="points.open_holders",
                summary=f"{village}积分户头：{result.text}",
                obj=village,
                after={
                    "新开": opened,
                    "恢复": reopened,
                    "更新": followed,
                    "销户": closed,
                    "暂留": list(kept[:_MOST_NAMES]),
                },
            )
    return result


def open_newcomers(*, actor: Actor, village: Village, kind: str) -> None:
    """Before a deed is recorded for a holder of ``kind``: whoever may have points and has no account yet gets one.

    One query where nobody is missing, none where families hold the points. Raises AccessDenied.
    """
    if kind == HouseholdKind.FAMILY:
        return
    if kind == HouseholdKind.PERSON:
        missing = without_holder(village, timezone.localdate()).exists()
    else:
        held = Household.holders.filter(village=village, kind=kind).values("group_id")
        missing = VillageGroup.objects.filter(village=village).exclude(pk__in=held).exists()
    if not missing:
        return
    codes = actor.scope_codes("points.record_points")
    if not any(code.startswith(village.code) or village.code.startswith(code) for code in codes):
        authorize(actor, "points.record_points", village.code)
    follow(actor, village)


def _kinds(village: Village, today: date) -> set[HouseholdKind]:
    """In force now or from a published day to come."""
    coming = PointsRuleSet.objects.filter(village=village, state=PUBLISHED, effective_from__gt=today)
    return {kind_on(village, today), *(kind_of(row) for row in coming)}


def _reopen(village: Village, today: date) -> int:
    rows = Household.holders.filter(
        village=village,
        kind=HouseholdKind.PERSON,
        state=HouseholdState.CANCELLED,
        head__in=adults(village, today),
    )
    found = list(rows.select_related("head__household"))
    reopen_holders(found)
    follow_register(found)
    return len(found)


def _lock(leaving: Sequence[Household]) -> None:
    """Households before accounts, as at the counter: who is closed, and the families that take the balances."""
    ids = {pk for row in leaving for pk in (row.pk, row.family_id) if pk is not None}
    rows = Household.holders.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    list(rows.values_list("pk"))


def _settle(actor: Actor, village: Village) -> tuple[int, int, list[str]]:
    """Follow the register: (how many changed, how many were closed, who stays open and why)."""
    rows = Household.holders.filter(village=village).exclude(kind=HouseholdKind.FAMILY)
    found = list(
        rows.exclude(state=HouseholdState.CANCELLED)
        .select_related("village", "group", "family__village", "head__household")
        .order_by("pk")
    )
    leaving = [row for row in found if row.gone]
    _lock(leaving)
    followed = len(follow_register(found))
    balances = dict(
        PointsAccount.objects.filter(household__in=leaving).values_list("household_id", "balance")
    )
    closing: list[Household] = []
    kept: list[str] = []
    for row in leaving:
        reasons = hindrances(row)
        family = row.family
        if balances.get(row.pk) and (family is None or not family.is_active):
            reasons.append("所属家庭户已经注销，余额无处可转")
        if reasons:
            kept.append(f"{row}：{'，'.join(reasons)}")
            continue
        if balances.get(row.pk) and family is not None:
            carry_to_family(actor, row, family)
        closing.append(row)
    close_holders(closing, "本人去世或迁出，个人户注销")
    return followed, len(closing), kept
