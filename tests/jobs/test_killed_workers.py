"""Workers killed with SIGKILL, on a file database or PostgreSQL: exactly once, and the control that is not."""

from pathlib import Path

import pytest

from tests.jobs.worker import DEATHS, STEPS
from tests.support.processes import run_module

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
WORKER = "tests.jobs.worker"


def test_a_job_whose_workers_are_killed_does_everything_exactly_once(tmp_path: Path) -> None:
    report = run_module(WORKER, "guarded", folder=tmp_path)
    assert report == {
        "killed": len(DEATHS),
        "states": ["done"],
        "attempts": [1],
        "once": STEPS,
        "doubled": 0,
        "lost": 0,
    }


def test_control_without_the_common_transaction_effects_are_doubled(tmp_path: Path) -> None:
    report = run_module(WORKER, "effect-first", folder=tmp_path)
    assert report["states"] == ["done"]
    assert (report["doubled"], report["lost"]) == (3, 0), "the three deaths inside a step"


def test_control_with_the_mark_first_effects_are_lost(tmp_path: Path) -> None:
    report = run_module(WORKER, "mark-first", folder=tmp_path)
    assert report["states"] == ["done"]
    assert (report["doubled"], report["lost"]) == (0, 3)


def test_four_workers_take_each_job_once(tmp_path: Path) -> None:
    report = run_module(WORKER, "race", folder=tmp_path)
    assert report == {
        "killed": 0,
        "states": ["done"] * 20,
        "attempts": [1],
        "once": 20 * STEPS,
        "doubled": 0,
        "lost": 0,
    }
