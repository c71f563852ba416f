"""Rubbish fee: policy, bills, payment, matching, exemption, reversal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from cogov.access.roles import Role
from cogov.audit import guards
from cogov.audit.models import AuditEvent
from cogov.audit.seals import seal_township
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError, TransitionError
from tests.factories.access import user_with
from tests.factories.villages import SYSTEM, HouseholdFactory, ResidentFactory, VillageFactory
from villages.models import RubbishFee, RubbishFeeEntry, SanitationPolicy, Tag, Township, Village
from villages.selectors import arrears, fee_faults, fee_figures, policy_on, village_figures
from villages.services import (
    cancel_household,
    declare_staff,
    draft_sanitation_policy,
    exempt_fee,
    match_fees,
    open_fee_year,
    publish_sanitation_policy,
    record_payment,
    refresh_households,
    reverse_entry,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 1)


def published(township: Township, **fields: Any) -> SanitationPolicy:
    clerk = user_with(Role.TOWNSHIP_ADMIN, township.code)
    leader = user_with(Role.TOWNSHIP_LEADER, township.code)
    policy = draft_sanitation_policy(
        actor=clerk,
        township=township,
        **{"effective_from": dt.date(2026, 1, 1), "exempt_tags": [Tag.objects.get(name="五保")], **fields},
    )
    return publish_sanitation_policy(actor=leader, policy=policy)


@pytest.fixture
def village(travel_to: Any) -> Village:
    travel_to("2026-11-01 09:00")
    village = VillageFactory()
    published(village.township)
    HouseholdFactory(village=village, number="001", members=3)
    HouseholdFactory(village=village, number="002", members=1, tag_names=("五保",))
    return village


def bill(number: str = "001") -> RubbishFee:
    return RubbishFee.objects.select_related("household__village", "household__group").get(
        household__number=number
    )


def pay(amount: int, receipt: str = "A1") -> RubbishFeeEntry:
    return record_payment(actor=SYSTEM, fee=bill(), amount_fen=amount, receipt=receipt, paid_on=DAY)


# --- policy ---


def test_second_person_publishes_and_supersedes() -> None:
    village = VillageFactory()
    first = published(village.township)
    second = draft_sanitation_policy(
        actor=user_with(Role.TOWNSHIP_ADMIN, village.township.code),
        township=village.township,
        effective_from=dt.date(2027, 1, 1),
        fee_per_person_month=150,
    )
    with pytest.raises(RuleError, match="起草人不能发布"):
        publish_sanitation_policy(actor=second.drafted_by, policy=second)
    with pytest.raises(ConflictError, match="没有发布的草案"):
        draft_sanitation_policy(
            actor=second.drafted_by, township=village.township, effective_from=dt.date(2028, 1, 1)
        )
    leader = user_with(Role.TOWNSHIP_LEADER, village.township.code)
    publish_sanitation_policy(actor=leader, policy=second)
    first.refresh_from_db()
    assert (first.state, first.effective_to) == ("superseded", dt.date(2026, 12, 31))
    assert first.is_intact()
    assert policy_on(village.township, dt.date(2026, 12, 31)) == first
    assert policy_on(village.township, dt.date(2027, 1, 1)).fee_per_person_month == 150
    assert policy_on(village.township, dt.date(2025, 12, 31)) is None
    with pytest.raises(TransitionError):
        draft_sanitation_policy(
            actor=second.drafted_by, township=village.township, effective_from=DAY, policy=first
        )


def test_less_than_one_yuan_is_refused() -> None:
    township = VillageFactory().township
    with pytest.raises(InputError):
        draft_sanitation_policy(
            actor=user_with(Role.TOWNSHIP_ADMIN, township.code),
            township=township,
            effective_from=DAY,
            fee_per_person_month=99,
        )
    assert not SanitationPolicy.objects.exists()


def test_cadre_may_not_draft() -> None:
    village = VillageFactory()
    with pytest.raises(AccessDenied):
        draft_sanitation_policy(
            actor=user_with(Role.VILLAGE_CADRE, village.code), township=village.township, effective_from=DAY
        )
    assert not SanitationPolicy.objects.exists()


def test_cleaners_follow_the_policy(village: Village) -> None:
    assert village_figures(village, dt.date(2026, 11, 1)).cleaners.value == 1
    assert village_figures(village, dt.date(2026, 11, 1)).actual_population == 6


# --- bills ---


def test_bills_of_a_year(village: Village) -> None:
    assert open_fee_year(actor=SYSTEM, village=village, year=2026) == 2
    assert open_fee_year(actor=SYSTEM, village=village, year=2026) == 0
    assert (bill().persons, bill().due_fen, bill().arrears_fen) == (4, 4800, 4800)
    assert (bill("002").exempt, bill("002").exempt_reason, bill("002").arrears_fen) == (True, "五保", 0)
    HouseholdFactory(village=village, number="003")
    assert open_fee_year(actor=SYSTEM, village=village, year=2026) == 1
    assert list(arrears(RubbishFee.objects.order_by("pk")).values_list("household__number", flat=True)) == [
        "001",
        "003",
    ]


def test_policy_that_starts_in_the_year_bills_its_months() -> None:
    village = VillageFactory()
    published(village.township, effective_from=dt.date(2026, 10, 1))
    HouseholdFactory(village=village, number="001", members=3)
    assert open_fee_year(actor=SYSTEM, village=village, year=2026) == 1
    assert (bill().months, bill().due_fen) == (3, 1200)


def test_no_policy_no_bills() -> None:
    village = VillageFactory()
    HouseholdFactory(village=village)
    with pytest.raises(RuleError, match="没有 2026 年已发布的环卫收费标准"):
        open_fee_year(actor=SYSTEM, village=village, year=2026)
    assert not RubbishFee.objects.exists()


def test_payment_in_parts(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    cadre = user_with(Role.VILLAGE_CADRE, village.code)
    record_payment(actor=cadre, fee=bill(), amount_fen=1000, receipt="a 1", paid_on=DAY)
    assert (bill().paid_fen, bill().arrears_fen) == (1000, 3800)
    with pytest.raises(RuleError, match="只欠 38.00 元"):
        pay(3801, "A2")
    with pytest.raises(ConflictError, match="已经登记过"):
        pay(100, "A 1")
    for amount, receipt in ((0, "A3"), (-5, "A3"), (100, " ")):
        with pytest.raises(InputError):
            pay(amount, receipt)
    pay(3800, "A2")
    assert bill().arrears_fen == 0
    assert sum(RubbishFeeEntry.objects.values_list("amount_fen", flat=True)) == 4800


def test_exempt_household_pays_nothing(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    with pytest.raises(RuleError, match="免缴"):
        record_payment(actor=SYSTEM, fee=bill("002"), amount_fen=100, receipt="A1", paid_on=DAY)
    assert not RubbishFeeEntry.objects.exists()


def test_matching_follows_payment_once(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    pay(4700)
    assert match_fees(actor=SYSTEM, village=village, year=2026) == (0, 0)
    pay(100, "A2")
    assert match_fees(actor=SYSTEM, village=village, year=2026) == (1, 4800)
    assert match_fees(actor=SYSTEM, village=village, year=2026) == (0, 0)
    assert bill().matched_fen == 4800
    figures = fee_figures(RubbishFee.objects.all())
    assert (figures.bills, figures.exempt, figures.paid_up, figures.in_arrears) == (2, 1, 1, 0)
    assert (figures.due_fen, figures.paid_fen, figures.matched_fen) == (4800, 4800, 4800)


def test_cadre_may_not_match(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    pay(4800)
    with pytest.raises(AccessDenied):
        match_fees(actor=user_with(Role.VILLAGE_CADRE, village.code), village=village, year=2026)
    assert bill().matched_fen == 0


def test_reversal_names_what_it_reverses(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    payment = pay(4800)
    match_fees(actor=SYSTEM, village=village, year=2026)
    matched = RubbishFeeEntry.objects.get(kind="match")
    with pytest.raises(RuleError, match="先冲正补助"):
        reverse_entry(actor=SYSTEM, entry=payment, reason="错")
    with pytest.raises(InputError):
        reverse_entry(actor=SYSTEM, entry=matched, reason="")
    reverse_entry(actor=SYSTEM, entry=matched, reason="金额错")
    reversal = reverse_entry(actor=SYSTEM, entry=payment, reason="金额错")
    assert (reversal.amount_fen, reversal.reverses, bill().paid_fen, bill().matched_fen) == (
        -4800,
        payment,
        0,
        0,
    )
    for entry in (payment, reversal):
        with pytest.raises(RuleError):
            reverse_entry(actor=SYSTEM, entry=entry, reason="再")
    pay(4800, "A9")
    assert match_fees(actor=SYSTEM, village=village, year=2026) == (1, 4800)


def test_entries_cannot_be_changed(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    pay(100)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RubbishFeeEntry.objects.update(amount_fen=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RubbishFeeEntry.objects.all().delete()
    assert RubbishFeeEntry.objects.get().amount_fen == 100


def test_exemption_needs_reason_and_no_interest(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    secretary = user_with(Role.VILLAGE_SECRETARY, village.code)
    with pytest.raises(InputError):
        exempt_fee(actor=secretary, fee=bill(), exempt=True, reason="")
    declare_staff(actor=SYSTEM, user=secretary, resident=bill().household.head)
    with pytest.raises(RuleError, match="自己的户"):
        exempt_fee(actor=secretary, fee=bill(), exempt=True, reason="困难")
    with pytest.raises(AccessDenied):
        exempt_fee(actor=user_with(Role.VILLAGE_CADRE, village.code), fee=bill(), exempt=True, reason="困难")
    assert not bill().exempt
    clerk = user_with(Role.TOWNSHIP_ADMIN, village.township.code)
    exempt_fee(actor=clerk, fee=bill(), exempt=True, reason="困难")
    assert (bill().exempt, bill().exempt_reason) == (True, "困难")
    with pytest.raises(RuleError, match="已经免缴"):
        exempt_fee(actor=clerk, fee=bill(), exempt=True, reason="困难")
    exempt_fee(actor=clerk, fee=bill(), exempt=False, reason="核实不符")
    pay(100)
    with pytest.raises(RuleError, match="先冲正缴费"):
        exempt_fee(actor=clerk, fee=bill(), exempt=True, reason="困难")


def test_household_in_arrears_cannot_be_cancelled(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    household = bill().household
    household.residents.update(state="moved")
    refresh_households([household.pk])
    with pytest.raises(RuleError, match="2026年垃圾处理费还欠 48.00 元"):
        cancel_household(actor=SYSTEM, household=household, reason="外迁")
    household.refresh_from_db()
    assert household.state == "registered"
    pay(4800)
    assert cancel_household(actor=SYSTEM, household=household, reason="外迁").state == "cancelled"


def test_events_are_recorded(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    pay(4800)
    actions = list(AuditEvent.objects.filter(village_code=village.code).values_list("action", flat=True))
    assert "villages.open_fee_year" in actions and "villages.record_payment" in actions


class BalancesHold(HypothesisTestCase):
    """After any history the bill's sums equal the sums of its entries, and nothing is over-paid or over-matched."""

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(st.tuples(st.sampled_from(["pay", "match", "reverse"]), st.integers(1, 1500)), max_size=8)
    )
    def test_history(self, steps: list[tuple[str, int]]) -> None:
        village = VillageFactory()
        published(village.township)
        household = HouseholdFactory(village=village, head=False)
        ResidentFactory(household=household)
        refresh_households([household.pk])
        open_fee_year(actor=SYSTEM, village=village, year=2026)
        for index, (step, amount) in enumerate(steps):
            fee = RubbishFee.objects.get(household=household)
            try:
                if step == "pay":
                    record_payment(actor=SYSTEM, fee=fee, amount_fen=amount, receipt=str(index), paid_on=DAY)
                elif step == "match":
                    match_fees(actor=SYSTEM, village=village, year=2026)
                else:
                    reverse_entry(actor=SYSTEM, entry=fee.entries.order_by("-pk").first() or fee, reason="错")
            except (RuleError, InputError, AttributeError):
                pass
            fee.refresh_from_db()
            entries = list(fee.entries.select_related("reverses"))
            paid = sum(
                e.amount_fen for e in entries if "payment" in (e.kind, getattr(e.reverses, "kind", ""))
            )
            matched = sum(
                e.amount_fen for e in entries if "match" in (e.kind, getattr(e.reverses, "kind", ""))
            )
            assert (fee.paid_fen, fee.matched_fen) == (paid, matched)
            assert fee.paid_fen <= fee.due_fen == 1200
            assert fee.matched_fen in (0, fee.paid_fen)


def test_ledger_proof_names_what_was_changed(village: Village) -> None:
    open_fee_year(actor=SYSTEM, village=village, year=2026)
    pay(4800)
    match_fees(actor=SYSTEM, village=village, year=2026)
    reverse_entry(actor=SYSTEM, entry=RubbishFeeEntry.objects.get(kind="match"), reason="错")
    assert list(fee_faults()) == []
    RubbishFee.objects.filter(pk=bill().pk).update(paid_fen=4700)
    assert list(fee_faults()) == [
        (f"垃圾处理费账单 {bill().pk}", "已缴 4700、已补助 0 分，流水合计是 4800、0 分")
    ]
    RubbishFee.objects.filter(pk=bill().pk).update(paid_fen=4800)
    entry = RubbishFeeEntry.objects.get(kind="payment")
    with guards.suspended(connection):
        RubbishFeeEntry.objects.filter(pk=entry.pk).update(receipt="B2")
    assert list(fee_faults()) == [(f"垃圾处理费流水 {entry.pk}", "内容与入账时的摘要不符")]
    sealed = seal_township(village.township.code)
    assert sealed is not None and {"villages.events", "villages.fees"} <= set(sealed.boundaries)
