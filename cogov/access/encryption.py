"""Encryption at rest with key rotation, and keyed hashes for exact search (stack.md).

The first key of COGOV_ENCRYPTION_KEYS encrypts; every key decrypts. ``manage.py rotate_keys`` re-encrypts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cogov.access.bulk_encryption import encrypt_batch

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - not every process reads secrets

    if not keys:
        raise ImproperlyConfigured("没有设置 COGOV_ENCRYPTION_KEYS，无法保存或读取个人信息")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("COGOV_ENCRYPTION_KEYS 的格式不对，应为逗号分隔的 Fernet 密钥") from error


def _current() -> MultiFernet:
    return _fernet(tuple(settings.COGOV_ENCRYPTION_KEYS))


def encrypt_text(text: str) -> str:
    """Ciphertext of ``text``; "" stays ""."""
    return _current().encrypt(text.encode()).decode() if text else ""


def encrypt_texts(texts: Sequence[str]) -> list[str]:
    """``encrypt_text`` of many short texts at once, for imports."""
    _current()  # complains about missing or malformed keys
    return encrypt_batch(settings.COGOV_ENCRYPTION_KEYS[0], texts)


def decrypt_text(token: str) -> str:
    """Plain text of a ciphertext. Raises ImproperlyConfigured when no key fits."""
    if not token:
        return ""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as above

    try:
        return _current().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured("个人信息无法解密：COGOV_ENCRYPTION_KEYS 中没有当时使用的密钥") from None


def rotate_text(token: str) -> str:
    """The same text encrypted under the first key."""
    return _current().rotate(token.encode()).decode() if token else ""


def hasher(purpose: str) -> Callable[[str], str]:
    """``keyed_hash`` for one purpose with the key made ready, for imports of many values."""
    if not settings.COGOV_HASH_KEY:
        raise ImproperlyConfigured("没有设置 COGOV_HASH_KEY")
    key = hashlib.sha256(f"{settings.COGOV_HASH_KEY}:{purpose}".encode()).digest()

    def compute(value: str) -> str:
        return hmac.digest(key, value.encode(), "sha256").hex() if value else ""

    return compute


def keyed_hash(value: str, purpose: str) -> str:
    """HMAC-SHA256 (hex) for exact search; ``purpose`` keeps equal values of different fields apart. "" stays ""."""
    return hasher(purpose)(value) if value else ""
