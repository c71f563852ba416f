"""The list of notices, their pages, previews and files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import admin, messages
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cogov.common.errors import RuleError
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from notices import kinds, render, states
from notices.admin.actions import (
    CheckMany,
    CheckNotice,
    DraftCorrection,
    EditDraft,
    FileObjection,
    PublishMany,
    PublishNotice,
    RecordPosting,
    ReturnNotice,
    WithdrawNotice,
)
from notices.admin.compose import ComposePages
from notices.models import Notice, PostingEvidence
from notices.printing import browser
from notices.printing.papers import PAPERS
from notices.printing.qr import show_code
from notices.printing.weasy import PrintingUnavailable, available

_TONES = {
    states.DRAFT: "neutral",
    states.CHECKED: "info",
    states.PUBLISHED: "good",
    states.SUPERSEDED: "warn",
    states.WITHDRAWN: "bad",
}
_PAPERS = {"poster": "A3", "landscape": "A3横向"}
_LAYOUT_LABELS = {"a4": "A4 公文", "poster": "A3 公示榜", "landscape": "A3 横式公示榜"}


class KindFilter(admin.SimpleListFilter):
    """Kinds come from the registry, not from the table."""

    title = "种类"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return kinds.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class EvidenceInline(DeskInline):
    """Photos of the board."""

    model = PostingEvidence
    fields = readonly_fields = ("posted_on", "board", "actor_name", "picture", "photo_sha256")
    verbose_name_plural = "张贴留痕"
    show_change_link = False

    @admin.display(description="照片")
    def picture(self, obj: PostingEvidence) -> SafeString:
        url = reverse("admin:notices_notice_photo", args=[obj.notice_id, obj.pk])
        return format_html('<a href="{}" target="_blank" rel="noopener">查看照片</a>', url)


@admin.register(Notice)
class NoticeAdmin(ComposePages, DeskModelAdmin):
    """Notices of the user's places."""

    list_display = ("number_or_draft", "title", "kind_label", "issuer", "period", "status", "publicity")
    list_display_links = ("number_or_draft", "title")
    list_filter = ("state", KindFilter, "village", "period", "published_at")
    list_select_related = ("township", "village")
    search_fields = ("number", "title", "check_code")
    ordering = ("-pk",)
    fields = readonly_fields = (
        "title",
        "number_or_draft",
        "kind_label",
        "issuer",
        "period",
        "status",
        "publicity",
        "posting_until",
        "drafted_by",
        "published_by",
        "published_at",
        "code",
        "digest",
        "public_page",
        "papers",
        "moves",
    )
    inlines = (EvidenceInline,)
    guided_actions = (
        EditDraft,
        CheckNotice,
        ReturnNotice,
        PublishNotice,
        RecordPosting,
        FileObjection,
        DraftCorrection,
        WithdrawNotice,
    )
    batch_actions = (CheckMany, PublishMany)
    intro = "起草、核对、编号发布、张贴、异议，都在这里。发布后内容冻结。"
    empty_hint = "月结之后，各村的积分公示会出现在这里。"

    # -- columns --

    @admin.display(description="文号", ordering="number")
    def number_or_draft(self, obj: Notice) -> str:
        return obj.number or "（未编号）"

    @admin.display(description="种类", ordering="kind")
    def kind_label(self, obj: Notice) -> str:
        return kinds.label_of(obj.kind)

    @admin.display(description="发文机关", ordering="village__code")
    def issuer(self, obj: Notice) -> str:
        return obj.issuer_name

    @admin.display(description="状态", ordering="state")
    def status(self, obj: Notice) -> SafeString:
        return chip(obj.get_state_display(), _TONES.get(obj.state, "neutral"))

    @admin.display(description="公示期", ordering="publicity_end")
    def publicity(self, obj: Notice) -> str | SafeString:
        if obj.publicity_end is None:
            return "—"
        start, end = obj.publicity_start, obj.publicity_end
        span = (
            f"{start:%m-%d} 至 {end:%m-%d}"
            if start and start.year == timezone.localdate().year == end.year
            else f"{start} 至 {end}"
        )
        return format_html('<span class="nowrap">{}</span>', span)

    @admin.display(description="校验码")
    def code(self, obj: Notice) -> str:
        return show_code(obj.check_code) or "—"

    @admin.display(description="内容摘要")
    def digest(self, obj: Notice) -> str:
        return obj.snapshot.content_digest if obj.is_public else "发布时生成"

    @admin.display(description="公开核验页")
    def public_page(self, obj: Notice) -> str | SafeString:
        if not obj.verify_token:
            return "—"
        url = reverse("notices:verify_token", args=[obj.verify_token])
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, url)

    @admin.display(description="文件")
    def papers(self, obj: Notice) -> SafeString:
        """Links to PDF and browser page of each layout."""
        return format_html_join(
            mark_safe("<br>"),
            '{}　<a href="{}" target="_blank" rel="noopener">{}</a>　<a href="{}" target="_blank" rel="noopener">浏览器打印</a>',
            (
                (
                    layout_label(obj, layout),
                    self._file_url("pdf", obj, layout),
                    "打开 PDF" if obj.is_public else "预览 PDF",
                    self._file_url("print", obj, layout),
                )
                for layout in layouts_of(obj)
            ),
        )

    @admin.display(description="办理经过")
    def moves(self, obj: Notice) -> SafeString:
        labels = {"": "起草", **states.NOTICE_STATES.states}
        return format_html_join(
            mark_safe("<br>"),
            "{}　{}　{}→{}　{}",
            (
                (
                    f"{row.created_at.astimezone():%Y-%m-%d %H:%M}",
                    row.actor_name,
                    labels[row.source],
                    labels[row.target],
                    row.comment,
                )
                for row in obj.transitions.all()
            ),
        )

    # -- files --

    def _file_url(self, page: str, obj: Notice, layout: str) -> str:
        return reverse(f"admin:notices_notice_{page}", args=[obj.pk, layout])

    def get_urls(self) -> list[URLPattern]:
        """PDF, browser page and its style sheet, by layout."""
        view = self.admin_site.admin_view
        return [
            *self.compose_urls(),
            path("<int:pk>/pdf/<slug:layout>/", view(self.pdf_view), name="notices_notice_pdf"),
            path("<int:pk>/photo/<int:evidence>/", view(self.photo_view), name="notices_notice_photo"),
            path("<int:pk>/print/<slug:layout>/", view(self.print_view), name="notices_notice_print"),
            path(
                "<int:pk>/print/<slug:layout>/style.css",
                view(self.print_css_view),
                name="notices_notice_print_css",
            ),
            *super().get_urls(),
        ]

    def _notice(self, request: HttpRequest, pk: int, layout: str) -> Notice:
        """404 for what is outside the user's scope or has no such layout."""
        notice: Notice = self.get_object(request, str(pk))
        if not self.has_view_permission(request, notice) or layout not in layouts_of(notice):
            raise Http404
        return notice

    def photo_view(self, request: HttpRequest, pk: int, evidence: int) -> FileResponse:
        """A photo of the board; 404 outside the user's scope."""
        notice = self._notice(request, pk, "a4")
        row = notice.evidence.filter(pk=evidence).first()
        if row is None or not default_storage.exists(row.photo):
            raise Http404
        response = FileResponse(default_storage.open(row.photo), content_type=photo_type(row.photo))
        response["Cache-Control"] = "private, no-store"
        return response

    def pdf_view(self, request: HttpRequest, pk: int, layout: str) -> HttpResponse:
        """The PDF; without Pango the browser page in its place."""
        notice = self._notice(request, pk, layout)
        try:
            data = render.pdf_bytes(notice, layout)
        except PrintingUnavailable as problem:
            messages.warning(request, problem.message)
            return HttpResponseRedirect(self._file_url("print", notice, layout))
        response = HttpResponse(data, content_type="application/pdf")
        name = quote(f"{notice.number or notice.title}-{paper_of(notice, layout)}.pdf")
        response["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
        response["Cache-Control"] = "private, no-store"
        return response

    def print_view(self, request: HttpRequest, pk: int, layout: str) -> HttpResponse:
        """The same pages for the browser's own printing."""
        notice = self._notice(request, pk, layout)
        printout = render.printout(notice, layout)
        context = {
            "title": printout.title,
            "paper": paper_of(notice, layout),
            "body": mark_safe(printout.body()),
            "reason": available(),
            "stylesheet_url": self._file_url("print_css", notice, layout),
        }
        return render_page(request, "notices/print.html", context)

    def print_css_view(self, request: HttpRequest, pk: int, layout: str) -> HttpResponse:
        """The style sheet of exactly these pages; a style attribute would break the CSP."""
        notice = self._notice(request, pk, layout)
        css = browser.stylesheet(render.printout(notice, layout), static)
        response = HttpResponse(css, content_type="text/css; charset=utf-8")
        response["Cache-Control"] = "private, no-store"
        return response


def paper_of(notice: Notice, layout: str) -> str:
    """The paper to put into the printer."""
    return PAPERS[kinds.form_of(notice.kind)] if layout == "a4" else _PAPERS[layout]


def layout_label(notice: Notice, layout: str) -> str:
    """What the layout is called: a certificate is no 公文."""
    form = kinds.form_of(notice.kind)
    if layout != "a4" or form in ("document", "minutes"):
        return _LAYOUT_LABELS[layout]
    return f"{PAPERS[form]} {kinds.label_of(notice.kind)}"


_PHOTO_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def photo_type(path: str) -> str:
    """The content type of a stored photo; nothing that a browser would run."""
    return _PHOTO_TYPES.get(path.rsplit(".", 1)[-1].lower(), "application/octet-stream")


def layouts_of(notice: Notice) -> tuple[str, ...]:
    """The layouts that the notice's content has."""
    try:
        stored = notice.snapshot.document if notice.is_public else notice.draft
    except Notice.snapshot.RelatedObjectDoesNotExist as error:
        raise RuleError(f"{notice.number}没有存档") from error
    return render.LAYOUTS if (stored or {}).get("poster") else ("a4",)
