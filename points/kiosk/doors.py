"""Who may see a kiosk page: an enrolled screen, a card, a card with its PIN. Nothing is cached, nothing stays in the browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from points.kiosk import selectors, services
from points.models import KioskDevice, KioskSession
from villages.models import Village

COOKIE, DEVICE_COOKIE = "kiosk", "kiosk_device"
COOKIE_PATH = "/kiosk/"
_DEVICE_SECONDS = 5 * 366 * 24 * 3600
TIMING = (("warn_seconds", 30), ("end_seconds", 45))

View = Callable[..., HttpResponse]


def private(response: HttpResponse) -> HttpResponse:
    """Not kept anywhere."""
    response["Cache-Control"] = "no-store, private, max-age=0"
    response["Pragma"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def see_other(name: str, query: str = "", **arguments: Any) -> HttpResponse:
    """On to another page; reloading it sends nothing twice."""
    response = HttpResponseRedirect(reverse(name, kwargs=arguments or None) + query)
    response.status_code = 303
    return private(response)


def forget(response: HttpResponse) -> HttpResponse:
    """The browser drops the visit's key."""
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
    return response


def device_of(request: HttpRequest) -> KioskDevice | None:
    """The enrolled screen; when only enrolled screens may open the kiosk, any other gets 404."""
    device = selectors.device_of(request.COOKIES.get(DEVICE_COOKIE, ""))
    if device is None and settings.COGOV_KIOSK_ENROLLED_ONLY:
        raise Http404
    return device


def make_device(request: HttpRequest, response: HttpResponse, secret: str) -> HttpResponse:
    """The browser that sent ``request`` keeps the secret of an enrolled screen: it is that screen from now on."""
    response.set_cookie(
        DEVICE_COOKIE,
        secret,
        max_age=_DEVICE_SECONDS,
        path=COOKIE_PATH,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )
    return response


def visit_of(request: HttpRequest) -> KioskSession | None:
    """The running visit, noted as still there."""
    visit = selectors.live_session(request.COOKIES.get(COOKIE, ""))
    if visit is not None and timezone.now() - visit.last_seen_at >= services.TOUCH_AFTER:
        services.touch(visit.pk)
    return visit


def enrolled_visit(request: HttpRequest) -> KioskSession | None:
    """The running visit on a screen that may show it. Taking a screen out of service ends its visits, so a visit that
    was opened at an enrolled screen needs no second look at it."""
    visit = visit_of(request)
    if visit is None or visit.device_id is None:
        device_of(request)
    return visit


def kiosk_page(view: View) -> View:
    """Every kiosk page: enrolled screens where that is required, and never cached."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return private(view(request, device_of(request), *args, **kwargs))

    return wrapped


def village_page(lost: Callable[[HttpRequest], str] | None = None) -> Callable[[View], View]:
    """Pages without anything personal: the card's village, else that of the enrolled screen; else back to the start.

    ``lost`` as for :func:`pin_page`: whoever sends a form there stands before it with a card.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            visit = enrolled_visit(request)
            if visit is not None:
                return private(view(request, visit.card.household.village, visit, *args, **kwargs))
            device = device_of(request)
            told = _told(request, lost)
            if device is None or told:
                return forget(see_other("kiosk:start", told))
            return private(view(request, device.village, None, *args, **kwargs))

        return wrapped

    return decorate


def _told(request: HttpRequest, lost: Callable[[HttpRequest], str] | None) -> str:
    """The query that lets the start page say what became of a form; "" when none was sent."""
    return f"?over={lost(request)}" if lost is not None and request.method == "POST" else ""


def card_page(view: View) -> View:
    """Pages behind a card: without a running visit back to the start."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = enrolled_visit(request)
        if visit is None:
            return forget(see_other("kiosk:start"))
        return private(view(request, visit, *args, **kwargs))

    return wrapped


def pin_page(then: str, lost: Callable[[HttpRequest], str] | None = None) -> Callable[[View], View]:
    """Pages behind card and PIN. ``then`` is where the PIN page leads; ``lost`` tells the start page what became of a
    form that came after the visit was over (a key of ``services.OVER``)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            visit = enrolled_visit(request)
            if visit is None:
                return forget(see_other("kiosk:start", _told(request, lost)))
            if not visit.is_unlocked:
                return see_other("kiosk:pin", f"?then={then}")
            return private(view(request, visit, *args, **kwargs))

        return wrapped

    return decorate


def show(
    request: HttpRequest,
    template: str,
    village: Village,
    visit: KioskSession | None,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """A page with the end button and the clock that ends the visit."""
    base = {"place": village.name, "visit": visit, **dict(TIMING)}
    return render(request, f"kiosk/{template}.html", {**base, **context}, status=status)
