"""Files that are stored whole or not at all, also when the disk is full."""

from __future__ import annotations

import contextlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cogov.common.errors import RuleError


def save_whole(path: str, data: bytes) -> str:
    """Store ``data`` and return its path. Raises RuleError when it cannot be stored; no half file stays behind."""
    name = default_storage.get_available_name(path)
    try:
        stored: str = default_storage.save(name, ContentFile(data))
    except OSError as error:
        with contextlib.suppress(OSError):
            default_storage.delete(name)
        raise RuleError("文件存不下，可能是磁盘满了，请管理员清理后重试；没有任何内容被改动") from error
    return stored


def holds(path: str, data: bytes) -> bool:
    """Whether the file at ``path`` is exactly this: a writer that was killed may have left half of it."""
    if not default_storage.exists(path) or default_storage.size(path) != len(data):
        return False
    with default_storage.open(path) as file:
        return bool(file.read() == data)
