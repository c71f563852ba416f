"""Organisations with their members, offices and terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from cogov.desk.actions import GuidedAction
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages import services
from villages.admin.filters import VillageFilter
from villages.admin.saving import save_organisation
from villages.forms.base import on_fields
from villages.forms.societies import AddMemberForm, DissolveForm, EndMemberForm, OrganisationForm
from villages.models import Organisation, OrganisationMember, OrganisationState


class OrganisationAction(GuidedAction):
    """An action on a running organisation."""

    permission = "villages.change_organisation"

    @classmethod
    def is_available(cls, obj: Organisation) -> bool:
        return obj.state == OrganisationState.ACTIVE


class AddMember(OrganisationAction):
    """Seat somebody."""

    code, label, icon = "add-member", "登记成员", "plus"
    form_class = AddMemberForm

    def run(self) -> str:
        with on_fields():
            member = services.add_member(
                actor=self.user,
                organisation=self.obj,
                resident=self.data["resident"],
                name=self.data["name"],
                office=self.data["office"],
                order=self.data["order"],
                starts_on=self.data["starts_on"],
                ends_on=self.data["ends_on"],
            )
        return f"{member.name} 已任{member.office}"


class EndMember(OrganisationAction):
    """End a term."""

    code, label, icon = "end-member", "成员离任", "logout"
    form_class = EndMemberForm

    def run(self) -> str:
        with on_fields():
            member = services.end_membership(actor=self.user, **self.data)
        return f"{member.name} 的任期已结束"


class Dissolve(OrganisationAction):
    """End the organisation."""

    code, label, icon, danger = "dissolve", "撤销组织", "trash", True
    form_class = DissolveForm
    intro = "在任成员的任期同时结束。记录都保留。"

    def run(self) -> str:
        with on_fields():
            services.dissolve_organisation(actor=self.user, organisation=self.obj, **self.data)
        return f"{self.obj} 已撤销"


class MemberInline(DeskInline):
    """Members, the running terms first by order."""

    model = OrganisationMember
    verbose_name_plural = "成员"
    fields = readonly_fields = ("office", "name", "starts_on", "ends_on", "standing")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrganisationMember]:
        return super().get_queryset(request).order_by("ends_on", "order", "pk")

    @admin.display(description="状态")
    def standing(self, obj: OrganisationMember) -> SafeString:
        over = obj.ends_on is not None and obj.ends_on < timezone.localdate()
        return chip("已离任", "neutral") if over else chip("在任", "good")


@admin.register(Organisation)
class OrganisationAdmin(DeskModelAdmin):
    """Organisations of the user's villages."""

    save_service = save_organisation
    list_display = ("name", "village", "kind", "in_office", "founded_on", "standing")
    list_filter = (VillageFilter, "kind", "state")
    list_select_related = ("village", "kind")
    search_fields = ("name",)
    ordering = ("village__code", "kind__order", "pk")
    inlines = (MemberInline,)
    guided_actions = (AddMember, EndMember, Dissolve)
    export_columns = (
        ExportColumn("村（社区）", "village.name"),
        ExportColumn("组织", "name", 24),
        ExportColumn("类型", "kind", 18),
        ExportColumn("成立日期", "founded_on", 12),
        ExportColumn("在任人数", "in_office_n", 10),
        ExportColumn("状态", "state", 10),
    )
    intro = "理事会、评议会、尖刀班等组织和它们的成员、职务、任期。建成情况在村的页面上对照标准显示。"
    empty_hint = "点“新增组织”，先登记村党支部和理事会。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        running = Q(members__ends_on__isnull=True) | Q(members__ends_on__gte=timezone.localdate())
        return super().get_queryset(request).annotate(in_office_n=Count("members", filter=running))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        if obj is None:
            return (("village", "kind"), ("name", "founded_on"), "basis", "duties")
        shown = (("village", "standing"), ("kind", "name"), ("founded_on", "basis"), "duties")
        return (*shown, "version") if self.has_change_permission(request, obj) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("village", "standing") if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state == OrganisationState.DISSOLVED:
            return False
        return super().has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        kwargs["form"] = type("OrganisationForm", (OrganisationForm,), {"actor": request.user})
        kwargs["fields"] = OrganisationForm._meta.fields
        return super().get_form(request, obj, change, **kwargs)

    @admin.display(description="在任", ordering="in_office_n")
    def in_office(self, obj: Any) -> str:
        return f"{obj.in_office_n} 人"

    @admin.display(description="状态", ordering="state")
    def standing(self, obj: Organisation) -> SafeString:
        return chip(obj.get_state_display(), "good" if obj.state == OrganisationState.ACTIVE else "neutral")
