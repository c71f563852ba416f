"""The month's list as a numbered notice with its poster (PNT-2, NTC-2)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cogov.access.scope import Actor
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.selectors import find_notice
from notices.services import draft_notice, issue_notice
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


def _written(village: Village, period: Period) -> dict[str, Any]:
    """The list and its poster; the books are frozen, so composing them again gives the same document.

    Raises RuleError while the books are open.
    """
    if not PointsMonth.objects.filter(village=village, period=period.key, state=CLOSED).exists():
        raise RuleError(f"{village}{period.label}的积分还没有结账，不能公示")
    lines = month_lines(village, period)
    rule_set = rule_set_on(village, period.end)
    return {
        "kind": kinds.POINTS_LIST.code,
        "content": documents.list_content(
            village=village,
            period=period,
            lines=lines,
            figures=period_figures([village.code], period),
            previous=period_figures([village.code], period.previous()),
            rule_set=rule_set,
        ),
        "village": village,
        "period": period,
        "subject_key": subject_key(village, period),
        "poster": documents.poster_content(village=village, period=period, lines=lines, rule_set=rule_set),
    }


def draft_month_list(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Draft the list of a closed month, to be published by a person. Raises AccessDenied, RuleError."""
    return draft_notice(actor=actor, **_written(village, period))


def publish_month_list(*, actor: Actor, village: Village, period: Period) -> Notice:
    """Publish the list of a closed month; the one that hangs already stays as it is. Raises RuleError."""
    with transaction.atomic():
        known = find_notice(kind=kinds.POINTS_LIST.code, subject_key=subject_key(village, period))
        if known is not None and known.is_public:
            return known
        return issue_notice(actor=actor, **_written(village, period))
