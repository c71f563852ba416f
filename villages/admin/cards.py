"""Household cards: which are valid, and revoking them. Showing and reissuing happens on the household's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.desk.actions import GuidedAction
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages import services
from villages.admin.filters import HouseholdVillageFilter
from villages.forms.base import ReasonForm, on_fields
from villages.models import HouseholdCard
from villages.selectors import search_cards


class RevokeCard(GuidedAction):
    """A lost card, without a new one."""

    code, label, icon, danger = "revoke", "作废", "stop", True
    permission = "villages.issue_card"
    form_class = ReasonForm
    intro = "作废后立即不能使用。需要新卡请到户的页面“补发户卡”。"

    @classmethod
    def is_available(cls, obj: HouseholdCard) -> bool:
        return obj.revoked_at is None

    def run(self) -> str:
        with on_fields():
            services.revoke_card(actor=self.user, card=self.obj, reason=self.data["reason"])
        return "已作废"


class ValidFilter(admin.SimpleListFilter):
    """Valid or revoked."""

    title = "状态"
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "有效"), ("no", "已作废")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(revoked_at__isnull=wanted)


@admin.register(HouseholdCard)
class HouseholdCardAdmin(DeskModelAdmin):
    """Cards in households' hands; their secrets are not shown here."""

    list_display = ("holder", "village", "issued_at", "standing", "revoked_reason")
    list_filter = (HouseholdVillageFilter, ValidFilter)
    list_select_related = ("household__village",)
    search_fields = ("household__number",)
    search_help_text = "户号、户主或成员姓名、姓名首字母"
    ordering = ("-issued_at", "-pk")
    fields = ("holder", "village", "issued_at", "standing", "revoked_at", "revoked_reason")
    readonly_fields = fields
    guided_actions = (RevokeCard,)
    export_columns = (
        ExportColumn("村（社区）", "household.village.name"),
        ExportColumn("户", "household", 20),
        ExportColumn("发卡时间", "issued_at", 18),
        ExportColumn("作废时间", "revoked_at", 18),
        ExportColumn("作废原因", "revoked_reason", 24),
    )
    intro = "每户一张有效的卡。发卡、打印和补发在户的页面上办理。"
    empty_hint = "到户的页面点“户卡”，就会发出第一张。"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_cards(queryset, search_term), False

    @admin.display(description="户")
    def holder(self, obj: HouseholdCard) -> str:
        return str(obj.household)

    @admin.display(description="村（社区）", ordering="household__village__code")
    def village(self, obj: HouseholdCard) -> SafeString:
        url = reverse("admin:villages_household_change", args=(obj.household_id,))
        return format_html('{} <a href="{}">户的页面</a>', obj.household.village.name, url)

    @admin.display(description="状态")
    def standing(self, obj: HouseholdCard) -> SafeString:
        return chip("有效", "good") if obj.revoked_at is None else chip("已作废", "neutral")
