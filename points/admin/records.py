"""Records: the review list, with batch decisions by another person; deductions and their hearings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from cogov.desk.actions import BatchAction, BatchResult, GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.people import date_input
from points.admin.review_sheet import PrintReviewSheet
from points.models import DeductionHearing, PointsActivity, PointsRecord
from points.models.deductions import NoticeWay
from points.services import deductions, review
from points.states import APPROVED, HEARING_STATES, NOTIFIED, REPLIED, SUBMITTED


class CommentForm(GuidedForm):
    """A comment that may be empty."""

    comment = forms.CharField(label="审核意见", max_length=200, required=False)


class ReasonForm(GuidedForm):
    """A reason that may not."""

    comment = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class _Decide(BatchAction):
    """Decide on the ticked records."""

    permission = "points.review_points"
    decision = ""

    def run(self) -> BatchResult:
        outcome = review.review_records(
            actor=self.user, records=self.queryset, decision=self.decision, comment=self.data["comment"]
        )
        return BatchResult(outcome.done, [(str(row), reason) for row, reason in outcome.refused])


class ApproveBatch(_Decide):
    code, label, decision = "approve_records", "审核通过", "approve"
    form_class = CommentForm
    intro = "分值在这里按上限最后算定；自己登记的和有利害关系的不会通过。"


class ReturnBatch(_Decide):
    code, label, decision = "return_records", "退回", "return"
    form_class = ReasonForm


class RejectBatch(_Decide):
    code, label, decision, danger = "reject_records", "不予认定", "reject", True
    form_class = ReasonForm


class _DecideOne(GuidedAction):
    """Decide on one record."""

    permission = "points.review_points"
    decision = ""
    states: tuple[str, ...] = (SUBMITTED,)

    @classmethod
    def is_available(cls, obj: PointsRecord) -> bool:
        return obj.state in cls.states

    def details(self) -> list[tuple[str, Any]]:
        row = self.obj
        lines = [
            ("户", row.household),
            ("事项", f"{row.rule.name} {row.quantity} {row.rule.unit}"),
            ("日期", row.occurred_on),
            ("计算", row.explanation),
            ("登记人", row.recorder_name),
        ]
        return [*lines, ("利害关系", row.interest)] if row.interest else lines

    def run(self) -> str:
        row = review.review_record(
            actor=self.user, record=self.obj, decision=self.decision, comment=self.data["comment"]
        )
        return f"{row.get_state_display()}：{row.explanation}"


class Approve(_DecideOne):
    code, label, icon, decision = "approve", "审核通过", "check", "approve"
    form_class = CommentForm


class Return(_DecideOne):
    code, label, icon, decision = "return", "退回", "history", "return"
    form_class, states = ReasonForm, (SUBMITTED, APPROVED)


class Reject(_DecideOne):
    code, label, icon, decision, danger = "reject", "不予认定", "close", "reject", True
    form_class, states = ReasonForm, (SUBMITTED, APPROVED)


class NotifyForm(GuidedForm):
    """How and when the household was told."""

    article = forms.CharField(label="村规民约条款", max_length=200, help_text="如：村规民约第八条第二款")
    way = forms.ChoiceField(label="告知方式", choices=NoticeWay.choices)
    notified_on = forms.DateField(label="告知日期", widget=date_input())

    def prepare(self) -> None:
        self.fields["notified_on"].initial = timezone.localdate()


class Notify(GuidedAction):
    """Tell the household that points are to be deducted."""

    code, label, icon = "notify", "告知农户", "megaphone"
    permission = "points.record_points"
    form_class = NotifyForm
    intro = "扣分须先告知农户，申辩期满并由另一位同志决定后才入账。"

    @classmethod
    def is_available(cls, obj: PointsRecord) -> bool:
        return obj.state == APPROVED and obj.rule.deducts and not hasattr(obj, "hearing")

    def run(self) -> str:
        hearing = deductions.notify_household(actor=self.user, record=self.obj, **self.data)
        return f"已登记告知，申辩截止 {hearing.reply_until:%Y年%m月%d日}"


_TONES = {
    "draft": "neutral",
    "submitted": "warn",
    "returned": "warn",
    "approved": "info",
    "posted": "good",
    "reversed": "neutral",
    "rejected": "bad",
    "withdrawn": "neutral",
}


@admin.register(PointsRecord)
class PointsRecordAdmin(DeskModelAdmin):
    """What was recorded; the page on which records are reviewed."""

    intro = "登记由另一位同志审核。勾选多条可以一次通过；有利害关系的会标出来。"
    empty_hint = "村干部在“村级工作”页面登记积分。"
    list_display = (
        "household_label",
        "rule_label",
        "quantity",
        "points_label",
        "occurred_on",
        "state_chip",
        "recorder_name",
        "interest",
    )
    list_filter = ("state", "source", "rule__category", "village", "period")
    search_fields = ("household__number", "household__head_name", "household__head_initials", "rule__name")
    list_select_related = ("household", "rule", "village")
    date_hierarchy = None
    ordering = ("-id",)
    batch_actions = (ApproveBatch, ReturnBatch, RejectBatch, PrintReviewSheet)
    guided_actions = (Approve, Return, Reject, Notify)
    fields = (
        "household",
        "rule",
        "quantity",
        "occurred_on",
        "place",
        "note",
        "photo",
        "state",
        "points",
        "explanation",
        "interest",
        "source",
        "activity",
        "recorder_name",
        "submitted_at",
        "reviewer_name",
        "reviewed_at",
        "comment",
        "posted_period",
    )
    export_columns = (
        ExportColumn("村", "village.name", 14),
        ExportColumn("户号", "household.number", 10),
        ExportColumn("户主", "household.head_name", 12),
        ExportColumn("事项", "rule.name", 28),
        ExportColumn("数量", "quantity", 8),
        ExportColumn("积分", "points", 8),
        ExportColumn("日期", "occurred_on", 12),
        ExportColumn("状态", "state", 10),
        ExportColumn("登记人", "recorder_name", 18),
        ExportColumn("审核人", "reviewer_name", 18),
    )

    @admin.display(description="户", ordering="household__number")
    def household_label(self, obj: PointsRecord) -> str:
        return str(obj.household)

    @admin.display(description="事项", ordering="rule__name")
    def rule_label(self, obj: PointsRecord) -> str:
        return obj.rule.name

    @admin.display(description="积分", ordering="points")
    def points_label(self, obj: PointsRecord) -> str:
        return f"{obj.points:+d}" if obj.points is not None else "—"

    @admin.display(description="状态", ordering="state")
    def state_chip(self, obj: PointsRecord) -> str:
        tone, label = _TONES[obj.state], obj.get_state_display()
        return format_html('<span class="chip chip-{}">{}</span>', tone, label)

    @admin.display(description="计算过程")
    def explanation(self, obj: PointsRecord) -> str:
        return obj.explanation


@admin.register(PointsActivity)
class PointsActivityAdmin(DeskModelAdmin):
    """Activities with their sign-in lists."""

    intro = "集体活动及其签到户。"
    list_display = ("name", "held_on", "place", "village", "recorder")
    list_filter = ("village",)
    search_fields = ("name",)
    list_select_related = ("village", "recorder")


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
