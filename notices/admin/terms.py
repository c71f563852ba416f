"""How long the notices of a township hang, kind by kind: the list of all kinds, and a form for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from cogov.desk.modeladmin import DeskModelAdmin
from notices import kinds
from notices.models import KindTerms
from notices.services.terms import PERMISSION, save_terms
from villages.models import Township


class TermsForm(forms.ModelForm):
    """The terms of one kind; the page of the list hands over township and kind."""

    kind = forms.ChoiceField(label="种类")

    class Meta:
        model = KindTerms
        fields = ("township", "kind", "objection_workdays", "posting_days", "needs_evidence")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.instance.kind
        if self.instance.pk:
            del self.fields["kind"]
        else:
            choice: Any = self.fields["kind"]
            choice.choices = [(kind.code, kind.label) for kind in kinds.all_kinds() if kind.settable]
            code = code or self.initial.get("kind", "")
        if code:
            self._explain(kinds.get(code))

    def _explain(self, kind: kinds.NoticeKind) -> None:
        least, usual = kind.least, kind.terms
        hints = {
            "objection_workdays": (
                f"通常 {usual.objection_workdays}，不少于 {least.objection_workdays} 个工作日"
                if usual.objection_workdays
                else "这种文书不设异议期，填 0"
            ),
            "posting_days": f"通常 {usual.posting_days}，不少于 {least.posting_days} 天（公布不少于15日，村民委员会组织法第三十五条）",
            "needs_evidence": "必须登记，不能免"
            if least.needs_evidence
            else "勾选后，没有张贴照片，公示期不算数",
        }
        for name, text in hints.items():
            self.fields[name].help_text = text
            if not self.instance.pk:
                self.initial.setdefault(name, getattr(usual, name))


@dataclass(frozen=True, slots=True)
class TermsRow:
    """One kind in one township. ``own`` when the township has set it."""

    label: str
    terms: kinds.Terms
    own: bool
    fixed: bool
    url: str


@admin.register(KindTerms)
class KindTermsAdmin(DeskModelAdmin):
    """Every kind with its terms; what a township has not set is as the kind has it."""

    save_service = save_terms
    add_permission = change_permission = PERMISSION
    form = TermsForm
    fields = ("township", "kind", "objection_workdays", "posting_days", "needs_evidence")
    list_select_related = ("township",)
    intro = (
        "每种公示的异议期、张贴天数、要不要张贴照片。可以比规定严，不能低于规定；改后起草的公示才按新的算。"
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("township", "kind_label") if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple("kind_label" if obj and name == "kind" else name for name in self.fields)

    @admin.display(description="种类")
    def kind_label(self, obj: KindTerms) -> str:
        return kinds.label_of(obj.kind)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The whole registry instead of the rows that happen to exist."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        codes = request.user.scope_codes(self._permission("view"))
        townships = [
            t for t in Township.objects.order_by("code") if any(t.code.startswith(c[:9]) for c in codes)
        ]
        chosen = request.GET.get("township", "")
        township = next((t for t in townships if t.code == chosen), townships[0] if townships else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "公示期限",
            "intro": self.intro,
            "townships": townships if len(townships) > 1 else [],
            "township": township,
            "rows": self._rows(request, township) if township else [],
        }
        return TemplateResponse(request, "notices/terms.html", context)

    def _rows(self, request: HttpRequest, township: Township) -> list[TermsRow]:
        own = {row.kind: row for row in KindTerms.objects.filter(township=township)}
        may = any(township.code.startswith(code) for code in request.user.scope_codes(PERMISSION))
        rows = []
        for kind in kinds.all_kinds():
            row = own.get(kind.code)
            url = ""
            if may and kind.settable:
                query = urlencode({"township": township.pk, "kind": kind.code})
                url = (
                    reverse("admin:notices_kindterms_change", args=[row.pk])
                    if row
                    else f"{reverse('admin:notices_kindterms_add')}?{query}"
                )
            terms = row.terms if row and kind.settable else kind.terms
            rows.append(TermsRow(kind.label, terms, row is not None, not kind.settable, url))
        return rows
