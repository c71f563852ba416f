"""The year's end on the desk: totals first, a second person approves, a job posts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from points.models import YearEndRun
from points.models.year_ends import DRAFT
from points.services import year_end


class Approve(GuidedAction):
    """The second person."""

    code, label, icon, danger = "approve", "复核并入账", "check", True
    permission = year_end.DECIDE
    intro = "按已发布细则的年终处理办法逐户入账。排名分不变；试算人不能自己复核。"

    @classmethod
    def is_available(cls, obj: YearEndRun) -> bool:
        return obj.state == DRAFT

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("村", self.obj.village),
            ("年度", f"{self.obj.year}年"),
            ("办法", f"{self.obj.get_policy_display()}（{self.obj.rule_set}）"),
            ("户数", f"{self.obj.households} 户"),
            ("年末积分合计", f"{self.obj.balance} 分"),
            ("减少积分合计", f"{self.obj.points} 分"),
            ("试算人", self.obj.drafted_by),
        ]

    def run(self) -> str:
        year_end.approve_year_end(actor=self.user, run=self.obj)
        return "已复核，后台正在入账"


class DropForm(GuidedForm):
    """Why."""

    comment = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class Drop(Approve):
    """Send it back."""

    code, label, icon, danger = "drop", "退回", "history", False
    form_class = DropForm
    intro = "退回以后可以重新试算。"

    def run(self) -> str:
        year_end.drop_year_end(actor=self.user, run=self.obj, comment=self.data["comment"])
        return "已退回"


@admin.register(YearEndRun)
class YearEndRunAdmin(DeskModelAdmin):
    """Carry over, halve or clear, by the published rules."""

    intro = "12月结账以后，先试算出各村合计，由另一位同志复核，再逐户入账；只动可用积分，不动排名分。"
    empty_hint = "点右上角“新增”，选村和年度，先看合计。"
    fields = ("village", "year")
    list_display = ("village", "year", "policy", "households", "balance", "points", "state", "decided_by")
    list_filter = ("state", "year", "village")
    list_select_related = ("village", "decided_by")
    ordering = ("-year", "village")
    add_permission = year_end.DRAFT_PERMISSION
    can_change = False
    guided_actions = (Approve, Drop)

    @staticmethod
    def save_service(*, actor: Any, instance: YearEndRun | None, data: dict[str, Any]) -> YearEndRun:
        """Work out the totals."""
        return year_end.draft_year_end(actor=actor, village=data["village"], year=data["year"])
