"""Desk pages of the fund behind the points."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from cogov.common.money import format_yuan, from_fen, to_fen
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from points.admin.market import Decide, yuan
from points.models import FundEntry, FundPaper, RedemptionFund
from points.services.market import funding


class MoneyForm(GuidedForm):
    """Money in or back."""

    kind = forms.ChoiceField(label="种类", choices=FundPaper.KINDS)
    amount = forms.DecimalField(label="金额（元）", min_value=0, max_digits=12, decimal_places=2)
    origin = forms.CharField(
        label="资金来源或去向", max_length=60, help_text="如：村集体经济收入、社会捐赠、上级奖补"
    )
    voucher = forms.CharField(label="凭证号", max_length=40, required=False)


class SubmitMoney(GuidedAction):
    """Record money; another person confirms."""

    code, label, icon = "money", "登记收支", "plus"
    permission = funding.MANAGE_FUND
    form_class = MoneyForm
    intro = "拨入或收回由一人登记、另一人复核后入账。"

    def details(self) -> list[tuple[str, Any]]:
        return [("余额", format_yuan(self.obj.balance_fen))]

    def run(self) -> str:
        row = funding.submit_fund_paper(
            actor=self.user,
            fund=self.obj,
            kind=self.data["kind"],
            fen=to_fen(self.data["amount"]),
            origin=self.data["origin"],
            voucher=self.data["voucher"],
        )
        return f"已登记{row}，等待复核"


@admin.register(RedemptionFund)
class RedemptionFundAdmin(DeskModelAdmin):
    """Funds of villages and townships."""

    intro = "积分兑换基金：拨入、付款、余额都有流水可查。"
    empty_hint = "点右上角“新增”为村或镇设立基金。"
    list_display = ("name", "township", "village", "balance_label")
    list_filter = ("township", "village")
    search_fields = ("name",)
    list_select_related = ("township", "village")
    fields = ("township", "village", "name")
    add_permission = change_permission = funding.MANAGE_FUND
    save_service = staticmethod(funding.save_fund)
    guided_actions = (SubmitMoney,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("township", "village") if obj is not None else ()

    @admin.display(description="余额（元）", ordering="balance_fen")
    def balance_label(self, obj: RedemptionFund) -> str:
        return yuan(obj.balance_fen)


class DecideMoney(Decide):
    """Confirm money in or back."""

    permission = funding.CONFIRM_FUND

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("基金", self.obj.fund),
            ("收支", self.obj.get_kind_display()),
            ("金额", format_yuan(self.obj.fen)),
            ("来源或去向", self.obj.origin),
            ("凭证号", self.obj.voucher or "—"),
            ("登记人", self.obj.recorder_name),
        ]

    def run(self) -> str:
        funding.decide_fund_paper(actor=self.user, paper=self.obj, approve=self.approved)
        return self.told()


@admin.register(FundPaper)
class FundPaperAdmin(DeskModelAdmin):
    """Money in and money taken back."""

    intro = "一人登记、另一人复核后入账。"
    list_display = (
        "__str__",
        "fund",
        "amount",
        "origin",
        "voucher",
        "occurred_on",
        "state",
        "recorder_name",
        "decided_by",
    )
    list_filter = ("state", "kind", "fund")
    search_fields = ("origin", "voucher")
    list_select_related = ("fund", "decided_by")
    guided_actions = (DecideMoney,)

    @admin.display(description="金额（元）", ordering="fen")
    def amount(self, obj: FundPaper) -> str:
        return yuan(obj.fen)


@admin.register(FundEntry)
class FundEntryAdmin(DeskModelAdmin):
    """The fund's ledger."""

    intro = "只增不改；余额随时可以由流水证明。"
    list_display = ("occurred_on", "fund", "kind", "amount", "balance_label", "reason", "actor_name")
    list_filter = ("kind", "period", "fund")
    search_fields = ("source", "reason")
    list_select_related = ("fund",)
    export_columns = (
        ExportColumn("日期", "occurred_on", 12),
        ExportColumn("基金", "fund.name", 20),
        ExportColumn("种类", "kind", 10),
        ExportColumn("金额（元）", lambda row: from_fen(row.fen), 14),
        ExportColumn("余额（元）", lambda row: from_fen(row.balance_after), 14),
        ExportColumn("事由", "reason", 40),
        ExportColumn("经办人", "actor_name", 16),
    )

    @admin.display(description="金额（元）", ordering="fen")
    def amount(self, obj: FundEntry) -> str:
        return yuan(obj.fen)

    @admin.display(description="余额（元）", ordering="balance_after")
    def balance_label(self, obj: FundEntry) -> str:
        return yuan(obj.balance_after)
