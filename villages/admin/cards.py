"""Household cards: which are valid or locked, unlocking, PINs, revoking. Showing and reissuing happens on the household's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import authenticate
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.access.models import User
from cogov.common.errors import InputError, Problem
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip
from villages import services
from villages.admin.filters import HouseholdVillageFilter
from villages.admin.households import page_of
from villages.forms.base import ReasonForm, on_fields
from villages.models import HouseholdCard
from villages.selectors import search_cards
from villages.services import pins


def _digits() -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "6"})


class RevokeCard(GuidedAction):
    """A lost card, without a new one."""

    code, label, icon, danger = "revoke", "作废", "stop", True
    permission = "villages.issue_card"
    form_class = ReasonForm
    intro = "作废后立即不能使用。需要新卡请到户的页面“补发户卡”。"

    @classmethod
    def is_available(cls, obj: HouseholdCard) -> bool:
        return obj.revoked_at is None

    def run(self) -> str:
        with on_fields():
            services.revoke_card(actor=self.user, card=self.obj, reason=self.data["reason"])
        return "已作废"


class UnlockCard(GuidedAction):
    """Five wrong PINs locked it; the household stands in the office."""

    code, label, icon = "unlock", "解锁", "unlock"
    permission = pins.UNLOCK
    form_class = ReasonForm
    intro = "核对来人是本户的，再解锁。解锁后仍用原来的密码；忘了密码请办“设密码”。"

    @classmethod
    def is_available(cls, obj: HouseholdCard) -> bool:
        return obj.revoked_at is None and obj.locked_at is not None

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("户", self.obj.household),
            ("锁定时间", self.obj.locked_at),
            ("连续输错", f"{self.obj.failed_pins} 次"),
        ]

    def run(self) -> str:
        with on_fields():
            pins.unlock_card(actor=self.user, card=self.obj, reason=self.data["reason"])
        return "已解锁"


class PinForm(GuidedForm):
    """The household types its PIN twice; a second member of staff signs as witness."""

    pin = forms.CharField(label="新密码（6 位数字，由农户自己输入）", max_length=6, widget=_digits())
    again = forms.CharField(label="再输入一次", max_length=6, widget=_digits())
    username = forms.CharField(
        label="见证人的账号",
        max_length=150,
        help_text="另一位在本村任职的工作人员",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label="见证人的登录密码", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("pin") != cleaned.get("again"):
            self.add_error("again", "两次输入的密码不一样")
        return cleaned


class SetPin(GuidedAction):
    """A first PIN, or a new one for a forgotten one; unlocks the card too."""

    code, label, icon = "pin", "设密码", "key"
    permission = pins.SET_PIN
    form_class = PinForm
    intro = "密码由农户自己输入，工作人员不看。须有另一位工作人员当场见证，用自己的账号签名。"

    @classmethod
    def is_available(cls, obj: HouseholdCard) -> bool:
        return obj.revoked_at is None

    def details(self) -> list[tuple[str, Any]]:
        return [("户", self.obj.household), ("现在", "有密码" if self.obj.pin_hash else "还没有密码")]

    def run(self) -> str:
        # Counts like any sign-in: five wrong passwords lock the witness' account.
        witness = authenticate(self.request, username=self.data["username"], password=self.data["password"])
        if not isinstance(witness, User):
            raise InputError("没有办理", [Problem("见证人的账号或密码不正确", column="password")])
        pins.set_pin(actor=self.user, card=self.obj, pin=self.data["pin"], witness=witness)
        return "密码已设置，卡可以使用"


class ValidFilter(admin.SimpleListFilter):
    """Valid, locked or revoked."""

    title = "状态"
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "有效"), ("locked", "已锁定"), ("no", "已作废")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "locked":
            return queryset.filter(revoked_at__isnull=True, locked_at__isnull=False)
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(revoked_at__isnull=wanted)


@admin.register(HouseholdCard)
class HouseholdCardAdmin(DeskModelAdmin):
    """Cards in households' hands; their secrets are not shown here."""

    list_display = ("holder", "village", "issued_at", "standing", "has_pin", "revoked_reason")
    list_filter = (HouseholdVillageFilter, ValidFilter)
    list_select_related = ("household__village",)
    search_fields = ("household__number",)
    search_help_text = "户号、户主或成员姓名、姓名首字母"
    ordering = ("-issued_at", "-pk")
    fields = (
        "holder",
        "village",
        "issued_at",
        "standing",
        "has_pin",
        "failed_pins",
        "locked_at",
        "revoked_at",
        "revoked_reason",
    )
    readonly_fields = fields
    guided_actions = (UnlockCard, SetPin, RevokeCard)
    export_columns = (
        ExportColumn("村（社区）", "household.village.name"),
        ExportColumn("户", "household", 20),
        ExportColumn("发卡时间", "issued_at", 18),
        ExportColumn("作废时间", "revoked_at", 18),
        ExportColumn("作废原因", "revoked_reason", 24),
    )
    intro = "每户一张有效的卡。成批打印在户籍列表里勾选；发卡和补发在户的页面；解锁和设密码点开卡办理。"
    empty_hint = "到户的页面点“户卡”，就会发出第一张。"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search_cards(queryset, search_term), False

    @admin.display(description="户")
    def holder(self, obj: HouseholdCard) -> str:
        return str(obj.household)

    @admin.display(description="村（社区）", ordering="household__village__code")
    def village(self, obj: HouseholdCard) -> SafeString:
        return format_html('{} <a href="{}">户的页面</a>', obj.household.village.name, page_of(obj.household))

    @admin.display(description="状态")
    def standing(self, obj: HouseholdCard) -> SafeString:
        if obj.revoked_at is not None:
            return chip("已作废", "neutral")
        return chip("已锁定", "bad") if obj.locked_at is not None else chip("有效", "good")

    @admin.display(description="密码")
    def has_pin(self, obj: HouseholdCard) -> str:
        return "有" if obj.pin_hash else "没有"
