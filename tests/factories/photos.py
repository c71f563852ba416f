"""Small pictures for uploads."""

from __future__ import annotations

import io

from PIL import Image


def photo_bytes(kind: str = "JPEG") -> bytes:
    """A red rectangle."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    return out.getvalue()
