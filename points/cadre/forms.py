"""Forms of the cadre pages; they ask, the services decide."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Field, Layout, Row, Submit
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from cogov.common.errors import CogovError, InputError, RuleError
from points.cadre import selectors
from points.models import PointsRecord, PointsRule
from points.rules import MAX_QUANTITY
from points.selectors.holders import kind_of_rules, wording
from points.selectors.rules import by_category, recordable_rules
from points.services.holders import open_newcomers
from points.services.recording import LATEST_DAYS_BACK
from villages.models import Household, HouseholdKind, Village


def date_box() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def deed_box() -> forms.DateInput:
    """The day of a deed: the page offers that day's rules and holders (static/js/village-day.js)."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "data-deed-day": ""})


def asked_for(request: HttpRequest, *names: str) -> dict[str, str]:
    """What the address already says of a form, as its initial values."""
    return {name: request.GET[name] for name in names if name in request.GET}


def refuse(form: forms.Form, error: CogovError) -> None:
    """Show a service's refusal beside the fields it is about."""
    if isinstance(error, InputError) and error.problems:
        for problem in error.problems:
            column = problem.column if problem.column in form.fields else None
            message = f"第{problem.row}行：{problem.message}" if problem.row else problem.message
            form.add_error(column, message)
        return
    reasons = error.reasons if isinstance(error, RuleError) and error.reasons else (error.message,)
    for reason in reasons:
        form.add_error(None, reason)


def quantity_field(**options: Any) -> forms.IntegerField:
    """Whole units; negative and fractional ones are refused in the same words."""
    told = f"数量要填 1 到 {MAX_QUANTITY} 的整数"
    return forms.IntegerField(
        label="数量",
        min_value=1,
        max_value=MAX_QUANTITY,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), told),
        **options,
    )


