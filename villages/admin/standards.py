"""The lists that villages are measured against, and the kinds of organisations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from cogov.desk.actions import GuidedAction
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages import services
from villages.admin.saving import save_kind, save_standard
from villages.forms.base import on_fields
from villages.forms.societies import StandardItemForm
from villages.models import OrganisationKind, OrganisationStandard, StandardItem


class SaveItem(GuidedAction):
    """Add an item, change one, retire one."""

    code, label, icon = "item", "增改项目", "edit"
    permission = "villages.change_organisationstandard"
    form_class = StandardItemForm
    intro = "标准由镇按县里的清单核定。停用的项目不再列入各村的清单，已有的佐证都保留。"

    @classmethod
    def is_allowed(cls, user: Any, obj: Any) -> bool:
        return bool(user.has_perm(cls.permission))

    def run(self) -> str:
        with on_fields(项目="name", 序号="order", 要求="requirement"):
            item = services.save_standard_item(actor=self.user, standard=self.obj, **self.data)
        return f"已保存“{item}”"


class ItemInline(DeskInline):
    """The items in their order."""

    model = StandardItem
    verbose_name_plural = "项目"
    fields = readonly_fields = ("order", "name", "requirement", "organisation_kind", "standing")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandardItem]:
        return super().get_queryset(request).select_related("organisation_kind").order_by("order")

    @admin.display(description="状态")
    def standing(self, obj: StandardItem) -> SafeString:
        return chip("停用", "neutral") if obj.retired else chip("在用", "good")


@admin.register(OrganisationStandard)
class OrganisationStandardAdmin(DeskModelAdmin):
    """10个1, 一核一会一社 and the like."""

    save_service = save_standard
    list_display = ("name", "item_count", "village_count", "source")
    search_fields = ("name",)
    ordering = ("order", "code")
    inlines = (ItemInline,)
    guided_actions = (SaveItem,)
    intro = "对照清单。各村在村的页面上选择采用哪几套，逐项显示是否建成。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrganisationStandard]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                items_n=Count("items", filter=Q(items__retired=False), distinct=True),
                villages_n=Count("villages", distinct=True),
            )
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        shown = ("name", "source", "order")
        return ("code", *shown) if obj is None else shown

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    @admin.display(description="项目", ordering="items_n")
    def item_count(self, obj: Any) -> str:
        return f"{obj.items_n} 项"

    @admin.display(description="采用的村", ordering="villages_n")
    def village_count(self, obj: Any) -> str:
        return f"{obj.villages_n} 个"


@admin.register(OrganisationKind)
class OrganisationKindAdmin(DeskModelAdmin):
    """What kinds of organisations there are."""

    save_service = save_kind
    list_display = ("name", "purpose", "order")
    search_fields = ("name",)
    ordering = ("order", "code")
    intro = "组织的类型。标准里的项目按类型对应到各村的组织。"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        shown = ("name", "purpose", "order")
        return ("code", *shown) if obj is None else shown
