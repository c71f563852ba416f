"""Rule catalogues (PNT-1): drafted, adopted from the township's template, published by a second person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from cogov.access.policies import DRAFT, publish_version
from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.audit.services import snapshot
from cogov.common.errors import InputError, Problem, RuleError
from points.models import Holder, PointsRule, PointsRuleSet
from points.services.holders import follow
from villages.models import Township, Village

INHERITED = (
    "covenant",
    "holder",
    "posting",
    "base_points",
    "review_day",
    "year_end",
    "reply_workdays",
    "black_list",
    "red_list_top",
)
"""What a new draft takes from the version or the template that it comes from."""
SET_FIELDS = ("title", "effective_from", "resolution", "resolved_on", *INHERITED)
RULE_FIELDS = (
    "code",
    "category",
    "name",
    "unit",
    "sign",
    "points",
    "cap_day",
    "cap_month",
    "cap_year",
    "evidence",
    "photo_required",
    "recorder_roles",
    "reviewer_roles",
    "exclusive_group",
    "source",
    "order",
)


def _place(township: Township, village: Village | None) -> str:
    return village.code if village is not None else township.code


def _problems(error: ValidationError) -> list[Problem]:
    if not hasattr(error, "error_dict"):
        return [Problem(message) for message in error.messages]
    return [
        Problem(message, column="" if name == "__all__" else name)
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def _checked(obj: Any, **kwargs: Any) -> None:
    try:
        obj.full_clean(**kwargs)
    except ValidationError as error:
        raise InputError(f"{obj._meta.verbose_name}没有保存", _problems(error)) from error


def draft_rule_set(
    *,
    actor: Actor,
    township: Township,
    village: Village | None,
    title: str,
    effective_from: date,
    template: PointsRuleSet | None = None,
    copy_from: PointsRuleSet | None = None,
    **fields: Any,
) -> PointsRuleSet:
    """A new draft: empty, from the township's template (adoption), or from the version before.

    Raises AccessDenied, InputError, RuleError when a draft exists already.
    """
    authorize(actor, "points.draft_ruleset", _place(township, village))
    if actor.pk is None:
        raise RuleError("细则须由工作人员起草")
    origin = template or copy_from
    with transaction.atomic():
        Township.objects.select_for_update().get(pk=township.pk)
        siblings = PointsRuleSet.objects.filter(township=township, village=village)
        if siblings.filter(state=DRAFT).exists():
            raise RuleError("已经有一份草案，请先修改或发布那一份")
        rule_set = PointsRuleSet(
            township=township,
            village=village,
            title=title,
            effective_from=effective_from,
            template=template,
            version=(siblings.aggregate(top=Max("version"))["top"] or 0) + 1,
            drafted_by_id=actor.pk,
        )
        if origin is not None:
            for name in INHERITED:
                setattr(rule_set, name, getattr(origin, name))
        for name, value in fields.items():
            setattr(rule_set, name, value)
        _checked(rule_set, exclude=["digest"])
        rule_set.save()
        if origin is not None:
            PointsRule.objects.bulk_create(
                [
                    PointsRule(rule_set=rule_set, **{name: getattr(rule, name) for name in RULE_FIELDS})
                    for rule in origin.rules.all()
                ]
            )
        audit(
            actor=actor,
            action="points.draft_ruleset",
            summary=f"起草积分细则：{rule_set}",
            obj=rule_set,
            after=snapshot(rule_set, SET_FIELDS),
        )
    return rule_set


def adopt_template(
    *,
    actor: Actor,
    village: Village,
    template: PointsRuleSet,
    effective_from: date,
    resolution: str,
    resolved_on: date,
) -> PointsRuleSet:
    """A village adopts the township's template through a meeting [003-6 §20]. Raises RuleError, AccessDenied."""
    if template.village_id is not None or template.township_id != village.township_id:
        raise RuleError("只能采用本镇的样本")
    if template.state == DRAFT:
        raise RuleError("样本还没有发布")
    if not resolution.strip():
        raise RuleError("请写明通过细则的会议")
    return draft_rule_set(
        actor=actor,
        township=village.township,
        village=village,
        title=f"{village}积分制管理细则",
        effective_from=effective_from,
        template=template,
        resolution=resolution.strip(),
        resolved_on=resolved_on,
    )


