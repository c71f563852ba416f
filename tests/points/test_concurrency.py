"""Many at once on PostgreSQL: nothing is lost, doubled or overspent; with the guards off it would be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import PointsAccount, PointsEntry
from points.rules import EntryKind
from points.services import ledger, single
from points.services.ledger import post_entry
from points.services.locks import LockedAccount, own_books
from points.services.posting import close_points_month, post_month
from points.services.prepared import Prepared
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place() -> Setting:
    return setting(households=2)


def redeem_or_raise(place: Setting, points: int, source: str, index: int = 0) -> int:
    return post_entry(
        actor=SYSTEM,
        household=place.households[index],
        kind=EntryKind.REDEEM,
        points=-points,
        source=source,
        reason="兑换",
    )


def redeem(place: Setting, points: int, source: str, index: int = 0) -> str:
    try:
        redeem_or_raise(place, points, source, index)
    except ConflictError:
        return "conflict"
    except RuleError:
        return "refused"
    return "done"


def earn(place: Setting, points: int, source: str, index: int = 0) -> int:
    return post_entry(
        actor=SYSTEM,
        household=place.households[index],
        kind=EntryKind.EARN,
        points=points,
        source=source,
        reason="得分",
    )


def together(jobs: list[Callable[[], Any]], workers: int = 8) -> list[Any]:
    """Run all jobs on threads of their own connection."""

    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, jobs))


def test_parallel_redemptions_never_overspend(place: Setting) -> None:
    earn(place, 100, "a:1")
    outcomes = together([lambda n=n: redeem(place, 7, f"sale:{n}") for n in range(40)])
    assert outcomes.count("done") == 14
    assert set(outcomes) == {"done", "refused"}
    assert PointsAccount.objects.get(household=place.households[0]).balance == 2
    assert verify_all() == []


def test_one_source_from_many_clients_gives_one_entry(place: Setting) -> None:
    entries = together([lambda: earn(place, 10, "a:1") for _ in range(16)])
    assert len(set(entries)) == 1
    assert PointsAccount.objects.get(household=place.households[0]).balance == 10
    assert verify_all() == []


def test_opening_accounts_at_once(place: Setting) -> None:
    together([lambda n=n: earn(place, 1, f"a:{n}", n % 2) for n in range(20)])
    assert sorted(PointsAccount.objects.values_list("balance", flat=True)) == [10, 10]
    assert verify_all() == []


def test_months_post_once_while_others_redeem(place: Setting) -> None:
    period = Period.month_of(timezone.localdate())
    for n in range(6):
        place.approved(n % 2, "L01", 1, occurred_on=timezone.localdate())

    def close() -> int:
        posted = post_month(actor=SYSTEM, village=place.village, period=period).posted
        close_points_month(actor=SYSTEM, village=place.village, period=period)
        return posted

    jobs: list[Callable[[], Any]] = [close, close, close]
    jobs += [lambda n=n: redeem(place, 5, f"sale:{n}", n % 2) for n in range(20)]
    results = together(jobs)
    assert sum(r for r in results if isinstance(r, int)) == 6
    assert verify_all() == []


@contextmanager
def without_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Accounts are read without a lock, and both clients read before either writes."""
    meeting = threading.Barrier(2, timeout=20)

    def unlocked(
        _village: Any, household_ids: list[int], period: Period
    ) -> tuple[dict[int, LockedAccount], Period]:
        rows = PointsAccount.objects.filter(household__in=household_ids)
        found = {row[0]: LockedAccount(*row) for row in rows.values_list(*LockedAccount._fields)}
        meeting.wait()
        return found, period

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "_post_plain", lambda *_: None)
        patched.setattr(ledger, "lock_books", unlocked)
        yield


@contextmanager
def without_check() -> Iterator[None]:
    """The CHECK on the balance is dropped; it cannot come back while a balance is below zero."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE points_pointsaccount DROP CONSTRAINT account_balance_not_negative")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE points_pointsaccount SET balance = 0 WHERE balance < 0")
            cursor.execute(
                "ALTER TABLE points_pointsaccount ADD CONSTRAINT account_balance_not_negative CHECK (balance >= 0)"
            )


def test_control_overspends_without_lock_and_check(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    earn(place, 20, "a:1")
    with without_check():
        with without_lock(monkeypatch):
            outcomes = together([lambda n=n: redeem(place, 20, f"sale:{n}") for n in range(2)])
        assert outcomes == ["done", "done"]
        assert PointsAccount.objects.get(household=place.households[0]).balance == -20
        assert "points.running" in {fault.check for fault in verify_all()}


def test_check_alone_holds_without_the_lock(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    earn(place, 20, "a:1")
    with without_lock(monkeypatch):
        outcomes = together([lambda n=n: redeem(place, 20, f"sale:{n}") for n in range(2)])
    assert sorted(outcomes) == ["conflict", "done"]
    assert PointsAccount.objects.get(household=place.households[0]).balance == 0
    assert verify_all() == []


def waiting_for_the_books() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


def test_whoever_waited_for_the_close_posts_into_the_next_month(place: Setting) -> None:
    """The posting's message was under way when the month was being closed."""
    period = Period.month_of(timezone.localdate())
    earn(place, 1, "a:1")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            own_books(place.village.pk)
            late = pool.submit(together, [lambda: earn(place, 20, "a:2")])
            deadline = time.monotonic() + 20
            while not waiting_for_the_books():
                assert time.monotonic() < deadline
            close_points_month(actor=SYSTEM, village=place.village, period=period)
        (key,) = late.result()
    entry = PointsEntry.objects.get(pk=key)
    assert (entry.period, entry.for_period) == (period.next().key, period.key)
    assert verify_all() == []


def test_without_its_condition_the_checks_refuse_one_trip(
    place: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition says it in words; that of the account and that of the entry stand behind it."""
    earn(place, 20, "a:1")
    assert redeem(place, 25, "sale:0") == "refused"
    text = single.STATEMENT.replace(f"{PointsAccount._meta.db_table}.balance + d.balance >= 0", "true")
    assert text != single.STATEMENT
    monkeypatch.setattr(single, "_WRITE", Prepared("unguarded_post_entry", text, types=single._TYPES))
    with pytest.raises(ConflictError) as refused:
        redeem_or_raise(place, 25, "sale:1")
    assert "account_balance_not_negative" in str(refused.value.__cause__)
    with without_check(), pytest.raises(ConflictError) as refused:
        redeem_or_raise(place, 25, "sale:2")
    assert "entry_balance_not_negative" in str(refused.value.__cause__)
    assert PointsAccount.objects.get(household=place.households[0]).balance == 20
