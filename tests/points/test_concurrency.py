"""Many at once on PostgreSQL: nothing is lost, doubled or overspent; with the guards off it would be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import PointsAccount, PointsEntry
from points.rules import EntryKind
from points.services import single
from points.services.ledger import post_entry
from points.services.locks import LockedAccount, read_account
from points.services.posting import close_points_month, post_month
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.points.clients import unguarded

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place() -> Setting:
    return setting(households=2)


def redeem(place: Setting, points: int, source: str, index: int = 0) -> str:
    try:
        post_entry(
            actor=SYSTEM,
            household=place.households[index],
            kind=EntryKind.REDEEM,
            points=-points,
            source=source,
            reason="兑换",
        )
    except ConflictError:
        return "conflict"
    except RuleError:
        return "refused"
    return "done"


def earn(place: Setting, points: int, source: str, index: int = 0) -> PointsEntry:
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
    assert len({entry.pk for entry in entries}) == 1
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
def both_read_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two clients have both read the account before either writes."""
    meeting = threading.Barrier(2, timeout=20)

    def read(*args: Any) -> LockedAccount:
        found = read_account(*args)
        meeting.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(single, "read_account", read)
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


def test_the_second_to_write_reads_again(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What both read holds for one of them only; the other sees what is left and is told so."""
    earn(place, 20, "a:1")
    with both_read_first(monkeypatch):
        outcomes = together([lambda n=n: redeem(place, 20, f"sale:{n}") for n in range(2)])
    assert sorted(outcomes) == ["done", "refused"]
    assert PointsAccount.objects.get(household=place.households[0]).balance == 0
    assert verify_all() == []


def test_both_get_what_is_there_for_both(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    earn(place, 20, "a:1")
    with both_read_first(monkeypatch):
        outcomes = together([lambda n=n: redeem(place, 10, f"sale:{n}") for n in range(2)])
    assert outcomes == ["done", "done"]
    entries = PointsEntry.objects.filter(kind="redeem").order_by("pk")
    assert [entry.balance_after for entry in entries] == [10, 0]
    assert verify_all() == []


def test_a_month_closed_after_the_reading_is_not_written_to(
    place: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry then stands in the next open month."""
    day = timezone.localdate()
    period = Period.month_of(day)

    def read(*args: Any) -> LockedAccount:
        found = read_account(*args)
        close_points_month(actor=SYSTEM, village=place.village, period=period)
        return found

    earn(place, 1, "a:1")
    monkeypatch.setattr(single, "read_account", read)
    entry = earn(place, 20, "a:2")
    assert (entry.period, entry.for_period) == (period.next().key, period.key)
    assert verify_all() == []


def test_control_overspends_without_guard_and_check(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    earn(place, 20, "a:1")
    with without_check():
        with both_read_first(monkeypatch), unguarded():
            outcomes = together([lambda n=n: redeem(place, 20, f"sale:{n}") for n in range(2)])
        assert outcomes == ["done", "done"]
        assert PointsAccount.objects.get(household=place.households[0]).balance == -20
        assert "points.running" in {fault.check for fault in verify_all()}


def test_check_alone_holds_without_the_guard(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    earn(place, 20, "a:1")
    with both_read_first(monkeypatch), unguarded():
        outcomes = together([lambda n=n: redeem(place, 20, f"sale:{n}") for n in range(2)])
    assert sorted(outcomes) == ["conflict", "done"]
    assert PointsAccount.objects.get(household=place.households[0]).balance == 0
    assert verify_all() == []
