"""Which rules are in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from cogov.access.permissions import permissions_of
from cogov.access.policies import version_on
from cogov.access.scope import SystemActor
from points.models import Category, PointsRule, PointsRuleSet
from villages.models import Township, Village


def rule_set_on(village: Village, day: date) -> PointsRuleSet | None:
    """The village's rule set in force on a day."""
    return version_on(PointsRuleSet.objects.filter(village=village), day)


def template_on(township: Township, day: date) -> PointsRuleSet | None:
    """The township's template in force on a day."""
    return version_on(PointsRuleSet.objects.filter(township=township, village__isnull=True), day)


def rules_on(village: Village, day: date) -> QuerySet[PointsRule]:
    """The rules of a village in force on a day, in their order; none without a published rule set."""
    rule_set = rule_set_on(village, day)
    rows = PointsRule.objects.select_related("rule_set").order_by("order", "code")
    return rows.filter(rule_set=rule_set) if rule_set is not None else rows.none()


def recordable_rules(user: Any, village: Village, day: date) -> list[PointsRule]:
    """The rules in force under which this person may record."""
    return [rule for rule in rules_on(village, day) if may_record(user, rule, village.code)]


def _holds(user: Any, roles: Sequence[str], code: str, perm: str) -> bool:

    if isinstance(user, SystemActor) or getattr(user, "is_superuser", False):
        return True
    return any(
        (not roles or duty.role in roles)
        and perm in permissions_of(duty.role)
        and (code.startswith(duty.scope_code) or duty.scope_code.startswith(code))
        for duty in user.active_duties()
    )


def may_record(user: Any, rule: PointsRule, village_code: str) -> bool:
    """Whether one of the person's duties there is named by the rule as recorder (any, when the rule names none)."""
    return _holds(user, rule.recorder_roles, village_code, "points.record_points")


def may_review(user: Any, rule: PointsRule, village_code: str) -> bool:
    """The same for reviewing."""
    return _holds(user, rule.reviewer_roles, village_code, "points.review_points")


def by_category(rules: Sequence[PointsRule]) -> list[tuple[str, list[PointsRule]]]:
    """Rules under the label of their category, in the order of PNT-1."""
    groups: defaultdict[str, list[PointsRule]] = defaultdict(list)
    for rule in rules:
        groups[rule.category].append(rule)
    return [(category.label, groups[category.value]) for category in Category if groups[category.value]]
