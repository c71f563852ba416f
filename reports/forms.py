"""The form that asks for a month close."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from cogov.common.periods import Period
from reports.models import MonthClose
from reports.selectors import LEVEL_LABELS, closable_places

_MONTHS_OFFERED = 12


class CloseForm(forms.ModelForm):
    """Which place, which month: only what the person may close, only months that are over."""

    place = forms.ChoiceField(label="单位", help_text="选乡镇时，各村一起月结；选村时，只做这个村。")
    month = forms.ChoiceField(label="月份", help_text="只列出已经结束的月份。已月结的再次提交不会重复入账。")
    user: ClassVar[Any] = None

    class Meta:
        model = MonthClose
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = self.user.scope_codes("reports.close_month") if self.user else ()
        groups: dict[str, list[tuple[str, str]]] = {}
        for place in closable_places(codes):
            groups.setdefault(LEVEL_LABELS[place.level], []).append((place.code, place.name))
        self.fields["place"].choices = list(groups.items())
        last = Period.month_of(timezone.localdate()).previous()
        months = [last.shifted(-i) for i in range(_MONTHS_OFFERED)]
        self.fields["month"].choices = [(month.key, month.label) for month in months]