def save_rule_set(*, actor: Actor, instance: PointsRuleSet, data: Mapping[str, Any]) -> PointsRuleSet:
    """Change the head of a draft. Raises AccessDenied, TransitionError, InputError."""
    authorize(actor, "points.draft_ruleset", _place(instance.township, instance.village))
    with transaction.atomic():
        row = PointsRuleSet.objects.select_for_update(of=("self",)).get(pk=instance.pk)
        row.require_draft()
        before = snapshot(row, SET_FIELDS)
        for name in SET_FIELDS:
            if name in data:
                setattr(row, name, data[name])
        _checked(row, exclude=["digest"])
        row.save()
        audit(
            actor=actor,
            action="points.change_ruleset",
            summary=f"修改积分细则草案：{row}",
            obj=row,
            before=before,
            after=snapshot(row, SET_FIELDS),
        )
    return row


def save_rule(
    *, actor: Actor, rule_set: PointsRuleSet, instance: PointsRule | None, data: Mapping[str, Any]
) -> PointsRule:
    """Add a rule to a draft or change one. Raises AccessDenied, TransitionError, InputError."""
    authorize(actor, "points.draft_ruleset", _place(rule_set.township, rule_set.village))
    with transaction.atomic():
        fresh = PointsRuleSet.objects.select_for_update(of=("self",)).get(pk=rule_set.pk)
        fresh.require_draft()
        rule = instance or PointsRule(rule_set=fresh)
        if rule.rule_set_id != fresh.pk:
            raise RuleError("这一事项不属于这份细则")
        before = rule.content() if instance is not None else None
        for name in RULE_FIELDS:
            if name in data:
                setattr(rule, name, data[name])
        _checked(rule)
        rule.save()
        audit(
            actor=actor,
            action="points.save_rule",
            summary=f"{'修改' if instance else '增加'}积分事项：{rule}",
            obj=rule,
            before=before,
            after=rule.content(),
        )
    return rule


def add_rules(
    *, actor: Actor, rule_set: PointsRuleSet, rules: Iterable[Mapping[str, Any]]
) -> list[PointsRule]:
    """Several rules at once, all or none."""
    with transaction.atomic():
        return [save_rule(actor=actor, rule_set=rule_set, instance=None, data=data) for data in rules]


def remove_rule(*, actor: Actor, rule: PointsRule) -> None:
    """Take a rule out of a draft. Raises AccessDenied, TransitionError."""
    authorize(actor, "points.draft_ruleset", _place(rule.rule_set.township, rule.rule_set.village))
    with transaction.atomic():
        fresh = PointsRuleSet.objects.select_for_update(of=("self",)).get(pk=rule.rule_set_id)
        fresh.require_draft()
        audit(
            actor=actor,
            action="points.remove_rule",
            summary=f"删去积分事项：{rule}",
            obj=fresh,
            before=rule.content(),
        )
        rule.delete()


def publish_rule_set(*, actor: Actor, rule_set: PointsRuleSet) -> PointsRuleSet:
    """Publish a draft by a second person. A village's needs the meeting that passed it, and at least one rule.

    Raises AccessDenied, RuleError, TransitionError.
    """
    authorize(actor, "points.publish_ruleset", _place(rule_set.township, rule_set.village))
    with transaction.atomic():
        fresh = PointsRuleSet.objects.select_for_update(of=("self",)).get(pk=rule_set.pk)
        missing = []
        if fresh.village_id is not None and not (fresh.resolution and fresh.resolved_on):
            missing.append("还没有填写通过细则的会议和日期")
        if fresh.resolved_on and fresh.resolved_on > fresh.effective_from:
            missing.append("生效日期早于通过日期")
        rules = list(fresh.rules.all())
        if not rules:
            missing.append("细则里还没有积分事项")
        if any(rule.deducts for rule in rules) and not fresh.covenant:
            missing.append("有扣分事项，须写明村规民约依据")
        if missing:
            raise RuleError("细则还不能发布", missing)
        published = publish_version(actor=actor, version=fresh)
        assert isinstance(published, PointsRuleSet)  # noqa: S101 - narrows the type
        if published.village is not None and published.holder != Holder.HOUSEHOLD:
            follow(actor, published.village)  # persons or groups get what the rules give points to (PNT-8)
    return published
