"""Any history of the supermarket: nothing below zero, entries sum up, every point is somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cogov.common.errors import RuleError
from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import FundEntry, PointsAccount, Redemption, RedemptionFund, Stock, StockEntry
from points.selectors.market import reconcile
from points.services.market import cancelling, keeping, redeeming
from points.services.market.keeping import PaperLine
from tests.factories.market import Market, key, market

PIECES = st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 3))
HOMES = st.integers(0, 1)


class MarketMachine(RuleBasedStateMachine):
    """Sells, books, fetches, takes back, buys and counts; keeps its own simple books beside."""

    shop: Market

    @initialize()
    def start(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shop = market(points=0, fund_mode="settle")
        self.issued = 0
        self.on_shelf = [10, 40, 5]
        self.sold: dict[int, tuple[int, ...]] = {}
        self.last: tuple[tuple[int, ...], int, str] | None = None

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            try:
                assert verify_all() == []
                assert reconcile(self.shop.shop, Period.month_of(timezone.localdate())).holds
            finally:
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)

    @rule(index=HOMES, points=st.integers(1, 150))
    def earn(self, index: int, points: int) -> None:
        self.shop.give(points, index)
        self.issued += points

    @rule(index=HOMES, pieces=PIECES, booking=st.booleans())
    def redeem(self, index: int, pieces: tuple[int, ...], booking: bool) -> None:
        mark = key()
        try:
            call = self.shop.book if booking else self.shop.sell
            row = call(*pieces, index=index, key=mark)
        except RuleError:
            assert not Redemption.objects.filter(key=mark).exists()
            return
        assert row.points == sum(n * p for n, p in zip(pieces, (30, 3, 20), strict=True))
        self.sold[row.pk] = pieces
        if not booking:
            self.on_shelf = [a - b for a, b in zip(self.on_shelf, pieces, strict=True)]
        self.last = (pieces, index, mark)

    @rule()
    def send_the_last_again(self) -> None:
        if self.last is not None:
            pieces, index, mark = self.last
            before = Redemption.objects.count()
            self.shop.sell(*pieces, index=index, key=mark)
            assert Redemption.objects.count() == before

    @rule(data=st.data())
    def take_back_or_fetch(self, data: Any) -> None:
        rows = list(Redemption.objects.filter(state__in=("sold", "booked")).order_by("pk"))
        if not rows:
            return
        row = data.draw(st.sampled_from(rows), label="redemption")
        pieces = self.sold[row.pk]
        if row.state == "booked" and data.draw(st.booleans(), label="fetch"):
            index = self.shop.place.households.index(row.household)
            redeeming.pick_up(actor=self.shop.keeper, redemption=row, card=self.shop.cards[index])
            self.on_shelf = [a - b for a, b in zip(self.on_shelf, pieces, strict=True)]
        else:
            cancelling.cancel(actor=self.shop.keeper, redemption=row, reason="拿错了")
            if row.state == "sold":
                self.on_shelf = [a + b for a, b in zip(self.on_shelf, pieces, strict=True)]

    @rule(
        kind=st.sampled_from(["purchase", "count", "writeoff"]),
        good=st.integers(0, 2),
        pieces=st.integers(1, 9),
    )
    def paper(self, kind: str, good: int, pieces: int) -> None:
        goods = self.shop.goods[good]
        fen = pieces * 777 if kind == "purchase" else 0
        paper = keeping.submit_paper(
            actor=self.shop.keeper,
            supermarket=self.shop.shop,
            kind=kind,
            lines=[PaperLine(goods, pieces, fen, "试")],
            supplier="供销社",
            reason="试",
            key=key(),
        )
        try:
            keeping.decide_paper(actor=self.shop.place.secretary, paper=paper, approve=True)
        except RuleError:
            return
        change = {"purchase": self.on_shelf[good] + pieces, "writeoff": self.on_shelf[good] - pieces}
        self.on_shelf[good] = change.get(kind, pieces)

    @invariant()
    def promises(self) -> None:
        if not hasattr(self, "shop"):
            return
        assert [quantity for quantity, _, _ in self.shop.stock()] == self.on_shelf
        for stock in Stock.objects.all():
            entries = StockEntry.objects.filter(goods=stock.goods_id).values_list("quantity", "fen")
            assert (stock.quantity, stock.value_fen) == (
                sum(q for q, _ in entries),
                sum(f for _, f in entries),
            )
            assert stock.quantity >= stock.reserved >= 0
            assert stock.value_fen >= 0
        spent = sum(Redemption.objects.filter(state__in=("sold", "booked")).values_list("points", flat=True))
        balances = list(PointsAccount.objects.values_list("balance", flat=True))
        assert sum(balances) + spent == self.issued
        assert min(balances, default=0) >= 0
        fund = RedemptionFund.objects.get()
        assert fund.balance_fen == sum(FundEntry.objects.values_list("fen", flat=True)) >= 0


@pytest.mark.django_db
def test_any_history_keeps_the_promises(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-20 09:00")
    run_state_machine_as_test(
        MarketMachine,
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
