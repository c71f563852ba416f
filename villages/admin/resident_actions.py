"""Guided actions on a resident: moving, leaving, dying, coming back, and seeing the full numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse

from cogov.common.errors import CogovError
from cogov.desk.actions import BatchAction, BatchResult, GuidedAction, GuidedForm
from villages import services
from villages.forms.base import ReasonForm, on_fields
from villages.forms.households import ResidentTagBatchForm
from villages.forms.residents import LeaveForm, MoveForm, RevealForm
from villages.models import Resident
from villages.states import RESIDENT_MOVES


class ResidentAction(GuidedAction):
    """An action on a person; ``move`` names the transition it makes, if any."""

    permission = "villages.change_resident"
    move = ""

    @classmethod
    def is_available(cls, obj: Resident) -> bool:
        moves = {transition.name for transition in RESIDENT_MOVES.allowed(obj.state)}
        return obj.household.is_active and (not cls.move or cls.move in moves)

    def details(self) -> list[tuple[str, Any]]:
        resident: Resident = self.obj
        household = resident.household
        return [
            ("姓名", f"{resident.name}（{resident.get_relation_display()}）"),
            ("所在户", f"{household.village.name} {household.group.name} {household}"),
        ]


class MoveResident(ResidentAction):
    """To another household."""

    code, label, icon = "move", "迁移", "right"
    permission = "villages.restructure_household"
    form_class = MoveForm
    intro = "把这个人迁到另一户（婚嫁、随子女生活等）。迁往系统外的请用“登记迁出”。"

    @classmethod
    def is_available(cls, obj: Resident) -> bool:
        return obj.household.is_active and obj.state in ("registered", "away")

    def run(self) -> str:
        with on_fields():
            resident = services.move_resident(
                actor=self.user,
                resident=self.obj,
                target=self.data["target"],
                relation=self.data["relation"],
                reason=self.data["reason"],
                happened_on=self.data["happened_on"],
                successor=self.data.get("successor"),
            )
        return f"{resident.name} 已迁到 {resident.household}"


class MarkAway(ResidentAction):
    """Works elsewhere."""

    code, label, icon, move = "away", "登记外出", "up", "leave"
    form_class = ReasonForm
    intro = "外出务工、求学等，户籍仍在册，不计入常住人口。"

    def run(self) -> str:
        with on_fields():
            services.mark_away(actor=self.user, resident=self.obj, away=True, reason=self.data["reason"])
        return "已登记外出"


class MarkBack(ResidentAction):
    """Back home."""

    code, label, icon, move = "back", "登记返回", "down", "come_back"
    form_class = GuidedForm

    def run(self) -> str:
        services.mark_away(actor=self.user, resident=self.obj, away=False)
        return "已登记返回"


class _Leaves(ResidentAction):
    form_class = LeaveForm
    danger = True

    def values(self) -> dict[str, Any]:
        return {
            "happened_on": self.data["happened_on"],
            "reason": self.data["reason"],
            "successor": self.data.get("successor"),
        }


class MarkMovedOut(_Leaves):
    """Registration has left."""

    code, label, icon, move = "moved-out", "登记迁出", "logout", "move_out"
    intro = "户口迁往本系统以外的地方。迁到本县其他户请用“迁移”。"

    def run(self) -> str:
        with on_fields():
            services.mark_moved_out(actor=self.user, resident=self.obj, **self.values())
        return "已登记迁出"


class MarkDeceased(_Leaves):
    """Died."""

    code, label, icon, move = "deceased", "登记死亡", "stop", "die"

    def run(self) -> str:
        with on_fields():
            services.mark_deceased(actor=self.user, resident=self.obj, **self.values())
        return "已登记死亡"


class RestoreResident(ResidentAction):
    """Returned, or entered wrongly."""

    code, label, icon, move = "restore", "恢复在册", "refresh", "restore"
    form_class = ReasonForm

    def run(self) -> str:
        with on_fields():
            services.restore_resident(actor=self.user, resident=self.obj, reason=self.data["reason"])
        return "已恢复在册"


class Reveal(ResidentAction):
    """The full numbers, once, with a reason that stays in the log."""

    code, label, icon = "reveal", "查看完整信息", "key"
    permission = "access.reveal_personal_data"
    form_class = RevealForm
    submit_label = "查看"
    intro = "仅限工作需要。谁、什么时候、为什么查看，都记入操作日志。"

    @classmethod
    def is_available(cls, obj: Resident) -> bool:
        return bool(obj.id_number or obj.phone)

    def respond(self) -> HttpResponse:
        form = self.form_class(self.request.POST or None, user=self.user, obj=self.obj)
        if self.request.method != "POST" or not self.is_available(self.obj) or not form.is_valid():
            return super().respond()
        reason = form.cleaned_data["reason"]
        shown = [
            (value.label, value.reveal(actor=self.user, reason=reason, obj=self.obj))
            for value in (self.obj.id_number, self.obj.phone)
            if value
        ]
        context = {**self.context(form), "shown": shown}
        return TemplateResponse(self.request, "admin/villages/resident/reveal.html", context)


class TagResidents(BatchAction):
    """Tags for many people at once."""

    code, label = "tag_residents", "加减标签"
    permission = "villages.change_resident"
    form_class = ResidentTagBatchForm

    def run(self) -> BatchResult:
        result = BatchResult()
        add = [tag.name for tag in self.data["add"]]
        remove = [tag.name for tag in self.data["remove"]]
        for resident in self.queryset.select_related("household__village", "household__group"):
            try:
                services.set_resident_tags(
                    actor=self.user, resident=resident, add=add, remove=remove, reason=self.data["reason"]
                )
            except CogovError as error:
                result.refused.append((resident.name, error.message))
            else:
                result.done += 1
        return result
