"""Tags, and banks of people made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cogov.desk.modeladmin import DeskModelAdmin, scoped
from cogov.desk.templatetags.desk import chip
from villages.admin.saving import save_bank, save_tag
from villages.forms.societies import TalentBankForm
from villages.models import PoliticalStatus, Resident, Tag, TalentBank
from villages.selectors import bank_members


@admin.register(Tag)
class TagAdmin(DeskModelAdmin):
    """The list of tags."""

    save_service = save_tag
    list_display = ("name", "target", "category", "privacy", "order")
    list_filter = ("target", "category", "sensitive")
    search_fields = ("name",)
    ordering = ("target", "order", "name")
    fields = ("name", ("target", "category"), "sensitive", "order")
    intro = "户和人的标签。“不得公开”的标签绝不会出现在公示、海报和自助终端上。"

    @admin.display(description="公开", ordering="sensitive")
    def privacy(self, obj: Tag) -> SafeString:
        return chip("不得公开", "warn") if obj.sensitive else chip("可以公开", "good")


@admin.register(TalentBank)
class TalentBankAdmin(DeskModelAdmin):
    """Saved filters over tags."""

    save_service = save_bank
    list_display = ("name", "description", "asked", "open_list")
    search_fields = ("name",)
    ordering = ("order", "code")
    intro = "党员库、能人库、热心公益人员库等都是按标签筛选出来的，给居民加上标签就会自动入库。"

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        kwargs["form"] = TalentBankForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        if obj is None:
            return ("code", "name", "description", "tags", "political_statuses", "with_skills", "order")
        if self.has_change_permission(request, obj):
            return ("name", "description", "members", "tags", "political_statuses", "with_skills", "order")
        return ("name", "description", "members", "asked")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("members", "asked") if obj is not None else ()

    def get_queryset(self, request: HttpRequest) -> Any:
        self.viewer = request.user
        return super().get_queryset(request).prefetch_related("tags")

    @admin.display(description="入库条件（符合任一项）")
    def asked(self, obj: TalentBank) -> str:
        labels = dict(PoliticalStatus.choices)
        parts = [labels.get(status, status) for status in obj.political_statuses]
        parts += [tag.name for tag in obj.tags.all()]
        return "、".join(parts + (["有技能特长"] if obj.with_skills else []))

    @admin.display(description="成员")
    def open_list(self, obj: TalentBank) -> SafeString:
        return format_html('<a href="{}">查看名单</a>', self._address(obj))

    def _address(self, obj: TalentBank) -> str:
        return f"{reverse('admin:villages_resident_changelist')}?{urlencode({'bank': obj.code})}"

    @admin.display(description="在库人数")
    def members(self, obj: TalentBank) -> SafeString:
        """Counted within the viewer's scope."""
        count = bank_members(obj, scoped(Resident, self.viewer)).count()
        return format_html('<a href="{}">{} 人</a>', self._address(obj), count)
