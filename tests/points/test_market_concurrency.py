"""Many counters at once on PostgreSQL: the last item is sold once; with the guards off it would be sold twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from cogov.common.errors import ConflictError, RuleError
from points.ledger_checks import verify_all
from points.models import PointsAccount, Redemption, Stock
from points.services.market import cancelling, redeeming
from tests.factories.market import Market, market
from tests.points.test_concurrency import together

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]
CLIENTS, ROUNDS = 50, 4


def attempt(call: Callable[[], Any]) -> str:
    try:
        call()
    except ConflictError:
        return "conflict"
    except RuleError as error:
        return error.message
    return "sold"


def test_two_keepers_and_the_last_item() -> None:
    shop = market(points=200)
    shop.sell(0, 0, 4)
    outcomes = together([lambda n=n: attempt(lambda: shop.sell(0, 0, 1, index=n)) for n in range(2)])
    assert sorted(outcomes) == ["sold", "“洗衣液”已经兑完，本次没有兑换"]
    assert shop.stock()[2] == (0, 0, 0)
    assert sorted([shop.balance(0), shop.balance(1)]) in ([100, 200], [120, 180])
    assert verify_all() == []


def test_a_double_click_is_one_sale() -> None:
    shop = market(points=200)
    rows = together([lambda: shop.sell(1, key="click") for _ in range(8)])
    assert len({row.pk for row in rows}) == 1
    assert (shop.balance(), shop.stock()[0]) == (170, (9, 25200, 0))
    assert verify_all() == []


def test_fifty_counters() -> None:
    """Sales, bookings and returns of ten households at once, several rounds; everything adds up afterwards."""
    shop = market(households=10, points=120, fund_mode="settle")

    def client(number: int) -> Callable[[], str]:
        def work() -> str:
            index = number % 10
            if number % 5 == 4:
                rows = Redemption.objects.filter(
                    household=shop.place.households[index], state__in=("sold", "booked")
                )
                row = rows.order_by("?").first()
                if row is None:
                    return "nothing"
                return attempt(lambda: cancelling.cancel(actor=shop.keeper, redemption=row, reason="拿错了"))
            call = shop.book if number % 7 == 3 else shop.sell
            pieces = ((1, 2, 0), (0, 3, 1), (1, 0, 1))[number % 3]
            return attempt(lambda: call(*pieces, index=index))

        return work

    for _ in range(ROUNDS):
        outcomes = together([client(number) for number in range(CLIENTS)], workers=CLIENTS)
        assert "conflict" not in outcomes
    spent = sum(Redemption.objects.filter(state__in=("sold", "booked")).values_list("points", flat=True))
    assert sum(PointsAccount.objects.values_list("balance", flat=True)) + spent == 1200
    assert all(quantity >= kept >= 0 for quantity, _, kept in shop.stock())
    numbers = list(Redemption.objects.order_by("number").values_list("number", flat=True))
    assert [int(number.split("-")[1]) for number in numbers] == list(range(1, len(numbers) + 1))
    assert verify_all() == []


@contextmanager
def without_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stock is read without a lock, and both clients read before either writes."""
    meeting = threading.Barrier(2, timeout=20)

    def unlocked(goods_ids: Iterable[int]) -> dict[int, Stock]:
        found = {
            row.goods_id: row
            for row in Stock.objects.filter(goods_id__in=list(goods_ids)).select_related("goods")
        }
        meeting.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(redeeming, "lock_stock", unlocked)
        yield


def test_control_without_the_lock_the_last_item_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    shop: Market = market(points=200)
    shop.sell(0, 0, 4)
    with without_lock(monkeypatch):
        outcomes = together([lambda n=n: attempt(lambda: shop.sell(0, 0, 1, index=n)) for n in range(2)])
    assert outcomes == ["sold", "sold"]
    assert {"market.stock", "market.running"} <= {fault.check for fault in verify_all()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(quantity) FROM points_stockentry WHERE goods_id = %s", [shop.goods[2].pk])
        assert cursor.fetchone() == (-1,)
