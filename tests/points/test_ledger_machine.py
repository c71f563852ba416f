"""Any history of the ledger keeps its promises: balances are the sums of entries and never below zero."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cogov.common.errors import RuleError
from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import PointsAccount, PointsEntry
from points.rules import EntryKind
from points.services.ledger import Posting, post_entries, post_entry, reverse_entry
from points.services.posting import close_points_month, post_month
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

HOMES = st.integers(0, 2)
POINTS = st.integers(0, 60)


class LedgerMachine(RuleBasedStateMachine):
    """Posts, redeems, deducts, reverses, repeats and closes, and keeps its own simple books beside."""

    place: Setting

    @initialize()
    def start(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.place = setting(households=3)
        self.sources = 0
        self.earned: Counter[int] = Counter()  # worth of everything earned and not reversed
        self.spent: Counter[int] = Counter()
        self.taken: Counter[int] = Counter()
        self.month = Period.month(2026, 9)
        self.last: tuple[int, EntryKind, int, str] | None = None

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            try:
                assert verify_all() == []
            finally:
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)

    def _source(self) -> str:
        self.sources += 1
        return f"test:{self.sources}"

    def _post(self, index: int, kind: EntryKind, points: int, source: str) -> int:
        return post_entry(
            actor=SYSTEM,
            household=self.place.households[index],
            kind=kind,
            points=points,
            source=source,
            reason="试",
            occurred_on=self.month.start,
        )

    @rule(index=HOMES, points=POINTS)
    def earn(self, index: int, points: int) -> None:
        source = self._source()
        self._post(index, EntryKind.EARN, points, source)
        self.earned[index] += points
        self.last = (index, EntryKind.EARN, points, source)

    @rule(index=HOMES, points=st.integers(1, 60))
    def redeem(self, index: int, points: int) -> None:
        account = PointsAccount.objects.filter(household=self.place.households[index]).first()
        source = self._source()
        if points > (account.balance if account else 0):
            with pytest.raises(RuleError, match="积分不够"):
                self._post(index, EntryKind.REDEEM, -points, source)
        else:
            self._post(index, EntryKind.REDEEM, -points, source)
            self.spent[index] += points
            self.last = (index, EntryKind.REDEEM, -points, source)

    @rule(index=HOMES, points=st.integers(1, 60))
    def deduct(self, index: int, points: int) -> None:
        source = self._source()
        entry = PointsEntry.objects.get(pk=self._post(index, EntryKind.DEDUCT, -points, source))
        assert entry.score == -points
        self.taken[index] += -entry.points
        self.last = (index, EntryKind.DEDUCT, -points, source)

    @rule()
    def repeat_the_last(self) -> None:
        if self.last is not None:
            before = PointsEntry.objects.count()
            self._post(*self.last)
            assert PointsEntry.objects.count() == before

    @rule(data=st.data())
    def reverse(self, data: Any) -> None:
        entries = list(
            PointsEntry.objects.exclude(kind="reverse").filter(reversals__isnull=True).order_by("pk")
        )
        if not entries:
            return
        entry = data.draw(st.sampled_from(entries), label="entry")
        index = self.place.households.index(entry.account.household)
        reverse_entry(actor=self.place.secretary, entry=entry, reason="弄错了")
        book = {"earn": self.earned, "redeem": self.spent, "deduct": self.taken}[entry.kind]
        book[index] -= abs(entry.score) if entry.kind == "earn" else -entry.points

    @rule(amounts=st.lists(st.tuples(HOMES, st.integers(0, 30)), max_size=60))
    def earn_in_a_batch(self, amounts: list[tuple[int, int]]) -> None:
        postings = [
            Posting(
                household_id=self.place.households[index].pk,
                kind=EntryKind.EARN,
                points=points,
                source=self._source(),
                reason="成批",
                occurred_on=self.month.start,
            )
            for index, points in amounts
        ]
        outcome = post_entries(village=self.place.village, period=self.month, postings=postings * 2)
        assert (outcome.posted, outcome.skipped) == (len(amounts), len(amounts))
        for index, points in amounts:
            self.earned[index] += points

    @rule(index=HOMES, quantity=st.integers(1, 8))
    def record_and_post(self, index: int, quantity: int) -> None:
        row = self.place.approved(index, "E01", quantity, occurred_on=dt.date(2026, 9, 1))
        post_month(actor=SYSTEM, village=self.place.village, period=self.month)
        self.earned[index] += row.points or 0

    @rule()
    def close(self) -> None:
        if self.month < Period.month(2026, 12):
            close_points_month(actor=SYSTEM, village=self.place.village, period=self.month)
            self.month = self.month.next()

    @invariant()
    def balances_are_the_sums(self) -> None:
        if not hasattr(self, "place"):
            return
        sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for account, points, owed in PointsEntry.objects.values_list("account", "points", "owed"):
            sums[account][0] += points
            sums[account][1] += owed
        for account in PointsAccount.objects.select_related("household"):
            index = self.place.households.index(account.household)
            assert [account.balance, account.owed] == sums[account.pk]
            assert account.balance >= 0
            assert account.owed >= 0
            assert account.balance - account.owed == (
                self.earned[index] - self.spent[index] - self.taken[index]
            )


@pytest.mark.long
@pytest.mark.django_db
def test_any_history_keeps_the_promises(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-12-20 09:00")
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
