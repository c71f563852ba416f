"""Who gets in where: every address of the URL resolver, for every role, against the table beside this file.

An address that the table does not list fails; so does a row whose address is gone. After a deliberate change write the
table anew with ``COGOV_WRITE_MATRIX=1 pytest tests/security/test_permission_matrix.py`` and read the difference.
"""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cogov.access.roles import Role
from tests.security.conftest import World, worker
from tests.security.providers import FIXED, NOTHING, is_public
from tests.security.routes import Route, routes

TABLE = Path(__file__).with_name("permission_matrix.csv")
ANONYMOUS = "anonymous"
_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dX]|1\d{10})(?!\d)")
COLUMNS = (ANONYMOUS, *(role.value for role in Role))

# The visits would take half as long again with coverage, and reach almost nothing that the tests of the pages do not;
# building the world is measured.
pytestmark = pytest.mark.no_cover


def _answer(client: Client, path: str, secrets: frozenset[str] = frozenset()) -> str:
    response: Any = client.get(path)
    if not response.streaming:
        shown = secrets.intersection(_NUMBER.findall(response.content.decode(errors="replace")))
        assert not shown, f"{path} shows the bare number of {len(shown)} people"
    response.close()
    if response.status_code in (301, 302) and "/login/" in response["Location"]:
        return "login"
    return str(response.status_code)


def _column(world: World, column: str) -> dict[str, str]:
    """What one kind of visitor gets at his own place, and that a foreign place answers like nothing at all."""
    answers: dict[str, str] = {}
    unknown: list[str] = []
    leaks: list[str] = []
    client = Client()
    user = None if column == ANONYMOUS else worker(Role(column), world.village)
    if user is not None:
        client.force_login(user, backend="cogov.access.backends.DutyBackend")
    for route in routes():
        own = world.own[route.key]
        if own is None:
            unknown.append(route.key)
            continue
        answers[route.key] = _answer(client, route.path(own), world.secrets)
        leaks += _leaks(client, route, world, user, own)
    assert not unknown, f"addresses without sample arguments (tests/security/providers.py): {unknown}"
    assert not leaks, f"foreign objects answer: {leaks}"
    return answers


def _leaks(client: Client, route: Route, world: World, user: Any, own: dict[str, Any]) -> list[str]:
    """A foreign object must answer exactly like one that does not exist."""
    if user is None or not route.arguments or is_public(route) or user.has_role(Role.COUNTY_ADMIN):
        return []
    foreign = world.elsewhere[route.key]
    if foreign is None or foreign == own:
        return []
    nothing = {name: FIXED.get(name, NOTHING) for name in foreign}
    got, expected = _answer(client, route.path(foreign)), _answer(client, route.path(nothing))
    return [] if got == expected else [f"{route.key}: {got}, nothing answers {expected}"]


def _table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return {row["url"]: row for row in csv.DictReader(stream)}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_address_answers_as_the_table_says(world: World, db: None, column: str) -> None:
    answers = _column(world, column)
    if os.environ.get("COGOV_WRITE_MATRIX"):
        _write(column, answers)
        return
    expected = {url: row[column] for url, row in _table().items()}
    assert answers == expected


def _write(column: str, answers: dict[str, str]) -> None:
    rows = _table() if TABLE.exists() else {}
    merged = {
        url: {"url": url, **{key: rows.get(url, {}).get(key, "") for key in COLUMNS}} for url in answers
    }
    for url, answer in answers.items():
        merged[url][column] = answer
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ("url", *COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(merged.values())
