"""Guided actions on a household: members, head, split, merge, card, cancel, restore."""

from __future__ import annotations

import io
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from cogov.common.errors import CogovError
from cogov.desk.actions import BatchAction, BatchResult, GuidedAction, GuidedForm
from villages import guards, services
from villages.forms import households as forms
from villages.forms.base import DatedReasonForm, ReasonForm, members_of, on_fields
from villages.forms.residents import AddResidentForm, draft_from
from villages.models import Household


class HouseholdAction(GuidedAction):
    """An action on a household on the register; shows who lives there."""

    @classmethod
    def is_available(cls, obj: Household) -> bool:
        return obj.is_active

    def details(self) -> list[tuple[str, Any]]:
        household: Household = self.obj
        names = "、".join(f"{m.name}（{m.get_relation_display()}）" for m in members_of(household))
        return [
            ("户", f"{household.village.name} {household.group.name} {household}"),
            ("在册成员", names or "无"),
        ]


class AddResident(HouseholdAction):
    """Enter a member."""

    code, label, icon = "add-resident", "登记成员", "plus"
    permission = "villages.add_resident"
    form_class = AddResidentForm
    intro = "出生、婚入、收养或补登。从本系统内别的户迁来的，请到那个人的页面办理“迁移”，以免重复登记。"

    def run(self) -> str:
        reason = self.data.pop("reason")
        with on_fields():
            resident = services.add_resident(
                actor=self.user, household=self.obj, draft=draft_from(self.data), reason=reason
            )
        return f"已登记{resident.name}"


class ChangeHead(HouseholdAction):
    """A new head."""

    code, label, icon = "change-head", "变更户主", "user"
    permission = "villages.change_household"
    form_class = forms.ChangeHeadForm
    intro = "其他成员与户主的关系会随之换算；换算不了的记为“其他亲属”，请随后核对。"

    @classmethod
    def is_available(cls, obj: Household) -> bool:
        return obj.is_active and obj.registered_population > 0

    def run(self) -> str:
        with on_fields():
            doubtful = services.change_head(actor=self.user, household=self.obj, **self.data)
        done = f"户主已变更为{self.data['resident'].name}"
        if not doubtful:
            return done
        return f"{done}。请核对这些成员与户主的关系：{'、'.join(m.name for m in doubtful)}"


class SplitHousehold(HouseholdAction):
    """分户."""

    code, label, icon = "split", "分户", "split"
    permission = "villages.restructure_household"
    form_class = forms.SplitForm
    intro = "选出分出去的成员，另立一户。积分、缴费等账目留在原户；标签不随人走，新户需要的请另加。"

    @classmethod
    def is_available(cls, obj: Household) -> bool:
        return obj.is_active and obj.registered_population > 1

    def run(self) -> str:
        with on_fields():
            self.new = services.split_household(actor=self.user, household=self.obj, **self.data)
        return f"已分户，新户是 {self.new}。请核对新户成员与户主的关系"

    def done_url(self) -> str:
        new = getattr(self, "new", None)
        return reverse(self._name("change"), args=(new.pk if new is not None else self.obj.pk,))


class MergeHousehold(HouseholdAction):
    """并户."""

    code, label, icon, danger = "merge", "并入别户", "merge", True
    permission = "villages.restructure_household"
    form_class = forms.MergeForm
    intro = "本户全部成员迁入所选的户，本户随即注销，户卡作废；本户的历史和账目仍可查看。"

    def run(self) -> str:
        prefix = "relation_"
        relations = {int(k.removeprefix(prefix)): v for k, v in self.data.items() if k.startswith(prefix)}
        with on_fields():
            self.kept = services.merge_households(
                actor=self.user,
                source=self.obj,
                target=self.data["target"],
                reason=self.data["reason"],
                happened_on=self.data["happened_on"],
                relations=relations,
            )
        return f"{self.obj} 已并入 {self.kept}"

    def done_url(self) -> str:
        kept = getattr(self, "kept", None)
        return reverse(self._name("change"), args=(kept.pk if kept is not None else self.obj.pk,))


class CancelHousehold(HouseholdAction):
    """销户."""

    code, label, icon, danger = "cancel", "销户", "trash", True
    permission = "villages.restructure_household"
    form_class = DatedReasonForm
    intro = "全部成员已迁出、迁移或去世，账目已结清的户才能注销。注销后仍可查看，也可以恢复。"

    def details(self) -> list[tuple[str, Any]]:
        found = super().details()
        against = guards.reasons_against(self.obj)
        return [*found, ("账目", "；".join(against) or "已结清")]

    def run(self) -> str:
        with on_fields():
            services.cancel_household(actor=self.user, household=self.obj, **self.data)
        return f"{self.obj} 已销户"


class RestoreHousehold(HouseholdAction):
    """Take a cancellation back."""

    code, label, icon = "restore", "恢复户籍", "refresh"
    permission = "villages.restructure_household"
    form_class = ReasonForm

    @classmethod
    def is_available(cls, obj: Household) -> bool:
        return not obj.is_active

    def run(self) -> str:
        with on_fields():
            services.restore_household(actor=self.user, household=self.obj, **self.data)
        return f"{self.obj} 已恢复"


def qr_svg(text: str) -> str:
    """A QR code as inline SVG without style attributes."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        scale=5,
        border=2,
        nl=False,
        lineclass=None,
        svgclass="qr",
    )
    return out.getvalue().decode()


class ShowCard(HouseholdAction):
    """Show the card for printing; issues one when there is none."""

    code, label, icon = "card", "户卡", "qr"
    permission = "villages.issue_card"
    form_class = GuidedForm
    submit_label = "显示户卡"
    intro = "户卡可以在自助终端查询本户积分，请只交给本户。每次查看都记入操作日志；还没有卡的会发一张。"

    def respond(self) -> HttpResponse:
        if self.request.method != "POST" or not self.is_available(self.obj):
            return super().respond()
        card = services.show_card(actor=self.user, household=self.obj)
        context = {
            **self.context(GuidedForm(user=self.user)),
            "card": card,
            "qr": qr_svg(card.address),
            "household": self.obj,
        }
        return TemplateResponse(self.request, "admin/villages/household/card.html", context)


class ReissueCard(HouseholdAction):
    """A lost or damaged card."""

    code, label, icon = "reissue-card", "补发户卡", "card"
    permission = "villages.issue_card"
    form_class = ReasonForm
    intro = "旧卡立即作废。补发后用“户卡”打印新卡。"

    @classmethod
    def is_available(cls, obj: Household) -> bool:
        return obj.is_active and obj.cards.filter(revoked_at__isnull=True).exists()

    def run(self) -> str:
        with on_fields():
            services.reissue_card(actor=self.user, household=self.obj, reason=self.data["reason"])
        return "已补发，旧卡作废"


class TagHouseholds(BatchAction):
    """Tags for many households at once."""

    code, label = "tag_households", "加减标签"
    permission = "villages.change_household"
    form_class = forms.TagBatchForm

    def run(self) -> BatchResult:
        result = BatchResult()
        add = [tag.name for tag in self.data["add"]]
        remove = [tag.name for tag in self.data["remove"]]
        for household in self.queryset.select_related("village", "group"):
            try:
                services.set_household_tags(
                    actor=self.user, household=household, add=add, remove=remove, reason=self.data["reason"]
                )
            except CogovError as error:
                result.refused.append((str(household), error.message))
            else:
                result.done += 1
        return result
