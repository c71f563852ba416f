"""What happens to points when a household ends or is merged into another (VIL-2)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor
from cogov.audit.services import record as audit
from cogov.common.periods import Period
from points.market_rules import BOOKED
from points.models import PointsAccount, PointsRecord, Redemption
from points.rules import EntryKind
from points.services.ledger import Posting, open_period, write_postings
from points.services.locks import LockedAccount, lock_accounts, share_books
from points.states import APPROVED, SUBMITTED
from villages.models import Household, HouseholdState
from villages.services.holders import follow_register


def reasons_against_cancelling(household: Household) -> Sequence[str]:
    """Points that are still to be redeemed, and records that are under way; of members who held points too (PNT-8)."""
    reasons = []
    account = PointsAccount.objects.filter(household=household).first()
    if account is not None and account.balance:
        reasons.append(f"积分余额 {account.balance} 分未结清")
    reasons += hindrances(household)
    persons = Household.holders.filter(family=household, points_account__balance__gt=0)
    for person in persons.exclude(state=HouseholdState.CANCELLED).select_related("head__household"):
        if person.gone:
            reasons.append(f"个人户{person}的积分还没有转到家里，请先在“积分细则”里办理“开立户头”")
    return reasons


def hindrances(household: Household) -> list[str]:
    """What is under way for a holder, whatever its balance."""
    reasons = []
    waiting = PointsRecord.objects.filter(household=household, state__in=(SUBMITTED, APPROVED)).count()
    if waiting:
        reasons.append(f"有 {waiting} 条积分登记还没有办完")
    booked = Redemption.objects.filter(household=household, state=BOOKED).count()
    if booked:
        reasons.append(f"积分超市有 {booked} 张预订单还没有取货或取消")
    return reasons


def carry_to_merged(actor: Actor, source: Household, target: Household) -> None:
    """Move the balance of a household that is merged into ``target``; its persons go with their families (PNT-8)."""
    persons = Household.holders.filter(family=source).select_related("head__household")
    follow_register(list(persons.exclude(state=HouseholdState.CANCELLED)))
    _carry(actor, source, target, "merge", "并户")


def carry_to_family(actor: Actor, person: Household, family: Household) -> None:
    """Move the balance of a person who died or left to the family he belonged to (PNT-8)."""
    _carry(actor, person, family, "person", "个人户销户")


def _carry(actor: Actor, source: Household, target: Household, what: str, why: str) -> None:
    """Two entries that name each other; scores stay where they were."""
    with transaction.atomic():
        villages = {household.village_id: household.village for household in (source, target)}
        for village_id in sorted(villages):
            share_books(village_id)
        accounts: dict[int, LockedAccount] = {}
        for village_id in sorted(villages):
            ids = [h.pk for h in (source, target) if h.village_id == village_id]
            accounts.update(lock_accounts(villages[village_id], ids))
        balance = accounts[source.pk].balance
        if not balance:
            return
        today = timezone.localdate()
        key = f"{what}:{source.pk}:{target.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
        for household, points, text in (
            (source, -balance, f"{why}转出到{target}"),
            (target, balance, f"{why}由{source}转入"),
        ):
            write_postings(
                village=household.village,
                period=open_period(household.village, Period.month_of(today)),
                postings=[
                    Posting(
                        household_id=household.pk,
                        kind=EntryKind.CARRY,
                        points=points,
                        source=f"{key}:{'out' if points < 0 else 'in'}",
                        reason=text,
                        occurred_on=today,
                        actor_id=actor.audit_id,
                        actor_name=actor.audit_name,
                    )
                ],
                accounts=accounts,
            )
        audit(
            actor=actor,
            action="points.carry_to_merged" if what == "merge" else "points.carry_to_family",
            summary=f"{why}转移积分 {balance} 分：{source} → {target}",
            obj=target,
            after={"积分": balance},
        )
