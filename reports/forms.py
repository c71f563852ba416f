"""The form that asks for a month close or a longer report."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from cogov.common.periods import Period
from reports.models import MonthClose, PrintRun
from reports.selectors import LEVEL_LABELS, closable_places

_MONTHS_OFFERED = 12


class CloseForm(forms.ModelForm):
    """Which place, which month: only what the person may close, only months that are over."""

    place = forms.ChoiceField(label="单位", help_text="选乡镇时，各村一起月结；选村时，只做这个村。")
    month = forms.ChoiceField(
        label="期间",
        help_text="只列出已经结束的期间。选月份办理月结，选季度、半年、年度生成报告；再次提交不会重复入账。",
    )
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
        self.fields["month"].choices = _periods_over()


class PrintForm(forms.ModelForm):
    """Whose papers, of which period, for how many boards."""

    place = forms.ChoiceField(label="单位", help_text="选乡镇时，连同各村的文书一起打印。")
    month = forms.ChoiceField(label="期间")
    user: ClassVar[Any] = None

    class Meta:
        model = PrintRun
        fields: ClassVar[list[str]] = ["boards"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = self.user.scope_codes("reports.print_papers") if self.user else ()
        groups: dict[str, list[tuple[str, str]]] = {}
        for place in closable_places(codes):
            if place.level != "county":
                groups.setdefault(LEVEL_LABELS[place.level], []).append((place.code, place.name))
        self.fields["place"].choices = list(groups.items())
        self.fields["month"].choices = _periods_over(running=True)


def _periods_over(*, running: bool = False) -> list[tuple[str, list[tuple[str, str]]]]:
    """The last months, quarters, half-years and years that are over, the newest first; with ``running`` also this
    month, after the last one."""
    today = timezone.localdate()
    quarter, half = (
        Period.quarter(today.year, (today.month + 2) // 3),
        Period.half_year(today.year, (today.month + 5) // 6),
    )
    month = Period.month_of(today)
    groups = (
        ("月份" if running else "月结", month, _MONTHS_OFFERED),
        ("季报", quarter, 4),
        ("半年报", half, 2),
        ("年报", Period.full_year(today.year), 2),
    )
    offered = [
        (label, [(period.key, period.label) for period in (now.shifted(-i) for i in range(1, count + 1))])
        for label, now, count in groups
    ]
    if running:
        offered[0][1].insert(1, (month.key, month.label))
    return offered
