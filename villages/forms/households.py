"""Founding and changing a household; split, merge, head, card."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from cogov.desk.actions import GuidedForm
from cogov.desk.scoping import scoped
from villages.forms.base import (
    CheckGrid,
    Choice,
    DatedReasonForm,
    MemberChoice,
    MemberChoices,
    date_box,
    day_field,
    members_of,
    reason_field,
    today,
)
from villages.forms.residents import PersonFields
from villages.models import (
    Household,
    HouseholdState,
    Relation,
    Resident,
    Tag,
    TagTarget,
    VillageGroup,
)
from villages.selectors import active_households, next_household_number, version_token

LIVING_STATES = [choice for choice in HouseholdState.choices if choice[0] != HouseholdState.CANCELLED]


class GroupChoice(Choice):
    """A group with its village, since every village has a 1组."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.village.name} {obj.name}"


class HouseholdFields(forms.ModelForm):
    """What both forms ask."""

    group = GroupChoice(label="村民小组", queryset=VillageGroup.objects.none())
    tags = forms.ModelMultipleChoiceField(
        label="标签",
        queryset=Tag.objects.none(),
        required=False,
        widget=CheckGrid,
        help_text="低保、残疾人等敏感标签只在内部使用，不会出现在任何公示里。",
    )

    class Meta:
        model = Household
        fields = ("number", "address", "latitude", "longitude", "registered_on", "state")
        widgets = {"registered_on": date_box()}

    actor: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = self.fields["group"]
        assert isinstance(group, GroupChoice)  # noqa: S101 - narrows the type
        group.queryset = self.groups()
        tags = self.fields["tags"]
        assert isinstance(tags, forms.ModelMultipleChoiceField)  # noqa: S101 - narrows the type
        tags.queryset = Tag.objects.filter(target=TagTarget.HOUSEHOLD)
        self.fields["state"] = forms.ChoiceField(
            label="状态", choices=LIVING_STATES, help_text="全家外出务工等登记为“外出”，户籍仍在册。"
        )

    def groups(self) -> QuerySet[VillageGroup]:
        """Groups of the villages where the person may enter households."""
        return scoped(VillageGroup, self.actor).select_related("village").order_by("village__code", "serial")


class HouseholdAddForm(PersonFields, HouseholdFields):
    """A new household with its head. Further members are entered on its page."""

    number = forms.CharField(
        label="户号", max_length=20, required=False, help_text="留空由系统按本村最大户号编排。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "户主姓名"
        self.fields["registered_on"].initial = today()
        for name in ("relation", "resident_tags"):
            self.fields.pop(name, None)


class HouseholdChangeForm(HouseholdFields):
    """An existing household; ``version`` is what the editor saw."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["version"].initial = version_token(self.instance)
            self.fields["group"].initial = self.instance.group_id
            self.fields["tags"].initial = [tag.pk for tag in self.instance.tags.all()]

    def groups(self) -> QuerySet[VillageGroup]:
        rows = super().groups()
        return rows.filter(village_id=self.instance.village_id) if self.instance.pk is not None else rows


class ChangeHeadForm(GuidedForm):
    """Who, since when, why."""

    resident = MemberChoice(label="新户主", queryset=Resident.objects.none())
    happened_on = day_field("变更日期")
    reason = reason_field()

    def prepare(self) -> None:
        field = self.fields["resident"]
        assert isinstance(field, MemberChoice)  # noqa: S101 - narrows the type
        field.queryset = members_of(self.obj).exclude(relation=Relation.HEAD)
        self.fields["happened_on"].initial = today()


class SplitForm(GuidedForm):
    """Who leaves, who heads what, and where the new household goes."""

    members = MemberChoices(label="分出去的成员", queryset=Resident.objects.none())
    new_head = MemberChoice(label="新户的户主", queryset=Resident.objects.none())
    successor = MemberChoice(
        label="接任原户户主",
        queryset=Resident.objects.none(),
        required=False,
        help_text="原户主也分出去时才填。",
    )
    number = forms.CharField(label="新户号", max_length=20, required=False)
    group = GroupChoice(label="新户所在小组", queryset=VillageGroup.objects.none())
    address = forms.CharField(label="新户住址", max_length=200, required=False, help_text="留空与原户相同。")
    happened_on = day_field("分户日期")
    reason = reason_field()

    def prepare(self) -> None:
        household = self.obj
        assert isinstance(household, Household)  # noqa: S101 - narrows the type
        for name in ("members", "new_head", "successor"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
            field.queryset = members_of(household)
        group = self.fields["group"]
        assert isinstance(group, GroupChoice)  # noqa: S101 - narrows the type
        group.queryset = (
            scoped(VillageGroup, self.user)
            .filter(village_id=household.village_id)
            .select_related("village")
            .order_by("serial")
        )
        group.initial = household.group_id
        self.fields["number"].help_text = f"留空由系统编为 {next_household_number(household.village)}。"
        self.fields["happened_on"].initial = today()


class HouseholdChoice(Choice):
    """A household of the same village."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}户 {obj.head_name or '(无户主)'} · {obj.group.name}"


class MergeForm(DatedReasonForm):
    """Into which household; and what each member is to its head."""

    target = HouseholdChoice(label="并入的户", queryset=Household.objects.none())
    field_order = ("target", "happened_on", "reason")

    def prepare(self) -> None:
        super().prepare()
        household = self.obj
        assert isinstance(household, Household)  # noqa: S101 - narrows the type
        target = self.fields["target"]
        assert isinstance(target, HouseholdChoice)  # noqa: S101 - narrows the type
        target.queryset = (
            active_households(scoped(Household, self.user))
            .filter(village_id=household.village_id)
            .exclude(pk=household.pk)
            .select_related("group")
            .order_by("number")
        )
        for member in members_of(household):
            self.fields[f"relation_{member.pk}"] = forms.ChoiceField(
                label=f"{member.name} 与新户主的关系",
                choices=[choice for choice in Relation.choices if choice[0] != Relation.HEAD],
                initial=Relation.OTHER_KIN,
            )


class TagBatchForm(GuidedForm):
    """Tags to add and to remove. The target is set by the subclass."""

    target = TagTarget.HOUSEHOLD
    add = forms.ModelMultipleChoiceField(
        label="加上标签", queryset=Tag.objects.none(), required=False, widget=CheckGrid
    )
    remove = forms.ModelMultipleChoiceField(
        label="去掉标签", queryset=Tag.objects.none(), required=False, widget=CheckGrid
    )
    reason = forms.CharField(label="原因", max_length=200, required=False)

    def prepare(self) -> None:
        for name in ("add", "remove"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - narrows the type
            field.queryset = Tag.objects.filter(target=self.target)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("add") or cleaned.get("remove")):
            raise forms.ValidationError("请至少选一个要加上或去掉的标签")
        if set(cleaned.get("add", ())) & set(cleaned.get("remove", ())):
            raise forms.ValidationError("同一个标签不能既加上又去掉")
        return cleaned


class ResidentTagBatchForm(TagBatchForm):
    """The same for people."""

    target = TagTarget.RESIDENT
