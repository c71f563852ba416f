"""Records: the review list, with what speaks against each, photos, and batch decisions by another person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cogov.desk.actions import BatchAction, BatchResult, GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.people import date_input
from points.admin.review_sheet import PrintReviewSheet
from points.models import PointsActivity, PointsRecord
from points.models.deductions import NoticeWay
from points.photo_files import photo_response
from points.selectors.interest import interests_of
from points.services import deductions, review
from points.states import APPROVED, SUBMITTED

MOST_DOUBTFUL = 20


def photo_link(row: PointsRecord) -> SafeString | str:
    """The photo, small, leading to the large one; "" without one."""
    if not row.photo:
        return ""
    return format_html(
        '<a href="{}" target="_blank" rel="noopener"><img class="thumb" src="{}" alt="{}的照片" width="56" height="56" loading="lazy"></a>',
        reverse("admin:points_pointsrecord_photo", args=[row.pk]),
        reverse("admin:points_pointsrecord_thumb", args=[row.pk]),
        row.household,
    )


class FlagFilter(admin.SimpleListFilter):
    """What speaks against a record."""

    title = "要留意的"
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("interest", "有利害关系"), ("photo", "照片有疑点")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        column = {"interest": "interest", "photo": "photo_doubt"}.get(self.value() or "")
        return queryset.exclude(**{column: ""}) if column else queryset


class CommentForm(GuidedForm):
    """A comment that may be empty."""

    comment = forms.CharField(label="审核意见", max_length=200, required=False)


class ReasonForm(GuidedForm):
    """A reason that may not."""

    comment = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class _Decide(BatchAction):
    """Decide on the ticked records."""

    permission = "points.review_points"
    template = "admin/points/review_batch.html"
    decision = ""

    def context(self, form: GuidedForm, ids: Sequence[Any]) -> dict[str, Any]:
        """What one should know before deciding on so many: what the person may not decide on, and what is flagged."""
        rows = self.queryset.select_related("household", "rule")
        concerned = (
            interests_of(self.user, [row.household for row in rows]) if self.decision == "approve" else {}
        )
        doubtful = rows.exclude(photo_doubt="", interest="").order_by("pk")
        return {
            **super().context(form, ids),
            "own": rows.filter(recorder=self.user).count(),
            "concerned": [
                (row, concerned[row.household_id]) for row in rows if row.household_id in concerned
            ],
            "doubtful": list(doubtful[:MOST_DOUBTFUL]),
            "more_doubtful": max(0, doubtful.count() - MOST_DOUBTFUL),
        }

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
            ("登记人", f"{row.recorder_name}（{row.get_source_display()}）"),
        ]
        flags = (("登记人的利害关系", row.interest), ("照片疑点", row.photo_doubt), ("照片", photo_link(row)))
        return lines + [flag for flag in flags if flag[1]]

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
        "photo_small",
        "state_chip",
        "recorded_by",
        "flags",
    )
    list_filter = ("state", FlagFilter, "source", "rule__category", "village", "period")
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
        "photo_small",
        "photo_doubt",
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
        ExportColumn("来源", lambda row: row.get_source_display(), 12),
        ExportColumn("利害关系", "interest", 24),
        ExportColumn("照片疑点", "photo_doubt", 40),
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

    @admin.display(description="照片")
    def photo_small(self, obj: PointsRecord) -> SafeString | str:
        return photo_link(obj) or "—"

    @admin.display(description="登记人", ordering="recorder_name")
    def recorded_by(self, obj: PointsRecord) -> SafeString:
        return format_html('{}<br><span class="muted">{}</span>', obj.recorder_name, obj.get_source_display())

    @admin.display(description="要留意的")
    def flags(self, obj: PointsRecord) -> SafeString:
        found = (("利害关系", obj.interest), ("照片", obj.photo_doubt))
        return format_html_join(
            mark_safe("<br>"),
            '<span class="chip chip-bad">{}</span> {}',
            [(label, reason) for label, reason in found if reason],
        ) or format_html("{}", "—")

    def get_urls(self) -> list[URLPattern]:
        """The photo and its small form in front of the admin's own pages."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/photo/", view(self.photo_view), name="points_pointsrecord_photo"),
            path("<int:pk>/photo/small/", view(self.thumb_view), name="points_pointsrecord_thumb"),
            *super().get_urls(),
        ]

    def photo_view(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        """404 outside the user's scope, like a record that does not exist."""
        return photo_response(self._seen(request, pk))

    def thumb_view(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        """The same, small."""
        return photo_response(self._seen(request, pk), thumb=True)

    def _seen(self, request: HttpRequest, pk: int) -> PointsRecord:
        row: PointsRecord = self.get_object(request, str(pk))
        if not self.has_view_permission(request, row):
            raise Http404
        return row

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
