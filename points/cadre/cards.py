"""Household cards in the cadre pages: sheets for printing by group or household, and the cards that are locked."""

from __future__ import annotations

import re
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cogov.common.errors import CogovError
from cogov.common.text import normalize_text
from points.cadre import selectors
from points.cadre.access import cadre_page
from points.cadre.forms import refuse
from points.selectors.holders import kind_on, wording
from points.services.cards import MOST_CARDS, card_sheets
from points.services.holders import open_newcomers
from points.sheet_choices import pdf_response
from villages.models import Household, HouseholdCard, HouseholdKind, HouseholdState, Village, VillageGroup

_MARKS = re.compile(r"[\s,，、;；]+")


class CardForm(forms.Form):
    """A whole group, or some households."""

    group = forms.ModelChoiceField(
        label="整组打印", queryset=VillageGroup.objects.none(), required=False, empty_label="不打印整组"
    )
    numbers = forms.CharField(
        label="或者几户",
        max_length=1000,
        required=False,
        help_text="户号，用空格或顿号隔开，如 001 005 012",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: Any, village: Village, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.village = user, village
        self.homes: list[Household] = []
        field: Any = self.fields["group"]
        field.queryset = VillageGroup.objects.filter(village=village).order_by("serial")
        self.kind = kind_on(village, timezone.localdate())
        if self.kind != HouseholdKind.FAMILY:
            words = wording(self.kind)
            self.fields["numbers"].label = f"或者几{words.unit}"
            self.fields["numbers"].help_text = f"{words.title}的编号，用空格或顿号隔开；老户卡填户号。"
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Exactly one of both; numbers that nobody has are named."""
        cleaned = super().clean() or {}
        group, text = cleaned.get("group"), normalize_text(cleaned.get("numbers", ""))
        if bool(group) == bool(text):
            raise forms.ValidationError("请选一个组，或者填户号")
        if group:
            open_newcomers(actor=self.user, village=self.village, kind=self.kind)
            self.homes = list(selectors.households(self.user, self.village, self.kind).filter(group=group))
            return cleaned
        rows = selectors.everybody(self.user, self.village)
        wanted = list(dict.fromkeys(word.removesuffix("户") for word in _MARKS.split(text) if word))
        found = {home.number: home for home in rows.filter(number__in=wanted)}
        missing = [number for number in wanted if number not in found]
        if missing:
            self.add_error("numbers", f"{self.village}没有这些户号：{'、'.join(missing[:20])}")
        self.homes = list(found.values())
        return cleaned


@require_http_methods(["GET", "POST"])
@cadre_page
def cards(request: HttpRequest, village: Village) -> HttpResponse:
    """The form with the groups' figures; posting gives the PDF."""
    posted = request.method == "POST"
    form = CardForm(request.POST if posted else None, user=request.user, village=village)
    if posted and form.is_valid():
        try:
            data = card_sheets(actor=request.user, households=form.homes)  # type: ignore[arg-type]
            return pdf_response(data, f"cards-{village.code}-{timezone.localdate():%Y%m%d}")
        except CogovError as error:
            refuse(form, error)
    held = Q(households__cards__revoked_at__isnull=True, households__cards__isnull=False)
    there = Q(households__kind=form.kind) & ~Q(households__state=HouseholdState.CANCELLED)
    context = {
        "title": "户卡",
        "subtitle": village.name,
        "village": village,
        "form": form,
        "most": MOST_CARDS,
        "words": wording(form.kind),
        "groups": VillageGroup.objects.filter(village=village)
        .annotate(
            homes=Count("households", filter=there, distinct=True),
            held=Count("households", filter=there & held, distinct=True),
        )
        .order_by("serial"),
        "locked": HouseholdCard.objects.for_user(request.user)
        .filter(household__village=village, revoked_at__isnull=True, locked_at__isnull=False)
        .select_related("household")
        .order_by("locked_at")[:20],
        "may_print": request.user.has_perm("villages.issue_card"),
    }
    return render(request, "village/cards.html", context, status=400 if form.errors else 200)
