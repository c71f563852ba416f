"""Closed reports on the desk: the list, and each report as a page beside its PDF."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.common.periods import Period
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from notices.models import Notice
from reports.composition import sections_of
from reports.models import Report


def _month(report: Report) -> str:
    return Period.parse(report.period).label


@admin.register(Report)
class ReportAdmin(DeskModelAdmin):
    """Reports of the user's places; frozen, so there is nothing to change."""

    change_form_template = "admin/reports/report.html"
    list_display = ("name", "level_label", "month", "number", "files", "created_at")
    list_filter = ("level", "period")
    list_select_related = ("notice", "bulletin")
    search_fields = ("name", "notice__number")
    ordering = ("-period", "code", "-edition")
    fields = readonly_fields = ("name", "month", "number", "content_digest", "created_at", "files")
    export_columns = (
        ExportColumn("单位", "name"),
        ExportColumn("期间", _month),
        ExportColumn("文号", "notice.number", 24),
        ExportColumn("内容摘要", "content_digest", 68),
        ExportColumn("生成时间", "created_at", 20),
    )
    intro = "月结生成的月报和通报，生成后不再改动；网页、PDF 都由同一份存档生成。"
    empty_hint = "办理月结之后，各村和乡镇的月报会出现在这里。"

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["narrative"] = obj.snapshot["narrative"]
            context["sections"] = sections_of(obj.snapshot)
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
        report = self._pdf(obj.notice, "月报 PDF")
        return format_html("{}　{}", report, self._pdf(obj.bulletin, "通报 PDF")) if obj.bulletin else report

    def _pdf(self, notice: Notice, label: str) -> SafeString:
        url = reverse("admin:notices_notice_pdf", args=(notice.pk, "a4"))
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, label)
