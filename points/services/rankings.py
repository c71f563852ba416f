"""Drafts of the ranking and the roll of honour; a second person checks and publishes them like every notice."""

from __future__ import annotations

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.services import draft_notice
from points.models import Category, PeriodStanding, PointsMonth, PointsRecord, PointsRuleSet
from points.rankings import RANKING, honour_roll, ranking
from points.selectors.holders import kind_of, wording_of
from points.selectors.rules import rule_set_on
from points.states import CLOSED, POSTED
from villages.models import Village

HONOUR_ROLL = "honour_roll"


def draft_ranking(*, actor: Actor, village: Village, period: Period) -> Notice:
    """The ranking of a month, quarter or year whose last month is closed. Safe to repeat. Raises AccessDenied, RuleError."""
    rule_set = _closed(village, period, "不能出积分榜")
    rows = list(
        PeriodStanding.objects.filter(
            village=village, period=period.key, account__household__kind=kind_of(rule_set)
        )
        .select_related("account__household__head", "group")
        .order_by("rank_village", "account__household__number")
    )
    if not any(row.score > 0 for row in rows):
        raise RuleError(f"{village}{period.label}没有得分的{wording_of(rule_set).each}")
    content, poster = ranking(village=village, period=period, rows=rows, rule_set=rule_set)
    return draft_notice(
        actor=actor,
        kind=RANKING.code,
        content=content,
        village=village,
        period=period,
        subject_key=f"{village.code}:{period.key}",
        poster=poster,
    )


def draft_honour_roll(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Whoever was honoured by points posted in a period. Safe to repeat. Raises AccessDenied, RuleError."""
    rule_set = _closed(village, period, "不能出光荣榜")
    records = list(
        PointsRecord.objects.filter(
            village=village,
            state=POSTED,
            rule__category=Category.HONOUR,
            rule__sign="earn",
            posted_period__in=[month.key for month in period.months()],
        )
        .select_related("household__group", "household__head", "rule")
        .order_by("-rule__points", "rule__order", "household__group__serial", "household__number", "pk")
    )
    if not records:
        raise RuleError(f"{village}{period.label}没有“先进典型/评选”的积分，出不了光荣榜")
    content, poster = honour_roll(village=village, period=period, records=records, rule_set=rule_set)
    return draft_notice(
        actor=actor,
        kind=kinds.get(HONOUR_ROLL).code,
        content=content,
        village=village,
        period=period,
        subject_key=f"points:{village.code}:{period.key}",
        poster=poster,
    )


def _closed(village: Village, period: Period, what: str) -> PointsRuleSet:
    rule_set = rule_set_on(village, period.end)
    if rule_set is None:
        raise RuleError(f"{village}{period.label}没有已发布的积分细则")
    last = period.months()[-1].key
    if not PointsMonth.objects.filter(village=village, period=last, state=CLOSED).exists():
        raise RuleError(f"{village}{period.label}的积分还没有结账，{what}")
    return rule_set
