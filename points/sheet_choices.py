"""Which periods 明白纸 is offered for, and how its PDF is handed out."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone

from cogov.common.periods import Period


def period_choices() -> list[tuple[str, str]]:
    """The months, quarters and years that a sheet is asked for, newest first."""
    today = timezone.localdate()
    month = Period.month_of(today)
    quarter = Period.quarter(today.year, (today.month + 2) // 3)
    periods = [
        *(month.shifted(-step) for step in range(13)),
        *(quarter.shifted(-step) for step in range(5)),
        *(Period.full_year(today.year - step) for step in range(3)),
    ]
    return [(period.key, period.label) for period in periods]


def last_month() -> str:
    return Period.month_of(timezone.localdate()).previous().key


def pdf_response(data: bytes, name: str) -> HttpResponse:
    """A PDF shown in the browser, never cached."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response
