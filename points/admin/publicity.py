"""The month's list before the ledger: what keeps it, posting it, correcting it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from cogov.common.periods import Period
from cogov.desk.actions import GuidedAction, GuidedForm
from points.models import PointsMonth
from points.selectors import pending
from points.services.publicity import correct_pending_list, post_cleared


def _state(month: PointsMonth) -> pending.ListState | None:
    return next((s for s in pending.list_states(month.village) if s.period.key == month.period), None)


class PostCleared(GuidedAction):
    """Post what hung long enough without an open objection."""

    code, label, icon = "post-cleared", "公示期满入账", "check"
    permission = "points.post_points"
    intro = "每天凌晨自动办理；这里可以先看差什么，也可以马上办。入的是本月的账，写明属于哪个月。"

    @classmethod
    def is_available(cls, obj: PointsMonth) -> bool:
        return _state(obj) is not None

    def details(self) -> list[tuple[str, Any]]:
        state = _state(self.obj)
        if state is None:
            return []
        return [
            ("拟入账", f"{state.records} 笔 {state.points} 分"),
            ("公示", "已期满，没有未了的异议" if state.clear else "；".join(state.reasons)),
        ]

    def run(self) -> str:
        result = post_cleared(actor=self.user, village=self.obj.village)
        return f"已入账 {result.posted} 笔 {result.points} 分" if result.posted else "没有公示期满的积分"


class CorrectForm(GuidedForm):
    """Why."""

    reason = forms.CharField(label="更正原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class CorrectList(GuidedAction):
    """Draft the correction from what is still approved."""

    code, label, icon = "correct-list", "按现有登记更正公示", "edit"
    permission = "points.post_points"
    form_class = CorrectForm
    intro = "公示后有登记被退回或不予认定时用。更正由另一位同志在“公示与通报”里发布，公示期重新计算。"
    notice: Any = None

    @classmethod
    def is_available(cls, obj: PointsMonth) -> bool:
        return pending.list_to_correct(obj.village, Period.parse(obj.period)) is not None

    def run(self) -> str:
        self.notice = correct_pending_list(
            actor=self.user,
            village=self.obj.village,
            period=Period.parse(self.obj.period),
            reason=self.data["reason"],
        )
        return f"已起草：{self.notice.title}"

    def done_url(self) -> str:
        """To the notice that was drafted."""
        if self.notice is None:
            return super().done_url()
        return reverse("admin:notices_notice_change", args=(self.notice.pk,))
