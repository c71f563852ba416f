"""How townships and villages sign."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cogov.desk.modeladmin import DeskModelAdmin
from notices.models import IssuerProfile
from notices.services import issuer_profile, save_issuer
from villages.models import Township


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
    """Those that cannot be called yet: townships first, from which villages borrow."""

    title = "异议电话"
    parameter_name = "telephone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("township", "乡镇没有填"), ("none", "没有填")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("none", "township"):
            return queryset
        bare = queryset.filter(objection_telephone="")
        return bare.filter(village__isnull=True) if self.value() == "township" else bare


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
    intro = (
        "红头、文号开头、印章、异议受理地点和电话。修改只影响以后发布的公示。"
        "村里没有填电话的，公示上印乡镇的受理地点、电话和机构；乡镇也没有填的，有异议期的公示不能发布。"
    )
    empty_hint = "乡镇的一行打开本页时建立，村的一行第一次起草公示时建立。"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """A township that was just set up has its row from the first look on: its telephone is asked for early."""
        user: Any = request.user
        known = IssuerProfile.objects.filter(village__isnull=True)
        mine = Township.objects.for_user(user, "notices.change_issuerprofile")
        for township in mine.exclude(pk__in=known.values("township")):
            issuer_profile(township=township)
        return super().changelist_view(request, extra_context)

    @admin.display(description="印章", boolean=True)
    def has_seal(self, obj: IssuerProfile) -> bool:
        return bool(obj.seal)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("township", "village")