class CadreForm(forms.Form):
    """Knows who fills it in, for which village, and the day of the deed, whose rules it offers."""

    day_field = "occurred_on"

    def __init__(self, *args: Any, user: Any, village: Village, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.village = user, village
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self.layout()

    def layout(self) -> Layout:
        raise NotImplementedError

    def deed_day(self) -> date:
        """The day in the form; today while there is none that can be recorded."""
        today = timezone.localdate()
        given = self.data.get(self.day_field) if self.is_bound else self.initial.get(self.day_field)
        try:
            day: date = self.fields[self.day_field].clean(given)
        except forms.ValidationError:
            return today
        return day if today - timedelta(days=LATEST_DAYS_BACK) <= day <= today else today

    def set_rules(self, *, photos: bool = True) -> None:
        """Offer the rules in force on the day of the deed under which this person may record, by category."""
        day = self.deed_day()
        self.initial[self.day_field] = day
        rules = [
            rule
            for rule in recordable_rules(self.user, self.village, day)
            if photos or not rule.photo_required
        ]
        self.rules = {str(rule.pk): rule for rule in rules}
        self.kind = kind_of_rules(rules)  # families, persons or groups: whoever had the points then (PNT-8)
        field: Any = self.fields["rule"]
        field.error_messages["invalid_choice"] = f"{day:%Y年%m月%d日}有效的细则里没有这一项，请重新选择"
        field.choices = [
            ("", "请选择"),
            *(
                (
                    label,
                    [
                        (str(rule.pk), f"{rule.code} {rule.name}（{rule.points} 分/{rule.unit}）")
                        for rule in group
                    ],
                )
                for label, group in by_category(rules)
            ),
        ]
        if not rules and day == timezone.localdate():
            field.help_text = "本村还没有发布积分细则，请先在工作台起草并发布。"
        elif not rules:
            field.help_text = f"{day:%Y年%m月%d日}本村没有您可以登记的积分事项。"

    def clean_rule(self) -> PointsRule:
        return self.rules[self.cleaned_data["rule"]]


class RecordForm(CadreForm):
    """One deed of one household."""

    household = forms.CharField(
        label="哪一户",
        max_length=40,
        help_text="户号、户主姓名或拼音首字母。",
        widget=forms.TextInput(attrs={"data-household": "", "autocomplete": "off", "autofocus": True}),
    )
    rule = forms.ChoiceField(label="积分事项")
    quantity = quantity_field(initial=1)
    occurred_on = forms.DateField(label="发生日期", widget=deed_box())
    place = forms.CharField(label="地点", max_length=60, required=False)
    note = forms.CharField(label="说明", max_length=200, required=False)
    photo = forms.FileField(
        label="照片",
        required=False,
        help_text="JPG、PNG 或 WEBP，不超过 10 MB；保存时去掉拍摄位置等信息。",
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_rules()
        self.fields["household"].label = wording(self.kind).ask
        self.fields["household"].help_text = f"{wording(self.kind).how}。"

    def layout(self) -> Layout:
        return Layout(
            Field("household"),
            Row(Column("rule", css_class="col-12 col-md-8"), Column("quantity", css_class="col-6 col-md-4")),
            Row(
                Column("occurred_on", css_class="col-12 col-md-4"),
                Column("place", css_class="col-12 col-md-8"),
            ),
            "note",
            "photo",
            Div(Submit("save", "提交审核", css_class="btn-large"), css_class="form-actions"),
        )

    def clean_household(self) -> Household:
        """The household that was meant; several or none is an error that lists them."""
        open_newcomers(actor=self.user, village=self.village, kind=self.kind)
        text = self.cleaned_data["household"]
        found, reason = selectors.find_household(self.user, self.village, text, self.kind)
        if found is None:
            raise forms.ValidationError(reason)
        return found


class ActivityForm(CadreForm):
    """An activity and who was there: one household per line, all by the keyboard."""

    day_field = "held_on"

    name = forms.CharField(
        label="活动名称",
        max_length=60,
        help_text="如：清洁家园日",
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    held_on = forms.DateField(label="日期", widget=deed_box())
    place = forms.CharField(label="地点", max_length=60, required=False)
    rule = forms.ChoiceField(label="积分事项")
    lines = forms.CharField(
        label="签到户",
        help_text="每行一户：户号、户主姓名或拼音首字母，后面可空一格写数量（不写就是 1）。",
        widget=forms.Textarea(attrs={"rows": 10, "data-lines": "", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_rules(photos=False)
        self.words = words = wording(self.kind)
        if self.kind != HouseholdKind.FAMILY:
            self.fields["lines"].label = f"签到的{words.each}"
            self.fields[
                "lines"
            ].help_text = f"每行一{words.unit}：{words.how}，后面可空一格写数量（不写就是 1）。"

    def layout(self) -> Layout:
        return Layout(
            Row(Column("name", css_class="col-12 col-md-8"), Column("held_on", css_class="col-12 col-md-4")),
            Row(Column("rule", css_class="col-12 col-md-8"), Column("place", css_class="col-12 col-md-4")),
            HTML('{% include "village/sheet.html" %}'),
            "lines",
            Div(Submit("save", "提交审核", css_class="btn-large"), css_class="form-actions"),
        )

    def clean_lines(self) -> list[tuple[Household, int]]:
        """Every line understood, or an error for each that is not."""
        open_newcomers(actor=self.user, village=self.village, kind=self.kind)
        parsed = selectors.parse_lines(self.user, self.village, self.cleaned_data["lines"], self.kind)
        if parsed.problems:
            raise forms.ValidationError(
                [str(p.message if not p.row else f"第{p.row}行：{p.message}") for p in parsed.problems]
            )
        return parsed.lines


class CorrectForm(CadreForm):
    """A returned record or a draft, put right before it is handed in."""

    quantity = quantity_field()
    occurred_on = forms.DateField(label="发生日期", widget=date_box())
    place = forms.CharField(label="地点", max_length=60, required=False)
    note = forms.CharField(label="说明", max_length=200, required=False)
    photo = forms.FileField(
        label="换照片",
        required=False,
        help_text="不选就用原来的照片",
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def layout(self) -> Layout:
        return Layout(
            Row(
                Column("quantity", css_class="col-6 col-md-4"),
                Column("occurred_on", css_class="col-6 col-md-4"),
                Column("place", css_class="col-12 col-md-4"),
            ),
            "note",
            "photo",
            Div(Submit("save", "改好了，提交审核", css_class="btn-large"), css_class="form-actions"),
        )

    @staticmethod
    def initial_of(record: PointsRecord) -> dict[str, Any]:
        return {
            "quantity": record.quantity,
            "occurred_on": record.occurred_on,
            "place": record.place,
            "note": record.note,
        }
