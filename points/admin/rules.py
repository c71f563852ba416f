"""Rule sets and rules: drafted here, published by a second person, then only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from cogov.access.policies import DRAFT, PUBLISHED
from cogov.access.roles import Role
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.people import date_input
from points.admin.trial import TryOut
from points.models import PointsRule, PointsRuleSet, PostingRule
from points.models.rules import HOUSEHOLD
from points.selectors.holders import has_holders, wording_of
from points.services import rulesets
from points.services.holders import open_holders
from villages.models import Village

_RECORDERS = (Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.GRID_HEAD, Role.GRID_WORKER)
_REVIEWERS = (Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER)
_ANYBODY = "不选表示有这项权限的人都可以。"


def _role_field(
    label: str, roles: tuple[Role, ...], *more: tuple[str, str], help_text: str = _ANYBODY
) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=[*((role.value, role.label) for role in roles), *more],
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class RuleForm(GuidedForm):
    """One rule of a draft."""

    rule = forms.ModelChoiceField(
        label="修改哪一项", queryset=PointsRule.objects.none(), required=False, help_text="不选表示增加一项。"
    )
    code = forms.CharField(label="编号", max_length=10)
    category = forms.ChoiceField(label="类别", choices=PointsRule._meta.get_field("category").choices)
    name = forms.CharField(label="事项", max_length=60)
    unit = forms.CharField(label="单位", max_length=10, initial="次")
    sign = forms.ChoiceField(label="加减", choices=PointsRule._meta.get_field("sign").choices)
    points = forms.IntegerField(label="每单位分值", min_value=1, max_value=10000)
    cap_day = forms.IntegerField(label="每户每日上限（分）", min_value=1, required=False)
    cap_month = forms.IntegerField(label="每户每月上限（分）", min_value=1, required=False)
    cap_year = forms.IntegerField(label="每户每年上限（分）", min_value=1, required=False)
    evidence = forms.CharField(label="凭据", max_length=100, required=False)
    photo_required = forms.BooleanField(label="须有照片", required=False)
    recorder_roles = _role_field(
        "谁可登记",
        _RECORDERS,
        (HOUSEHOLD, "农户自报（自助终端）"),
        help_text=f"{_ANYBODY}农户自报须勾选，只限加分事项。",
    )
    reviewer_roles = _role_field("谁来审核", _REVIEWERS)
    exclusive_group = forms.CharField(
        label="只计最高", max_length=20, required=False, help_text="填同一代号的荣誉，一户一年只计最高一项。"
    )
    source = forms.CharField(label="依据", max_length=200, required=False)

    def prepare(self) -> None:
        """Only rules of this draft; caps are for whom its points are for."""
        draft: Any = self.obj
        self.fields["rule"].queryset = PointsRule.objects.filter(rule_set=draft)  # type: ignore[attr-defined]
        for name in ("cap_day", "cap_month", "cap_year"):
            field = self.fields[name]
            field.label = str(field.label).replace("每户", f"每{wording_of(draft).each}")


class SaveRule(GuidedAction):
    """Add a rule to a draft, or write one anew."""

    code, label, icon = "rule", "增加或修改事项", "plus"
    permission = "points.draft_ruleset"
    form_class = RuleForm
    intro = "在下面的事项表里点编号，带出原来的内容再改；保存后用填写的内容代替原来的。"

    def initial(self) -> dict[str, Any]:
        """The rule that the list of the draft leads to, as it stands."""
        wanted = self.request.GET.get("rule", "")
        rule = PointsRule.objects.filter(rule_set=self.obj, pk=wanted).first() if wanted.isdigit() else None
        return {} if rule is None else {"rule": rule.pk, **rule.content()}

    @classmethod
    def is_available(cls, obj: PointsRuleSet) -> bool:
        return obj.state == DRAFT

    def run(self) -> str:
        data = dict(self.data)
        rule = rulesets.save_rule(actor=self.user, rule_set=self.obj, instance=data.pop("rule"), data=data)
        return f"已保存：{rule}"


class RemoveForm(GuidedForm):
    """Which rule."""

    rule = forms.ModelChoiceField(label="事项", queryset=PointsRule.objects.none())

    def prepare(self) -> None:
        """Only rules of this draft."""
        self.fields["rule"].queryset = PointsRule.objects.filter(rule_set=self.obj)  # type: ignore[attr-defined]


class RemoveRule(GuidedAction):
    """Take a rule out of a draft."""

    code, label, icon, danger = "remove-rule", "删去事项", "trash", True
    permission = "points.draft_ruleset"
    form_class = RemoveForm

    @classmethod
    def is_available(cls, obj: PointsRuleSet) -> bool:
        return obj.state == DRAFT

    def run(self) -> str:
        rulesets.remove_rule(actor=self.user, rule=self.data["rule"])
        return f"已删去：{self.data['rule']}"


class Publish(GuidedAction):
    """Publish a draft that somebody else wrote."""

    code, label, icon = "publish", "发布", "check"
    permission = "points.publish_ruleset"
    intro = "发布以后不能再改；现行版本同时被代替。起草人不能自己发布。"

    @classmethod
    def is_available(cls, obj: PointsRuleSet) -> bool:
        return obj.state == DRAFT

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("适用", self.obj.village or f"{self.obj.township}（样本）"),
            ("生效日期", self.obj.effective_from),
            ("通过的会议", self.obj.resolution or "—"),
            ("积分记给", self.obj.get_holder_display()),
            ("起草人", self.obj.drafted_by),
            ("事项", f"{self.obj.rules.count()} 项"),
        ]

    def run(self) -> str:
        rulesets.publish_rule_set(actor=self.user, rule_set=self.obj)
        return "已发布"


class OpenHolders(GuidedAction):
    """Open the accounts of newcomers, close those of people who died or left (PNT-8)."""

    code, label, icon = "holders", "开立户头", "plus"
    permission = "points.draft_ruleset"
    submit_label = "开立"
    intro = (
        "积分记给个人的，给每位年满十八岁的在册村民开个人户；记给小组的，给每个小组开集体户。已有的不重开，姓名和组别按户籍更新；"
        "去世、迁出的销户，余额转到家里。平时登记和月结会自动补开，可以重复办理。"
    )

    @classmethod
    def is_available(cls, obj: PointsRuleSet) -> bool:
        return obj.village is not None and obj.state == PUBLISHED and has_holders(obj.village, obj)

    def run(self) -> str:
        return open_holders(actor=self.user, village=self.obj.village).text


class AdoptForm(GuidedForm):
    """Which village adopts, and through which meeting."""

    village = forms.ModelChoiceField(label="村", queryset=Village.objects.none())
    effective_from = forms.DateField(label="生效日期", widget=date_input())
    resolution = forms.CharField(label="通过的会议", max_length=200)
    resolved_on = forms.DateField(label="通过日期", widget=date_input())

    def prepare(self) -> None:
        """Villages of the template's township."""
        field: Any = self.fields["village"]
        field.queryset = field.queryset.filter(township=self.obj.township)  # type: ignore[union-attr]
        self.fields["effective_from"].initial = timezone.localdate()


