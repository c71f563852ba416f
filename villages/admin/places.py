"""Villages with their checklists and duties, and village groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cogov.common.money import format_yuan
from cogov.desk.actions import GuidedAction
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.registry import Figure
from villages import services
from villages.admin.filters import VillageFilter
from villages.admin.saving import save_group, save_village
from villages.forms.base import on_fields
from villages.forms.fees import YearForm
from villages.forms.societies import EvidenceForm, StandardsForm, WithdrawEvidenceForm
from villages.models import HouseholdKind, HouseholdState, Village, VillageGroup
from villages.selectors import village_checklists, village_figures


class ChooseStandards(GuidedAction):
    """Which lists the village is measured against."""

    code, label, icon = "standards", "选择建设标准", "tasks"
    permission = "villages.choose_standards"
    form_class = StandardsForm
    intro = "选中的标准会在本村页面上列成清单，逐项显示是否建成、以什么为证。"

    def run(self) -> str:
        chosen = services.choose_standards(
            actor=self.user, village=self.obj, standards=list(self.data["standards"])
        )
        return f"已采用 {len(chosen)} 套标准"


class AddEvidence(GuidedAction):
    """Why an item is done."""

    code, label, icon = "evidence", "登记佐证", "check"
    permission = "villages.add_standardevidence"
    form_class = EvidenceForm
    intro = "由组织承担的项目，登记组织和在任成员后自动算作建成，不用另填佐证。"

    @classmethod
    def is_available(cls, obj: Village) -> bool:
        return obj.chosen_standards.exists()

    def run(self) -> str:
        with on_fields():
            services.add_evidence(actor=self.user, village=self.obj, **self.data)
        return f"已登记“{self.data['item']}”的佐证"


class WithdrawEvidence(GuidedAction):
    """Evidence that does not hold."""

    code, label, icon, danger = "withdraw-evidence", "撤回佐证", "close", True
    permission = "villages.add_standardevidence"
    form_class = WithdrawEvidenceForm

    @classmethod
    def is_available(cls, obj: Village) -> bool:
        return obj.standard_evidence.filter(withdrawn_at__isnull=True).exists()

    def run(self) -> str:
        with on_fields():
            services.withdraw_evidence(actor=self.user, **self.data)
        return "已撤回"


class OpenFeeYear(GuidedAction):
    """A year's bills."""

    code, label, icon = "open-fees", "生成垃圾费账单", "file"
    permission = "villages.open_rubbishfee"
    form_class = YearForm
    intro = "按当年已发布的收费标准，给每个在册的户生成账单；已有账单的户不受影响，可以重复办理。"

    def run(self) -> str:
        count = services.open_fee_year(actor=self.user, village=self.obj, year=self.data["year"])
        return f"已生成 {count} 户的账单"


class MatchFees(GuidedAction):
    """先交后补."""

    code, label, icon = "match-fees", "发放垃圾费补助", "scale"
    permission = "villages.match_rubbishfee"
    form_class = YearForm
    intro = "先交后补：只补助已经交清的户，每户只补一次，可以重复办理。"

    def run(self) -> str:
        count, fen = services.match_fees(actor=self.user, village=self.obj, year=self.data["year"])
        return f"已补助 {count} 户，共 {format_yuan(fen)}"


@admin.register(Village)
class VillageAdmin(DeskModelAdmin):
    """Villages of the user's scope."""

    save_service = save_village
    can_add = False
    list_display = ("name", "code", "township", "kind", "household_count", "registered", "actual")
    list_filter = ("kind",)
    list_select_related = ("township",)
    search_fields = ("name", "initials", "code")
    search_help_text = "村名、拼音首字母或区划代码"
    ordering = ("code",)
    fields = (("name", "official_name"), ("code", "township"), "kind")
    guided_actions = (ChooseStandards, AddEvidence, WithdrawEvidence, OpenFeeYear, MatchFees)
    export_columns = (
        ExportColumn("区划代码", "code"),
        ExportColumn("名称", "name"),
        ExportColumn("类型", "kind", 10),
        ExportColumn("户数", "households_n", 10),
        ExportColumn("户籍人口", "registered_n", 10),
        ExportColumn("常住人口", "actual_n", 10),
    )
    intro = "点村名查看组织建设清单、应配保洁员和垃圾处理费。"
    change_form_template = "admin/villages/village/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Village]:
        living = Q(households__kind=HouseholdKind.FAMILY) & ~Q(households__state=HouseholdState.CANCELLED)
        return (
            super()
            .get_queryset(request)
            .annotate(
                households_n=Count("households", filter=living),
                registered_n=Sum("households__registered_population", filter=living, default=0),
                actual_n=Sum("households__actual_population", filter=living, default=0),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code", "township")

    @admin.display(description="户数", ordering="households_n")
    def household_count(self, obj: Any) -> int:
        return int(obj.households_n)

    @admin.display(description="户籍人口", ordering="registered_n")
    def registered(self, obj: Any) -> int:
        return int(obj.registered_n)

    @admin.display(description="常住人口", ordering="actual_n")
    def actual(self, obj: Any) -> int:
        return int(obj.actual_n)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With figures and checklists."""
        village = self.get_object(request, object_id)
        figures = village_figures(village, timezone.localdate())
        extra = {
            **(extra_context or {}),
            "figures": (
                Figure("在册户数", figures.households, "户"),
                Figure("户籍人口", figures.registered_population, "人"),
                Figure("常住人口", figures.actual_population, "人"),
                Figure("成年村民", figures.adults, "人"),
                Figure("党员", figures.party_members, "人"),
                Figure("应配保洁员", figures.cleaners.value, "名"),
            ),
            "cleaner_steps": figures.cleaners.steps,
            "checklists": village_checklists(village),
        }
        return super().change_view(request, object_id, form_url, extra)


@admin.register(VillageGroup)
class VillageGroupAdmin(DeskModelAdmin):
    """Groups: added and renamed; serial and code stay."""

    save_service = save_group
    list_display = ("name", "village", "serial", "code", "household_count")
    list_display_links = ("name",)
    list_filter = (VillageFilter,)
    list_select_related = ("village",)
    search_fields = ("name", "code")
    ordering = ("village__code", "serial")
    intro = "村民小组、自然村、湾或社。改名不影响编号和已有的记录。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[VillageGroup]:
        living = Q(households__kind=HouseholdKind.FAMILY) & ~Q(households__state=HouseholdState.CANCELLED)
        return super().get_queryset(request).annotate(households_n=Count("households", filter=living))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        return (("village", "name"),) if obj is None else ("name", ("village", "serial", "code"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("village", "serial", "code") if obj is not None else ()

    @admin.display(description="户数", ordering="households_n")
    def household_count(self, obj: Any) -> int:
        return int(obj.households_n)
