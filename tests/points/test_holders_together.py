"""Opening and closing people's accounts while others are at work (PNT-8): each once, nothing lost, no deadlock."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from points.ledger_checks import verify_all
from points.models import Holder, PointsAccount
from points.rules import EntryKind
from points.services.holders import open_holders
from points.services.ledger import post_entry
from tests.factories.market import key, market
from tests.factories.points import later_version, setting
from tests.factories.villages import SYSTEM, ResidentFactory
from villages.models import Household, Resident

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]


def at_once(*works: Any) -> list[Any]:
    def one(work: Any) -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(one, work) for work in works]]


def test_eight_who_open_at_once_open_each_once() -> None:
    place = setting(households=3)
    later_version(place, dt.date(2026, 10, 1), holder=Holder.PERSON)
    for home in place.households:
        ResidentFactory(household=home, name="新来的", birth_date=dt.date(1990, 1, 1))
    done = at_once(*[lambda: open_holders(actor=place.cadre, village=place.village).opened] * 8)
    assert sorted(done) == [0] * 7 + [3]
    numbers = Household.holders.filter(kind="person").order_by("number").values_list("number", flat=True)
    assert list(numbers) == ["001-1", "001-2", "002-1", "002-2", "003-1", "003-2"]


def test_the_familys_card_is_used_while_the_balance_comes_over() -> None:
    shop = market(points=100)
    place = shop.place
    later_version(place, timezone.localdate(), holder=Holder.PERSON)
    home = place.households[0]
    ResidentFactory(household=home, name="单志强", birth_date=dt.date(1990, 1, 1))
    open_holders(actor=place.cadre, village=place.village)
    person = Household.holders.get(head_name="单志强")
    post_entry(
        actor=SYSTEM, household=person, kind=EntryKind.EARN, points=40, source=f"test:{key()}", reason="得分"
    )
    Resident.objects.filter(name="单志强").update(state="deceased")
    close = [lambda: open_holders(actor=place.cadre, village=place.village).closed] * 3
    sell = [lambda: shop.sell(0, 1).points] * 6
    done = at_once(*(work for pair in zip(close * 2, sell, strict=True) for work in pair))
    assert sorted(done[0::2]) == [0, 0, 0, 0, 0, 1]
    assert done[1::2] == [3] * 6
    assert (shop.balance(0), PointsAccount.objects.get(household=person).balance) == (100 - 18 + 40, 0)
    assert verify_all() == []
