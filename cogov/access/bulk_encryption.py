"""Fernet tokens for tens of thousands of short texts at once: the same format, a third of the time.

``Fernet.encrypt`` builds a cipher, a padder and a MAC for each text. Here one AES context does the first block of
all texts, then the second, and so on, which is what CBC is: block = AES(text xor previous block). Any Fernet reads
the result; tests/access proves it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import time
from collections.abc import Sequence

_BLOCK = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_MOST_BLOCKS = 64


def encrypt_batch(key: str, texts: Sequence[str]) -> list[str]:
    """A Fernet token under ``key`` (as Fernet takes it) for each text; "" stays ""."""
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - keeps the start of a process cheap
        Cipher,
        algorithms,
        modes,
    )

    secret = base64.urlsafe_b64decode(key)
    signing, encryption = secret[:16], secret[16:]
    cipher = Cipher(algorithms.AES(encryption), modes.ECB()).encryptor()  # noqa: S305 - the raw block step of CBC
    head = b"\x80" + int(time.time()).to_bytes(8, "big")
    groups: dict[int, list[int]] = {}
    padded: list[bytes] = []
    for position, text in enumerate(texts):
        raw = text.encode()
        rest = _BLOCK - len(raw) % _BLOCK
        raw += bytes((rest,)) * rest
        padded.append(raw)
        if text:
            groups.setdefault(len(raw) // _BLOCK, []).append(position)
    tokens = [""] * len(texts)
    for blocks, positions in groups.items():
        if blocks > _MOST_BLOCKS:
            raise ValueError("encrypt_batch is for short texts")
        chain = [os.urandom(_BLOCK * len(positions))]
        for block in range(blocks):
            start = block * _BLOCK
            plain = b"".join([padded[position][start : start + _BLOCK] for position in positions])
            chain.append(cipher.update(_xor(plain, chain[-1])))
        for index, position in enumerate(positions):
            start = index * _BLOCK
            body = head + b"".join([part[start : start + _BLOCK] for part in chain])
            signed = body + hmac.digest(signing, body, "sha256")
            tokens[position] = binascii.b2a_base64(signed, newline=False).translate(_URL_SAFE).decode()
    return tokens


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "little") ^ int.from_bytes(right, "little")).to_bytes(len(left), "little")
