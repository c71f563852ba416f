"""The list and page of residents; numbers are masked, and revealing them is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from villages import rules
from villages.admin import resident_actions as actions
from villages.admin.filters import (
    BankFilter,
    HouseholdGroupFilter,
    HouseholdVillageFilter,
    ResidentGapFilter,
    ResidentTagFilter,
)
from villages.admin.households import state_chip, tag_chips
from villages.admin.saving import save_resident
from villages.forms.residents import ResidentForm
from villages.models import HouseholdState, Resident
from villages.selectors import search_residents


@admin.register(Resident)
class ResidentAdmin(DeskModelAdmin):
    """Find people; change them; move them; record deaths and departures."""

    save_service = save_resident
    can_add = False
    list_display = (
        "name",
        "home",
        "village",
        "group",
        "relation",
        "sex",
        "age",
        "political_status",
        "labels",
        "standing",
    )
    list_filter = (
        HouseholdVillageFilter,
        HouseholdGroupFilter,
        BankFilter,
        ResidentTagFilter,
        "political_status",
        "state",
        ResidentGapFilter,
    )
    list_select_related = ("household__village", "household__group")
    search_fields = ("name",)
    search_help_text = "姓名、姓名首字母（如 zsf）、户号、完整的身份证号或手机号"
    ordering = ("household_id", "pk")  # follows the index: no sort at county size
    batch_actions = (actions.TagResidents,)
    guided_actions = (
        actions.MoveResident,
        actions.MarkAway,
        actions.MarkBack,
        actions.MarkMovedOut,
        actions.MarkDeceased,
        actions.RestoreResident,
        actions.Reveal,
    )
    export_columns = (
        ExportColumn("村（社区）", "household.village.name"),
        ExportColumn("村民小组", "household.group.name", 12),
        ExportColumn("户号", "household.number", 10),
        ExportColumn("姓名", "name", 12),
        ExportColumn("与户主关系", "relation", 12),
        ExportColumn("性别", "sex", 6),
        ExportColumn("出生日期", "birth_date", 12),
        ExportColumn("身份证号", lambda row: str(row.id_number), 22),
        ExportColumn("联系电话", lambda row: str(row.phone), 16),
        ExportColumn("政治面貌", "political_status", 12),
        ExportColumn("技能特长", "skills", 20),
        ExportColumn("标签", lambda row: "、".join(tag.name for tag in row.tags.all()), 24),
        ExportColumn("状态", "state", 8),
    )
    intro = "每人一行。身份证号和电话加密保存、打码显示；确需核对时可在居民页面“查看完整信息”，会留下记录。"
    empty_hint = "居民在户的页面上登记，或随户籍表格一起导入。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resident]:
        return super().get_queryset(request).prefetch_related("tags")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_residents(queryset, search_term), False

    @admin.display(description="户")
    def home(self, obj: Resident) -> SafeString:
        """The household, leading to its page."""
        url = reverse("admin:villages_household_change", args=(obj.household_id,))
        return format_html('<a href="{}">{}户</a>', url, obj.household.number)

    @admin.display(description="村（社区）", ordering="household__village__code")
    def village(self, obj: Resident) -> str:
        return obj.household.village.name

    @admin.display(description="小组")
    def group(self, obj: Resident) -> str:
        return obj.household.group.name

    @admin.display(description="年龄", ordering="birth_date")
    def age(self, obj: Resident) -> Any:
        """Completed years; nothing for the dead."""
        if obj.birth_date is None or obj.state == rules.DECEASED:
            return None
        return rules.age_on(obj.birth_date, timezone.localdate())

    @admin.display(description="标签")
    def labels(self, obj: Resident) -> SafeString:
        return tag_chips(list(obj.tags.all()))

    @admin.display(description="状态", ordering="state")
    def standing(self, obj: Resident) -> SafeString:
        return state_chip(obj)

    @admin.display(description="身份证号")
    def masked_number(self, obj: Resident) -> str:
        return str(obj.id_number) or "未登记"

    @admin.display(description="联系电话")
    def masked_phone(self, obj: Resident) -> str:
        return str(obj.phone) or "未登记"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.household.state == HouseholdState.CANCELLED:
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return (
                (
                    None,
                    {
                        "fields": (
                            ("name", "home", "village"),
                            ("relation", "sex", "birth_date"),
                            ("masked_number", "masked_phone"),
                            ("political_status", "skills"),
                            ("labels", "standing"),
                        )
                    },
                ),
            )
        return (
            (
                None,
                {
                    "fields": (
                        ("home", "village"),
                        ("name", "standing"),
                        ("relation", "sex"),
                        ("birth_date", "political_status"),
                        "skills",
                        "tags",
                        "version",
                    )
                },
            ),
            (
                "证件与电话",
                {
                    "fields": (
                        ("masked_number", "new_id_number", "clear_id_number"),
                        ("masked_phone", "new_phone", "clear_phone"),
                    )
                },
            ),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("home", "village", "masked_number", "masked_phone", "standing", "labels")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        kwargs["form"] = type("ResidentForm", (ResidentForm,), {"actor": request.user})
        return super().get_form(request, obj, change, **kwargs)
