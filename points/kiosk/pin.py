"""The PIN opens the visit's second door; it is over with the visit. Five wrong ones lock the card (villages.services.pins)."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from points.kiosk import services
from points.kiosk.doors import card_page, private, see_other, show
from points.models import KioskSession

_NOTICE = re.compile(r"notice-(\d{1,18})")
_PLACES = ("history", "shop", "bookings", "claims")


def destination(then: str) -> tuple[str, dict[str, int]]:
    """The page a PIN leads to; only pages of the kiosk."""
    found = _NOTICE.fullmatch(then)
    if found:
        return "kiosk:notice", {"pk": int(found[1])}
    return f"kiosk:{then}" if then in _PLACES else "kiosk:household", {}


@require_http_methods(["GET", "POST"])
@card_page
def pin(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """A large numeric pad; a card without a PIN, or a locked one, is told what to do."""
    then = request.POST.get("then", request.GET.get("then", ""))
    name, arguments = destination(then)
    if visit.is_unlocked:
        return see_other(name, **arguments)
    message, status = services.pin_hindrance(visit.card), 200
    locked = bool(message)
    if request.method == "POST" and not locked:
        answer = services.unlock(visit=visit, pin=request.POST.get("pin", ""))
        if answer.ok:
            return see_other(name, **arguments)
        message, locked, status = answer.message, answer.locked, 400
    context = {
        "message": message,
        "locked": locked,
        "then": then if name != "kiosk:household" else "",
        "digits": "123456789",
        "back": reverse("kiosk:household"),
    }
    return private(show(request, "pin", visit.card.household.village, visit, context, status))
