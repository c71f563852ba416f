"""Pages of the kiosk. Nothing is cached, nothing stands in the address, nothing is left after the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notices import selectors as notice_selectors
from notices.services.throttle import client_address
from points.kiosk import selectors, services
from points.kiosk.household import household_page
from points.kiosk.objections import objection_context
from points.models import KioskDevice, KioskSession

COOKIE, DEVICE_COOKIE = "kiosk", "kiosk_device"
COOKIE_PATH = "/kiosk/"
WARN_SECONDS, END_SECONDS = 30, 45

View = Callable[..., HttpResponse]


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Pragma"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def _see_other(name: str, query: str = "") -> HttpResponse:
    response = HttpResponseRedirect(reverse(name) + query)
    response.status_code = 303
    return _private(response)


def _device(request: HttpRequest) -> KioskDevice | None:
    """The enrolled screen; when only enrolled screens may open the kiosk, any other gets 404."""
    device = selectors.device_of(request.COOKIES.get(DEVICE_COOKIE, ""))
    if device is None and settings.COGOV_KIOSK_ENROLLED_ONLY:
        raise Http404
    return device


def kiosk_page(view: View) -> View:
    """Every kiosk page: enrolled screens where that is required, and never cached."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _private(view(request, _device(request), *args, **kwargs))

    return wrapped


def card_page(view: View) -> View:
    """Pages behind a card: without a running visit back to the start."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        _device(request)
        session = selectors.live_session(request.COOKIES.get(COOKIE, ""))
        if session is None:
            return _forget(_see_other("kiosk:start"))
        if timezone.now() - session.last_seen_at >= services.TOUCH_AFTER:
            services.touch(session.pk)
        return _private(view(request, session, *args, **kwargs))

    return wrapped


def _forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
    return response


def _timing() -> dict[str, int]:
    return {"warn_seconds": WARN_SECONDS, "end_seconds": END_SECONDS}


def _start(
    request: HttpRequest, device: KioskDevice | None, *, message: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "village": device.village if device else None,
        "message": message,
        "keys": "123456789 0ABCDEFGH JKMNPQRSTV WXYZ".replace(" ", ""),
        **_timing(),
    }
    return render(request, "kiosk/start.html", context, status=status)


@require_GET
@kiosk_page
def start(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """Scan the card, or type its code. A visit that is still open ends here."""
    message = services.REFUSED if "refused" in request.GET else ""
    key = request.COOKIES.get(COOKIE, "")
    if key:
        services.end_session(key=key)
        return _forget(_start(request, device, message=message))
    return _start(request, device, message=message)


def _open(request: HttpRequest, device: KioskDevice | None, text: str) -> services.Opening:
    client = services.client_key(client_address(request), device)
    return services.open_card(text=text, client=client, device=device)


def _opened(request: HttpRequest, opening: services.Opening) -> HttpResponse:
    response = _see_other("kiosk:household")
    response.set_cookie(
        COOKIE,
        opening.key,
        path=COOKIE_PATH,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )
    return response


@require_POST
@kiosk_page
def open_typed(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """What the scanner or a person typed into the field."""
    opening = _open(request, device, request.POST.get("card", ""))
    if opening.key:
        return _opened(request, opening)
    return _start(request, device, message=opening.message, status=429 if opening.locked else 400)


@require_GET
def open_card(request: HttpRequest, token: str) -> HttpResponse:
    """The address in the card's QR; the token is not left in the address, the history or the log of errors."""
    try:
        device = _device(request)
    except Http404:
        return _see_other("kiosk:start")
    opening = _open(request, device, token)
    return _opened(request, opening) if opening.key else _see_other("kiosk:start", "?refused")


@require_GET
@kiosk_page
def household(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """Balance, rank, last entries, notices of the card's household."""
    page = household_page(request.COOKIES.get(COOKIE, ""))
    if page is None:
        return _forget(_see_other("kiosk:start"))
    if page.is_stale:
        services.touch(page.session_id)
    return render(request, "kiosk/household.html", {"page": page, **_timing()})


@require_http_methods(["GET", "POST"])
@card_page
def notice(request: HttpRequest, session: KioskSession, pk: int) -> HttpResponse:
    """One current notice of the village, names masked as on any public page; a POST files an objection."""
    home = session.card.household
    row = selectors.current_notice(home, pk)
    if row is None:
        raise Http404
    context = {
        "notice": row,
        "content": notice_selectors.public_content(row),
        "place": home.village.name,
        **objection_context(request, session, row),
        **_timing(),
    }
    return render(request, "kiosk/notice.html", context)


@require_http_methods(["GET", "POST"])
@kiosk_page
def end(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """End the visit: by the button, or by itself."""
    services.end_session(key=request.COOKIES.get(COOKIE, ""))
    return _forget(_see_other("kiosk:start"))
