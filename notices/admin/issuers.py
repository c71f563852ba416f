"""How townships and villages sign."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cogov.desk.modeladmin import DeskModelAdmin
from notices.models import IssuerProfile
from notices.services import save_issuer


class IssuerForm(forms.ModelForm):
    """The profile and, if wanted, a picture of the seal."""

    seal_file = forms.FileField(
        label="印章图片", required=False, help_text="PNG，透明底，盖在落款上；不上传则不变"
    )

    class Meta:
        model = IssuerProfile
        fields = (
            "heading",
            "signer",
            "prefix",
            "objection_place",
            "objection_telephone",
            "objection_receiver",
        )


class TelephoneFilter(admin.SimpleListFilter):
    """Those that cannot be called yet."""

    title = "异议电话"
    parameter_name = "telephone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "没有填")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(objection_telephone="") if self.value() == "none" else queryset


@admin.register(IssuerProfile)
class IssuerProfileAdmin(DeskModelAdmin):
    """Red heading, number prefix, seal, place of objection."""

    save_service = save_issuer
    can_add = False
    form = IssuerForm
    list_display = ("signer", "heading", "prefix", "objection_place", "objection_telephone", "has_seal")
    list_select_related = ("township", "village")
    list_filter = (TelephoneFilter,)
    search_fields = ("signer", "prefix")
    ordering = ("township__code", "village__code")
    intro = "红头、文号开头、印章和异议受理地点。修改只影响以后发布的公示。"
    empty_hint = "第一次起草公示时自动建立。"

    @admin.display(description="印章", boolean=True)
    def has_seal(self, obj: IssuerProfile) -> bool:
        return bool(obj.seal)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("township", "village")
