"""An objection from the kiosk: card and PIN are shown, so only the reason is asked for (NTC-3, BEY-3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db import transaction
from django.http import HttpRequest

from cogov.common.errors import CogovError, RuleError
from notices import services
from notices.models import Notice, ObjectionChannel
from notices.services.throttle import allow, counted
from points.kiosk.services import household_actor
from points.models import KioskSession
from villages.models import Household

_A_DAY, _KEY = 86_400, "kiosk_objection_key"
_MOST = 3
REASONS = ("我家的记录不对", "我家漏记了", "别家的记录不对", "金额或数量不对", "其他")


class ObjectionForm(forms.Form):
    """Reasons to touch, and room for words."""

    reason = forms.ChoiceField(
        label="哪里不对", choices=[(text, text) for text in REASONS], widget=forms.RadioSelect
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=32)
    detail = forms.CharField(
        label="补充说明（可不填）", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


def objection_context(request: HttpRequest, visit: KioskSession | None, notice: Notice) -> dict[str, Any]:
    """What the notice's page needs: the form while objections are taken, and what became of a posted one.

    With a card alone only the way to the PIN; without a card nothing.
    """
    if visit is None or not services.is_open_for_objections(notice):
        return {"objection_form": None}
    if not visit.is_unlocked:
        return {"objection_form": None, "objection_needs_pin": True}
    if request.method != "POST":
        return {"objection_form": ObjectionForm(initial={"key": uuid4().hex})}
    form = ObjectionForm(request.POST)
    if not form.is_valid():
        return {"objection_form": form}
    household = visit.card.household
    detail = form.cleaned_data["detail"].strip()
    try:
        with transaction.atomic():  # what is refused was not received: its key may come again
            if not allow(purpose=_KEY, address=form.cleaned_data["key"], limit=1, seconds=_A_DAY):
                return {"objection_form": None, "objection_again": True}
            _require_few(household)
            row = services.file_objection(
                actor=household_actor(household),
                notice=notice,
                channel=ObjectionChannel.KIOSK,
                text=form.cleaned_data["reason"] + (f"：{detail}" if detail else ""),
                person=household.number_text,
            )
    except CogovError as refusal:
        form.add_error(None, refusal.message)
        return {"objection_form": form}
    return {"objection_form": None, "objection_due": row.answer_due}


def _require_few(household: Household) -> None:
    if not allow(purpose="kiosk_objection", address=f"household:{household.pk}", limit=_MOST, seconds=_A_DAY):
        raise RuleError("今天已经提过几次了，请到受理地点反映")


def lost_objection(request: HttpRequest) -> str:
    """What became of an objection whose visit was over: received before, or not at all."""
    done = counted(purpose=_KEY, address=request.POST.get("key", ""), seconds=_A_DAY)
    return "objected" if done else "object"
