"""List filters that clerks use; their choices come from the user's scope."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cogov.desk.scoping import scoped
from villages.models import Tag, TagTarget, TalentBank, Village, VillageGroup
from villages.selectors import arrears, bank_members, deserted, headless, unidentified


class VillageFilter(admin.SimpleListFilter):
    """By village, or by several with commas between. ``path`` leads from the row to its village."""

    title = "村（社区）"
    parameter_name = "village"
    path = "village"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = scoped(Village, request.user).order_by("code").values_list("pk", "name")[:300]
        choices = [(str(pk), name) for pk, name in rows]
        return choices if len(choices) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = [value for value in (self.value() or "").split(",") if value.isdigit()]
        return queryset.filter(**{f"{self.path}_id__in": wanted}) if wanted else queryset


class GroupFilter(admin.SimpleListFilter):
    """By group, once a village is chosen or the user has only one."""

    title = "村民小组"
    parameter_name = "group"
    path = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = scoped(VillageGroup, request.user).order_by("village_id", "serial")
        chosen = request.GET.get("village", "")
        if chosen.isdigit():
            rows = rows.filter(village_id=chosen)
        found = list(rows.values_list("pk", "name", "village_id")[:100])
        return [(str(pk), name) for pk, name, _ in found] if len({row[2] for row in found}) == 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(**{f"{self.path}_id": value}) if value.isdigit() else queryset


class TagFilter(admin.SimpleListFilter):
    """By tag of the row."""

    title = "标签"
    parameter_name = "tag"
    target = TagTarget.HOUSEHOLD

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(pk), name) for pk, name in Tag.objects.filter(target=self.target).values_list("pk", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(tags=value) if value.isdigit() else queryset


class HouseholdVillageFilter(VillageFilter):
    """Rows that hang on a household."""

    path = "household__village"


class HouseholdGroupFilter(GroupFilter):
    """Rows that hang on a household."""

    path = "household__group"


class ResidentTagFilter(TagFilter):
    """Tags of people."""

    target = TagTarget.RESIDENT


class GapFilter(admin.SimpleListFilter):
    """Households whose entry is incomplete."""

    title = "待补"
    parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("headless", "没有户主"), ("deserted", "没有成员")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rule = {"headless": headless, "deserted": deserted}.get(self.value() or "")
        return rule(queryset) if rule is not None else queryset


class ResidentGapFilter(admin.SimpleListFilter):
    """People whose entry is incomplete."""

    title = "待补"
    parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unidentified", "没有身份证号")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return unidentified(queryset) if self.value() == "unidentified" else queryset


class BankFilter(admin.SimpleListFilter):
    """Residents of a bank of people."""

    title = "人才库"
    parameter_name = "bank"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TalentBank.objects.values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        bank = TalentBank.objects.filter(code=code).first() if code else None
        return bank_members(bank, queryset) if bank is not None else queryset


class StandingFilter(admin.SimpleListFilter):
    """Bills by whether they are paid."""

    title = "缴费情况"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("arrears", "欠缴"), ("paid", "已交清"), ("exempt", "免缴"), ("unmatched", "已交未补助")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        owing = arrears(queryset)
        match self.value():
            case "arrears":
                return owing
            case "paid":
                return queryset.filter(exempt=False).exclude(pk__in=owing.order_by().values("pk"))
            case "exempt":
                return queryset.filter(exempt=True)
            case "unmatched":
                paid = queryset.filter(exempt=False, paid_fen__gt=0, matched_fen=0)
                return paid.exclude(pk__in=owing.order_by().values("pk"))
            case _:
                return queryset
