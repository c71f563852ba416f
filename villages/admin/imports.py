"""Import pages of the desk: upload, look at the preview, import or throw away; template and register to download."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString

from cogov.common.errors import InputError, RuleError
from cogov.desk.actions import GuidedForm, add_refusal
from cogov.desk.export import XLSX
from cogov.desk.jobs import status_payload
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.registry import Figure, TableData
from cogov.desk.templatetags.desk import chip
from villages.forms.imports import RosterForm, TemplateForm, UploadForm
from villages.importing.template import write_template
from villages.models import ImportBatch, ImportState
from villages.services.import_batches import (
    SAMPLE_COLUMNS,
    apply_batch,
    discard_batch,
    error_book_of,
    job_of,
    upload_batch,
)
from villages.services.import_households import PERMISSION
from villages.services.roster import PERMISSION as ROSTER_PERMISSION
from villages.services.roster import export_roster

TONES = {
    ImportState.WAITING: "info",
    ImportState.READY: "accent",
    ImportState.REFUSED: "bad",
    ImportState.APPLYING: "info",
    ImportState.APPLIED: "good",
    ImportState.DISCARDED: "neutral",
}
_STEPS = ("上传", "核对", "导入")


@admin.register(ImportBatch)
class ImportBatchAdmin(DeskModelAdmin):
    """Uploads of the user's villages, and what became of them."""

    list_display = (
        "file_name", "village", "state_chip", "rows", "created", "updated", "problem_count",
        "uploaded_by_name", "uploaded_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("village",)
    search_fields = ("file_name", "village__name")
    ordering = ("-id",)
    change_list_template = "villages/import_list.html"
    intro = "把村里的户籍表（Excel 或 CSV）导入系统：先上传核对，没有错误再确认导入；有一处错误就整份不导入。"
    empty_hint = "先下载模板填写，或直接上传村里现有的户籍表。"

    @admin.display(description="状态", ordering="state")
    def state_chip(self, obj: ImportBatch) -> SafeString:
        return chip(obj.get_state_display(), TONES[ImportState(obj.state)])

    def get_urls(self) -> list[URLPattern]:
        """Our pages in front of the list's own."""
        view = self.admin_site.admin_view
        own = [
            path("upload/", view(self.upload_view), name="villages_importbatch_upload"),
            path("template/", view(self.template_view), name="villages_importbatch_template"),
            path("roster/", view(self.roster_view), name="villages_importbatch_roster"),
            path("<int:batch_id>/apply/", view(self.apply_view), name="villages_importbatch_apply"),
            path("<int:batch_id>/discard/", view(self.discard_view), name="villages_importbatch_discard"),
            path("<int:batch_id>/errors/", view(self.errors_view), name="villages_importbatch_errors"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = {
            "can_import": request.user.has_perm(PERMISSION),
            "can_export": request.user.has_perm(ROSTER_PERMISSION),
        }
        return super().changelist_view(request, {**may, **(extra_context or {})})

    # --- upload, template, register --------------------------------------------------------------------------

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file and go to its preview."""
        self._require(request, PERMISSION)

        def take(data: dict[str, Any]) -> HttpResponse:
            file = data["file"]
            batch = upload_batch(
                actor=request.user, village=data["village"], file_name=file.name or "", data=file.read()
            )
            return HttpResponseRedirect(self._page(batch))

        return self._form_page(request, UploadForm, take, title="上传户籍表", submit="上传并核对", steps=1)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The template of one village, with its groups as a drop-down list."""
        self._require(request, PERMISSION)

        def take(data: dict[str, Any]) -> HttpResponse:
            village = data["village"]
            target = io.BytesIO()
            groups = list(village.groups.order_by("serial").values_list("name", flat=True))
            write_template(target, groups=groups, village=village.name)
            return _download(target, f"{village.name}户籍表模板.xlsx")

        return self._form_page(request, TemplateForm, take, title="下载户籍表模板", submit="下载模板")

    def roster_view(self, request: HttpRequest) -> HttpResponse:
        """The register of one village in the template's columns."""
        self._require(request, ROSTER_PERMISSION)

        def take(data: dict[str, Any]) -> HttpResponse:
            target = io.BytesIO()
            export_roster(
                actor=request.user,
                village=data["village"],
                target=target,
                reveal=bool(data.get("reveal")),
                reason=data.get("reason", ""),
            )
            return _download(target, f"{data['village'].name}户籍表.xlsx")

        return self._form_page(request, RosterForm, take, title="导出户籍表", submit="导出")

    def _require(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def _form_page(
        self,
        request: HttpRequest,
        form_class: type[GuidedForm],
        take: Any,
        *,
        title: str,
        submit: str,
        steps: int = 0,
    ) -> HttpResponse:
        posted = request.method == "POST"
        form = form_class(
            request.POST if posted else None, request.FILES if posted else None, user=request.user
        )
        if posted and form.is_valid():
            try:
                return take(dict(form.cleaned_data))
            except (RuleError, InputError) as refusal:
                add_refusal(form, refusal)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "submit_label": submit,
            "steps": _STEPS if steps else (),
            "current": steps,
        }
        return TemplateResponse(request, "villages/import_form.html", context, status=400 if posted else 200)

    # --- one upload ------------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The preview, or the result."""
        batch = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        return self._preview(request, batch)

    def _preview(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        state = ImportState(batch.state)
        job = job_of(batch)
        may = request.user.has_perm(PERMISSION, batch)
        problems = [
            (item["row"] or "", item["column"], item["message"], item["value"]) for item in batch.problems
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": batch.file_name,
            "opts": self.opts,
            "batch": batch,
            "state_label": batch.get_state_display(),
            "state_tone": TONES[state],
            "steps": _STEPS,
            "current": {ImportState.APPLIED: 4, ImportState.APPLYING: 3}.get(state, 2),
            "figures": _figures(batch),
            "sample": TableData("前几行（按系统的理解，号码已隐去）", SAMPLE_COLUMNS, batch.sample)
            if batch.sample
            else None,
            "problems": TableData("全部问题", ("行号", "列", "问题", "填写的内容"), problems)
            if problems
            else None,
            "status": status_payload(request, job) if job is not None else None,
            "can_decide": may and state == ImportState.READY,
            "can_discard": may and state in (ImportState.READY, ImportState.WAITING),
            "error_book": bool(batch.error_book) and may,
        }
        response = TemplateResponse(request, "villages/import_preview.html", context)
        add_never_cache_headers(response)
        return response

    def apply_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Import what the preview showed."""
        batch = self._posted(request, batch_id)
        try:
            batch = apply_batch(actor=request.user, batch=batch)
        except RuleError as refusal:
            messages.error(request, refusal.message)
        else:
            if batch.state == ImportState.REFUSED:
                messages.error(request, "没有导入：核对之后情况有变化，请看问题清单")
        return HttpResponseRedirect(self._page(batch))

    def discard_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Throw the upload away."""
        batch = self._posted(request, batch_id)
        try:
            discard_batch(actor=request.user, batch=batch)
        except RuleError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.info(request, f"已放弃“{batch.file_name}”，上传的文件已删除")
        return HttpResponseRedirect(reverse("admin:villages_importbatch_changelist"))

    def errors_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """The marked copy of a refused file; only for whoever may import."""
        batch = self.get_object(request, str(batch_id))
        if not request.user.has_perm(PERMISSION, batch):
            raise Http404
        try:
            book = error_book_of(batch)
        except RuleError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self._page(batch))
        return _download(book, f"{batch.file_name.rsplit('.', 1)[0]}-错误.xlsx")

    def _posted(self, request: HttpRequest, batch_id: int) -> ImportBatch:
        batch: ImportBatch = self.get_object(request, str(batch_id))
        if not request.user.has_perm(PERMISSION, batch):
            raise Http404
        if request.method != "POST":
            raise Http404
        return batch

    def _page(self, batch: ImportBatch) -> str:
        return reverse("admin:villages_importbatch_change", args=(batch.pk,))


def _figures(batch: ImportBatch) -> list[Figure]:
    if batch.state == ImportState.REFUSED:
        return [Figure("问题", batch.problem_count, "处"), Figure("行数", batch.rows, "行")]
    if batch.state in (ImportState.READY, ImportState.APPLIED, ImportState.APPLYING):
        return [
            Figure("户数", batch.households, "户"),
            Figure("人数", batch.rows, "人"),
            Figure("新增", batch.created, "人"),
            Figure("更新", batch.updated, "人"),
            Figure("不变", batch.unchanged, "人"),
        ]
    return []


def _download(file: Any, name: str) -> FileResponse:
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response
