"""The migrated database of one run: the first process makes it, the others begin with a copy.

Only ``manage.py test`` asks for it, because its servers are its own: COGOV_TEST_TEMPLATE names a folder of that run. Every
process still migrates, a copy just has nothing left to do (0.1 s instead of 7).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO

from django.db.backends.base.base import BaseDatabaseWrapper

_NAME = "cogov_template"  # of the database (PostgreSQL), of the file (SQLite)
_held: list[IO[str]] = []  # the lock of the process that makes the template
_open: list[sqlite3.Connection] = []  # a database in memory lives as long as somebody has it open


def take(connection: BaseDatabaseWrapper) -> None:
    """Before the test database is made: see that it begins as a copy; the first one gets to make the original."""
    if "COGOV_TEST_TEMPLATE" not in os.environ:
        return
    lock = (_folder() / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not (_folder() / _NAME).exists():
        _held.append(lock)
        return
    lock.close()
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(connection.creation._get_test_db_name(), uri=True)
        original = sqlite3.connect(_folder() / _NAME)
        original.backup(copy)
        original.close()
        _open.append(copy)
    else:
        connection.settings_dict["TEST"]["TEMPLATE"] = _NAME


def give(connection: BaseDatabaseWrapper) -> None:
    """After the test database is made: the first one leaves the original for the others."""
    while _open:
        _open.pop().close()
    if not _held:
        return
    file = _folder() / _NAME
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(file)
        connection.connection.backup(copy)
        copy.close()
    else:
        name = connection.settings_dict["NAME"]
        connection.close()  # PostgreSQL copies only what nobody uses
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {_NAME} TEMPLATE {connection.ops.quote_name(name)}")
        file.touch()
    _held.pop().close()


def _folder() -> Path:
    return Path(os.environ["COGOV_TEST_TEMPLATE"])
