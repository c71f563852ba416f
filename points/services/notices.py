"""The month's list as a numbered notice with its poster (PNT-2, NTC-2)."""

from __future__ import annotations

from django.db import transaction

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.selectors import find_notice
from notices.services import draft_notice, publish_notice
from points import documents
from points.models import PointsMonth
from points.selectors.figures import period_figures
from points.selectors.rules import rule_set_on
from points.selectors.statements import month_lines
from points.states import CLOSED
from villages.models import Village


def subject_key(village: Village, period: Period) -> str:
    """One list per village and month."""
    return f"{village.code}:{period.key}"


def draft_month_list(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Draft the list of a closed month. The books are frozen, so drafting again gives the same document."""
    if not PointsMonth.objects.filter(village=village, period=period.key, state=CLOSED).exists():
        raise RuleError(f"{village}{period.label}的积分还没有结账，不能公示")
    lines = month_lines(village, period)
    rule_set = rule_set_on(village, period.end)
    content = documents.list_content(
        village=village,
        period=period,
        lines=lines,
        figures=period_figures([village.code], period),
        previous=period_figures([village.code], period.previous()),
        rule_set=rule_set,
    )
    poster = documents.poster_content(village=village, period=period, lines=lines, rule_set=rule_set)
    return draft_notice(
        actor=actor,
        kind=kinds.POINTS_LIST.code,
        content=content,
        village=village,
        period=period,
        subject_key=subject_key(village, period),
        poster=poster,
    )


def publish_month_list(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Draft and publish the list; the one that hangs already stays as it is."""
    with transaction.atomic():
        known = find_notice(kind=kinds.POINTS_LIST.code, subject_key=subject_key(village, period))
        if known is not None and known.is_public:
            return known
        notice = draft_month_list(actor=actor, village=village, period=period)
        return notice if notice.is_public else publish_notice(actor=actor, notice=notice)
