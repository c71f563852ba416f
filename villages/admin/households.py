"""The household list and page, and what happened to households."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages.admin import household_actions as actions
from villages.admin.filters import GapFilter, GroupFilter, HouseholdVillageFilter, TagFilter, VillageFilter
from villages.admin.saving import save_household
from villages.forms.households import HouseholdAddForm, HouseholdChangeForm
from villages.models import Household, HouseholdEvent, HouseholdKind, HouseholdState, Resident
from villages.selectors import household_timeline, search_holders, search_households

STATE_TONES = {
    "registered": "good",
    "away": "info",
    "cancelled": "neutral",
    "moved": "neutral",
    "deceased": "neutral",
}


def state_chip(obj: Any) -> SafeString:
    """The state of a household or resident."""
    return chip(obj.get_state_display(), STATE_TONES.get(obj.state, "neutral"))


def tag_chips(tags: Sequence[Any]) -> SafeString:
    """Tags as chips; the sensitive ones in a warning tone, to remind people that they are not for the wall."""
    if not tags:
        return format_html("{}", "—")
    joined = [chip(tag.name, "warn" if tag.sensitive else "info") for tag in tags]
    return format_html("{}" + " {}" * (len(joined) - 1), *joined)


class ResidentInline(DeskInline):
    """Members, for reading; numbers masked. A member's own page changes him."""

    model = Resident
    verbose_name_plural = "家庭成员"
    fields = readonly_fields = (
        "person",
        "relation",
        "sex",
        "birth_date",
        "masked_number",
        "masked_phone",
        "standing",
    )
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resident]:
        return super().get_queryset(request).order_by("pk")

    @admin.display(description="姓名")
    def person(self, obj: Resident) -> SafeString:
        """Name, leading to the resident's page."""
        url = reverse("admin:villages_resident_change", args=(obj.pk,))
        return format_html('<a href="{}">{}</a>', url, obj.name)

    @admin.display(description="身份证号")
    def masked_number(self, obj: Resident) -> str:
        return str(obj.id_number) or "—"

    @admin.display(description="联系电话")
    def masked_phone(self, obj: Resident) -> str:
        return str(obj.phone) or "—"

    @admin.display(description="状态")
    def standing(self, obj: Resident) -> SafeString:
        return state_chip(obj)


_HOLDER_FIELDS: set[tuple[str, str]] = set()


def offer_holders(model: type[Model]) -> None:
    """Let the search box of ``model``'s household offer persons and groups that hold points too (PNT-8)."""
    _HOLDER_FIELDS.add((model._meta.app_label, str(model._meta.model_name)))


_holder_page: list[str] = []


def show_holders_at(url_name: str) -> None:
    """Name the page of persons and groups that hold points; the register's own page knows families alone."""
    _holder_page[:] = [url_name]


def page_of(household: Household) -> str:
    """Address of the desk's page of a household, a person or a group; "" when there is none."""
    if household.kind == HouseholdKind.FAMILY:
        return reverse("admin:villages_household_change", args=(household.pk,))
    return reverse(_holder_page[0], args=(household.pk,)) if _holder_page else ""


def _asks_for_holders(request: HttpRequest) -> bool:
    match = request.resolver_match
    field = request.GET.get("app_label", ""), request.GET.get("model_name", "")
    return match is not None and match.url_name == "autocomplete" and field in _HOLDER_FIELDS


