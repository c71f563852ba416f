"""Forms for organisations, standards, banks of people and staff."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from cogov.access.models import User
from cogov.desk.actions import GuidedForm
from cogov.desk.scoping import scoped
from villages.forms.base import CheckGrid, Choice, date_box, day_field, reason_field, today
from villages.models import (
    Household,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationStandard,
    PoliticalStatus,
    Resident,
    StaffResident,
    StandardEvidence,
    StandardItem,
    Tag,
    TagTarget,
    TalentBank,
    Village,
)
from villages.selectors import active_households, version_token


class OrganisationForm(forms.ModelForm):
    """An organisation; the village is asked only when founding."""

    actor: Any = None

    kind = Choice(label="类型", queryset=OrganisationKind.objects.all())
    name = forms.CharField(label="名称", max_length=60, required=False, help_text="留空则用“村名+类型”。")
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Organisation
        fields = ("kind", "name", "founded_on", "basis", "duties")
        widgets = {"founded_on": date_box(), "duties": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["version"].initial = version_token(self.instance)
            self.fields["name"].required = True
            self.fields["name"].help_text = ""
            return
        self.fields["village"] = Choice(
            label="村（社区）", queryset=scoped(Village, self.actor).order_by("code")
        )


class AddMemberForm(GuidedForm):
    """A resident found by household and name, or somebody from outside by name."""

    name = forms.CharField(
        label="姓名", max_length=50, help_text="本村居民请填登记的姓名，同名时再填户号；外来人员直接填姓名。"
    )
    number = forms.CharField(label="户号", max_length=20, required=False)
    outsider = forms.BooleanField(label="不是本村居民", required=False)
    office = forms.CharField(label="职务", max_length=30, initial="成员")
    order = forms.IntegerField(
        label="排序", min_value=1, max_value=999, initial=10, help_text="数字小的排在前面，如会长 1。"
    )
    starts_on = day_field("任期开始")
    ends_on = day_field("任期结束", required=False, help_text="不填表示没有期限。")

    def prepare(self) -> None:
        self.fields["starts_on"].initial = today()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        organisation = self.obj
        assert isinstance(organisation, Organisation)  # noqa: S101 - narrows the type
        cleaned["resident"] = None
        if cleaned.get("outsider") or not cleaned.get("name"):
            return cleaned
        rows = scoped(Resident, self.user).filter(
            household__village_id=organisation.village_id,
            name=cleaned["name"].strip(),
            state__in=("registered", "away"),
        )
        if cleaned.get("number"):
            rows = rows.filter(household__number=cleaned["number"].strip())
        found = list(rows.select_related("household__group", "household__village")[:6])
        if len(found) == 1:
            cleaned["resident"] = found[0]
        elif not found:
            self.add_error("name", "本村没有登记这个人；外来人员请勾选“不是本村居民”")
        else:
            places = "、".join(f"{row.household.number}户" for row in found)
            self.add_error("number", f"本村有同名的人（{places}），请填户号")
        return cleaned


class SeatChoice(Choice):
    """A running term."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.office} {obj.name}（{obj.starts_on:%Y-%m-%d} 起）"


class EndMemberForm(GuidedForm):
    """Whose term ends, when, why."""

    member = SeatChoice(label="成员", queryset=OrganisationMember.objects.none())
    ends_on = day_field("最后一天")
    reason = forms.CharField(label="原因", max_length=200, required=False)

    def prepare(self) -> None:
        field = self.fields["member"]
        assert isinstance(field, SeatChoice)  # noqa: S101 - narrows the type
        field.queryset = OrganisationMember.objects.filter(organisation=self.obj, ends_on__isnull=True)
        self.fields["ends_on"].initial = today()


class DissolveForm(GuidedForm):
    """When and why."""

    dissolved_on = day_field("撤销日期")
    reason = reason_field()

    def prepare(self) -> None:
        self.fields["dissolved_on"].initial = today()


class StandardsForm(GuidedForm):
    """Which standards the village follows."""

    standards = forms.ModelMultipleChoiceField(
        label="采用的标准",
        queryset=OrganisationStandard.objects.none(),
        required=False,
        widget=CheckGrid,
    )

    def prepare(self) -> None:
        village = self.obj
        assert isinstance(village, Village)  # noqa: S101 - narrows the type
        self.fields["standards"].initial = list(
            village.chosen_standards.values_list("standard_id", flat=True)
        )


