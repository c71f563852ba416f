"""Who stands at a counter, of which shop, and whose card lies on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from points.models import Supermarket
from villages.models import HouseholdCard
from villages.services.cards import CardLookup

VIEW, SELL, RECORD = "points.view_redemption", "points.sell_goods", "points.record_stock"
CARD_SECONDS = 300
_SHOP, _CARD = "counter_shop", "counter_card"

View = Callable[..., HttpResponse]


def shops_of(user: Any, permission: str) -> list[Supermarket]:
    """The shops at which this person may do it, in the order of the villages."""
    rows = Supermarket.objects.for_user(user, permission).select_related("village__township", "fund")
    return list(rows.order_by("village__code"))


def may(request: HttpRequest, permission: str, shop: Supermarket) -> bool:
    """Whether the person at the counter may do it at this shop."""
    return bool(request.user.has_perm(permission, shop))


def counter_page(permission: str, *, door: bool = False) -> Callable[[View], View]:
    """Pages of the counter; the view gets the shop. Whoever has none here gets 404. Never cached.

    The ``door`` tells those who may come in that no shop has been opened yet.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            shops = shops_of(request.user, permission)
            if not shops and door and request.user.has_perm(permission):
                return render(request, "counter/none.html")
            if not shops:
                raise Http404
            wanted = request.GET.get("shop") or str(request.session.get(_SHOP, ""))
            shop = next((row for row in shops if str(row.pk) == wanted), shops[0])
            if len(shops) > 1:
                request.session[_SHOP] = shop.pk
            request.counter_shops = shops  # type: ignore[attr-defined]
            response = view(request, shop, *args, **kwargs)
            response["Cache-Control"] = "no-store, private, max-age=0"
            return response

        return wrapped

    return decorate


def lay_down(request: HttpRequest, shop: Supermarket, lookup: CardLookup) -> str:
    """Put a card on the counter, or say why not."""
    forget_card(request)
    if lookup.card is None:
        return lookup.reason
    if lookup.card.household.village_id != shop.village_id:
        return f"这是{lookup.card.household.village}的卡，请到该村的积分超市办理"
    request.session[_CARD] = {"card": lookup.card.pk, "shop": shop.pk, "at": timezone.now().timestamp()}
    return ""


def card_on_counter(request: HttpRequest, shop: Supermarket) -> HouseholdCard | None:
    """The card that was scanned within the last five minutes at this shop and is still good."""
    found = request.session.get(_CARD)
    if not found or found["shop"] != shop.pk:
        return None
    if not 0 <= timezone.now().timestamp() - found["at"] <= CARD_SECONDS:
        forget_card(request)
        return None
    rows = HouseholdCard.objects.filter(pk=found["card"], revoked_at__isnull=True)
    return rows.select_related("household__village__township", "household__group").first()


def forget_card(request: HttpRequest) -> None:
    """Nobody's card lies here any more."""
    request.session.pop(_CARD, None)
