"""A real worker is woken by a message: over the demo's folder, and over Redis."""

from pathlib import Path

import pytest

from tests.support.processes import run_module

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
DONE = {"state": "done", "result": {"leaves": 5}, "effects": 5, "jobs": 6}


def _settings(folder: Path, broker: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "cogov.settings.demo",
        "COGOV_DATA_DIR": str(folder / "data"),
        "CELERY_BROKER_URL": broker,
    }


def test_the_folder_broker_of_the_demo(tmp_path: Path) -> None:
    found = run_module(
        "tests.jobs.celery_run", folder=tmp_path, environment=_settings(tmp_path, "filesystem://")
    )
    assert found == DONE


def test_redis(tmp_path: Path, redis_url: str) -> None:
    found = run_module("tests.jobs.celery_run", folder=tmp_path, environment=_settings(tmp_path, redis_url))
    assert found == DONE
