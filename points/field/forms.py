"""The form of the phone: few fields, big targets, and a key that makes a double send one record."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from crispy_forms.layout import Layout
from django import forms

from points.cadre.forms import RecordForm, quantity_field
from points.models import PointsRule
from points.selectors.holders import wording
from villages.models import HouseholdKind

_KEY = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class FieldForm(RecordForm):
    """One deed of one household, as the template lays it out."""

    household = forms.CharField(
        label="哪一户",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "enterkeyhint": "search", "placeholder": "户号、姓名或拼音首字母"}
        ),
    )
    quantity = quantity_field(initial=1, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    photo = forms.FileField(
        label="照片",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
    key = forms.RegexField(_KEY, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.kind != HouseholdKind.FAMILY:
            self.fields["household"].widget.attrs["placeholder"] = wording(self.kind).how.partition("；")[0]
        self.initial.setdefault("key", str(uuid4()))

    def layout(self) -> Layout:
        return Layout()

    def rule_groups(self) -> list[tuple[str, list[PointsRule]]]:
        """The choices with their rules, for marking those that need a photo."""
        field: Any = self.fields["rule"]
        return [(label, [self.rules[pk] for pk, _ in group]) for label, group in field.choices if label]
