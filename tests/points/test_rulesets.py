"""Rule versions: two people, a meeting, and never changed afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from cogov.access.roles import Role
from cogov.common.errors import AccessDenied, InputError, RuleError, TransitionError
from points.models import PointsRule, PointsRuleSet
from points.selectors.rules import rule_set_on, template_on
from points.services.rulesets import (
    add_rules,
    adopt_template,
    draft_rule_set,
    publish_rule_set,
    remove_rule,
    save_rule,
    save_rule_set,
)
from tests.factories.access import user_with
from tests.factories.points import RULES, Setting, setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting(households=1)


def draft(place: Setting, **fields: Any) -> PointsRuleSet:
    values = {
        "title": "新细则",
        "effective_from": dt.date(2026, 12, 1),
        "resolution": "村民代表会议",
        "resolved_on": dt.date(2026, 11, 1),
        "covenant": "村规民约",
        **fields,
    }
    return draft_rule_set(actor=place.cadre, township=place.village.township, village=place.village, **values)


def test_drafter_cannot_publish(place: Setting) -> None:
    row = draft(place)
    add_rules(actor=place.cadre, rule_set=row, rules=RULES)
    with pytest.raises(AccessDenied):
        publish_rule_set(actor=place.cadre, rule_set=row)
    own = draft_by_secretary(place, row)
    with pytest.raises(RuleError, match="起草人不能发布自己的草案"):
        publish_rule_set(actor=place.secretary, rule_set=own)
    own.refresh_from_db()
    assert own.state == "draft"


def draft_by_secretary(place: Setting, row: PointsRuleSet) -> PointsRuleSet:
    PointsRuleSet.objects.filter(pk=row.pk).update(drafted_by=place.secretary)
    row.refresh_from_db()
    return row


def test_new_version_supersedes_from_its_first_day(place: Setting) -> None:
    row = draft(place)
    add_rules(actor=place.cadre, rule_set=row, rules=RULES[:1])
    publish_rule_set(actor=place.secretary, rule_set=row)
    place.rule_set.refresh_from_db()
    assert (place.rule_set.state, place.rule_set.effective_to) == ("superseded", dt.date(2026, 11, 30))
    assert rule_set_on(place.village, dt.date(2026, 11, 30)) == place.rule_set
    assert rule_set_on(place.village, dt.date(2026, 12, 1)) == row


def test_published_version_cannot_be_changed(place: Setting) -> None:
    rule = place.rules["E01"]
    for change in (
        lambda: save_rule(actor=place.cadre, rule_set=place.rule_set, instance=rule, data={"points": 50}),
        lambda: save_rule(actor=place.cadre, rule_set=place.rule_set, instance=None, data=RULES[0]),
        lambda: remove_rule(actor=place.cadre, rule=rule),
        lambda: save_rule_set(actor=place.cadre, instance=place.rule_set, data={"title": "x"}),
    ):
        with pytest.raises(TransitionError, match="已发布的版本不能修改"):
            change()
    assert PointsRule.objects.get(pk=rule.pk).points == 5
    assert place.rule_set.is_intact()


def test_publishing_names_everything_that_is_missing(place: Setting) -> None:
    row = draft(place, resolution="", resolved_on=None, covenant="")
    with pytest.raises(RuleError) as refusal:
        publish_rule_set(actor=place.secretary, rule_set=row)
    assert refusal.value.reasons == ("还没有填写通过细则的会议和日期", "细则里还没有积分事项")
    add_rules(actor=place.cadre, rule_set=row, rules=RULES[3:])
    with pytest.raises(RuleError, match="有扣分事项，须写明村规民约依据"):
        publish_rule_set(actor=place.secretary, rule_set=row)


def test_one_draft_at_a_time(place: Setting) -> None:
    draft(place)
    with pytest.raises(RuleError, match="已经有一份草案"):
        draft(place)


@pytest.mark.parametrize("points", [0, -5, 20000])
def test_points_per_unit_are_positive(place: Setting, points: int) -> None:
    row = draft(place)
    with pytest.raises(InputError):
        save_rule(actor=place.cadre, rule_set=row, instance=None, data={**RULES[0], "points": points})
    assert not row.rules.exists()


def test_village_adopts_the_townships_template(place: Setting) -> None:
    township = place.village.township
    admin = user_with(Role.TOWNSHIP_ADMIN, township.code)
    leader = user_with(Role.TOWNSHIP_LEADER, township.code)
    template = draft_rule_set(
        actor=admin,
        township=township,
        village=None,
        title="沙坪镇积分样本",
        effective_from=dt.date(2026, 1, 1),
    )
    add_rules(actor=admin, rule_set=template, rules=RULES[:2])
    with pytest.raises(RuleError, match="样本还没有发布"):
        adopt(place, template)
    publish_rule_set(actor=leader, rule_set=template)
    assert template_on(township, dt.date(2026, 11, 2)) == template
    template.refresh_from_db()
    adopted = adopt(place, template)
    assert (adopted.template, adopted.version, adopted.rules.count()) == (template, 2, 2)
    assert adopted.resolution == "村民代表会议"


def adopt(place: Setting, template: PointsRuleSet) -> PointsRuleSet:
    return adopt_template(
        actor=place.cadre,
        village=place.village,
        template=template,
        effective_from=dt.date(2026, 12, 1),
        resolution="村民代表会议",
        resolved_on=dt.date(2026, 11, 1),
    )


def test_template_belongs_to_the_township(place: Setting) -> None:
    with pytest.raises(AccessDenied):
        draft_rule_set(
            actor=place.cadre,
            township=place.village.township,
            village=None,
            title="样本",
            effective_from=dt.date(2026, 1, 1),
        )
    assert PointsRuleSet.objects.count() == 1
