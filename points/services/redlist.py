"""The red list of a closed month, quarter or year (PNT-5); published by a second person like every notice."""

from __future__ import annotations

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.services import draft_notice
from points.models import PeriodStanding, PointsMonth
from points.public_lists import best, red_list
from points.selectors.holders import kind_of, wording_of
from points.selectors.rules import rule_set_on
from points.states import CLOSED
from villages.models import Village


def draft_red_list(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Draft the red list with its poster: ranks 1 to the rule set's ``red_list_top``. Safe to repeat.

    The last month of the period must be closed. Raises AccessDenied, RuleError.
    """
    rule_set = rule_set_on(village, period.end)
    if rule_set is None:
        raise RuleError(f"{village}{period.label}没有已发布的积分细则")
    last = period.months()[-1].key
    if not PointsMonth.objects.filter(village=village, period=last, state=CLOSED).exists():
        raise RuleError(f"{village}{period.label}的积分还没有结账，不能出红榜")
    standings = (
        PeriodStanding.objects.filter(
            village=village, period=period.key, account__household__kind=kind_of(rule_set)
        )
        .select_related("account__household__head", "group")
        .order_by("rank_village", "account__household__number")
    )
    rows = best(list(standings), rule_set.red_list_top)
    if not rows:
        raise RuleError(f"{village}{period.label}没有得分的{wording_of(rule_set).each}")
    content, poster = red_list(village=village, period=period, rows=rows, rule_set=rule_set)
    return draft_notice(
        actor=actor,
        kind=kinds.RED_LIST.code,
        content=content,
        village=village,
        period=period,
        subject_key=f"{village.code}:{period.key}",
        poster=poster,
    )
