"""Many clients at one shop and one ledger: a history by chance, what was promised to each, and what must be true after.

Used by test_clients.py (a few clients) and bench/points_clients.py (fifty, two hundred rounds each).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models import Sum

from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import PointsAccount, PointsEntry, Redemption, Stock, StockEntry
from points.rules import EntryKind
from points.services import ledger
from points.services.ledger import post_entry, reverse_entry
from points.services.locks import LockedAccount
from points.services.market import cancelling, redeeming
from tests.factories.market import Market
from tests.factories.villages import SYSTEM

BASKETS = ((1, 0, 0), (0, 2, 0), (0, 0, 1), (1, 1, 0), (0, 0, 2))


@dataclass
class Promises:
    """What the services confirmed to one client; everything else was refused."""

    posted: dict[str, int] = field(default_factory=dict)  # source -> points
    reversed: set[int] = field(default_factory=set)  # entries
    sold: set[str] = field(default_factory=set)  # keys
    cancelled: set[int] = field(default_factory=set)  # redemptions
    outcomes: Counter[str] = field(default_factory=Counter)


class Client:
    """One client with a chance of its own. Every step is one call of a service, as a click is."""

    def __init__(self, shop: Market, number: int) -> None:
        self.shop, self.number = shop, number
        self.chance = random.Random(number)
        self.made = Promises()
        self.serial = 0

    def run(self, rounds: int, *, broken: tuple[type[Exception], ...] = ()) -> Promises:
        """So many steps. ``broken`` errors are what a control without guards may meet and goes on after."""
        steps = (
            self.earn,
            self.earn,
            self.spend,
            self.take_back,
            self.sell,
            self.sell,
            self.book,
            self.cancel,
        )
        for _ in range(rounds):
            step: Callable[[], str] = self.chance.choice((*steps, self.fetch, self.earn_together))
            try:
                outcome = step()
            except ConflictError:
                outcome = "conflict"
            except RuleError:
                outcome = "refused"
            except broken:
                outcome = "broken"
            self.made.outcomes[f"{step.__name__} {outcome}"] += 1
        return self.made

    def _home(self) -> int:
        return self.chance.randrange(len(self.shop.place.households))

    def _key(self, name: str = "") -> str:
        self.serial += 1
        return f"client{name}:{self.number}:{self.serial}"

    def _post(self, kind: EntryKind, points: int, source: str, index: int) -> str:
        home = self.shop.place.households[index]
        post_entry(actor=SYSTEM, household=home, kind=kind, points=points, source=source, reason="试")
        self.made.posted[source] = points
        return "done"

    def earn(self) -> str:
        return self._post(EntryKind.EARN, self.chance.randint(1, 15), self._key(), self._home())

    def earn_together(self) -> str:
        """A source that other clients post as well: it must stand once."""
        number = self.chance.randrange(40)
        return self._post(
            EntryKind.EARN, 3, f"client:shared:{number}", number % len(self.shop.place.households)
        )

    def spend(self) -> str:
        return self._post(EntryKind.REDEEM, -self.chance.randint(1, 25), self._key(), self._home())

    def take_back(self) -> str:
        home = self.shop.place.households[self._home()]
        found = PointsEntry.objects.filter(
            account__household=home, kind="earn", source__startswith="client", reversals__isnull=True
        ).order_by("-pk")[:5]
        if not found:
            return "nothing"
        entry = self.chance.choice(list(found))
        reverse_entry(actor=self.shop.place.secretary, entry=entry, reason="弄错了")
        self.made.reversed.add(entry.pk)
        return "done"

    def _order(self, call: Callable[..., Redemption]) -> str:
        key = f"{self.number}x{self.serial}"
        self.serial += 1
        call(*self.chance.choice(BASKETS), index=self._home(), key=key)
        self.made.sold.add(key)
        return "done"

    def sell(self) -> str:
        return self._order(self.shop.sell)

    def book(self) -> str:
        return self._order(self.shop.book)

    def _redemption(self, *states: str) -> Redemption | None:
        rows = Redemption.objects.filter(state__in=states).select_related("supermarket__village", "household")
        found = list(rows.order_by("-pk")[:8])
        return self.chance.choice(found) if found else None

    def cancel(self) -> str:
        row = self._redemption("sold", "booked")
        if row is None:
            return "nothing"
        cancelling.cancel(actor=self.shop.keeper, redemption=row, reason="拿错了")
        self.made.cancelled.add(row.pk)
        return "done"

    def fetch(self) -> str:
        row = self._redemption("booked")
        if row is None:
            return "nothing"
        index = self.shop.place.households.index(row.household)
        redeeming.pick_up(actor=self.shop.keeper, redemption=row, card=self.shop.cards[index])
        return "done"


def faults(shop: Market, promises: Iterable[Promises]) -> list[str]:
    """Everything that is not as it must be: proofs of the ledgers, and each promise to each client."""
    found = [f"{fault.check} {fault}" for fault in verify_all()]
    posted: dict[str, int] = {}
    reversed_: set[int] = set()
    sold: set[str] = set()
    cancelled: set[int] = set()
    for made in promises:
        posted.update(made.posted)
        reversed_ |= made.reversed
        sold |= made.sold
        cancelled |= made.cancelled
    signed = {"redeem": lambda entry: entry.points}
    standing = {
        entry.source: signed.get(entry.kind, lambda e: e.score)(entry)
        for entry in PointsEntry.objects.filter(source__startswith="client", reversal_of__isnull=True)
    }
    if standing != posted:
        found.append(f"postings lost or doubled: {sorted(standing.items() ^ posted.items())[:5]}")
    back = PointsEntry.objects.filter(reversal_of__source__startswith="client").values_list(
        "reversal_of", flat=True
    )
    if sorted(back) != sorted(reversed_):
        found.append(f"reversals lost or doubled: {sorted(set(back) ^ reversed_)[:5]}")
    rows = Redemption.objects.all()
    if sorted(rows.values_list("key", flat=True)) != sorted(sold):
        found.append("sales lost or doubled")
    if set(rows.filter(state="cancelled").values_list("pk", flat=True)) != cancelled:
        found.append("returns lost or doubled")
    for account in PointsAccount.objects.annotate(total=Sum("entries__points")).order_by("pk"):
        if account.balance != account.total or account.balance < 0:
            found.append(f"account {account.pk}: balance {account.balance}, entries {account.total}")
    for stock in Stock.objects.order_by("pk"):
        total = StockEntry.objects.filter(goods=stock.goods_id).aggregate(t=Sum("quantity"))["t"]
        if stock.quantity != total or not stock.quantity >= stock.reserved >= 0:
            found.append(f"stock of {stock.goods}: {stock.quantity}, entries {total}, kept {stock.reserved}")
    return found


@contextmanager
def guards_off(pause: Callable[[], object] = lambda: None) -> Iterator[None]:
    """The control: accounts and stock are read without a lock, and the CHECKs on accounts and stock are dropped.

    ``pause`` runs between reading an account and writing it. Look at the damage inside: what fell below zero is put up to
    zero at the end, so that the CHECKs can come back.
    """

    def accounts(_village: Any, household_ids: Iterable[int]) -> dict[int, LockedAccount]:
        rows = PointsAccount.objects.filter(household__in=list(household_ids))
        found = {row[0]: LockedAccount(*row) for row in rows.values_list(*LockedAccount._fields)}
        pause()
        return found

    def books(
        village: Any, household_ids: Iterable[int], wanted: Period
    ) -> tuple[dict[int, LockedAccount], Period]:
        return accounts(village, household_ids), wanted

    def stock(goods_ids: Iterable[int]) -> dict[int, Stock]:
        rows = Stock.objects.filter(goods_id__in=list(goods_ids)).select_related("goods")
        return {row.goods_id: row for row in rows}

    dropped = _drop_checks()
    try:
        with (
            mock.patch.object(ledger, "_post_plain", lambda *_: None),
            mock.patch.object(ledger, "lock_books", books),
            mock.patch.object(redeeming, "lock_accounts", accounts),
            mock.patch.object(redeeming, "lock_stock", stock),
            mock.patch.object(cancelling, "lock_accounts", accounts),
            mock.patch.object(cancelling, "lock_stock", stock),
        ):
            yield
    finally:
        _restore_checks(dropped)


def _drop_checks() -> list[tuple[str, str, str]]:
    """(table, name, definition) of what was dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'c' AND conrelid IN ('points_pointsaccount'::regclass, 'points_stock'::regclass)"
        )
        found: list[tuple[str, str, str]] = cursor.fetchall()
        for table, name, _ in found:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return found


def _restore_checks(dropped: list[tuple[str, str, str]]) -> None:
    """They cannot come back while anything is below zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE points_pointsaccount SET balance = GREATEST(balance, 0), owed = GREATEST(owed, 0)"
        )
        cursor.execute(
            "UPDATE points_stock SET quantity = GREATEST(quantity, 0), value_fen = GREATEST(value_fen, 0), reserved = 0"
        )
        for table, name, definition in dropped:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
