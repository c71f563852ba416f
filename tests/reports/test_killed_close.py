"""A close that is killed again and again ends with the same documents, byte for byte (RPT-2)."""

from pathlib import Path

import pytest
from django.db import connection

from tests.reports.closer import DEATHS
from tests.support import pristine
from tests.support.processes import run_module

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def test_killed_half_way_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    if (
        connection.vendor != "sqlite"
    ):  # on SQLite each run has a copy of its own; here both start from the same counters
        pristine.restore(connection)
    undisturbed = run_module("tests.reports.closer", "undisturbed", folder=tmp_path / "a")
    if connection.vendor != "sqlite":
        pristine.restore(connection)
    killed = run_module("tests.reports.closer", "killed", folder=tmp_path / "b")
    assert undisturbed.pop("killed") == 0
    assert killed.pop("killed") == len(DEATHS)
    assert undisturbed["state"] == "closed"
    assert len(undisturbed["pdf"]) == 5
    assert undisturbed["posted"] == ["421223101201", "421223101202"]
    assert killed == undisturbed
