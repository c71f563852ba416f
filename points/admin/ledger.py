"""Accounts, entries, months and standings: for reading; reversal is the one thing that can be done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from points.admin.entries import entries_context
from points.admin.publicity import CorrectList, PostCleared
from points.admin.redlist import DraftRedList
from points.admin.sheets import PrintSheet
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsMonth
from points.services.ledger import REVERSIBLE, reverse_entry

_HOUSEHOLD = (
    ExportColumn("村", "village.name", 14),
    ExportColumn("户号", "household.number", 10),
    ExportColumn("户主", "household.head_name", 12),
)


@admin.register(PointsAccount)
class PointsAccountAdmin(DeskModelAdmin):
    """One account per household."""

    intro = "每户一个账户：可用积分能兑换，本年得分决定排名，兑换不减少排名分。"
    list_display = (
        "household",
        "group_name",
        "balance",
        "year_score_label",
        "earned",
        "deducted",
        "redeemed",
    )
    list_filter = ("village", "household__kind", "household__group")
    search_fields = ("household__number", "household__head_name", "household__head_initials")
    list_select_related = ("household__group", "village")
    ordering = ("village", "-balance", "household__number")
    guided_actions = (PrintSheet,)
    export_columns = (
        *_HOUSEHOLD,
        ExportColumn("可用积分", "balance", 10),
        ExportColumn("本年得分", "year_earned", 10),
        ExportColumn("本年扣分", "year_deducted", 10),
        ExportColumn("累计兑换", "redeemed", 10),
    )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the last entries below."""
        account = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **entries_context(account)}
        )

    @admin.display(description="组别", ordering="household__group")
    def group_name(self, obj: PointsAccount) -> str:
        return obj.household.group.name

    @admin.display(description="本年排名分")
    def year_score_label(self, obj: PointsAccount) -> str:
        return f"{obj.year_score}（{obj.year}年）" if obj.year else "0"


class ReverseForm(GuidedForm):
    """Why."""

    reason = forms.CharField(label="冲正原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class Reverse(GuidedAction):
    """Take an entry back by a reversing entry."""

    code, label, icon, danger = "reverse", "冲正", "history", True
    permission = "points.reverse_entry"
    form_class = ReverseForm
    intro = "流水不能修改；弄错的一笔用冲正抵掉，两笔都留在账上。登记人不能自己冲正。"

    @classmethod
    def is_available(cls, obj: PointsEntry) -> bool:
        return obj.kind in REVERSIBLE and not obj.reversals.exists()

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("户", self.obj.account.household),
            ("积分", f"{self.obj.points:+d}"),
            ("事由", self.obj.reason),
            ("入账月份", self.obj.period),
        ]

    def run(self) -> str:
        row = reverse_entry(actor=self.user, entry=self.obj, reason=self.data["reason"])
        return f"已冲正 {row.points:+d} 分"


@admin.register(PointsEntry)
class PointsEntryAdmin(DeskModelAdmin):
    """The ledger."""

    intro = "只增不改。每一笔写明事由、登记人、审核人；余额随时可以由流水证明。"
    list_display = ("household", "kind", "points_label", "balance_after", "period", "reason", "actor_name")
    list_filter = ("kind", "period", "village")
    search_fields = ("account__household__number", "account__household__head_name", "source")
    list_select_related = ("account__household", "village")
    ordering = ("-id",)
    guided_actions = (Reverse,)
    export_columns = (
        ExportColumn("村", "village.name", 14),
        ExportColumn("户号", "account.household.number", 10),
        ExportColumn("户主", "account.household.head_name", 12),
        ExportColumn("种类", "kind", 8),
        ExportColumn("积分", "points", 8),
        ExportColumn("余额", "balance_after", 8),
        ExportColumn("入账月份", "period", 10),
        ExportColumn("发生日期", "occurred_on", 12),
        ExportColumn("事由", "reason", 50),
        ExportColumn("登记人", "actor_name", 18),
        ExportColumn("审核人", "reviewer_name", 18),
    )

    @admin.display(description="户", ordering="account__household__number")
    def household(self, obj: PointsEntry) -> str:
        return str(obj.account.household)

    @admin.display(description="积分", ordering="points")
    def points_label(self, obj: PointsEntry) -> str:
        return f"{obj.points:+d}"


@admin.register(PointsMonth)
class PointsMonthAdmin(DeskModelAdmin):
    """The books of each month."""

    intro = "月结以后这个月不再入账，补记的归入下一个未结月份。"
    list_display = (
        "village",
        "period",
        "state",
        "entry_count",
        "issued",
        "deducted",
        "redeemed",
        "households",
    )
    list_filter = ("state", "period", "village")
    list_select_related = ("village",)
    ordering = ("-period", "village")
    guided_actions = (PostCleared, CorrectList, DraftRedList)


@admin.register(PeriodStanding)
class PeriodStandingAdmin(DeskModelAdmin):
    """Stored standings of months, quarters and years."""

    intro = "按月、季、年排名；分数相同名次并列。家庭户、个人户、集体户各排各的。"
    list_display = ("household", "period", "score", "balance", "rank_group", "rank_village", "rank_township")
    list_filter = ("period", "village", "account__household__kind")
    search_fields = ("account__household__number", "account__household__head_name")
    list_select_related = ("account__household", "village", "group")
    ordering = ("-period", "village", "rank_village", "account")
    export_columns = (
        ExportColumn("期间", "period", 10),
        ExportColumn("村", "village.name", 14),
        ExportColumn("组别", "group.name", 10),
        ExportColumn("户号", "account.household.number", 10),
        ExportColumn("排名分", "score", 10),
        ExportColumn("组内名次", "rank_group", 10),
        ExportColumn("村内名次", "rank_village", 10),
        ExportColumn("全镇名次", "rank_township", 10),
    )

    @admin.display(description="户", ordering="account__household__number")
    def household(self, obj: PeriodStanding) -> str:
        return str(obj.account.household)
