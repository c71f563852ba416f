"""我家明白纸 in the cadre pages: one household at once, or a whole group in the background."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cogov.common.errors import CogovError
from cogov.common.periods import Period
from points.cadre import selectors
from points.cadre.access import cadre_page
from points.cadre.forms import refuse
from points.models import SheetBundle
from points.selectors.holders import kind_on
from points.services.sheets import print_sheet, request_bundle
from points.sheet_choices import last_month, pdf_response, period_choices
from villages.models import Household, HouseholdKind, Village, VillageGroup


class SheetForm(forms.Form):
    """A household or a group, and the period."""

    household = forms.CharField(
        label="哪一户",
        max_length=40,
        required=False,
        help_text="户号、户主姓名或拼音首字母；打印整组时不填。",
        widget=forms.TextInput(attrs={"data-household": "", "autocomplete": "off", "autofocus": True}),
    )
    group = forms.ModelChoiceField(
        label="或整组打印",
        queryset=VillageGroup.objects.none(),
        required=False,
        empty_label="不打印整组",
    )
    period = forms.ChoiceField(label="期间", choices=period_choices, initial=last_month)

    def __init__(self, *args: Any, user: Any, village: Village, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.village = user, village
        self.home: Household | None = None
        field: Any = self.fields["group"]
        field.queryset = VillageGroup.objects.filter(village=village).order_by("serial")
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Exactly one of household and group."""
        cleaned = super().clean() or {}
        text, group = cleaned.get("household", ""), cleaned.get("group")
        if bool(text) == bool(group):
            self.add_error("household", "请填一户，或者选一个组")
        elif text:
            kinds = (
                kind_on(self.village, timezone.localdate()),
                *HouseholdKind.values,
            )  # then old accounts too
            found = [selectors.find_household(self.user, self.village, text, k) for k in dict.fromkeys(kinds)]
            self.home, reason = next((pair for pair in found if pair[0]), found[0])
            if self.home is None:
                self.add_error("household", reason)
        return cleaned


@require_http_methods(["GET", "POST"])
@cadre_page
def sheets(request: HttpRequest, village: Village) -> HttpResponse:
    """The form; posting gives the household's PDF, or goes to the progress of the group's job."""
    form = SheetForm(request.POST or None, user=request.user, village=village)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        period = Period.parse(form.cleaned_data["period"])
        try:
            if form.home is not None:
                data = print_sheet(actor=user, household=form.home, period=period)
                return pdf_response(data, f"mingbaizhi-{form.home.number}-{period.key}")
            bundle = request_bundle(actor=user, group=form.cleaned_data["group"], period=period)
            return redirect("admin:desk_job", job_id=bundle.job_id)
        except CogovError as error:
            refuse(form, error)
    bundles = SheetBundle.objects.for_user(request.user).filter(village=village)
    context = {
        "title": "我家明白纸",
        "subtitle": village.name,
        "village": village,
        "form": form,
        "bundles": list(bundles.select_related("village", "group")[:8]),
    }
    return render(request, "village/household_sheets.html", context, status=400 if form.errors else 200)