@admin.register(Household)
class HouseholdAdmin(DeskModelAdmin):
    """Find, found, change, split, merge and cancel households."""

    save_service = save_household
    list_display = (
        "number",
        "head_label",
        "village",
        "group",
        "registered_population",
        "actual_population",
        "labels",
        "standing",
    )
    list_display_links = ("number", "head_label")
    list_filter = (VillageFilter, GroupFilter, TagFilter, "state", GapFilter)
    list_select_related = ("village", "group")
    search_fields = ("number",)
    search_help_text = "户号、户主或成员姓名、姓名首字母（如 zsf）、完整的身份证号或手机号"
    ordering = ("village_id", "number")  # follows the unique index: no sort at county size
    inlines = (ResidentInline,)
    batch_actions = (actions.TagHouseholds,)
    guided_actions = (
        actions.AddResident,
        actions.ChangeHead,
        actions.SplitHousehold,
        actions.MergeHousehold,
        actions.ShowCard,
        actions.ReissueCard,
        actions.CancelHousehold,
        actions.RestoreHousehold,
    )
    export_columns = (
        ExportColumn("村（社区）", "village.name"),
        ExportColumn("村民小组", "group.name", 12),
        ExportColumn("户号", "number", 10),
        ExportColumn("户主", "head_name", 12),
        ExportColumn("户籍人口", "registered_population", 10),
        ExportColumn("常住人口", "actual_population", 10),
        ExportColumn("标签", lambda row: "、".join(tag.name for tag in row.tags.all()), 24),
        ExportColumn("状态", "state", 8),
        ExportColumn("住址", "address", 30),
        ExportColumn("立户日期", "registered_on", 12),
    )
    intro = "每户一行。分户、并户、销户、换户主都在户的页面上办理，旧户和它的账都留着。"
    empty_hint = "点“新增户”逐户登记，或用“导入户籍”一次导入整村的表格。"
    change_form_template = "admin/villages/household/change_form.html"

    def scoped_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if _asks_for_holders(request):
            found: QuerySet[Any] = Household.holders.for_user(request.user)
            return found
        return super().scoped_queryset(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Household]:
        return super().get_queryset(request).prefetch_related("tags")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if _asks_for_holders(request):
            return search_holders(queryset, search_term), False
        return search_households(queryset, search_term), False

    @admin.display(description="户主", ordering="head_name")
    def head_label(self, obj: Household) -> str:
        """The derived name: no query."""
        return obj.head_name or "（无户主）"

    @admin.display(description="标签")
    def labels(self, obj: Household) -> SafeString:
        return tag_chips(list(obj.tags.all()))

    @admin.display(description="状态", ordering="state")
    def standing(self, obj: Household) -> SafeString:
        return state_chip(obj)

    @admin.display(description="人口")
    def people(self, obj: Household) -> str:
        """Both populations in words."""
        return f"户籍 {obj.registered_population} 人，常住 {obj.actual_population} 人"

    @admin.display(description="所在村")
    def place(self, obj: Household) -> str:
        return obj.village.name

    @admin.display(description="注销日期")
    def ended(self, obj: Household) -> Any:
        return obj.cancelled_on

    # --- the form ---

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state == HouseholdState.CANCELLED:
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return (
                ("户", {"fields": (("group", "number"), ("address", "registered_on"), "state", "tags")}),
                (
                    "户主",
                    {
                        "fields": (
                            ("name", "id_number"),
                            ("sex", "birth_date"),
                            ("phone", "political_status"),
                            "skills",
                        )
                    },
                ),
            )
        if obj.state == HouseholdState.CANCELLED:
            return ((None, {"fields": (("place", "group", "number"), ("standing", "ended"), "address")}),)
        editable: tuple[Any, ...] = (
            ("place", "people"),
            ("group", "number"),
            ("address", "registered_on"),
            "state",
            ("latitude", "longitude"),
            "tags",
        )
        if self.has_change_permission(request, obj):
            return ((None, {"fields": (*editable, "version")}),)
        return ((None, {"fields": (*editable[:-1], "labels")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("place", "people", "standing", "labels", "ended") if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        base = HouseholdChangeForm if obj is not None else HouseholdAddForm
        kwargs["form"] = type(base.__name__, (base,), {"actor": request.user})
        return super().get_form(request, obj, change, **kwargs)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the household's story below its members."""
        household = self.get_object(request, object_id)
        extra = {**(extra_context or {}), "timeline": household_timeline(household, limit=30)}
        return super().change_view(request, object_id, form_url, extra)


@admin.register(HouseholdEvent)
class HouseholdEventAdmin(DeskModelAdmin):
    """Every split, merge, cancellation and transfer, in the order of time."""

    list_display = ("happened_on", "kind", "household", "other", "member_names", "reason", "actor_name")
    list_display_links = ("happened_on",)
    list_filter = (HouseholdVillageFilter, "kind", "happened_on")
    list_select_related = ("household__village", "other__village")
    search_fields = ("reason", "actor_name", "household__head_name", "household__number")
    ordering = ("-happened_on", "-id")
    fields = (
        "happened_on",
        "kind",
        "household",
        "other",
        "member_names",
        "reason",
        "actor_name",
        "created_at",
    )
    readonly_fields = ("member_names", "created_at")
    export_columns = (
        ExportColumn("日期", "happened_on", 12),
        ExportColumn("事项", "kind", 10),
        ExportColumn("村（社区）", "household.village.name"),
        ExportColumn("户", "household", 18),
        ExportColumn("相关的户", "other", 18),
        ExportColumn("涉及人员", "member_names", 24),
        ExportColumn("原因", "reason", 30),
        ExportColumn("经办人", "actor_name", 18),
    )
    intro = "立户、分户、并户、销户、迁移和换户主的台账，只增不改。"

    @admin.display(description="涉及人员")
    def member_names(self, obj: HouseholdEvent) -> str:
        return obj.member_names or "—"
