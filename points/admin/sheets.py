"""我家明白纸 on the desk: one household from its account, a whole group as a background job."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.desk.actions import GuidedAction, GuidedForm, add_refusal
from cogov.desk.modeladmin import DeskModelAdmin
from points.models import SheetBundle
from points.services.sheets import PRINT, print_sheet, request_bundle
from points.sheet_choices import last_month, pdf_response, period_choices


class SheetForm(GuidedForm):
    """Which period."""

    period = forms.ChoiceField(label="期间", help_text="月、季度或全年。")

    def prepare(self) -> None:
        """The last month stands ready."""
        field: Any = self.fields["period"]
        field.choices, field.initial = period_choices(), last_month()


class PrintSheet(GuidedAction):
    """One household's sheet."""

    code, label, icon = "sheet", "明白纸", "printer"
    permission = PRINT
    form_class = SheetForm
    intro = "一户一张 A4：每一笔积分、事由和算法、入账前后的余额、组内名次、怎样提出异议。每次打印都有记录。"
    submit_label = "打印"

    def respond(self) -> HttpResponse:
        """The form, or the PDF."""
        posted = self.request.method == "POST"
        form = self.form_class(self.request.POST if posted else None, user=self.user, obj=self.obj)
        if posted and form.is_valid():
            period = Period.parse(form.cleaned_data["period"])
            try:
                data = print_sheet(actor=self.user, household=self.obj.household, period=period)
            except CogovError as refusal:
                add_refusal(form, refusal)
            else:
                return pdf_response(data, f"mingbaizhi-{self.obj.household.number}-{period.key}")
        status = 400 if posted else 200
        return TemplateResponse(self.request, self.template, self.context(form), status=status)


class Download(GuidedAction):
    """The finished file."""

    code, label, icon = "download", "下载 PDF", "download"
    permission = PRINT

    @classmethod
    def is_available(cls, obj: SheetBundle) -> bool:
        return obj.is_ready

    def respond(self) -> HttpResponse:
        """The file, or 404 while it is not there."""
        if not self.obj.is_ready or not default_storage.exists(self.obj.path):
            raise Http404("文件还没有生成")
        name = f"mingbaizhi-{self.obj.group.code}-{self.obj.period}.pdf"
        response = FileResponse(
            default_storage.open(self.obj.path), content_type="application/pdf", filename=name
        )
        response["Cache-Control"] = "no-store, private"
        return response  # type: ignore[return-value]


class BundleForm(forms.ModelForm):
    """Group and period."""

    period = forms.ChoiceField(label="期间", choices=period_choices, initial=last_month)

    class Meta:
        model = SheetBundle
        fields = ("group", "period")


@admin.register(SheetBundle)
class SheetBundleAdmin(DeskModelAdmin):
    """Whole groups."""

    intro = "整组打印：点右上角“新增”，选组和期间，后台生成一个 PDF，一户一张。单户请在“积分账户”里打印。"
    empty_hint = "点右上角“新增”，选村民小组和期间。"
    form = BundleForm
    fields = ("group", "period")
    list_display = ("__str__", "ready", "households", "pages", "requested_by_name", "created_at")
    list_filter = ("village",)
    list_select_related = ("village", "group")
    ordering = ("-id",)
    add_permission = PRINT
    can_change = False
    guided_actions = (Download,)

    @staticmethod
    def save_service(*, actor: Any, instance: SheetBundle | None, data: dict[str, Any]) -> SheetBundle:
        """Ask for the sheets of a group."""
        return request_bundle(actor=actor, group=data["group"], period=Period.parse(data["period"]))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """To the progress of the job."""
        return HttpResponseRedirect(reverse("admin:desk_job", args=(obj.job_id,)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("village", "group")

    @admin.display(description="状态", ordering="sha256")
    def ready(self, obj: SheetBundle) -> str:
        return "可下载" if obj.is_ready else "生成中"
