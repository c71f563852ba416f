"""A real Celery worker is killed in the middle of a county's close, and another one takes over (RPT-2)."""

from pathlib import Path

import pytest

from tests.support.processes import run_module

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def test_another_worker_finishes_what_a_killed_one_began(tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "data").mkdir()
    found = run_module(
        "tests.reports.celery_close",
        folder=tmp_path,
        environment={
            "DJANGO_SETTINGS_MODULE": "cogov.settings.demo",
            "COGOV_DATA_DIR": str(tmp_path / "data"),
            "CELERY_BROKER_URL": redis_url,
        },
    )
    numbers = found.pop("numbers")
    assert found == {
        "inside": "running",
        "half_done": 0,
        "closes": [
            ["421223", "closed"],
            ["421223101", "closed"],
            ["421223101201", "closed"],
            ["421223101202", "closed"],
        ],
        "effects": ["421223101201", "421223101202"],
        "reports": ["421223101", "421223101201", "421223101202"],
        "intact": True,
        "taken_over": 1,
    }
    assert len(numbers) == len(set(numbers)) == 7, (
        "a list, a bulletin and a report of each village, and the township's"
    )
    assert all(number.endswith("〕1号") for number in numbers), "no number was lost with the worker"