class StandardItemForm(GuidedForm):
    """A new item of a standard, or an existing one changed."""

    item = Choice(
        label="修改哪一项", queryset=StandardItem.objects.none(), required=False, empty_label="（新增一项）"
    )
    order = forms.IntegerField(label="序号", min_value=1, max_value=99)
    name = forms.CharField(label="项目", max_length=60)
    requirement = forms.CharField(label="要求", max_length=200, required=False)
    organisation_kind = Choice(
        label="对应的组织",
        queryset=OrganisationKind.objects.none(),
        required=False,
        empty_label="（没有，凭佐证）",
        help_text="登记了这类组织和在任成员，就自动算作建成。",
    )
    retired = forms.BooleanField(label="停用这一项", required=False)

    def prepare(self) -> None:
        standard = self.obj
        assert isinstance(standard, OrganisationStandard)  # noqa: S101 - narrows the type
        item = self.fields["item"]
        assert isinstance(item, Choice)  # noqa: S101 - narrows the type
        item.queryset = standard.items.order_by("order")
        self.fields["order"].initial = standard.items.count() + 1


class ItemChoice(Choice):
    """An item with its standard."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.standard.name} — {obj.order}. {obj.name}"


class EvidenceForm(GuidedForm):
    """What shows that an item is done."""

    item = ItemChoice(label="项目", queryset=StandardItem.objects.none())
    description = forms.CharField(
        label="佐证",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明有什么、在哪里看得到，如“2026年3月12日村民会议通过，文本贴于村务公开栏”。",
    )
    fulfilled_on = day_field("完成日期")

    def prepare(self) -> None:
        item = self.fields["item"]
        assert isinstance(item, ItemChoice)  # noqa: S101 - narrows the type
        item.queryset = (
            StandardItem.objects.filter(standard__villages=self.obj, retired=False)
            .select_related("standard")
            .order_by("standard__order", "order")
        )
        self.fields["fulfilled_on"].initial = today()


class EvidenceChoice(Choice):
    """Evidence with its item."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.item.name}：{obj.description[:40]}"


class WithdrawEvidenceForm(GuidedForm):
    """Which, why."""

    evidence = EvidenceChoice(label="佐证", queryset=StandardEvidence.objects.none())
    reason = reason_field()

    def prepare(self) -> None:
        field = self.fields["evidence"]
        assert isinstance(field, EvidenceChoice)  # noqa: S101 - narrows the type
        field.queryset = StandardEvidence.objects.filter(
            village=self.obj, withdrawn_at__isnull=True
        ).select_related("item")


class TalentBankForm(forms.ModelForm):
    """A saved filter over tags."""

    tags = forms.ModelMultipleChoiceField(
        label="标签（任一）",
        queryset=Tag.objects.filter(target=TagTarget.RESIDENT),
        required=False,
        widget=CheckGrid,
    )
    political_statuses = forms.MultipleChoiceField(
        label="政治面貌（任一）",
        choices=PoliticalStatus.choices,
        required=False,
        widget=CheckGrid,
    )

    class Meta:
        model = TalentBank
        fields = ("code", "name", "description", "with_skills", "order")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["tags"].initial = [tag.pk for tag in self.instance.tags.all()]
            self.fields.pop("code", None)


class StaffForm(forms.ModelForm):
    """Who is who. Households are named by village and number."""

    actor: Any = None

    village = Choice(label="本人所在村", queryset=Village.objects.none())
    number = forms.CharField(label="本人户号", max_length=20)
    name = forms.CharField(label="本人姓名", max_length=50)
    relative_numbers = forms.CharField(
        label="近亲属的户号",
        max_length=200,
        required=False,
        help_text="本村父母、子女、兄弟姐妹及配偶家的户号，用顿号隔开。",
    )

    class Meta:
        model = StaffResident
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        village = self.fields["village"]
        assert isinstance(village, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        village.queryset = scoped(Village, self.actor).order_by("code")
        if self.instance.pk is None:
            self.fields["user"] = Choice(
                label="账号", queryset=scoped(User, self.actor).filter(as_resident__isnull=True)
            )
            return
        resident = self.instance.resident
        village.initial = resident.household.village_id
        self.fields["number"].initial = resident.household.number
        self.fields["name"].initial = resident.name
        numbers = self.instance.relatives.order_by("number").values_list("number", flat=True)
        self.fields["relative_numbers"].initial = "、".join(numbers)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        village, number, name = cleaned.get("village"), cleaned.get("number"), cleaned.get("name")
        if not (village and number and name):
            return cleaned
        households = active_households(scoped(Household, self.actor)).filter(village=village)
        found = Resident.objects.filter(
            household__in=households.filter(number=number.strip()).order_by().values("pk"), name=name.strip()
        ).select_related("household__group", "household__village")
        cleaned["resident"] = found.first()
        if cleaned["resident"] is None:
            self.add_error("name", f"{village}{number}户没有登记“{name}”")
        wanted = re.split(r"[、,,;;\s]+", cleaned.get("relative_numbers", ""))
        wanted = [word for word in wanted if word]
        rows = {
            row.number: row for row in households.filter(number__in=wanted).select_related("village", "group")
        }
        missing = [word for word in wanted if word not in rows]
        if missing:
            self.add_error("relative_numbers", f"{village}没有这些户号：{'、'.join(missing)}")
        cleaned["relatives"] = list(rows.values())
        return cleaned
