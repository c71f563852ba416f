"""The paper of the review group, from the ticked records."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse

from cogov.common.errors import CogovError
from cogov.desk.actions import BatchAction
from points.services.review_sheets import PRINT, print_review_sheet
from points.sheet_choices import pdf_response


class PrintReviewSheet(BatchAction):
    """PDF at once; nothing is decided."""

    code, label, permission = "review_sheet", "打印评议签字表", PRINT

    def respond(self) -> HttpResponse | None:
        """The PDF, or back to the list with the reason."""
        try:
            data = print_review_sheet(actor=self.user, records=self.queryset)
        except CogovError as refusal:
            messages.error(self.request, refusal.message)
            return None
        return pdf_response(data, "pingyi")
