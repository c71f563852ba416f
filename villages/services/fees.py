"""Rubbish fee: the township's policy, a year's bills, payments, matching, exemption (VIL-8). Money in fen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max

from cogov.access.policies import DRAFT, publish_version
from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.money import Fen, format_yuan
from cogov.common.text import normalize_text
from villages import rules
from villages.models import (
    Household,
    HouseholdState,
    PopulationBasis,
    RubbishFee,
    RubbishFeeEntry,
    RubbishFeeEntryKind,
    SanitationPolicy,
    Tag,
    Township,
    Village,
)
from villages.selectors import interest_reason, policy_on
from villages.services import base
from villages.services.households import check_day

# --- policy ------------------------------------------------------------------------------------------------------


def draft_sanitation_policy(
    *,
    actor: Actor,
    township: Township,
    effective_from: date,
    fee_per_person_month: Fen = 100,
    match_percent: int = 100,
    people_per_cleaner: int = 300,
    population_basis: str = PopulationBasis.ACTUAL,
    exempt_tags: Sequence[Tag] = (),
    basis: str = "",
    policy: SanitationPolicy | None = None,
) -> SanitationPolicy:
    """Draft the next version, or change ``policy`` while it is a draft. Raises AccessDenied, TransitionError, InputError."""
    authorize(actor, "villages.add_sanitationpolicy", township.code)
    if actor.pk is None:
        raise RuleError("草案须由有账号的同志起草")
    with transaction.atomic():
        Township.objects.select_for_update().get(pk=township.pk)
        versions = SanitationPolicy.objects.filter(township=township)
        if policy is not None:
            draft = versions.select_for_update().get(pk=policy.pk)
            draft.require_draft()
        else:
            if versions.filter(state=DRAFT).exists():
                raise ConflictError("已有一份没有发布的草案，请先修改或发布它")
            highest = versions.aggregate(highest=Max("version"))["highest"] or 0
            draft = SanitationPolicy(township=township, version=highest + 1, drafted_by_id=actor.pk)
        draft.effective_from = effective_from
        draft.fee_per_person_month = fee_per_person_month
        draft.match_percent = match_percent
        draft.people_per_cleaner = people_per_cleaner
        draft.population_basis = population_basis
        draft.basis = normalize_text(basis)
        base.validate(draft, exclude=("township", "drafted_by"))
        draft.save()
        draft.exempt_tags.set(exempt_tags)
        record(
            actor=actor,
            action="villages.draft_sanitation_policy",
            summary=f"起草{draft}",
            obj=draft,
            after=draft.content(),
        )
    return draft


def publish_sanitation_policy(*, actor: Actor, policy: SanitationPolicy) -> SanitationPolicy:
    """Publish a draft, by somebody else than its drafter. Raises AccessDenied, TransitionError, RuleError."""
    authorize(actor, "villages.publish_sanitationpolicy", policy.township.code)
    published = publish_version(actor=actor, version=policy)
    assert isinstance(published, SanitationPolicy)  # noqa: S101 - narrows the type
    return published


# --- bills ---------------------------------------------------------------------------------------------------------


def open_fee_year(*, actor: Actor, village: Village, year: int) -> int:
    """Bill every household of the village for the year, under the policy in force on 1 January or first after it.

    Safe to repeat: only missing bills are written; returns how many. Households with an exempt tag owe nothing.
    Raises AccessDenied, RuleError (no policy).
    """
    authorize(actor, "villages.open_rubbishfee", village.code)
    policy = policy_on(village.township, date(year, 1, 1)) or (
        SanitationPolicy.objects.filter(township=village.township, effective_from__year=year)
        .exclude(state=DRAFT)
        .order_by("effective_from", "version")
        .first()
    )
    if policy is None:
        raise RuleError(f"{village.township}没有 {year} 年已发布的环卫收费标准，请先起草并发布")
    months = 13 - policy.effective_from.month if policy.effective_from.year == year else 12
    with transaction.atomic():
        base.lock_village(village.pk)
        exempt = set(policy.exempt_tags.values_list("pk", flat=True))
        households = (
            Household.objects.filter(village=village)
            .exclude(state=HouseholdState.CANCELLED)
            .exclude(rubbish_fees__year=year)
            .prefetch_related("tags")
            .order_by("pk")
        )
        bills = []
        for household in households:
            tags = [tag.name for tag in household.tags.all() if tag.pk in exempt]
            persons = (
                household.actual_population
                if policy.population_basis == PopulationBasis.ACTUAL
                else household.registered_population
            )
            bills.append(
                RubbishFee(
                    household=household,
                    year=year,
                    policy=policy,
                    persons=persons,
                    months=months,
                    due_fen=rules.rubbish_fee(persons, policy.fee_per_person_month, months).value,
                    exempt=bool(tags),
                    exempt_reason="、".join(tags)[:100],
                )
            )
        RubbishFee.objects.bulk_create(bills, batch_size=500)
        if bills:
            record(
                actor=actor,
                action="villages.open_fee_year",
                summary=f"生成{village}{year}年垃圾处理费账单 {len(bills)} 户",
                obj=village,
                after={"年度": year, "户数": len(bills), "收费标准": str(policy)},
            )
    return len(bills)


def _lock_fee(fee: RubbishFee) -> RubbishFee:
    return (
        RubbishFee.objects.select_for_update(of=("self",))
        .select_related("household__village", "household__group", "policy")
        .get(pk=fee.pk)
    )


def _post(
    actor: Actor,
    fee: RubbishFee,
    kind: RubbishFeeEntryKind,
    amount: Fen,
    day: date,
    key: str,
    **fields: object,
) -> RubbishFeeEntry:
    entry = RubbishFeeEntry.build(
        fee=fee,
        kind=kind.value,
        amount_fen=amount,
        happened_on=day,
        source_key=key,
        actor_id=actor.audit_id,
        actor_name=actor.audit_name[:150],
        **fields,
    )
    entry.save()
    return entry


def record_payment(
    *, actor: Actor, fee: RubbishFee, amount_fen: Fen, receipt: str, paid_on: date | None = None
) -> RubbishFeeEntry:
    """Take money for a bill, in parts or at once; ``receipt`` is unique within the village and year.

    Raises AccessDenied, InputError, RuleError (more than is owed, exempt), ConflictError (receipt entered before).
    """
    base.authorize_household(actor, "villages.record_rubbishfee", fee.household)
    day = check_day(paid_on)
    number = normalize_text(receipt).upper()
    if not number:
        raise InputError("缴费没有登记", [Problem("请填写票据号", column="票据号")])
    if amount_fen <= 0:
        raise InputError("缴费没有登记", [Problem("金额应大于 0", column="金额")])
    with transaction.atomic():
        fresh = _lock_fee(fee)
        if fresh.exempt:
            raise RuleError(f"这一户免缴（{fresh.exempt_reason}），不用收费")
        if amount_fen > fresh.arrears_fen:
            raise RuleError(f"只欠 {format_yuan(fresh.arrears_fen)}，不能收 {format_yuan(amount_fen)}")
        key = f"payment:{fresh.household.village.code}:{fresh.year}:{number}"
        if RubbishFeeEntry.objects.filter(source_key=key).exists():
            raise ConflictError(f"票据 {number} 已经登记过，请核对")
        fresh.paid_fen += amount_fen
        fresh.save(update_fields=["paid_fen"])
        entry = _post(actor, fresh, RubbishFeeEntryKind.PAYMENT, amount_fen, day, key, receipt=number)
        record(
            actor=actor,
            action="villages.record_payment",
            summary=f"收取垃圾处理费：{fresh.household} {format_yuan(amount_fen)}",
            obj=fresh,
            after={"票据号": number, "已缴（分）": fresh.paid_fen, "日期": day.isoformat()},
        )
    return entry


def reverse_entry(*, actor: Actor, entry: RubbishFeeEntry, reason: str) -> RubbishFeeEntry:
    """Take back a wrong entry by an entry that names it; a matched payment can't go before its match.

    Raises AccessDenied, InputError, RuleError.
    """
    base.authorize_household(actor, "villages.reverse_rubbishfee", entry.fee.household)
    text = normalize_text(reason)
    if not text:
        raise InputError("没有冲正", [Problem("请写明冲正的原因", column="原因")])
    with transaction.atomic():
        fresh = _lock_fee(entry.fee)
        if entry.kind == RubbishFeeEntryKind.REVERSAL:
            raise RuleError("冲正流水不能再冲正，请重新登记")
        if RubbishFeeEntry.objects.filter(reverses=entry).exists():
            raise RuleError("这笔流水已经冲正过")
        if entry.kind == RubbishFeeEntryKind.PAYMENT:
            if fresh.matched_fen > 0:
                raise RuleError("这一户已经补助，请先冲正补助")
            fresh.paid_fen -= entry.amount_fen
        else:
            fresh.matched_fen -= entry.amount_fen
        fresh.save(update_fields=["paid_fen", "matched_fen"])
        reversal = _post(
            actor,
            fresh,
            RubbishFeeEntryKind.REVERSAL,
            -entry.amount_fen,
            check_day(None),
            f"reversal:{entry.pk}",
            reverses=entry,
            reason=text[:200],
        )
        record(
            actor=actor,
            action="villages.reverse_fee_entry",
            summary=f"冲正垃圾处理费：{fresh.household} {format_yuan(entry.amount_fen)}",
            obj=fresh,
            comment=text,
        )
    return reversal


def match_fees(*, actor: Actor, village: Village, year: int) -> tuple[int, Fen]:
    """Add the township's share to every bill that is paid in full (先交后补); returns (bills, fen). Safe to repeat.

    Raises AccessDenied.
    """
    authorize(actor, "villages.match_rubbishfee", village.code)
    day = check_day(None)
    with transaction.atomic():
        bills = (
            RubbishFee.objects.select_for_update(of=("self",))
            .select_related("policy")
            .filter(household__village=village, year=year, exempt=False)
            .order_by("pk")
        )
        changed, entries = [], []
        for bill in bills:
            amount = rules.fee_match(
                due=bill.due_fen,
                paid=bill.paid_fen,
                matched=bill.matched_fen,
                percent=bill.policy.match_percent,
            ).value
            if amount == 0:
                continue
            earlier = bill.entries.filter(kind=RubbishFeeEntryKind.MATCH).count()
            entries.append(
                RubbishFeeEntry.build(
                    fee=bill,
                    kind=RubbishFeeEntryKind.MATCH.value,
                    amount_fen=amount,
                    happened_on=day,
                    source_key=f"match:{bill.pk}:{earlier + 1}",
                    actor_id=actor.audit_id,
                    actor_name=actor.audit_name[:150],
                )
            )
            bill.matched_fen += amount
            changed.append(bill)
        RubbishFee.objects.bulk_update(changed, ["matched_fen"], batch_size=500)
        RubbishFeeEntry.objects.bulk_create(entries, batch_size=500)
        total = sum(entry.amount_fen for entry in entries)
        if entries:
            record(
                actor=actor,
                action="villages.match_fees",
                summary=f"补助{village}{year}年垃圾处理费 {len(entries)} 户 {format_yuan(total)}",
                obj=village,
                after={"年度": year, "户数": len(entries), "金额（分）": total},
            )
    return len(entries), total


def exempt_fee(*, actor: Actor, fee: RubbishFee, exempt: bool, reason: str) -> RubbishFee:
    """Exempt a household for the year, or take that back. Not for one's own family (利害关系).

    Raises AccessDenied, InputError, RuleError.
    """
    base.authorize_household(actor, "villages.exempt_rubbishfee", fee.household)
    text = normalize_text(reason)
    if not text:
        raise InputError("没有办理", [Problem("请写明原因", column="原因")])
    interest = interest_reason(actor, fee.household)
    if interest:
        raise RuleError(f"{interest}，请另一位同志办理")
    with transaction.atomic():
        fresh = _lock_fee(fee)
        if fresh.exempt == exempt:
            raise RuleError("这一户已经免缴" if exempt else "这一户没有免缴")
        if exempt and fresh.paid_fen:
            raise RuleError("这一户已经缴费，请先冲正缴费再办理免缴")
        before = fresh.exempt_reason
        fresh.exempt, fresh.exempt_reason = exempt, text[:100] if exempt else ""
        fresh.save(update_fields=["exempt", "exempt_reason"])
        record(
            actor=actor,
            action="villages.exempt_fee",
            summary=f"{'免缴' if exempt else '取消免缴'}垃圾处理费：{fresh.household}",
            obj=fresh,
            before={"免缴原因": before},
            after={"免缴原因": fresh.exempt_reason},
            comment=text,
        )
    return fresh
