"""Who of the staff is which resident (利害关系)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from cogov.desk.modeladmin import DeskModelAdmin
from villages.admin.filters import VillageFilter
from villages.admin.saving import save_staff
from villages.forms.societies import StaffForm
from villages.models import StaffResident


class StaffVillageFilter(VillageFilter):
    """By the village where he lives."""

    path = "resident__household__village"


@admin.register(StaffResident)
class StaffResidentAdmin(DeskModelAdmin):
    """Declarations of who is who."""

    save_service = save_staff
    add_permission = change_permission = "villages.declare_staff"
    list_display = ("user", "who", "home", "family")
    list_filter = (StaffVillageFilter,)
    list_select_related = ("user", "resident__household__village")
    search_fields = ("user__username", "user__full_name", "resident__name")
    ordering = ("user__username",)
    intro = "登记工作人员本人和近亲属的户。涉及这些户的审批、免缴等会提示利害关系，本人不能办理。"
    empty_hint = "点“新增”，为每位能审批的同志登记本人和近亲属的户。"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("relatives")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        asked = (("village", "number", "name"), "relative_numbers")
        if obj is None:
            return ("user", *asked)
        if self.has_change_permission(request, obj):
            return ("user", *asked)
        return ("user", "who", "home", "family")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("user", "who", "home", "family") if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        kwargs["form"] = type("StaffForm", (StaffForm,), {"actor": request.user})
        kwargs["fields"] = ("user",) if obj is None else ()
        return super().get_form(request, obj, change, **kwargs)

    @admin.display(description="本人")
    def who(self, obj: StaffResident) -> str:
        return obj.resident.name

    @admin.display(description="本人的户")
    def home(self, obj: StaffResident) -> str:
        household = obj.resident.household
        return f"{household.village.name} {household}"

    @admin.display(description="近亲属的户")
    def family(self, obj: StaffResident) -> str:
        return "、".join(str(household) for household in obj.relatives.all()) or "—"
