"""All entries of a household, year by year, ten on a page (card and PIN)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from points.kiosk.doors import pin_page, show
from points.kiosk.household import entry_line, list_of
from points.models import KioskSession, PointsEntry

PER_PAGE = 10


@require_GET
@pin_page("history")
def history(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """One year of the ledger, newest first; big buttons for the years and the pages."""
    entries = PointsEntry.objects.filter(account__household=visit.card.household)
    years = [day.year for day in entries.dates("occurred_on", "year", order="DESC")]
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else (years[0] if years else timezone.localdate().year)
    pages = Paginator(
        entries.filter(occurred_on__year=year)
        .order_by("-id")
        .values_list("occurred_on", "kind", "reason", "points", "balance_after"),
        PER_PAGE,
    )
    page = pages.get_page(request.GET.get("page"))
    context = {
        "years": years,
        "year": year,
        "page": page,
        "entries": list_of(entry_line(*row) for row in page.object_list),
    }
    return show(request, "history", visit.card.household.village, visit, context)