class Adopt(GuidedAction):
    """A village takes over the township's template as a draft of its own."""

    code, label, icon = "adopt", "由村采用", "file"
    permission = "points.draft_ruleset"
    form_class = AdoptForm

    @classmethod
    def is_available(cls, obj: PointsRuleSet) -> bool:
        return obj.village_id is None and obj.state != DRAFT

    def run(self) -> str:
        draft = rulesets.adopt_template(actor=self.user, template=self.obj, **self.data)
        return f"已起草：{draft}"


def _or_dash(cap: int | None) -> str:
    return "—" if cap is None else str(cap)


class RuleInline(DeskInline):
    model = PointsRule
    fields = (
        "number",
        "category",
        "name",
        "points",
        "unit",
        "sign",
        "day",
        "month",
        "year",
        "source",
    )
    readonly_fields = fields
    view_permission = "points.view_pointsrule"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Django makes an inline for each request."""
        self.changes = obj is not None and SaveRule.is_offered(request.user, obj)
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description="编号")
    def number(self, obj: PointsRule) -> Any:
        """Leads to the form that changes the rule, where and while somebody may."""
        if not self.changes:
            return obj.code
        page = reverse("admin:points_pointsruleset_rule", args=(obj.rule_set_id,))
        return format_html('<a href="{}?rule={}">{}</a>', page, obj.pk, obj.code)

    # Caps are for a household, a person or a group, as the rule set says above.
    @admin.display(description="每日上限（分）")
    def day(self, obj: PointsRule) -> str:
        return _or_dash(obj.cap_day)

    @admin.display(description="每月上限（分）")
    def month(self, obj: PointsRule) -> str:
        return _or_dash(obj.cap_month)

    @admin.display(description="每年上限（分）")
    def year(self, obj: PointsRule) -> str:
        return _or_dash(obj.cap_year)


@admin.register(PointsRuleSet)
class PointsRuleSetAdmin(DeskModelAdmin):
    """Versions of each village's rules, and the township's template."""

    intro = "每个村一套细则；镇级样本由村通过会议采用。修改就是起草新的一版。"
    empty_hint = "先起草一份细则，再由另一位同志发布。"
    list_display = (
        "title",
        "place",
        "version",
        "state",
        "holder",
        "effective_from",
        "effective_to",
        "rule_count",
    )
    list_filter = ("state", "village")
    search_fields = ("title", "village__name")
    list_select_related = ("township", "village")
    fields = ("township", "village", *rulesets.SET_FIELDS)
    add_permission = change_permission = "points.draft_ruleset"
    guided_actions = (TryOut, SaveRule, RemoveRule, Publish, OpenHolders, Adopt)

    @staticmethod
    def save_service(*, actor: Any, instance: PointsRuleSet | None, data: dict[str, Any]) -> PointsRuleSet:
        """Draft a new version (from the one in force, when there is one) or change a draft."""
        if instance is not None:
            return rulesets.save_rule_set(actor=actor, instance=instance, data=data)
        values = dict(data)
        township, village = values.pop("township"), values.pop("village")
        last = (
            PointsRuleSet.objects.filter(township=township, village=village)
            .exclude(state=DRAFT)
            .order_by("-version")
            .first()
        )
        return rulesets.draft_rule_set(
            actor=actor, township=township, village=village, copy_from=last, **values
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Publicity first is what the rules of points want (PNT-2); a village keeps to whom it gives points (PNT-8)."""
        own = PointsRuleSet.objects.for_user(request.user, self.add_permission).exclude(state=DRAFT)
        newest = {
            row.village_id: row.holder for row in own.filter(village__isnull=False).order_by("version")[:50]
        }
        kept: dict[str, Any] = {"holder": next(iter(newest.values()))} if len(newest) == 1 else {}
        places: set[str] = set(request.user.scope_codes(self.add_permission))  # type: ignore[union-attr]
        villages = list(Village.objects.filter(code__in=places)[:2])
        if len(villages) == len(places) == 1:
            kept["village"] = villages[0].pk
        return {"posting": PostingRule.PUBLICITY, **kept, **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(rules_total=Count("rules"))
        return rows

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[type[DeskInline], ...]:
        """A new draft takes its rules from the version before; there is nothing to list yet."""
        return () if obj is None else (RuleInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("township", "village", "base") if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What nobody can change any more says for whom it is in its value."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return ["base" if name == "base_points" else name for name in self.fields]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """A household's points, a person's or a group's, as the draft says."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get("base_points")
        if field is not None:
            whose = "每户（每人、每组）" if obj is None else f"每{wording_of(obj).each}"
            field.label = f"{whose}每年基础分"
        return form

    @admin.display(description="每年基础分")
    def base(self, obj: PointsRuleSet) -> str:
        return f"每{wording_of(obj).each} {obj.base_points} 分" if obj.base_points else "不设"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == DRAFT)

    @admin.display(description="适用", ordering="village")
    def place(self, obj: PointsRuleSet) -> str:
        return obj.village.name if obj.village else f"{obj.township}（样本）"

    @admin.display(description="事项")
    def rule_count(self, obj: Any) -> int:
        return int(obj.rules_total)


@admin.register(PointsRule)
class PointsRuleAdmin(DeskModelAdmin):
    """Every rule of every version, for looking up."""

    intro = "各村各版本的积分事项；修改请到“积分细则”。"
    list_display = ("code", "name", "category", "worth", "caps_label", "rule_set", "source")
    list_filter = ("category", "sign", "rule_set__state", "rule_set__village")
    search_fields = ("code", "name")
    list_select_related = ("rule_set",)
    export_columns = (
        ExportColumn("细则", "rule_set", 28),
        ExportColumn("编号", "code", 8),
        ExportColumn("类别", "category", 16),
        ExportColumn("事项", "name", 30),
        ExportColumn("分值", "points", 8),
        ExportColumn("单位", "unit", 8),
        ExportColumn("上限", "caps_label", 24),
        ExportColumn("依据", "source", 30),
    )

    @admin.display(description="分值", ordering="points")
    def worth(self, obj: PointsRule) -> str:
        return f"{'−' if obj.deducts else '+'}{obj.points} 分/{obj.unit}"

    @admin.display(description="上限")
    def caps_label(self, obj: PointsRule) -> str:
        return obj.caps_label
