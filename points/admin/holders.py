"""个人户 and 集体户 (PNT-8): find one, see its balance, entries and card, print its card and its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from points.admin.entries import entries_context
from points.admin.sheets import PrintSheet
from points.models import PointsAccount, PointsHolder
from villages.admin.filters import GroupFilter, VillageFilter
from villages.admin.household_actions import ReissueCard, ShowCard
from villages.admin.households import show_holders_at, state_chip
from villages.models import HouseholdCard, HouseholdKind
from villages.selectors import search_holders

show_holders_at("admin:points_pointsholder_change")


def _facts(holder: PointsHolder) -> list[tuple[str, Any]]:
    return [(holder.get_kind_display(), f"{holder.village.name} {holder.group.name} {holder}")]


class HolderCard(ShowCard):
    """The card of a person or a group."""

    intro = "这张卡可以在自助终端查询积分，请只交给本人（小组的交给组长）。每次查看都记入操作日志；还没有卡的会发一张。"

    def details(self) -> list[tuple[str, Any]]:
        return _facts(self.obj)


class ReissueHolderCard(ReissueCard):
    """A lost or damaged one."""

    def details(self) -> list[tuple[str, Any]]:
        return _facts(self.obj)


@admin.register(PointsHolder)
class PointsHolderAdmin(DeskModelAdmin):
    """One row per person or group with points."""

    intro = "积分记给个人、小组的村，账户都在这里。户籍仍旧按家庭户登记；户头由细则页面上的“开立户头”开，随户籍更新。"
    empty_hint = "本村的积分记给家庭户，没有个人户、集体户。"
    list_display = ("serial", "who", "kind", "village", "group", "balance", "card", "standing")
    list_display_links = ("serial", "who")
    list_filter = (VillageFilter, GroupFilter, "kind", "state")
    list_select_related = ("village", "group", "points_account")
    search_fields = ("number",)
    search_help_text = "编号、户号、姓名、姓名首字母、完整的身份证号或手机号"
    ordering = ("village", "number")
    fields = (
        ("name", "kind"),
        ("place", "family_link"),
        ("balance", "year_score"),
        ("owed", "standing"),
        ("card_link", "account_link"),
    )
    readonly_fields = (
        "name",
        "place",
        "family_link",
        "balance",
        "year_score",
        "owed",
        "standing",
        "card_link",
        "account_link",
    )
    guided_actions = (HolderCard, ReissueHolderCard, PrintSheet)
    export_columns = (
        ExportColumn("村（社区）", "village.name", 14),
        ExportColumn("村民小组", "group.name", 12),
        ExportColumn("编号", "number", 10),
        ExportColumn("姓名", "head_name", 12),
        ExportColumn("种类", "kind", 10),
        ExportColumn("可用积分", lambda row: _account(row).balance, 10),
        ExportColumn("状态", "state", 8),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.list_select_related, "head", "family")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_holders(queryset, search_term), False

    def prepare_rows(self, rows: Sequence[PointsHolder]) -> None:
        """Which of them have a card that is good."""
        cards = HouseholdCard.objects.filter(household__in=[row.pk for row in rows], revoked_at__isnull=True)
        held = set(cards.values_list("household_id", flat=True))
        for row in rows:
            row.has_card = row.pk in held

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the last entries below."""
        account = getattr(self.get_object(request, object_id), "points_account", None)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **entries_context(account)}
        )

    @admin.display(description="编号", ordering="number")
    def serial(self, obj: PointsHolder) -> str:
        return obj.number

    @admin.display(description="姓名（组）", ordering="head_name")
    def who(self, obj: PointsHolder) -> str:
        return obj.head_name

    @admin.display(description="姓名（组）")
    def name(self, obj: PointsHolder) -> Any:
        """Leads to the person on the register."""
        if obj.kind != HouseholdKind.PERSON or obj.head_id is None:
            return obj.head_name
        url = reverse("admin:villages_resident_change", args=(obj.head_id,))
        return format_html('<a href="{}">{}</a>', url, obj.head_name)

    @admin.display(description="村组")
    def place(self, obj: PointsHolder) -> str:
        return f"{obj.village.name} {obj.group.name}"

    @admin.display(description="所属家庭户")
    def family_link(self, obj: PointsHolder) -> Any:
        if obj.family is None:
            return "—"
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:villages_household_change", args=(obj.family_id,)),
            obj.family,
        )

    @admin.display(description="可用积分", ordering="points_account__balance")
    def balance(self, obj: PointsHolder) -> int:
        return _account(obj).balance

    @admin.display(description="本年排名分")
    def year_score(self, obj: PointsHolder) -> str:
        account = _account(obj)
        return f"{account.year_score}（{account.year}年）" if account.year else "0"

    @admin.display(description="待扣积分")
    def owed(self, obj: PointsHolder) -> int:
        return _account(obj).owed

    @admin.display(description="卡")
    def card(self, obj: Any) -> str:
        return "有" if obj.has_card else "没有"

    @admin.display(description="卡")
    def card_link(self, obj: PointsHolder) -> SafeString | str:
        card = HouseholdCard.objects.filter(household=obj.pk, revoked_at__isnull=True).first()
        if card is None:
            return "还没有，点“户卡”发一张"
        url = reverse("admin:villages_householdcard_change", args=(card.pk,))
        return format_html(
            '<a href="{}">{}</a>', url, "已锁定，打开解锁" if card.locked_at else "有效，打开解锁、设密码"
        )

    @admin.display(description="账户")
    def account_link(self, obj: PointsHolder) -> Any:
        account = _account(obj)
        if account.pk is None:
            return "还没有积分"
        url = reverse("admin:points_pointsaccount_change", args=(account.pk,))
        return format_html('<a href="{}">积分账户</a>', url)

    @admin.display(description="状态", ordering="state")
    def standing(self, obj: PointsHolder) -> SafeString:
        return state_chip(obj)


def _account(holder: PointsHolder) -> PointsAccount:
    """The holder's account; an empty one for whom nothing has been entered yet."""
    found: PointsAccount = getattr(holder, "points_account", None) or PointsAccount()
    return found
