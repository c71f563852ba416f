"""What hangs on the wall of the shop and the village hall: notices, prices, rules. Nothing personal, no login."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from notices import selectors as notice_selectors
from points.kiosk import selectors
from points.kiosk.doors import show, village_page
from points.kiosk.household import current_notices
from points.kiosk.objections import lost_objection, objection_context
from points.models import KioskSession
from points.selectors import market
from points.selectors.rules import by_category, rule_set_on
from villages.models import Village


@require_GET
@village_page()
def notices(request: HttpRequest, village: Village, visit: KioskSession | None) -> HttpResponse:
    """What hangs in the village now."""
    return show(request, "notices", village, visit, {"notices": current_notices(village.pk)})


@require_http_methods(["GET", "POST"])
@village_page(lost=lost_objection)
def notice(request: HttpRequest, village: Village, visit: KioskSession | None, pk: int) -> HttpResponse:
    """One current notice of the village, names masked as on any public page; with card and PIN a POST files an objection."""
    row = selectors.current_notice(village, pk)
    if row is None:
        raise Http404
    context = {
        "notice": row,
        "content": notice_selectors.public_content(row),
        **objection_context(request, visit, row),
    }
    return show(request, "notice", village, visit, context)


@require_GET
@village_page()
def goods(request: HttpRequest, village: Village, visit: KioskSession | None) -> HttpResponse:
    """The shop's goods with pictures and prices in points."""
    shop = selectors.shop_of(village)
    shelf = list(market.shelf(shop)) if shop else []
    return show(request, "goods", village, visit, {"shop": shop, "goods": shelf})


@require_GET
@village_page()
def picture(
    request: HttpRequest, village: Village, visit: KioskSession | None, pk: int
) -> HttpResponse | FileResponse:
    """A good's picture; the file lies outside what the web server shows."""
    shop = selectors.shop_of(village)
    row = market.shelf(shop).filter(pk=pk).first() if shop else None
    if row is None or not row.picture:
        raise Http404
    try:
        return FileResponse(row.picture.open("rb"), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


@require_GET
@village_page()
def rules(request: HttpRequest, village: Village, visit: KioskSession | None) -> HttpResponse:
    """How points are earned and lost in the village."""
    rule_set = rule_set_on(village, timezone.localdate())
    rows = list(rule_set.rules.order_by("order", "code")) if rule_set else []
    context = {"rule_set": rule_set, "categories": by_category(rows)}
    return show(request, "rules", village, visit, context)
