"""QR codes as inline SVG paths, and the check code in the form people type."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from notices.printing import geometry as g

# Crockford's alphabet: no I, L, O, U, so nothing is misread from paper.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
TOKEN_LENGTH = 26
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "—": None, "－": None})


@lru_cache(maxsize=64)
def qr_svg(text: str, size: float) -> str:
    """A QR code ``size`` points wide without quiet zone (the layouts leave white round it); error level M."""
    import segno

    code = segno.make(text, error="m", micro=False)
    side = code.symbol_size(border=0)[0]
    path: list[str] = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < side:
            if row[x]:
                run = 1
                while x + run < side and row[x + run]:
                    run += 1
                path.append(f"M{x} {y}h{run}v1h-{run}z")
                x += run
            else:
                x += 1
    length = g.pt(size)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{length}" height="{length}" viewBox="0 0 {side} {side}"'
        f' role="img" aria-label="核验二维码"><path fill="#000" d="{"".join(path)}"/></svg>'
    )


def _letters(data: bytes, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(data).digest(), "big")
    out = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        out.append(ALPHABET[rest])
    return "".join(out)


def check_code(digest: str) -> str:
    """Twelve letters computed from the digest of the content: other content, other code."""
    return _letters(f"cogov-check:{digest}".encode(), CODE_LENGTH)


def verify_token(digest: str) -> str:
    """The token in the QR address (130 bits), computed from the digest: known only to who has the paper or the content."""
    return _letters(f"cogov-verify:{digest}".encode(), TOKEN_LENGTH)


def show_code(code: str) -> str:
    """ABCD-EFGH-JKMN."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def read_code(typed: str) -> str:
    """What somebody typed, without hyphens, with O, I, L read as 0, 1, 1."""
    return typed.strip().upper().translate(_MISREAD)
