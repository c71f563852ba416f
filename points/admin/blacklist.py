"""The black list on the desk: every step by its own action, the deciding ones by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from cogov.common.errors import CogovError
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.people import date_input
from points.list_states import LISTED, LISTING_STATES, NOTIFIED, PROPOSED, REPLIED
from points.models import BlackListing
from points.models.deductions import NoticeWay
from points.services import blacklist as services
from points.sheet_choices import pdf_response
from villages.admin.households import offer_holders
from villages.models import Household


class TextForm(GuidedForm):
    """One text."""

    text = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DatedForm(TextForm):
    """A text and the day."""

    on = forms.DateField(label="日期", widget=date_input())

    def prepare(self) -> None:
        self.fields["on"].initial = timezone.localdate()


class NotifyForm(GuidedForm):
    """How and when the household was told."""

    way = forms.ChoiceField(label="告知方式", choices=NoticeWay.choices)
    on = forms.DateField(label="告知日期", widget=date_input())

    def prepare(self) -> None:
        self.fields["on"].initial = timezone.localdate()


class _Step(GuidedAction):
    """A step of one entry, with what has happened so far above the form."""

    states: tuple[str, ...] = ()
    form_class = TextForm

    @classmethod
    def is_available(cls, obj: BlackListing) -> bool:
        return obj.state in cls.states

    def details(self) -> list[tuple[str, Any]]:
        row = self.obj
        lines = [
            ("户", row.household),
            ("条款", row.article),
            ("事实", row.facts),
            ("提出人", row.proposed_by),
            ("告知", row.notified_on or "还没有告知"),
            ("申辩截止", row.reply_until or "—"),
            ("申辩意见", row.reply or "—"),
            ("到期", row.expires_on or "—"),
            ("整改", row.rectification or "—"),
            ("申诉", row.appeal or "—"),
        ]
        return [(label, value) for label, value in lines if value != "—"]


class Notify(_Step):
    code, label, icon, states = "notify", "告知农户", "megaphone", (PROPOSED,)
    permission, form_class = services.PROPOSE, NotifyForm
    intro = "先告知农户，申辩期满或者申辩以后，由另一位负责同志决定。"

    def run(self) -> str:
        row = services.notify_listing(
            actor=self.user, listing=self.obj, way=self.data["way"], notified_on=self.data["on"]
        )
        return f"已登记，申辩截止 {row.reply_until:%Y年%m月%d日}"


class Letter(_Step):
    """The paper for the household."""

    code, label, icon, states = "letter", "打印告知书", "printer", (NOTIFIED, REPLIED)
    permission, form_class = services.PROPOSE, GuidedForm

    def respond(self) -> HttpResponse:
        """The PDF, or why there is none."""
        try:
            data = services.letter_pdf(actor=self.user, listing=self.obj)
        except CogovError as refusal:
            messages.error(self.request, refusal.message)
            return HttpResponseRedirect(self.done_url())
        return pdf_response(data, f"gaozhi-{self.obj.pk}")


class Reply(_Step):
    code, label, icon, states = "reply", "登记申辩", "edit", (NOTIFIED,)
    permission, form_class = services.PROPOSE, DatedForm

    def run(self) -> str:
        services.reply_listing(
            actor=self.user, listing=self.obj, reply=self.data["text"], replied_on=self.data["on"]
        )
        return "已登记申辩"


class List(_Step):
    code, label, icon, danger, states = "list", "同意列入并公布", "check", True, (NOTIFIED, REPLIED)
    permission = services.DECIDE
    intro = "公布时隐去名字，到期自动撤下。提出人、告知人和有利害关系的人不能决定。"

    def run(self) -> str:
        row = services.decide_listing(
            actor=self.user, listing=self.obj, uphold=True, decision=self.data["text"]
        )
        return f"已公布，到期日 {row.expires_on:%Y年%m月%d日}"


class Drop(_Step):
    code, label, icon, states = "drop", "不予列入", "close", (PROPOSED, NOTIFIED, REPLIED)
    permission = services.DECIDE

    def run(self) -> str:
        services.decide_listing(actor=self.user, listing=self.obj, uphold=False, decision=self.data["text"])
        return "已决定不予列入"


class Rectify(_Step):
    code, label, icon, states = "rectify", "登记整改", "edit", (LISTED,)
    permission, form_class = services.PROPOSE, DatedForm

    def run(self) -> str:
        services.rectify_listing(
            actor=self.user, listing=self.obj, text=self.data["text"], rectified_on=self.data["on"]
        )
        return "已登记整改，请另一位负责同志撤下"


class Remove(_Step):
    code, label, icon, states = "remove", "撤下", "trash", (LISTED,)
    permission = services.DECIDE

    @classmethod
    def is_available(cls, obj: BlackListing) -> bool:
        return super().is_available(obj) and obj.rectified_on is not None

    def run(self) -> str:
        services.remove_listing(actor=self.user, listing=self.obj, reason=self.data["text"])
        return "已撤下，公示栏和查询机上不再显示"


class Appeal(_Step):
    code, label, icon, states = "appeal", "登记申诉", "scale", (LISTED,)
    permission, form_class = services.PROPOSE, DatedForm

    def run(self) -> str:
        services.appeal_listing(
            actor=self.user, listing=self.obj, appeal=self.data["text"], appealed_on=self.data["on"]
        )
        return "已登记申诉"


class AppealForm(TextForm):
    """The decision and why."""

    grant = forms.ChoiceField(label="决定", choices=(("no", "申诉不成立"), ("yes", "申诉成立，撤下")))


class DecideAppeal(_Step):
    code, label, icon, states = "decide-appeal", "决定申诉", "scale", (LISTED,)
    permission, form_class = services.DECIDE, AppealForm

    @classmethod
    def is_available(cls, obj: BlackListing) -> bool:
        return super().is_available(obj) and obj.appealed_on is not None and obj.appeal_decided_by_id is None

    def run(self) -> str:
        grant = self.data["grant"] == "yes"
        services.decide_appeal(actor=self.user, listing=self.obj, grant=grant, decision=self.data["text"])
        return "申诉成立，已撤下" if grant else "申诉不成立"


offer_holders(BlackListing)
# Everything that happened to a matter, in the order in which it may happen (BEY-7).
_COURSE = (
    "proposed_by",
    "proposed_at",
    "way",
    "notified_on",
    "notified_by",
    "reply_until",
    "reply",
    "replied_on",
    "decided_by",
    "decided_at",
    "decision",
    "listed_on",
    "expires_on",
    "notice",
    "rectified_on",
    "rectification",
    "rectified_by",
    "appealed_on",
    "appeal",
    "appeal_decided_by",
    "appeal_decision",
    "removed_on",
    "removed_by",
    "removal",
)


@admin.register(BlackListing)
class BlackListingAdmin(DeskModelAdmin):
    """One household, one matter."""

    intro = "只有村规民约和已发布细则允许时才能列入：写明条款、先告知、听申辩、另一人决定、隐名公布、到期撤下、可申诉。"
    empty_hint = "没有黑榜事项。能用红榜鼓励的，不用黑榜。"
    fields = ("household", "article", "facts")
    autocomplete_fields = ("household",)
    list_display = ("household", "article", "state_label", "reply_until", "listed_on", "expires_on")
    list_filter = ("state", "village")
    search_fields = ("household__number", "article")
    list_select_related = ("household", "village")
    ordering = ("-id",)
    add_permission = services.PROPOSE
    can_change = False
    guided_actions = (Notify, Letter, Reply, List, Drop, Rectify, Remove, Appeal, DecideAppeal)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Afterwards also where the matter stands, and what has happened so far."""
        if obj is None:
            return self.fields
        return ["household", "state_label", "article", "facts", *(f for f in _COURSE if getattr(obj, f))]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("state_label", *_COURSE) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Persons too, where the rules give points to them; the service refuses another kind."""
        if db_field.name == "household":
            kwargs["queryset"] = Household.holders.for_user(request.user, services.PROPOSE)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @staticmethod
    def save_service(*, actor: Any, instance: BlackListing | None, data: dict[str, Any]) -> BlackListing:
        """Propose."""
        return services.propose_listing(actor=actor, **data)

    @admin.display(description="状态", ordering="state")
    def state_label(self, obj: BlackListing) -> str:
        if obj.state == LISTED and not obj.is_public(timezone.localdate()):
            return "已到期"
        return LISTING_STATES.states[obj.state]
