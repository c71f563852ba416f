"""Where uploads wait between preview and import: a folder of our own, readable by the server only, swept by age.

Never under static or media: the files hold bare identity numbers. Names are random and say nothing.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings

from cogov.common.errors import RuleError

KEPT: timedelta = timedelta(hours=24)
_SUFFIX = ".upload"
_BOOK_SUFFIX = ".errors.xlsx"


def folder() -> Path:
    """The private folder; made on first use with mode 700."""
    path = Path(settings.DATA_DIR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(data: bytes) -> str:
    """Store an upload; returns its name. Leaves nothing behind when the disk is full."""
    return _write(_SUFFIX, lambda file: file.write(data))


def keep_error_book(write: Callable[[IO[bytes]], object]) -> str:
    """Store an error workbook; returns its name."""
    return _write(_BOOK_SUFFIX, write)


def open_kept(name: str) -> Path:
    """The path of a kept file. Raises RuleError when it has expired."""
    path = folder() / Path(name).name
    if not name or not path.is_file():
        raise RuleError("文件已过期删除，请重新上传")
    return path


def remove(*names: str) -> None:
    """Delete kept files; names that are empty or gone already are fine."""
    for name in names:
        if name:
            (folder() / Path(name).name).unlink(missing_ok=True)


def sweep(*, older_than: timedelta = KEPT) -> int:
    """Delete whatever is older, known to a batch or not; returns how many files."""
    limit = time.time() - older_than.total_seconds()
    count = 0
    for path in folder().iterdir():
        try:
            if path.is_file() and path.stat().st_mtime < limit:
                path.unlink()
                count += 1
        except FileNotFoundError:
            continue  # somebody else swept it
    return count


def _write(suffix: str, write: Callable[[IO[bytes]], object]) -> str:
    name = secrets.token_hex(16) + suffix
    path = folder() / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            write(file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name
