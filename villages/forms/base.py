"""What the forms share: date boxes, reasons, and services' problems put on the right field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from cogov.common.errors import InputError
from cogov.desk.actions import GuidedForm
from villages.models import Resident
from villages.models.residents import ACTIVE_RESIDENT_STATES

# Columns as services name them -> fields as our forms name them.
FIELDS = {
    "户号": "number",
    "村民小组": "group",
    "住址": "address",
    "纬度": "latitude",
    "经度": "longitude",
    "立户日期": "registered_on",
    "状态": "state",
    "姓名": "name",
    "性别": "sex",
    "出生日期": "birth_date",
    "与户主关系": "relation",
    "身份证号": "id_number",
    "联系电话": "phone",
    "政治面貌": "political_status",
    "技能特长": "skills",
    "标签": "tags",
    "原因": "reason",
    "日期": "happened_on",
    "名称": "name",
    "类型": "kind",
    "成立日期": "founded_on",
    "撤销日期": "dissolved_on",
    "任期开始": "starts_on",
    "任期结束": "ends_on",
    "职务": "office",
    "佐证": "description",
    "完成日期": "fulfilled_on",
    "票据号": "receipt",
    "金额": "amount",
    "标签（任一）": "tags",
    "政治面貌（任一）": "political_statuses",
    "生效日期": "effective_from",
    "每人每月收费（分）": "fee",
    "代码": "code",
}


@contextmanager
def on_fields(**more: str) -> Iterator[None]:
    """Let an InputError name form fields in place of columns."""
    try:
        yield
    except InputError as error:
        names = {**FIELDS, **more}
        problems = [replace(p, column=names.get(p.column, p.column)) for p in error.problems]
        raise InputError(error.message, problems) from error


class CheckGrid(forms.CheckboxSelectMultiple):
    """Boxes to tick, side by side as far as they fit."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "check-grid", **(attrs or {})}, choices)


def date_box() -> forms.DateInput:
    """The browser's own date picker."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def day_field(label: str = "日期", *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, widget=date_box(), required=required, help_text=help_text)


def reason_field(label: str = "原因") -> forms.CharField:
    return forms.CharField(label=label, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


def today() -> date:
    return timezone.localdate()


class ReasonForm(GuidedForm):
    """Why."""

    reason = reason_field()


class DatedReasonForm(GuidedForm):
    """When and why."""

    happened_on = day_field()
    reason = reason_field()

    def prepare(self) -> None:
        self.fields["happened_on"].initial = today()


def members_of(household: Any) -> Any:
    """Members on the register, the head first."""
    return (
        Resident.objects.filter(household=household, state__in=ACTIVE_RESIDENT_STATES)
        .order_by("pk")
        .select_related("household")
    )


class Choice(forms.ModelChoiceField):
    """One of several rows; nothing chosen yet reads 请选择."""

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        super().__init__(queryset, **{"empty_label": "请选择", **kwargs})


class MemberChoice(Choice):
    """One member, with his relation to the head."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.get_relation_display()}）"


class MemberChoices(forms.ModelMultipleChoiceField):
    """Several members to tick."""

    widget = CheckGrid

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.get_relation_display()}，{obj.get_sex_display()}）"
