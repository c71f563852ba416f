"""A page that only the demo has: the browser that opens it becomes the demo's kiosk."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from cogov.demo.screen import screen
from points.kiosk.doors import make_device, see_other


@require_GET
def kiosk_here(request: HttpRequest) -> HttpResponse:
    """Give this browser the secret of the enrolled screen; at a real kiosk staff do it on the desk."""
    found = screen(Path(settings.DATA_DIR))
    if found is None:
        raise Http404
    return make_device(request, see_other("kiosk:start"), found.secret)
