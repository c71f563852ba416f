"""Rubbish fee: the township's policy and the households' bills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from cogov.access.policies import DRAFT
from cogov.common.money import format_yuan, from_fen
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages import rules, services
from villages.admin.filters import HouseholdGroupFilter, HouseholdVillageFilter, StandingFilter
from villages.admin.saving import save_policy
from villages.forms.base import ReasonForm, on_fields
from villages.forms.fees import PaymentForm, PolicyForm, ReverseForm
from villages.models import RubbishFee, RubbishFeeEntry, SanitationPolicy
from villages.selectors import search_fees


class PublishPolicy(GuidedAction):
    """By a second person."""

    code, label, icon = "publish", "发布", "check"
    permission = "villages.publish_sanitationpolicy"
    form_class = GuidedForm
    intro = "发布后不能再改；从生效日期起代替上一版。起草人不能发布自己的草案。"

    @classmethod
    def is_available(cls, obj: SanitationPolicy) -> bool:
        return obj.state == DRAFT

    def details(self) -> list[tuple[str, Any]]:
        policy: SanitationPolicy = self.obj
        return [
            ("生效日期", policy.effective_from),
            ("每人每月", format_yuan(policy.fee_per_person_month)),
            ("补助比例", f"{policy.match_percent}%"),
            ("免缴", "、".join(tag.name for tag in policy.exempt_tags.all()) or "无"),
            ("起草人", policy.drafted_by),
        ]

    def run(self) -> str:
        published = services.publish_sanitation_policy(actor=self.user, policy=self.obj)
        return f"{published} 已发布"


STATE_TONES = {"draft": "warn", "published": "good", "superseded": "neutral"}


@admin.register(SanitationPolicy)
class SanitationPolicyAdmin(DeskModelAdmin):
    """Versions of the fee policy."""

    save_service = save_policy
    change_permission = "villages.add_sanitationpolicy"
    list_display = ("title", "township", "effective_from", "effective_to", "fee_yuan", "match", "standing")
    list_filter = ("state",)
    list_select_related = ("township",)
    ordering = ("township__code", "-version")
    guided_actions = (PublishPolicy,)
    intro = "垃圾处理费和保洁员的标准，一版一版发布。已发布的不能修改，要改就起草新版。"
    empty_hint = "点“新增”起草第一版，再请另一位同志发布。"

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        kwargs["form"] = type("PolicyForm", (PolicyForm,), {"actor": request.user})
        kwargs["fields"] = PolicyForm._meta.fields
        return super().get_form(request, obj, change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state != DRAFT:
            return False
        return super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        asked = (
            ("effective_from", "fee"),
            ("population_basis", "match_percent", "people_per_cleaner"),
            "basis",
            "exempt_tags",
        )
        if obj is None:
            return ("township", *asked)
        if self.has_change_permission(request, obj):
            return (("title", "standing"), *asked)
        return (
            ("title", "standing"),
            ("effective_from", "effective_to", "fee_yuan"),
            ("population_basis", "match_percent", "people_per_cleaner"),
            ("basis", "exempted"),
            ("drafted_by", "published_by", "published_at"),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if obj is None:
            return ()
        return (
            "title",
            "standing",
            "fee_yuan",
            "exempted",
            "effective_to",
            "drafted_by",
            "published_by",
            "published_at",
        )

    @admin.display(description="版本")
    def title(self, obj: SanitationPolicy) -> str:
        return f"第{obj.version}版"

    @admin.display(description="每人每月")
    def fee_yuan(self, obj: SanitationPolicy) -> str:
        return format_yuan(obj.fee_per_person_month)

    @admin.display(description="补助比例")
    def match(self, obj: SanitationPolicy) -> str:
        return f"{obj.match_percent}%"

    @admin.display(description="免缴的标签")
    def exempted(self, obj: SanitationPolicy) -> str:
        return "、".join(tag.name for tag in obj.exempt_tags.all()) or "无"

    @admin.display(description="状态", ordering="state")
    def standing(self, obj: SanitationPolicy) -> SafeString:
        return chip(obj.get_state_display(), STATE_TONES[obj.state])


class Pay(GuidedAction):
    """Take money."""

    code, label, icon = "pay", "登记缴费", "plus"
    permission = "villages.record_rubbishfee"
    form_class = PaymentForm

    @classmethod
    def is_available(cls, obj: RubbishFee) -> bool:
        return obj.arrears_fen > 0

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("户", self.obj.household),
            ("应缴", format_yuan(self.obj.due_fen)),
            ("尚欠", format_yuan(self.obj.arrears_fen)),
        ]

    def run(self) -> str:
        with on_fields():
            services.record_payment(
                actor=self.user,
                fee=self.obj,
                amount_fen=self.data["amount"],
                receipt=self.data["receipt"],
                paid_on=self.data["paid_on"],
            )
        return f"已登记缴费 {format_yuan(self.data['amount'])}"


class Exempt(GuidedAction):
    """No fee this year."""

    code, label, icon = "exempt", "免缴", "check"
    permission = "villages.exempt_rubbishfee"
    form_class = ReasonForm

    @classmethod
    def is_available(cls, obj: RubbishFee) -> bool:
        return not obj.exempt

    def run(self) -> str:
        with on_fields():
            services.exempt_fee(actor=self.user, fee=self.obj, exempt=True, reason=self.data["reason"])
        return "已办理免缴"


class CancelExemption(GuidedAction):
    """The fee is due after all."""

    code, label, icon = "cancel-exemption", "取消免缴", "refresh"
    permission = "villages.exempt_rubbishfee"
    form_class = ReasonForm

    @classmethod
    def is_available(cls, obj: RubbishFee) -> bool:
        return bool(obj.exempt)

    def run(self) -> str:
        with on_fields():
            services.exempt_fee(actor=self.user, fee=self.obj, exempt=False, reason=self.data["reason"])
        return "已取消免缴"


class ReverseEntry(GuidedAction):
    """Correct a wrong entry."""

    code, label, icon, danger = "reverse", "冲正", "history", True
    permission = "villages.reverse_rubbishfee"
    form_class = ReverseForm
    intro = "登记错了不能修改或删除，用一笔相反的流水冲正，再重新登记。"

    @classmethod
    def is_available(cls, obj: RubbishFee) -> bool:
        return bool(obj.paid_fen or obj.matched_fen)

    def run(self) -> str:
        with on_fields():
            services.reverse_entry(actor=self.user, **self.data)
        return "已冲正"


class EntryInline(DeskInline):
    """Money that moved."""

    model = RubbishFeeEntry
    verbose_name_plural = "流水"
    fields = readonly_fields = ("happened_on", "kind", "amount", "receipt", "reason", "actor_name")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RubbishFeeEntry]:
        return super().get_queryset(request).order_by("pk")

    @admin.display(description="金额")
    def amount(self, obj: RubbishFeeEntry) -> str:
        return format_yuan(obj.amount_fen)


@admin.register(RubbishFee)
class RubbishFeeAdmin(DeskModelAdmin):
    """Bills of the user's households."""

    list_display = (
        "year",
        "holder",
        "village",
        "group",
        "persons",
        "due",
        "paid",
        "owed",
        "matched",
        "standing",
    )
    list_display_links = ("holder",)
    list_filter = ("year", HouseholdVillageFilter, HouseholdGroupFilter, StandingFilter)
    list_select_related = ("household__village", "household__group")
    search_fields = ("household__number",)
    search_help_text = "户号、户主或成员姓名、姓名首字母"
    ordering = ("-year", "household_id")
    fields = (
        ("holder", "village", "standing"),
        ("year", "persons", "months"),
        "calculation",
        ("due", "paid", "owed", "matched"),
        "exempt_reason",
    )
    readonly_fields = ("holder", "village", "standing", "calculation", "due", "paid", "owed", "matched")
    inlines = (EntryInline,)
    guided_actions = (Pay, Exempt, CancelExemption, ReverseEntry)
    export_columns = (
        ExportColumn("年度", "year", 8),
        ExportColumn("村（社区）", "household.village.name"),
        ExportColumn("村民小组", "household.group.name", 12),
        ExportColumn("户", "household", 18),
        ExportColumn("计费人数", "persons", 10),
        ExportColumn("应缴（元）", lambda row: from_fen(row.due_fen), 12),
        ExportColumn("已缴（元）", lambda row: from_fen(row.paid_fen), 12),
        ExportColumn("尚欠（元）", lambda row: from_fen(row.arrears_fen), 12),
        ExportColumn("已补助（元）", lambda row: from_fen(row.matched_fen), 12),
        ExportColumn("免缴原因", "exempt_reason", 20),
    )
    intro = "先交后补：谁交清了、谁还欠、谁免缴。账单在村的页面上按年生成。"
    empty_hint = "先发布环卫收费标准，再到村的页面点“生成垃圾费账单”。"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_fees(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "year" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="户")
    def holder(self, obj: RubbishFee) -> str:
        return str(obj.household)

    @admin.display(description="村（社区）", ordering="household__village__code")
    def village(self, obj: RubbishFee) -> str:
        return obj.household.village.name

    @admin.display(description="小组")
    def group(self, obj: RubbishFee) -> str:
        return obj.household.group.name

    @admin.display(description="应缴", ordering="due_fen")
    def due(self, obj: RubbishFee) -> str:
        return format_yuan(obj.due_fen)

    @admin.display(description="已缴", ordering="paid_fen")
    def paid(self, obj: RubbishFee) -> str:
        return format_yuan(obj.paid_fen)

    @admin.display(description="尚欠")
    def owed(self, obj: RubbishFee) -> str:
        return format_yuan(obj.arrears_fen) if obj.arrears_fen else "—"

    @admin.display(description="已补助", ordering="matched_fen")
    def matched(self, obj: RubbishFee) -> str:
        return format_yuan(obj.matched_fen) if obj.matched_fen else "—"

    @admin.display(description="算法")
    def calculation(self, obj: RubbishFee) -> str:
        """The steps that led to the amount, under the policy that the bill names."""
        steps = rules.rubbish_fee(obj.persons, obj.policy.fee_per_person_month, obj.months).steps
        return f"{''.join(steps)}（{obj.policy}）"

    @admin.display(description="情况")
    def standing(self, obj: RubbishFee) -> SafeString:
        if obj.exempt:
            return chip("免缴", "info")
        if not obj.due_fen:
            return chip("无需缴纳", "neutral")
        return chip("欠缴", "warn") if obj.arrears_fen else chip("已交清", "good")
