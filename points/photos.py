"""Photos that people send: checked, turned upright, cut down in size, stripped of where and by whom they were taken."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

from PIL import Image, ImageOps, UnidentifiedImageError

from cogov.common.errors import InputError, Problem

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


def _refuse(message: str) -> InputError:
    return InputError("照片不能用", [Problem(message, column="photo")])


def checked_photo(upload: Any) -> tuple[str, bytes]:
    """(file name, JPEG bytes) of an upload. Raises InputError for what is too large or no picture."""
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
    return f"{uuid4().hex}.jpg", target.getvalue()
