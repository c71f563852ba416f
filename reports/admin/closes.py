"""Month closes on the desk: start one, watch it, find its documents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.common.periods import Period, PeriodKind
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from cogov.jobs import states as job_states
from reports.forms import CloseForm
from reports.models import MonthClose
from reports.selectors import documents_of
from reports.services import close_month, make_report
from reports.states import CLOSED


def _start(*, actor: Any, instance: MonthClose | None, data: dict[str, Any]) -> MonthClose:
    """The form's values for the service."""
    period = Period.parse(data["month"])
    ask = close_month if period.kind is PeriodKind.MONTH else make_report
    return ask(actor=actor, code=data["place"], period=period)


@admin.register(MonthClose)
class MonthCloseAdmin(DeskModelAdmin):
    """Closes of the user's places; adding one starts it."""

    save_service = staticmethod(_start)
    can_change = False
    add_permission = "reports.close_month"
    form = CloseForm
    change_form_template = "admin/reports/month_close.html"
    list_display = ("name", "level_label", "month", "status", "closed_at", "job_link")
    list_filter = ("state", "level", "period")
    list_select_related = ("job",)
    search_fields = ("name", "code")
    ordering = ("-period", "code")
    readonly_fields = ("name", "level_label", "month", "status", "closed_at", "job_link")
    intro = "每月1日自动办理上月月结，也可以在这里发起：入账、排名、生成各村公示、通报、月报和乡镇月报。季报、半年报、年报也在这里生成。"
    empty_hint = "还没有办理过月结。点“新增月结”，选择单位和月份。"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ("place", "month")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """The form offers what this person may close; a close that exists has nothing to fill in."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **{**kwargs, "form": ModelForm})
        form = super().get_form(request, obj, change=change, **{**kwargs, "fields": []})
        return type("OwnCloseForm", (form,), {"user": request.user})

    def service_data(self, form: Any) -> dict[str, Any]:
        return {"place": form.cleaned_data["place"], "month": form.cleaned_data["month"]}

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Straight to the progress page."""
        if obj.job_id is None:
            return super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:desk_job", args=(obj.job_id,)))

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["documents"] = documents_of(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    # -- columns --

    @admin.display(description="层级", ordering="level")
    def level_label(self, obj: MonthClose) -> str:
        return str(obj.get_level_display())

    @admin.display(description="期间", ordering="period")
    def month(self, obj: MonthClose) -> str:
        return Period.parse(obj.period).label

    @admin.display(description="状态", ordering="state")
    def status(self, obj: MonthClose) -> SafeString:
        """The close's state; while it is not closed, the state of its job."""
        if obj.state == CLOSED:
            return chip("已月结" if Period.parse(obj.period).kind is PeriodKind.MONTH else "已完成", "good")
        if obj.job is None:
            return chip("月结中", "info")
        if obj.job.state in job_states.UNSUCCESSFUL:
            return chip(f"没有完成（{obj.job.get_state_display()}）", "bad")
        return chip(obj.job.get_state_display(), "info")

    @admin.display(description="任务")
    def job_link(self, obj: MonthClose) -> str | SafeString:
        if obj.job_id is None:
            return "—"
        return format_html('<a href="{}">进度与记录</a>', reverse("admin:desk_job", args=(obj.job_id,)))
