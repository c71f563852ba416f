"""An objection from the kiosk: the household's card is open, so only the reason is asked for (NTC-3, BEY-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from notices import services
from notices.models import Notice, ObjectionChannel
from notices.services.throttle import allow
from points.models import KioskSession

_ACTOR = SystemActor("自助机")
_A_DAY = 86_400
_MOST = 3
REASONS = ("我家的记录不对", "我家漏记了", "别家的记录不对", "金额或数量不对", "其他")


class ObjectionForm(forms.Form):
    """Reasons to touch, and room for words."""

    reason = forms.ChoiceField(
        label="哪里不对", choices=[(text, text) for text in REASONS], widget=forms.RadioSelect
    )
    detail = forms.CharField(
        label="补充说明（可不填）", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


def objection_context(request: HttpRequest, session: KioskSession, notice: Notice) -> dict[str, Any]:
    """What the notice's page needs: the form while objections are taken, and what became of a posted one."""
    if not services.is_open_for_objections(notice):
        return {"objection_form": None}
    if request.method != "POST":
        return {"objection_form": ObjectionForm()}
    form = ObjectionForm(request.POST)
    if not form.is_valid():
        return {"objection_form": form}
    household = session.card.household
    if not allow(purpose="kiosk_objection", address=f"household:{household.pk}", limit=_MOST, seconds=_A_DAY):
        form.add_error(None, "今天已经提过几次了，请到受理地点反映")
        return {"objection_form": form}
    detail = form.cleaned_data["detail"].strip()
    text = form.cleaned_data["reason"] + (f"：{detail}" if detail else "")
    try:
        row = services.file_objection(
            actor=_ACTOR,
            notice=notice,
            channel=ObjectionChannel.KIOSK,
            text=text,
            person=f"{household.number}户",
        )
    except CogovError as refusal:
        form.add_error(None, refusal.message)
        return {"objection_form": form}
    return {"objection_form": None, "objection_due": row.answer_due}
