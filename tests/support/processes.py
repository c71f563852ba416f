"""The test database as other processes reach it, and Python modules run against it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection


def database_url(folder: Path) -> str:
    """The address of the test database; SQLite's lives in memory and is copied into a file of ``folder``."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        file = folder / "copy.sqlite3"
        copy = sqlite3.connect(file)
        connection.connection.backup(copy)
        copy.close()
        return f"sqlite:///{file}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def run_module(
    module: str, *arguments: str, folder: Path, environment: dict[str, str] | None = None
) -> dict[str, Any]:
    """Run ``python -m module arguments`` on that database; returns the JSON object that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={
            **os.environ,
            "DATABASE_URL": database_url(folder),
            "COGOV_LOG_LEVEL": "ERROR",
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
