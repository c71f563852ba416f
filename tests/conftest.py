"""Fixtures for every test. The database is SQLite in memory, or what DATABASE_URL names (manage.py test does both)."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django.test.client
import pytest
import time_machine
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, connections
from django.test import TransactionTestCase

from cogov.bootstrap import system
from cogov.demo import servers
from tests.support import pristine, template, worlds
from tests.support.browser import LiveApp, chromium
from tests.support.clock import shanghai

gc.set_threshold(50_000, 20, 100)  # importing and migrating make millions of objects that stay


def pytest_collection_finish() -> None:
    """What was collected is no garbage: never look at it again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other database; begin with the longest, and measure no coverage there."""
    other = "pg_only" if connection.vendor == "sqlite" else "sqlite_only"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(other)]
    for item in items:
        if "live_app" in getattr(item, "fixturenames", ()):
            item.add_marker("no_cover")
    items.sort(key=_turn)  # else in their random order


def _turn(item: pytest.Item) -> int:
    """The table and the browser first, then the long ones, then all others."""
    return next((turn for turn, mark in enumerate(("no_cover", "long")) if item.get_closest_marker(mark)), 2)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before the test database is made."""
    template.take(connection)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After the migrations: remember the rows they brought (calendar, permissions), so that tests may destroy them."""
    with django_db_blocker.unblock():
        template.give(connection)
        pristine.remember(connection)


def _restore(self: TransactionTestCase) -> None:
    for alias in self._databases_names(include_mirrors=False):
        pristine.restore(connections[alias])


def _keep_connection(**_kwargs: Any) -> None:
    """Instead of close_old_connections: closing a response in a test would close the test's own transaction."""


for _signal in (request_started, request_finished):
    _signal.disconnect(close_old_connections)
django.test.client.close_old_connections = _keep_connection  # the client takes it off and on around a request


# Django would flush, which append-only tables refuse and which loses the rows of data migrations.
TransactionTestCase._fixture_teardown = _restore


@pytest.fixture(autouse=True)
def _private_files(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Uploads of one test are its own; the cache starts empty."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _same_beginning_in_any_order() -> None:
    worlds.begin()


@pytest.fixture
def travel_to() -> Iterator[Callable[[str], None]]:
    """``travel_to("2026-10-31 09:00")`` stops the clock at that moment in Shanghai; may be called again."""
    travels: list[time_machine.travel] = []

    def go(moment: str) -> None:
        while travels:
            travels.pop().stop()
        travel = time_machine.travel(shanghai(moment), tick=False)
        travel.start()
        travels.append(travel)

    yield go
    while travels:
        travels.pop().stop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A private Redis: the one of ``manage.py test``, else one started for this session."""
    given = os.environ.get("COGOV_TEST_REDIS_URL")
    if given:
        yield given
        return
    if system.missing(system.TEST_BROKER):
        pytest.skip("没有 redis-server")
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def browser(django_db_setup: None, live_server: Any) -> Iterator[Any]:
    """The window of one Chromium for the session; tests use ``live_app``.

    It closes before the server stops and the database goes, and waits for those who served it: a kept connection of the
    browser keeps a thread of the server, and that a session of PostgreSQL.
    """
    if system.missing(system.TEST_BROWSER):
        pytest.skip("没有 chromium")
    # Playwright's synchronous face keeps an event loop in this thread; Django would refuse the database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as window:
        yield window
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(60)


@pytest.fixture
def live_app(browser: Any, live_server: Any, client: Any) -> Iterator[LiveApp]:
    """The running site and a fresh browser page; ``live_app.problems`` must stay empty."""
    app = LiveApp(live_server.url, browser, client)
    yield app
    app.close()
