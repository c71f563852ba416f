"""To whom points are recorded (PNT-8): the households of the kind that the rules in force on a day name.

Accounts of another kind stay and can be redeemed; new deeds, rankings and rates are those of the kind in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from cogov.common.text import mask_name
from points.models import Holder, PointsRule, PointsRuleSet
from points.selectors.rules import rule_set_on
from villages.models import (
    ACTIVE_RESIDENT_STATES,
    Household,
    HouseholdKind,
    HouseholdState,
    Resident,
    Village,
)
from villages.rules import ADULT, eighteen_before, is_adult


@dataclass(frozen=True, slots=True)
class Wording:
    """How lists and messages speak of a kind of holder: 户主 / 姓名, 3户 / 3人."""

    title: str
    head: str
    unit: str
    each: str
    ask: str = ""
    how: str = ""
    is_name: bool = True  # masked like a name; a group's is not


_KINDS: Mapping[str, HouseholdKind] = {
    Holder.HOUSEHOLD: HouseholdKind.FAMILY,
    Holder.PERSON: HouseholdKind.PERSON,
    Holder.GROUP: HouseholdKind.COLLECTIVE,
}
YOU: Mapping[str, str] = {
    HouseholdKind.FAMILY: "您家",
    HouseholdKind.PERSON: "您",
    HouseholdKind.COLLECTIVE: "你们组",
}
"""How the kiosk speaks to whoever holds the card."""
_WORDING: Mapping[str, Wording] = {
    HouseholdKind.FAMILY: Wording("家庭户", "户主", "户", "户", "哪一户", "户号、户主姓名或拼音首字母"),
    HouseholdKind.PERSON: Wording(
        "个人户",
        "姓名",
        "人",
        "人",
        "哪一位",
        "姓名、拼音首字母或个人户编号（如 0012-2）；同名的写户号和姓名",
    ),
    HouseholdKind.COLLECTIVE: Wording(
        "集体户", "集体", "个组", "组", "哪个组", "组名或集体户编号（如 集01）", is_name=False
    ),
}
_TOLD: Mapping[str, str] = {
    HouseholdKind.FAMILY: "本村细则规定积分记到家庭户，请填家庭户的户号",
    HouseholdKind.PERSON: "本村细则规定积分记到个人，请选择个人户（户号后面带短横线和序号）；未成年人做的好事记给户主",
    HouseholdKind.COLLECTIVE: "本村细则规定积分记到村民小组，请选择集体户（编号以“集”开头）",
}


def kind_of(rule_set: PointsRuleSet | None) -> HouseholdKind:
    """The kind of holder of a version; families where there are no rules."""
    return _KINDS[rule_set.holder] if rule_set is not None else HouseholdKind.FAMILY


def kind_on(village: Village, day: date) -> HouseholdKind:
    """The kind of holder in force in a village on a day."""
    return kind_of(rule_set_on(village, day))


def wording(kind: str) -> Wording:
    return _WORDING[kind]


def wording_of(rule_set: PointsRuleSet | None) -> Wording:
    """How to speak of the holders of a version."""
    return _WORDING[kind_of(rule_set)]


def holders(village: Village, kind: str) -> QuerySet[Household]:
    """The village's holders of a kind that are not cancelled, with what a recording asks of them."""
    rows: QuerySet[Household] = Household.holders.filter(village=village, kind=kind)
    rows = rows.exclude(state=HouseholdState.CANCELLED).select_related("village", "group")
    return rows.select_related("head__household") if kind == HouseholdKind.PERSON else rows


def holders_on(village: Village, day: date) -> QuerySet[Household]:
    """The holders of the kind in force on a day."""
    return holders(village, kind_on(village, day))


def public_name(household: Household) -> str:
    """The name beside a number where strangers may look: masked; a group's is nobody's name."""
    if household.kind == HouseholdKind.COLLECTIVE:
        return household.head_name
    return mask_name(household.head_name)


def has_holders(village: Village, rule_set: PointsRuleSet) -> bool:
    """Whether a version gives points to persons or groups, or an earlier one did: then there are accounts to follow."""
    if rule_set.holder != Holder.HOUSEHOLD:
        return True
    return Household.holders.filter(village=village).exclude(kind=HouseholdKind.FAMILY).exists()


def kind_of_rules(rules: Iterable[PointsRule]) -> HouseholdKind:
    """The kind of holder of rules of one version; families where there are none."""
    return next((kind_of(rule.rule_set) for rule in rules), HouseholdKind.FAMILY)


def holder_hint(kind: str) -> str:
    """What to fill in where points go to holders of this kind."""
    return _TOLD[kind]


def wrong_kind(household: Household, kind: str) -> str:
    """Why a deed cannot be recorded for ``household`` under rules for ``kind``; "" when it is of that kind."""
    return "" if household.kind == kind else f"{household}是{wording(household.kind).title}。{_TOLD[kind]}"


def refusal(household: Household, rule_set: PointsRuleSet, day: date) -> str:
    """Why a deed of ``day`` cannot be recorded for ``household`` under ``rule_set``; "" when it can (PNT-5, PNT-8)."""
    reason = wrong_kind(household, kind_of(rule_set)) or household.gone
    if reason or household.kind != HouseholdKind.PERSON or household.head is None:
        return reason
    if not is_adult(household.head.birth_date, day):
        return f"{household.head_name}在{day:%Y年%m月%d日}未满{ADULT}岁，未成年人做的好事记给户主"
    return ""


def adults(village: Village, day: date) -> QuerySet[Resident]:
    """The village's registered adults, those who work elsewhere included; an unknown birth date is no proof of age."""
    return adults_in(Q(household__village=village), day)


def adults_in(where: Q, day: date) -> QuerySet[Resident]:
    """The same of any place."""
    rows: QuerySet[Resident] = Resident.objects.filter(
        where, state__in=ACTIVE_RESIDENT_STATES, birth_date__lte=eighteen_before(day)
    )
    return rows.exclude(household__state=HouseholdState.CANCELLED)


def without_holder(village: Village, day: date) -> QuerySet[Resident]:
    """Adults for whom nothing can be recorded yet, because they have no open 个人户 here."""
    held = Household.holders.filter(village=village, kind=HouseholdKind.PERSON)
    held = held.exclude(state=HouseholdState.CANCELLED)
    return adults(village, day).exclude(pk__in=held.values("head_id"))


def ageless(village: Village) -> int:
    """Residents whose birth date nobody knows: they get no 个人户 until it is registered."""
    rows = Resident.objects.filter(household__village=village, state__in=ACTIVE_RESIDENT_STATES)
    return rows.filter(birth_date__isnull=True).exclude(household__state=HouseholdState.CANCELLED).count()
