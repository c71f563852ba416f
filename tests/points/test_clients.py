"""Eight clients at once, 25 rounds each, on PostgreSQL; the full run is bench/points_clients.py."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from points.ledger_checks import verify_all
from tests.factories.market import market
from tests.points.clients import Client, faults, guards_off
from tests.points.test_concurrency import together

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]
CLIENTS, ROUNDS = 8, 25


def test_nothing_is_lost_doubled_or_overspent() -> None:
    shop = market(households=3, points=60, fund_mode="settle")
    promises = together([lambda n=n: Client(shop, n).run(ROUNDS) for n in range(CLIENTS)], workers=CLIENTS)
    outcomes = sum((made.outcomes for made in promises), Counter[str]())
    assert sum(outcomes.values()) == CLIENTS * ROUNDS
    assert {"earn done", "spend done", "sell done", "cancel done"} <= outcomes.keys()
    assert faults(shop, promises) == []


class Meeting:
    """Two clients wait for each other, but not for ever: the other may be elsewhere."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2, timeout=0.5)

    def __call__(self) -> None:
        try:
            self.barrier.wait()
        except threading.BrokenBarrierError:
            self.barrier.reset()


def test_control_without_guards_the_same_history_overspends() -> None:
    shop = market(households=1, points=60, fund_mode="settle")
    with guards_off(Meeting()):
        promises = together([lambda n=n: Client(shop, n).run(10) for n in range(4)], workers=4)
        found = faults(shop, promises)
        assert {"points.running"} <= {fault.check for fault in verify_all()}
    assert found
