"""The page of a trial run: a draft, or any version, tried on past months; nothing is written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from cogov.common.periods import Period
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.registry import ChartSpec, Figure, SectionData, TableData
from points.admin.trial_export import money_figures, trial_workbook
from points.selectors.trial_money import TrialMoney, trial_money
from points.selectors.trials import HouseholdTrial, Trial, changes_holder, try_out

MONTHS = 18
_OTHER_HOLDER = "这份细则改变了积分记给谁。以前的登记没有写明是哪个人、哪个组做的，仍按当时的户头试算，只看分值和上限的变化。"


def _months() -> list[tuple[str, str]]:
    """The last months, newest first."""
    month = Period.month_of(timezone.localdate())
    return [(month.shifted(-step).key, month.shifted(-step).label) for step in range(MONTHS)]


class TrialForm(GuidedForm):
    """Which months."""

    first = forms.ChoiceField(label="从")
    last = forms.ChoiceField(label="到")
    output = forms.ChoiceField(
        label="结果", choices=(("page", "在页面上看"), ("xlsx", "下载 Excel（全部变动的户）")), required=False
    )

    def prepare(self) -> None:
        """The last eighteen months; the last quarter stands ready."""
        choices = _months()
        for name, initial in (("first", choices[3][0]), ("last", choices[1][0])):
            field: Any = self.fields[name]
            field.choices, field.initial = choices, initial

    def clean(self) -> dict[str, Any]:
        """In the right order."""
        cleaned = super().clean() or {}
        if cleaned.get("first", "") > cleaned.get("last", ""):
            raise forms.ValidationError("“从”应不晚于“到”")
        return cleaned


def _homes(caption: str, rows: list[HouseholdTrial]) -> TableData:
    return TableData(
        caption,
        ("户", "组别", "原得分", "试算得分", "增减"),
        [(str(row.household), row.household.group.name, row.before, row.after, row.change) for row in rows],
        empty="没有",
    )


def as_section(trial: Trial, money: TrialMoney | None = None, *, other_holder: bool = False) -> SectionData:
    """The result as figures, tables and a chart."""
    changed = [rule for rule in trial.rules if rule.change]
    charts = []
    if changed:
        charts.append(
            ChartSpec(
                "bar",
                "变动的事项",
                [rule.name for rule in changed[:12]],
                [("原得分", [r.before for r in changed[:12]]), ("试算", [r.after for r in changed[:12]])],
                "分",
            )
        )
    return SectionData(
        figures=[
            Figure("登记", trial.records, "条"),
            Figure("原发放", trial.before, "分"),
            Figure("试算发放", trial.after, "分", previous=trial.before),
            Figure("得分增加", trial.gaining, "户"),
            Figure("得分减少", trial.losing, "户"),
            *money_figures(trial, money),
        ],
        charts=charts,
        tables=[
            TableData(
                "逐项对比",
                ("编号", "事项", "登记", "原得分", "试算得分", "增减"),
                [(r.code, r.name, r.records, r.before, r.after, r.change) for r in trial.rules],
                empty="这几个月没有登记",
            ),
            _homes("增加最多的户", trial.gainers),
            _homes("减少最多的户", trial.losers),
        ],
        notes=[
            "按当时的登记逐条重算，上限从期初重新计；只供商议，不影响任何账目。",
            *([_OTHER_HOLDER] if other_holder else []),
        ],
    )


class TryOut(GuidedAction):
    """Who gains, who loses, what it costs, before a draft is adopted."""

    code, label, icon = "trial", "试算", "chart"
    permission = "points.view_pointsruleset"
    form_class = TrialForm
    template = "admin/points/trial.html"
    intro = "用过去几个月的登记试算这份细则：谁多得、谁少得、一共多发多少。不改动任何数据。"
    submit_label = "开始试算"

    def respond(self) -> HttpResponse:
        """Show the form and, once months are chosen, the result below it."""
        posted = self.request.method == "POST"
        form = self.form_class(self.request.POST if posted else None, user=self.user, obj=self.obj)
        context = self.context(form)
        if posted and form.is_valid():
            first, last = (Period.parse(form.cleaned_data[name]) for name in ("first", "last"))
            if form.cleaned_data.get("output") == "xlsx":
                return trial_workbook(actor=self.user, rule_set=self.obj, first=first, last=last)
            context["result"] = as_section(
                try_out(self.obj, first, last), trial_money(self.obj), other_holder=changes_holder(self.obj)
            )
        return TemplateResponse(self.request, self.template, context, status=400 if form.errors else 200)
