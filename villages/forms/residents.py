"""Entering, changing and moving residents."""

from __future__ import annotations

from typing import Any

from django import forms

from cogov.desk.actions import GuidedForm
from cogov.desk.scoping import scoped
from villages.forms.base import (
    CheckGrid,
    Choice,
    MemberChoice,
    date_box,
    day_field,
    members_of,
    reason_field,
    today,
)
from villages.models import (
    Household,
    PoliticalStatus,
    Relation,
    Resident,
    Sex,
    Tag,
    TagTarget,
    Village,
)
from villages.rules import ResidentDraft
from villages.selectors import active_households, version_token

_BLANK = [("", "请选择")]


class PersonFields(forms.Form):
    """What is asked about a person. Numbers are typed in full and never shown again."""

    name = forms.CharField(label="姓名", max_length=50)
    relation = forms.ChoiceField(label="与户主关系", choices=[*_BLANK, *Relation.choices])
    id_number = forms.CharField(
        label="身份证号",
        max_length=24,
        required=False,
        help_text="18 位；填写后性别和出生日期自动取自号码。加密保存，以后只显示首尾几位。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    sex = forms.ChoiceField(label="性别", choices=[*_BLANK, *Sex.choices], required=False)
    birth_date = forms.DateField(label="出生日期", required=False, widget=date_box())
    phone = forms.CharField(
        label="联系电话",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    political_status = forms.ChoiceField(
        label="政治面貌", choices=PoliticalStatus.choices, initial=PoliticalStatus.MASSES
    )
    skills = forms.CharField(label="技能特长", max_length=100, required=False)
    resident_tags = forms.ModelMultipleChoiceField(
        label="标签",
        queryset=Tag.objects.filter(target=TagTarget.RESIDENT),
        required=False,
        widget=CheckGrid,
    )


PERSON = ("name", "relation", "id_number", "sex", "birth_date", "phone", "political_status", "skills")


def draft_from(cleaned: dict[str, Any], **fixed: Any) -> ResidentDraft:
    """The draft that a filled form means."""
    values = {name: cleaned[name] for name in PERSON if name in cleaned}
    tags = tuple(tag.name for tag in cleaned.get("resident_tags", ()))
    return ResidentDraft(**{**values, "tags": tags, **fixed})


class AddResidentForm(PersonFields, GuidedForm):
    """A new member of a household."""

    reason = forms.CharField(
        label="登记原因", max_length=200, required=False, help_text="如：出生、婚入、收养、补登。"
    )

    def prepare(self) -> None:
        tags = self.fields["resident_tags"]
        assert isinstance(tags, forms.ModelMultipleChoiceField)  # noqa: S101 - narrows the type
        tags.queryset = Tag.objects.filter(target=TagTarget.RESIDENT)
        household = self.obj
        if household is not None and getattr(household, "head_id", None):
            self.fields["relation"] = forms.ChoiceField(
                label="与户主关系",
                choices=[*_BLANK, *(c for c in Relation.choices if c[0] != Relation.HEAD)],
            )


class ResidentForm(forms.ModelForm):
    """Changing a person: numbers stay as they are unless typed anew or cleared."""

    actor: Any = None

    new_id_number = forms.CharField(
        label="更改身份证号",
        max_length=24,
        required=False,
        help_text="不改就留空。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    clear_id_number = forms.BooleanField(label="删除已登记的身份证号", required=False)
    new_phone = forms.CharField(
        label="更改联系电话",
        max_length=20,
        required=False,
        help_text="不改就留空。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    clear_phone = forms.BooleanField(label="删除已登记的电话", required=False)
    tags = forms.ModelMultipleChoiceField(
        label="标签",
        queryset=Tag.objects.filter(target=TagTarget.RESIDENT),
        required=False,
        widget=CheckGrid,
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Resident
        fields = ("name", "relation", "sex", "birth_date", "political_status", "skills")
        widgets = {"birth_date": date_box()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["version"].initial = version_token(self.instance)
            self.fields["tags"].initial = [tag.pk for tag in self.instance.tags.all()]


class MoveForm(GuidedForm):
    """To which household, as what."""

    village = Choice(label="迁往的村", queryset=Village.objects.none())
    number = forms.CharField(label="迁往的户号", max_length=20)
    relation = forms.ChoiceField(label="与新户主关系", choices=[*_BLANK, *Relation.choices])
    successor = MemberChoice(
        label="接任原户户主",
        queryset=Resident.objects.none(),
        required=False,
        help_text="本人是户主、家里还有别人时才填。",
    )
    happened_on = day_field("迁移日期")
    reason = reason_field()

    def prepare(self) -> None:
        resident = self.obj
        assert isinstance(resident, Resident)  # noqa: S101 - narrows the type
        self.fields["village"].initial = resident.household.village_id
        self.fields["happened_on"].initial = today()
        _limit_successor(self, resident)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        village, number = cleaned.get("village"), cleaned.get("number")
        if village and number:
            rows = active_households(scoped(Household, self.user)).select_related("village", "group")
            target = rows.filter(village=village, number=number.strip()).first()
            if target is None:
                self.add_error("number", f"{village}没有户号 {number}")
            cleaned["target"] = target
        return cleaned


def _limit_successor(form: GuidedForm, resident: Resident) -> None:
    field = form.fields["successor"]
    assert isinstance(field, MemberChoice)  # noqa: S101 - narrows the type
    field.queryset = members_of(resident.household).exclude(pk=resident.pk)
    if resident.relation != Relation.HEAD:
        del form.fields["successor"]


class LeaveForm(GuidedForm):
    """Death or moving away: when, why, and who follows a head."""

    happened_on = day_field()
    reason = forms.CharField(label="说明", max_length=200, required=False)
    successor = MemberChoice(
        label="接任户主",
        queryset=Resident.objects.none(),
        required=False,
        help_text="本人是户主、家里还有别人时才填。",
    )

    def prepare(self) -> None:
        resident = self.obj
        assert isinstance(resident, Resident)  # noqa: S101 - narrows the type
        self.fields["happened_on"].initial = today()
        _limit_successor(self, resident)


class RevealForm(GuidedForm):
    """Why somebody needs to see the full numbers."""

    reason = reason_field("查看原因")
