"""The shared fixtures keep their promises: tests neither see nor leave anything."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.audit.guards import verify
from cogov.audit.models import AuditEvent
from cogov.audit.services import record
from tests.factories.market import market
from tests.factories.points import setting
from tests.factories.villages import VillageFactory
from tests.support import worlds
from tests.support.browser import LiveApp
from villages.models import Village


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_committed_rows_of_guarded_tables_are_gone_in_the_next_test(turn: int) -> None:
    assert AuditEvent.objects.count() == 0
    record(actor=SystemActor("试验"), action="tooling.try", summary=f"第{turn}次")
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_rows_of_the_migrations_come_back(turn: int) -> None:
    assert Permission.objects.count() > 50
    Permission.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_the_guards_still_stand_after_the_restore(turn: int) -> None:
    record(actor=SystemActor("试验"), action="tooling.try", summary=f"第{turn}次")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == 1
    assert verify(connection) == []


def test_the_clock_stops_where_it_is_told(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-10-31 09:00")
    assert timezone.now() == datetime(2026, 10, 31, 1, 0, tzinfo=UTC)
    travel_to("2026-11-01")
    assert timezone.localdate().isoformat() == "2026-11-01"


_seen: list[Any] = []


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_kept_world_is_the_one_that_was_built(travel_to: Callable[[str], None], turn: int) -> None:
    """The first turn builds it, the others get the rows again; all go on from there alike."""
    travel_to("2026-10-20 09:00")
    made = market(households=3, fund_mode="settle")
    rows = {table: len(lines) for table, lines in worlds._read().items()}
    beside = setting(households=1)
    made.give(7)
    _seen.append(
        (
            rows,
            [home.head_name for home in made.place.households],
            [(row.name, row.points) for row in made.goods],
            made.stock(),
            made.balance(),
            beside.village.code,
            beside.cadre.username,
        )
    )
    assert _seen[-1] == _seen[0]
    assert made.balance() == 107
    assert beside.village.pk != made.place.village.pk
    assert verify(connection) == []


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_a_world_beside_what_a_test_wrote_is_built(travel_to: Callable[[str], None], turn: int) -> None:
    travel_to("2026-10-20 09:00")
    first = VillageFactory()
    place = setting()
    assert Village.objects.count() == 2
    assert place.village.code != first.code


@pytest.mark.parametrize("turn", [1, 2])
def test_the_cache_starts_empty(turn: int) -> None:
    assert cache.get("tooling") is None
    cache.set("tooling", turn)


def test_redis_answers(redis_url: str) -> None:
    parts = urlsplit(redis_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(16) == b"+PONG\r\n"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_login_page_in_a_real_browser(live_app: LiveApp) -> None:
    page = live_app.open("/admin/login/", phone=True)
    assert page.locator("input[name=username]").is_visible()
    assert live_app.overflow() <= 0
    assert live_app.problems == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_may_not_call_elsewhere(live_app: LiveApp, settings: Any) -> None:
    live_app.open("/admin/login/")
    answer = live_app.page.evaluate("() => fetch('http://elsewhere.invalid/').catch(() => 'refused')")
    assert answer == "refused"
    assert any("elsewhere.invalid" in problem for problem in live_app.problems)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_knows_nothing_of_an_earlier_test(live_app: LiveApp, browser: Any, client: Any) -> None:
    kept = """async () => [document.cookie, localStorage.length, sessionStorage.length,
        (await indexedDB.databases()).length]"""
    page = live_app.open("/admin/login/")
    page.evaluate(
        """() => { document.cookie = "a=1"; localStorage.a = sessionStorage.a = 1; return new Promise((done) => {
        indexedDB.open("a", 1).onsuccess = (event) => done(event.target.result.close()); }); }"""
    )
    before = page.evaluate(kept)
    assert "a=1" in before[0]
    assert before[1:] == [1, 1, 1]
    live_app.page.emulate_media(color_scheme="dark")
    live_app.close()
    later = LiveApp(live_app.url, browser, client)
    page = later.open("/admin/login/")
    cookies, *stored = page.evaluate(kept)
    assert "a=1" not in cookies
    assert stored == [0, 0, 0]
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is False
    later.close()
    assert live_app.problems == later.problems == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_of_its_own_is_left_to_nobody(live_app: LiveApp, browser: Any, client: Any) -> None:
    page = live_app.own_page()
    page.add_init_script("window.spoilt = true")
    assert live_app.open("/admin/login/").evaluate("window.spoilt") is True
    live_app.close()
    later = LiveApp(live_app.url, browser, client)
    assert later.open("/admin/login/").evaluate("window.spoilt") is None
    later.close()
