"""Photos of records handed out by views that know who asks; the files lie outside what the web server shows."""

from __future__ import annotations

import io

from django.http import FileResponse, Http404, HttpResponse

from points.models import PointsRecord

_THUMB = 240


def photo_response(record: PointsRecord, *, thumb: bool = False) -> HttpResponse | FileResponse:
    """The photo, or its small form for lists. Raises Http404 when the record has none or the file is gone."""
    if not record.photo:
        raise Http404
    try:
        stream = record.photo.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    if not thumb:
        answer: HttpResponse | FileResponse = FileResponse(stream, content_type="image/jpeg")
    else:
        from PIL import Image  # noqa: PLC0415 - only when a photo is made small

        with stream, Image.open(stream) as image:
            image.draft("RGB", (_THUMB, _THUMB))
            small = image.convert("RGB")
        small.thumbnail((_THUMB, _THUMB))
        target = io.BytesIO()
        small.save(target, "JPEG", quality=80)
        answer = HttpResponse(target.getvalue(), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=600"
    return answer
