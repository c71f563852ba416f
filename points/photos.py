"""Photos that people send: checked, turned upright, cut down in size, stripped of where and by whom they were taken."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cogov.common.errors import InputError, Problem

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")
ALIKE_BITS = 4
"""Prints that differ in no more bits than this show the same picture; two pictures of one yard differ in 15 to 30."""
_PLAIN_BITS = 6


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept: normalised JPEG, the SHA-256 of its bytes, and the print of what it shows.

    Normalising gives the same bytes for the same upload, so the digest covers the upload too. What a messenger has
    squeezed has other bytes but the same ``print``: 64 bits that say where it gets brighter to the right; "" for a
    picture too plain to tell from others.
    """

    name: str
    content: bytes
    digest: str
    print: str


def _refuse(message: str) -> InputError:
    return InputError("照片不能用", [Problem(message, column="photo")])


def checked_photo(upload: Any) -> tuple[str, bytes]:
    """(file name, JPEG bytes) of an upload. Raises InputError for what is too large or no picture."""
    photo = read_photo(upload)
    return photo.name, photo.content


def read_photo(upload: Any) -> Photo:
    """The upload as it will be kept. Raises InputError for what is too large or no picture."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - only when a photo comes in

    size = getattr(upload, "size", None)
    if size is not None and size > MAX_BYTES:
        raise _refuse(f"照片太大（{size // 1024 // 1024} MB），请小于 {MAX_BYTES // 1024 // 1024} MB")
    content = upload.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refuse(f"照片太大，请小于 {MAX_BYTES // 1024 // 1024} MB")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refuse("照片的像素太多，请用手机重新拍一张")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise _refuse("这个文件不是照片，请上传 JPG、PNG 或 WEBP") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    target = io.BytesIO()
    upright.save(target, "JPEG", quality=82)
    content = target.getvalue()
    return Photo(f"{uuid4().hex}.jpg", content, hashlib.sha256(content).hexdigest(), _print(upright))


def _print(image: Image.Image) -> str:
    from PIL import Image  # noqa: PLC0415 - as above

    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (small[row * 9 + column] < small[row * 9 + column + 1])
    plain = not _PLAIN_BITS <= bits.bit_count() <= 64 - _PLAIN_BITS
    return "" if plain else f"{bits:016x}"


def look_alike(one: str, other: str) -> bool:
    """Whether two prints are of the same picture.

    >>> look_alike("00ff00ff00ff00ff", "00ff00ff00ff00f0"), look_alike("00ff00ff00ff00ff", "ff00ff00ff00ff00")
    (True, False)
    """
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() <= ALIKE_BITS
