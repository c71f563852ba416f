"""Closed reports on the desk: the list, and each report as a page beside its PDF."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.common.periods import Period
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import XLSX, ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from notices.models import Notice
from reports.composition import sections_of
from reports.containing import corrected_parts, outdated_reports, reason_for
from reports.models import Report, ReportCorrection
from reports.rules import report_name
from reports.selectors import latest_report
from reports.services import draft_report_correction, publish_report_correction
from reports.workbook import workbook_bytes


class ReasonForm(GuidedForm):
    """Why the report has to be corrected; printed on the correction."""

    reason = forms.CharField(label="更正原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class CorrectReport(GuidedAction):
    """Collect the figures anew and draft a further edition."""

    code, label, icon = "correct", "起草更正", "edit"
    permission = "reports.correct_report"
    form_class = ReasonForm
    intro = "按现在的数据重新统计本期，起草更正：印出原数与更正后的数，由另一人发布。原报告保留。"

    def initial(self) -> dict[str, Any]:
        """Where contained reports were corrected, that is the reason."""
        parts = corrected_parts(self.obj)
        return {"reason": reason_for(parts)} if parts else {}

    def details(self) -> list[tuple[str, Any]]:
        parts = corrected_parts(self.obj)
        return (
            [("所含报告已更正", "、".join(f"{part}（{part.notice.number}）" for part in parts))]
            if parts
            else []
        )

    def run(self) -> str:
        correction = draft_report_correction(actor=self.user, report=self.obj, **self.data)
        return f"已起草更正，{len(correction.snapshot['correction']['changes'])}处不同，请另一人发布"


class PublishCorrection(GuidedAction):
    """The second person's part."""

    code, label, icon = "publish", "发布更正", "check"
    permission = "reports.publish_correction"
    intro = "发布后编号、冻结，原报告和原通报由更正件替代。"

    @classmethod
    def is_available(cls, obj: ReportCorrection) -> bool:
        return obj.edition_id is None

    def details(self) -> list[tuple[str, Any]]:
        changes = self.obj.snapshot["correction"]["changes"]
        return [(f"{section}：{what}", f"{old} → {new}") for section, what, old, new in changes[:30]]

    def run(self) -> str:
        edition = publish_report_correction(actor=self.user, correction=self.obj)
        return f"已发布{edition}（{edition.notice.number}）"


def _month(report: Report) -> str:
    return Period.parse(report.period).label


@admin.register(Report)
class ReportAdmin(DeskModelAdmin):
    """Reports of the user's places; frozen, so there is nothing to change."""

    change_form_template = "admin/reports/report.html"
    guided_actions = (CorrectReport,)
    list_display = ("name", "level_label", "month", "edition", "number", "files", "created_at")
    list_filter = ("level", "period")
    list_select_related = ("notice", "bulletin")
    search_fields = ("name", "notice__number")
    ordering = ("-period", "code", "-edition")
    fields = readonly_fields = (
        "name",
        "month",
        "edition",
        "number",
        "content_digest",
        "created_at",
        "files",
    )
    export_columns = (
        ExportColumn("单位", "name"),
        ExportColumn("期间", _month),
        ExportColumn("版次", "edition", 8),
        ExportColumn("文号", "notice.number", 24),
        ExportColumn("内容摘要", "content_digest", 68),
        ExportColumn("生成时间", "created_at", 20),
    )
    intro = "月报、季报、半年报、年报和通报，生成后不再改动；网页、PDF、Excel 都由同一份存档生成。"
    empty_hint = "办理月结之后，各村和乡镇的月报会出现在这里。"

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["narrative"] = obj.snapshot["narrative"]
            context["sections"] = sections_of(obj.snapshot)
            context["correction"] = obj.snapshot.get("correction")
            parts = corrected_parts(obj) if latest_report(obj.code, Period.parse(obj.period)) == obj else []
            context["corrected_parts"] = parts
            context["containing"] = outdated_reports([obj]) if obj.edition > 1 else []
            context["may_correct"] = CorrectReport.is_offered(request.user, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="层级", ordering="level")
    def level_label(self, obj: Report) -> str:
        return str(obj.get_level_display())

    @admin.display(description="期间", ordering="period")
    def month(self, obj: Report) -> str:
        return _month(obj)

    @admin.display(description="文号", ordering="notice__number")
    def number(self, obj: Report) -> SafeString:
        url = reverse("admin:notices_notice_change", args=(obj.notice_id,))
        return format_html('<a href="{}">{}</a>', url, obj.notice.number)

    @admin.display(description="文件")
    def files(self, obj: Report) -> SafeString:
        """PDF of the report, and of the bulletin where there is one."""
        report = self._pdf(obj.notice, f"{report_name(Period.parse(obj.period).kind)} PDF")
        if obj.bulletin:
            report = format_html("{}　{}", report, self._pdf(obj.bulletin, "通报 PDF"))
        return format_html(
            '{}　<a href="{}">Excel</a>', report, reverse("admin:reports_report_xlsx", args=(obj.pk,))
        )

    def _pdf(self, notice: Notice, label: str) -> SafeString:
        url = reverse("admin:notices_notice_pdf", args=(notice.pk, "a4"))
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, label)

    # -- the same figures as a workbook --

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/xlsx/", self.admin_site.admin_view(self.xlsx), name="reports_report_xlsx")
        ]
        return own + super().get_urls()

    def xlsx(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The stored figures for calculating; 404 for a report of another place."""
        if not self.has_view_permission(request):
            raise Http404
        report = self.get_object(request, object_id)
        data = workbook_bytes(str(report), report.snapshot, f"{request.scheme}://{request.get_host()}")
        response = HttpResponse(data, content_type=XLSX)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(str(report))}.xlsx"
        return response


@admin.register(ReportCorrection)
class ReportCorrectionAdmin(DeskModelAdmin):
    """Corrections under way and done."""

    change_form_template = "admin/reports/correction.html"
    guided_actions = (PublishCorrection,)
    list_display = ("report", "reason", "drafted_by", "status", "created_at")
    list_select_related = ("report", "drafted_by")
    fields = readonly_fields = (
        "report",
        "reason",
        "notice",
        "bulletin",
        "drafted_by",
        "status",
        "created_at",
    )
    search_fields = ("report__name", "reason")
    ordering = ("-pk",)
    intro = "已经生成的报告有错时，在报告页上起草更正；这里由另一人核对、发布。"
    empty_hint = "没有更正。"

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["correction"] = obj.snapshot["correction"]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="状态")
    def status(self, obj: ReportCorrection) -> SafeString:
        return chip("已发布", "good") if obj.edition_id else chip("待发布", "warn")
