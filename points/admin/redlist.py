"""The red list, drafted from a closed month; publishing it is the notices' own second step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from cogov.common.periods import Period
from cogov.desk.actions import GuidedAction, GuidedForm
from points.models import PointsMonth
from points.services.posting import covering
from points.services.redlist import draft_red_list
from points.states import CLOSED


class RedListForm(GuidedForm):
    """Month, quarter or year."""

    period = forms.ChoiceField(label="期间")

    def prepare(self) -> None:
        """The month, and the quarter and year that end with it."""
        month: Any = self.obj
        own = Period.parse(month.period)
        field: Any = self.fields["period"]
        field.choices = [(p.key, p.label) for p in covering(own) if p.months()[-1] == own]


class DraftRedList(GuidedAction):
    """Notice and poster."""

    code, label, icon = "red-list", "起草红榜", "trophy"
    permission = "notices.draft_notice"
    form_class = RedListForm
    intro = "按已发布细则的“红榜名次”取前列，生成 A4 公示和 A3 红榜；由另一位同志在“公示与通报”里发布。"
    notice: Any = None

    @classmethod
    def is_available(cls, obj: PointsMonth) -> bool:
        return obj.state == CLOSED

    def run(self) -> str:
        period = Period.parse(self.data["period"])
        self.notice = draft_red_list(actor=self.user, village=self.obj.village, period=period)
        return f"已起草：{self.notice.title}"

    def done_url(self) -> str:
        """To the notice that was drafted."""
        if self.notice is None:
            return super().done_url()
        return reverse("admin:notices_notice_change", args=(self.notice.pk,))
