"""The print room on the desk: ask for a place's papers, watch, open the file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.core.files.storage import default_storage
from django.forms import ModelForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.common.periods import Period
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.registry import TableData
from reports.forms import PrintForm
from reports.models import PrintRun
from reports.services import request_printing


def _start(*, actor: Any, instance: PrintRun | None, data: dict[str, Any]) -> PrintRun:
    return request_printing(
        actor=actor, code=data["place"], period=Period.parse(data["month"]), boards=data["boards"]
    )


@admin.register(PrintRun)
class PrintRunAdmin(DeskModelAdmin):
    """What was put together for printing; adding one starts it."""

    save_service = staticmethod(_start)
    can_change = False
    add_permission = "reports.print_papers"
    form = PrintForm
    change_form_template = "admin/reports/print_run.html"
    list_display = ("name", "month", "papers", "pages", "file", "created_at", "job_link")
    list_filter = ("period",)
    list_select_related = ("job",)
    search_fields = ("name", "code")
    ordering = ("-pk",)
    readonly_fields = ("name", "month", "boards", "pages", "file", "created_at", "job_link")
    intro = (
        "选村（或乡镇）和期间，把要打印的公示、公示榜、通报、报告按顺序合成一个 PDF，首页是清单：纸张和份数。"
    )
    empty_hint = "还没有打印过。点“新增打印”，选择单位和期间。"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ("place", "month", "boards")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """The form offers the places whose papers this person may print."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **{**kwargs, "form": ModelForm})
        form = super().get_form(request, obj, change=change, **{**kwargs, "fields": ["boards"]})
        return type("OwnPrintForm", (form,), {"user": request.user})

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Straight to the progress page."""
        return HttpResponseRedirect(reverse("admin:desk_job", args=(obj.job_id,)))

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and obj.documents:
            columns = ("文书", "文号", "纸张", "版式", "页数", "份数", "用途")
            keys = ("title", "number", "paper", "use", "pages", "copies", "purpose")
            rows = [tuple(document[key] for key in keys) for document in obj.documents]
            context["documents"] = TableData("打印清单", columns, rows)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<path:object_id>/file/",
                self.admin_site.admin_view(self.file_view),
                name="reports_printrun_file",
            )
        ]
        return own + super().get_urls()

    def file_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The PDF; 404 for another place's, and for one that a later print has replaced."""
        if not self.has_view_permission(request):
            raise Http404
        run = self.get_object(request, object_id)
        if not run.path or not default_storage.exists(run.path):
            raise Http404
        response = FileResponse(default_storage.open(run.path), content_type="application/pdf")
        response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(str(run))}.pdf"
        return response

    @admin.display(description="期间", ordering="period")
    def month(self, obj: PrintRun) -> str:
        return Period.parse(obj.period).label

    @admin.display(description="件数")
    def papers(self, obj: PrintRun) -> str:
        return str(len(obj.documents)) if obj.done_at else "—"

    @admin.display(description="文件")
    def file(self, obj: PrintRun) -> str | SafeString:
        if not obj.path:
            return "已被后来的打印替代" if obj.done_at else "—"
        url = reverse("admin:reports_printrun_file", args=(obj.pk,))
        return format_html('<a href="{}" target="_blank" rel="noopener">打开 PDF</a>', url)

    @admin.display(description="任务")
    def job_link(self, obj: PrintRun) -> str | SafeString:
        if obj.job_id is None:
            return "—"
        return format_html('<a href="{}">进度与记录</a>', reverse("admin:desk_job", args=(obj.job_id,)))
