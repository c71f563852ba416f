"""Forms of the counter; they ask, the services decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Div, Field, Layout, Row, Submit
from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from cogov.access.models import User
from cogov.common.errors import CogovError, InputError, RuleError
from cogov.common.money import to_fen
from points.market_rules import MAX_LINE, StockKind
from points.models import Goods
from points.services.market.keeping import PaperLine


def refuse(form: forms.Form, error: CogovError) -> None:
    """Show a service's refusal beside the fields it is about."""
    if isinstance(error, InputError) and error.problems:
        for problem in error.problems:
            form.add_error(problem.column if problem.column in form.fields else None, problem.message)
        return
    for reason in (error.reasons if isinstance(error, RuleError) else ()) or (error.message,):
        form.add_error(None, reason)


class CounterForm(forms.Form):
    """A crispy form without its own form tag."""

    submit_label = "确定"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self.layout()

    def layout(self) -> Layout:
        fields = [Field(name) for name in self.fields]
        return Layout(
            *fields, Div(Submit("save", self.submit_label, css_class="btn-large"), css_class="form-actions")
        )


def _digits(**attrs: Any) -> forms.PasswordInput:
    return forms.PasswordInput(
        attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6, "pattern": "[0-9]{6}", **attrs}
    )


class SaleForm(forms.Form):
    """Pieces of every good on the shelf, the PIN, and the key that makes a double click one sale."""

    pin = forms.CharField(label="6 位密码", max_length=6, widget=_digits(**{"data-pin": ""}))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"data-expected": ""}))

    def __init__(self, *args: Any, shelf: list[Goods], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shelf = shelf
        for goods in shelf:
            self.fields[f"g{goods.pk}"] = forms.IntegerField(
                label=goods.name,
                min_value=0,
                max_value=MAX_LINE,
                required=False,
                widget=forms.NumberInput(
                    attrs={
                        "inputmode": "numeric",
                        "data-pieces": "",
                        "data-name": goods.name,
                        "data-points": goods.points,
                        "data-free": goods.stock.free,
                        "data-unit": goods.unit,
                        "aria-label": f"{goods.name}的数量",
                        "step": 1,
                    }
                ),
            )

    def recount(self, shelf: Iterable[Goods]) -> None:
        """Show what there is of each good now."""
        now = {goods.pk: goods.stock for goods in shelf}
        for goods in self.shelf:
            goods.stock = now.get(goods.pk, goods.stock)
            self.fields[f"g{goods.pk}"].widget.attrs["data-free"] = goods.stock.free

    def basket(self) -> dict[int, int]:
        """Pieces by goods; zeros are left out."""
        found = {goods.pk: self.cleaned_data.get(f"g{goods.pk}") or 0 for goods in self.shelf}
        return {pk: pieces for pk, pieces in found.items() if pieces}


class SecondPersonForm(CounterForm):
    """A second member of staff signs on the spot with the own account and password."""

    username = forms.CharField(
        label="另一位工作人员的账号", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label="另一位工作人员的登录密码", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    second: User | None = None

    def clean(self) -> dict[str, Any]:
        """Sign the second person in for this one act; failures count like any failed sign-in."""
        cleaned: dict[str, Any] = super().clean() or {}
        username, password = cleaned.get("username"), cleaned.get("password")
        if username and password and not self.errors:
            found = authenticate(self.request, username=username, password=password)
            if not isinstance(found, User):
                raise forms.ValidationError("账号或密码不正确")
            self.second = found
        return cleaned


class PinForm(SecondPersonForm):
    """The household types a new PIN twice, a second member of staff witnesses it."""

    submit_label = "设置密码"
    pin = forms.CharField(label="新密码（6 位数字，由农户自己输入）", max_length=6, widget=_digits())
    again = forms.CharField(label="再输入一次", max_length=6, widget=_digits())
    field_order = ("pin", "again", "username", "password")

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        if self.cleaned_data.get("pin") != self.cleaned_data.get("again"):
            raise forms.ValidationError("两次输入的密码不一样")
        return super().clean()


def _reason() -> forms.CharField:
    return forms.CharField(
        label="撤销原因",
        max_length=200,
        widget=forms.TextInput(attrs={"list": "cancel-reasons", "autofocus": True}),
    )


class CancelForm(CounterForm):
    """Within ten minutes: only why."""

    submit_label = "撤销，货和积分一起退回"
    reason = _reason()
    second: User | None = None

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class LateCancelForm(SecondPersonForm):
    """Later: why, and who agrees."""

    submit_label = "撤销，货和积分一起退回"
    reason = _reason()
    field_order = ("reason", "username", "password")


class PaperForm(CounterForm):
    """A purchase, a count or a write-off: one row per good, empty rows are left out."""

    occurred_on = forms.DateField(
        label="日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    supplier = forms.CharField(label="供货单位", max_length=60)
    reason = forms.CharField(label="说明", max_length=200, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, goods: list[Goods], **kwargs: Any) -> None:
        self.kind, self.goods = kind, goods
        super().__init__(*args, **kwargs)
        if kind != StockKind.PURCHASE:
            del self.fields["supplier"]
        self.fields["reason"].required = kind == StockKind.WRITE_OFF
        self.initial.setdefault("occurred_on", timezone.localdate())
        for row in goods:
            number = {"inputmode": "numeric", "aria-label": f"{row.name}的数量"}
            self.fields[f"q{row.pk}"] = forms.IntegerField(
                label=row.name, min_value=0, required=False, widget=forms.NumberInput(attrs=number)
            )
            if kind == StockKind.PURCHASE:
                self.fields[f"y{row.pk}"] = forms.DecimalField(
                    label=f"{row.name}的金额",
                    min_value=0,
                    max_digits=11,
                    decimal_places=2,
                    required=False,
                    widget=forms.NumberInput(
                        attrs={
                            "inputmode": "decimal",
                            "step": "0.01",
                            "aria-label": f"{row.name}的金额（元）",
                        }
                    ),
                )
            else:
                self.fields[f"r{row.pk}"] = forms.CharField(
                    max_length=100,
                    required=False,
                    widget=forms.TextInput(attrs={"aria-label": f"{row.name}的原因"}),
                )
        self.helper.layout = self.layout()

    def layout(self) -> Layout:
        head = [
            Column(Field(n), css_class="col-12 col-md-4")
            for n in ("occurred_on", "supplier", "reason")
            if n in self.fields
        ]
        return Layout(Row(*head), "key")

    def rows(self) -> list[dict[str, Any]]:
        """For the template: each good with its bound fields."""
        other = "y" if self.kind == StockKind.PURCHASE else "r"
        return [
            {"goods": row, "pieces": self[f"q{row.pk}"], "other": self[f"{other}{row.pk}"]}
            for row in self.goods
        ]

    def lines(self) -> list[PaperLine]:
        """What was filled in; a count takes zero for an answer."""
        found = []
        for row in self.goods:
            pieces = self.cleaned_data.get(f"q{row.pk}")
            if pieces is None or (pieces == 0 and self.kind != StockKind.COUNT):
                continue
            fen = to_fen(self.cleaned_data.get(f"y{row.pk}") or 0)
            found.append(PaperLine(row, pieces, fen, self.cleaned_data.get(f"r{row.pk}") or ""))
        return found
