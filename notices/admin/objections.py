"""Objections and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip, days_left, due_tone
from notices import services, states
from notices.models import Objection


class AnswerForm(GuidedForm):
    """The answer and whether the objection stands."""

    upheld = forms.TypedChoiceField(
        label="结论",
        choices=[("", "请选择"), ("no", "异议不成立"), ("yes", "异议成立，须发更正公示")],
        coerce=lambda value: value == "yes",
    )
    answer = forms.CharField(label="答复", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class AnswerObjection(GuidedAction):
    """答复."""

    code, label, icon = "answer", "答复", "check"
    permission = "notices.answer_objection"
    form_class = AnswerForm

    @classmethod
    def is_available(cls, obj: Objection) -> bool:
        return obj.state == states.OPEN

    def details(self) -> Sequence[tuple[str, Any]]:
        return (
            ("公示", self.obj.notice),
            ("途径", self.obj.get_channel_display()),
            ("异议内容", self.obj.text),
        )

    def run(self) -> str:
        services.answer_objection(actor=self.user, objection=self.obj, **self.data)
        return "已答复"


class OverdueFilter(admin.SimpleListFilter):
    """Those whose ten days are over."""

    title = "期限"
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "逾期未答复")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "1":
            return queryset
        return queryset.filter(state=states.OPEN, answer_due__lt=timezone.localdate())


@admin.register(Objection)
class ObjectionAdmin(DeskModelAdmin):
    """Objections of the user's places, the most urgent first."""

    list_display = ("notice_title", "channel", "status", "received_at", "due")
    list_filter = ("state", OverdueFilter, "channel", "received_at", "notice__village")
    list_select_related = ("notice",)
    ordering = ("-state", "answer_due", "-pk")
    fields = readonly_fields = (
        "notice",
        "channel",
        "text",
        "person",
        "masked_phone",
        "received_at",
        "answer_due",
        "escalated_at",
        "state",
        "upheld",
        "answer",
        "answered_at",
        "answered_by",
    )
    guided_actions = (AnswerObjection,)
    intro = "每件异议须在10日内答复；有未答复的异议，后面的兑付和入账不会放行。"
    empty_hint = "没有收到异议。"

    @admin.display(description="公示")
    def notice_title(self, obj: Objection) -> str:
        return f"{obj.notice.number} {obj.notice.title}"

    @admin.display(description="状态", ordering="state")
    def status(self, obj: Objection) -> SafeString:
        if obj.state == states.OPEN and obj.answer_due < timezone.localdate():
            return chip("逾期未答复，乡镇督办" if obj.escalated_at else "逾期未答复", "bad")
        if obj.state == states.OPEN:
            return chip("待答复", "warn")
        return chip("成立", "bad") if obj.upheld else chip("不成立", "good")

    @admin.display(description="答复期限", ordering="answer_due")
    def due(self, obj: Objection) -> str | SafeString:
        if obj.state != states.OPEN:
            return str(obj.answer_due)
        return chip(days_left(obj.answer_due), due_tone(obj.answer_due))

    @admin.display(description="联系电话")
    def masked_phone(self, obj: Objection) -> str:
        return str(obj.phone) or "—"
