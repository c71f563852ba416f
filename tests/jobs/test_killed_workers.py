"""Workers killed with SIGKILL, on a file database or PostgreSQL: exactly once, and the control that is not."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.jobs.worker import DEATHS, STEPS

pytestmark = pytest.mark.django_db(transaction=True)


def _database_url(tmp_path: Path) -> str:
    """The test database as other processes reach it; SQLite's is copied into a file."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        file = tmp_path / "jobs.sqlite3"
        with sqlite3.connect(file) as copy:
            connection.connection.backup(copy)
        copy.close()
        return f"sqlite:///{file}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def _run(scenario: str, tmp_path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs.worker", scenario],
        env={
            **os.environ,
            "DATABASE_URL": _database_url(tmp_path),
            "COGOV_LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_job_whose_workers_are_killed_does_everything_exactly_once(tmp_path: Path) -> None:
    report = _run("guarded", tmp_path)
    assert report == {
        "killed": len(DEATHS),
        "states": ["done"],
        "attempts": [1],
        "once": STEPS,
        "doubled": 0,
        "lost": 0,
    }


def test_control_without_the_common_transaction_effects_are_doubled(tmp_path: Path) -> None:
    report = _run("effect-first", tmp_path)
    assert report["states"] == ["done"]
    assert (report["doubled"], report["lost"]) == (3, 0), "the three deaths inside a step"


def test_control_with_the_mark_first_effects_are_lost(tmp_path: Path) -> None:
    report = _run("mark-first", tmp_path)
    assert report["states"] == ["done"]
    assert (report["doubled"], report["lost"]) == (0, 3)


def test_four_workers_take_each_job_once(tmp_path: Path) -> None:
    report = _run("race", tmp_path)
    assert report == {
        "killed": 0,
        "states": ["done"] * 20,
        "attempts": [1],
        "once": 20 * STEPS,
        "doubled": 0,
        "lost": 0,
    }
