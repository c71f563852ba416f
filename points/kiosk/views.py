"""Start, opening a card, the household's page, the end. Nothing is cached, nothing is left after the end."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notices.services.throttle import client_address
from points.kiosk import services
from points.kiosk.doors import (
    COOKIE,
    COOKIE_PATH,
    TIMING,
    device_of,
    forget,
    kiosk_page,
    private,
    see_other,
)
from points.kiosk.household import household_page
from points.kiosk.shell import fill
from points.models import KioskDevice

_KEYS = "1234567890ABCDEFGHJKMNPQRSTVWXYZ"


def _start(
    request: HttpRequest, device: KioskDevice | None, *, message: str = "", status: int = 200
) -> HttpResponse:
    context = {"village": device.village if device else None, "message": message, "keys": _KEYS}
    return render(request, "kiosk/start.html", context, status=status)


@require_GET
@kiosk_page
def start(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """Scan the card, or type its code; notices, prices and rules without one. A visit that is still open ends here."""
    message = (
        services.REFUSED if "refused" in request.GET else services.OVER.get(request.GET.get("over", ""), "")
    )
    key = request.COOKIES.get(COOKIE, "")
    if key:
        services.end_session(key=key)
        return forget(_start(request, device, message=message))
    return _start(request, device, message=message)


def _open(request: HttpRequest, device: KioskDevice | None, text: str) -> services.Opening:
    client = services.client_key(client_address(request), device)
    return services.open_card(text=text, client=client, device=device)


def _opened(request: HttpRequest, opening: services.Opening) -> HttpResponse:
    response = see_other("kiosk:household")
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
        device = device_of(request)
    except Http404:
        return see_other("kiosk:start")
    opening = _open(request, device, token)
    return _opened(request, opening) if opening.key else see_other("kiosk:start", "?refused")


@require_GET
def household(request: HttpRequest) -> HttpResponse:
    """Balance, rank, last entries, notices of the card's household."""
    page = household_page(request.COOKIES.get(COOKIE, ""))
    if page is None or page.device_id is None:
        device_of(request)
    if page is None:
        return forget(see_other("kiosk:start"))
    if page.is_stale:
        services.touch(page.session_id)
    return private(HttpResponse(fill("kiosk/household.html", TIMING, page.slots)))


@csrf_exempt
@require_http_methods(["GET", "POST"])
@kiosk_page
def end(request: HttpRequest, device: KioskDevice | None) -> HttpResponse:
    """End the visit: by the button, or by itself. It can only end, so the form that stands on every page needs no token."""
    services.end_session(key=request.COOKIES.get(COOKIE, ""))
    return forget(see_other("kiosk:start"))
