"""The two forms of a household card's secret: the token in the QR, and the code that people type. Pure.

The token is 128 random bits as 32 hexadecimal digits. The code is 16 characters of Crockford's alphabet (80 bits)
derived from it, so that a card needs one secret only; letters that look like digits are taken for them.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16
_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CODE = re.compile(rf"[{ALPHABET}]{{16}}", re.ASCII)
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def code_of(token: str) -> str:
    """The 16 characters that stand for ``token``."""
    number = int.from_bytes(hashlib.sha256(f"cogov-card:{token}".encode()).digest()[:10], "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))


def grouped(code: str) -> str:
    """``ABCD-EFGH-JKMN-PQRS``: as printed on the card."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def as_token(text: str) -> str:
    """The token in ``text`` (bare, or at the end of a card's address), or ""."""
    last = text.strip().rstrip("/").rsplit("/", 1)[-1].lower()
    return last if _TOKEN.fullmatch(last) else ""


def as_code(text: str) -> str:
    """The code in ``text`` without separators, lookalikes mended, or ""."""
    compact = re.sub(r"[\s\-—_.]", "", text).upper().translate(_LOOKALIKES)
    return compact if _CODE.fullmatch(compact) else ""
