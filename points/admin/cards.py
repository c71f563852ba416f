"""Cards of many households on sheets of ten, from the list of households."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from cogov.common.errors import CogovError
from cogov.desk.actions import BatchAction, GuidedForm, add_refusal, contribute_batch_action
from points.services.cards import MOST_CARDS, card_sheets
from points.sheet_choices import pdf_response
from villages.models import HouseholdCard


class PrintCards(BatchAction):
    """The ticked households' cards as one PDF; missing cards are issued first."""

    code, label = "print_cards", "打印户卡"
    permission = "villages.issue_card"
    submit_label = "发卡并打印"
    template = "admin/points/print_cards.html"
    intro = "卡上的二维码和卡号就是开这一户积分的钥匙：打印出来当面交给本户，废页销毁。每张卡的打印都记入操作日志。"

    def respond(self) -> HttpResponse | None:
        if "desk_confirm" not in self.request.POST:
            return super().respond()
        form = GuidedForm(self.request.POST, user=self.user)
        homes = list(self.queryset.select_related("village", "group").order_by("pk")[: MOST_CARDS + 1])
        try:
            data = card_sheets(actor=self.user, households=homes)
            return pdf_response(data, f"cards-{timezone.localdate():%Y%m%d}")
        except CogovError as refusal:
            form.full_clean()
            add_refusal(form, refusal)
        context = self.context(form, [home.pk for home in homes])
        return TemplateResponse(self.request, self.template, context, status=400)

    def context(self, form: GuidedForm, ids: Any) -> dict[str, Any]:
        cards = HouseholdCard.objects.filter(household__in=ids, revoked_at__isnull=True).count()
        return {**super().context(form, ids), "sheets": -(-len(ids) // 10), "missing": len(ids) - cards}


contribute_batch_action("villages.household", PrintCards)
