"""Forms of the rubbish fee."""

from __future__ import annotations

from typing import Any

from django import forms

from cogov.common.errors import RuleError
from cogov.common.money import from_fen, to_fen
from cogov.desk.actions import GuidedForm
from cogov.desk.scoping import scoped
from villages.forms.base import CheckGrid, Choice, date_box, day_field, reason_field, today
from villages.models import RubbishFee, RubbishFeeEntry, SanitationPolicy, Tag, TagTarget, Township


class YuanField(forms.CharField):
    """An amount in yuan, cleaned to fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=16, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        try:
            return to_fen(text)
        except RuleError as error:
            raise forms.ValidationError(error.message) from error


class PolicyForm(forms.ModelForm):
    """A draft of the township's policy."""

    actor: Any = None

    fee = YuanField(label="每人每月收费（元）", help_text="不低于 1 元 [000-2]。")
    exempt_tags = forms.ModelMultipleChoiceField(
        label="免缴的标签",
        queryset=Tag.objects.filter(target=TagTarget.HOUSEHOLD),
        required=False,
        widget=CheckGrid,
    )

    class Meta:
        model = SanitationPolicy
        fields = ("effective_from", "population_basis", "match_percent", "people_per_cleaner", "basis")
        widgets = {"effective_from": date_box()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["fee"].initial = from_fen(self.instance.fee_per_person_month)
            self.fields["exempt_tags"].initial = [tag.pk for tag in self.instance.exempt_tags.all()]
            return
        self.fields["fee"].initial = "1.00"
        self.fields["township"] = Choice(label="乡镇", queryset=scoped(Township, self.actor).order_by("code"))

    def clean_fee(self) -> int:
        fee = int(self.cleaned_data["fee"])
        if fee < 100:
            raise forms.ValidationError("每人每月不低于 1 元")
        return fee


class PaymentForm(GuidedForm):
    """Money taken for a bill."""

    amount = YuanField(label="金额（元）")
    receipt = forms.CharField(label="票据号", max_length=40)
    paid_on = day_field("缴费日期")

    def prepare(self) -> None:
        fee = self.obj
        assert isinstance(fee, RubbishFee)  # noqa: S101 - narrows the type
        self.fields["amount"].initial = from_fen(fee.arrears_fen)
        self.fields["paid_on"].initial = today()


class EntryChoice(Choice):
    """An entry that can be reversed."""

    def label_from_instance(self, obj: Any) -> str:
        return (
            f"{obj.happened_on:%Y-%m-%d} {obj.get_kind_display()} {from_fen(obj.amount_fen)} 元 {obj.receipt}"
        )


class ReverseForm(GuidedForm):
    """Which entry, why."""

    entry = EntryChoice(label="冲正的流水", queryset=RubbishFeeEntry.objects.none())
    reason = reason_field()

    def prepare(self) -> None:
        field = self.fields["entry"]
        assert isinstance(field, EntryChoice)  # noqa: S101 - narrows the type
        field.queryset = (
            RubbishFeeEntry.objects.filter(fee=self.obj, reversed_by__isnull=True)
            .exclude(kind="reversal")
            .order_by("-pk")
        )


class YearForm(GuidedForm):
    """Which year."""

    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)

    def prepare(self) -> None:
        self.fields["year"].initial = today().year
