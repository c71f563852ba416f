"""Deductions under way: the household's reply, and the decision of another person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.people import date_input
from points.models import DeductionHearing
from points.services import deductions
from points.states import HEARING_STATES, NOTIFIED, REPLIED


class ReplyForm(GuidedForm):
    """What the household says."""

    reply = forms.CharField(label="申辩意见", max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
    replied_on = forms.DateField(label="申辩日期", widget=date_input())

    def prepare(self) -> None:
        self.fields["replied_on"].initial = timezone.localdate()


class Reply(GuidedAction):
    """Write down the household's reply."""

    code, label, icon = "reply", "登记申辩", "edit"
    permission = "points.record_points"
    form_class = ReplyForm

    @classmethod
    def is_available(cls, obj: DeductionHearing) -> bool:
        return obj.state == NOTIFIED

    def run(self) -> str:
        deductions.record_reply(actor=self.user, hearing=self.obj, **self.data)
        return "已登记申辩"


class DecisionForm(GuidedForm):
    """Why."""

    decision = forms.CharField(label="决定理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class Confirm(GuidedAction):
    """Uphold the deduction; it is posted with the month."""

    code, label, icon, danger = "confirm", "维持扣分", "check", True
    permission = "points.review_points"
    form_class = DecisionForm
    uphold = True

    @classmethod
    def is_available(cls, obj: DeductionHearing) -> bool:
        return obj.state in (NOTIFIED, REPLIED)

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("扣分", self.obj.record),
            ("条款", self.obj.article),
            ("申辩截止", self.obj.reply_until),
            ("申辩意见", self.obj.reply or "没有申辩"),
        ]

    def run(self) -> str:
        row = deductions.decide_hearing(
            actor=self.user, hearing=self.obj, uphold=self.uphold, decision=self.data["decision"]
        )
        return HEARING_STATES.states[row.state]


class Drop(Confirm):
    """Let it go."""

    code, label, icon, danger = "drop", "不予扣分", "history", False
    uphold = False


@admin.register(DeductionHearing)
class DeductionHearingAdmin(DeskModelAdmin):
    """Deductions under way."""

    intro = "扣分前的告知与申辩：写明条款，给足申辩期，由另一位同志决定。"
    list_display = ("record", "article", "notified_on", "reply_until", "state", "notified_by", "decided_by")
    list_filter = ("state", "record__village")
    search_fields = ("record__household__number", "article")
    list_select_related = ("record__household", "record__rule", "notified_by", "decided_by")
    guided_actions = (Reply, Confirm, Drop)
