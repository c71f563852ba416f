"""Goods for a household: what it can afford, how many, confirm, what waits to be fetched, giving it up (card and PIN)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from cogov.common.errors import CogovError
from points.kiosk import selectors
from points.kiosk.doors import pin_page, see_other, show
from points.kiosk.forms import BookForm, fresh_key
from points.kiosk.orders import book_goods, cancel_booking
from points.market_rules import BOOKED, CANCELLED
from points.models import KioskSession, Redemption
from points.selectors import market


def _lost_booking(request: HttpRequest) -> str:
    """What became of a booking whose visit was over: done before, or not done at all."""
    done = Redemption.objects.filter(key=request.POST.get("key", "")[:64]).exists()
    return "booked" if done else "book"


def _lost_cancel(request: HttpRequest) -> str:
    match = request.resolver_match
    pk = match.kwargs["pk"] if match else 0
    return "cancelled" if Redemption.objects.filter(pk=pk, state=CANCELLED).exists() else "cancel"


@require_GET
@pin_page("shop")
def shop(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """The shelf as this household sees it."""
    village = visit.card.household.village
    found = selectors.shop_of(village)
    if found is None:
        return show(request, "shop", village, visit, {"shop": None})
    means = selectors.means_of(visit.card.household, found)
    context = {"shop": found, "means": means, "offers": selectors.offers_of(found, means)}
    return show(request, "shop", village, visit, context)


def _offer(visit: KioskSession, pk: int) -> tuple[selectors.Offer, selectors.Means]:
    """A good of the village's shop with what the household could book of it. Raises Http404."""
    found = selectors.shop_of(visit.card.household.village)
    goods = (
        market.shelf(found).select_related("supermarket__village").filter(pk=pk).first() if found else None
    )
    if found is None or goods is None:
        raise Http404
    means = selectors.means_of(visit.card.household, found)
    return selectors.offer_of(goods, means), means


@require_GET
@pin_page("shop")
def choose(request: HttpRequest, visit: KioskSession, pk: int) -> HttpResponse:
    """How many of a good."""
    offer, means = _offer(visit, pk)
    return show(
        request,
        "choose",
        visit.card.household.village,
        visit,
        {"offer": offer, "goods": offer.goods, "means": means},
    )


@require_http_methods(["GET", "POST"])
@pin_page("shop", lost=_lost_booking)
def confirm(request: HttpRequest, visit: KioskSession, pk: int) -> HttpResponse:
    """What it costs and what is left; a POST books it."""
    offer, means = _offer(visit, pk)
    goods, message, status = offer.goods, "", 200
    if request.method == "POST":
        form = BookForm(request.POST)
        if not form.is_valid():
            return see_other("kiosk:choose", pk=pk)
        quantity = form.cleaned_data["quantity"]
        try:
            row = book_goods(visit=visit, goods=goods, **form.cleaned_data)
        except CogovError as refusal:
            message, status = refusal.message, 409
        else:
            return see_other("kiosk:bookings", f"?new={row.pk}")
    else:
        typed = request.GET.get("quantity", "")
        quantity = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
        if not 1 <= quantity <= offer.most:
            return see_other("kiosk:choose", pk=pk)
    points = quantity * (goods.points or 0)
    context = {
        "goods": goods,
        "quantity": quantity,
        "points": points,
        "balance": means.balance,
        "rest": means.balance - points,
        "days": str(goods.supermarket.days),
        "until": goods.supermarket.kept_until(timezone.localdate()),
        "key": fresh_key(),
        "message": message,
    }
    return show(request, "confirm", visit.card.household.village, visit, context, status)


@require_GET
@pin_page("bookings")
def bookings(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """What waits to be fetched; above it what was just done."""
    household = visit.card.household
    rows = market.bookings_of(household.pk)
    context = {
        "bookings": rows,
        "new": next((row for row in rows if str(row.pk) == request.GET.get("new")), None),
        "cancelled": "cancelled" in request.GET,
        "shop": selectors.shop_of(household.village),
    }
    return show(request, "bookings", household.village, visit, context)


@require_http_methods(["GET", "POST"])
@pin_page("bookings", lost=_lost_cancel)
def give_up(request: HttpRequest, visit: KioskSession, pk: int) -> HttpResponse:
    """Ask once, then give the goods back."""
    household = visit.card.household
    row = Redemption.objects.filter(household=household, pk=pk, expires_on__isnull=False).first()
    if row is None:
        raise Http404
    message, status = "", 200
    if request.method == "POST":
        try:
            cancel_booking(visit=visit, booking=row)
        except CogovError as refusal:
            message, status = refusal.message, 409
        else:
            return see_other("kiosk:bookings", "?cancelled")
    elif row.state != BOOKED:
        return see_other("kiosk:bookings")
    context = {"row": row, "lines": list(row.lines.all()), "message": message}
    return show(request, "give_up", household.village, visit, context, status)
