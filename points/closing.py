"""What points do in the month close of a village (RPT-2): post, close and rank, publish."""

from __future__ import annotations

from typing import Any

from cogov.access.scope import authorize
from cogov.common.periods import Period
from cogov.desk.registry import CloseStep
from points.models import PointsEntry, PostingRule
from points.selectors.rules import rule_set_on
from points.services.holders import follow
from points.services.notices import publish_month_list
from points.services.posting import close_points_month, covering, post_month
from points.services.publicity import publish_pending_list
from points.services.standings import rank_township
from villages.models import Township, Village


def _post(actor: Any, village: Village, period: Period) -> dict[str, Any]:
    authorize(actor, "points.post_points", village.code)
    follow(actor, village)
    result = post_month(actor=actor, village=village, period=period)
    return {
        "entries": result.posted,
        "points": result.points,
        "waiting": result.waiting,
        "already": result.already,
    }


def _rank(actor: Any, village: Village, period: Period) -> dict[str, Any]:
    month = close_points_month(actor=actor, village=village, period=period)
    return {
        "entries": month.entry_count,
        "issued": month.issued,
        "redeemed": month.redeemed,
        "households": month.households,
    }


def _publish(actor: Any, village: Village, period: Period) -> dict[str, Any]:
    """The list of what was posted; where publicity comes first, the list of what will be."""
    rule_set = rule_set_on(village, period.end)
    if rule_set is None or rule_set.posting == PostingRule.CLOSE:
        notice = publish_month_list(actor=actor, village=village, period=period)
        return {"notice": notice.pk, "number": notice.number}
    pending = publish_pending_list(actor=actor, village=village, period=period)
    told = {"notice": pending.pk, "number": pending.number} if pending is not None else {}
    if _posted_unlisted(village, period):  # the month in which the village changed over
        told["posted"] = publish_month_list(actor=actor, village=village, period=period).number
    return told


def _posted_unlisted(village: Village, period: Period) -> bool:
    """Whether the books hold deeds of rules under which the list follows the posting."""
    rows = PointsEntry.objects.filter(village=village, period=period.key, kind__in=("earn", "deduct"))
    return rows.filter(rule__rule_set__posting=PostingRule.CLOSE).exists()


STEPS = (
    CloseStep("points.post", "积分入账", 100, _post),
    CloseStep("points.rank", "积分结账与排名", 110, _rank),
    CloseStep("points.list", "发布积分公示", 120, _publish),
)


def _rank_township(actor: Any, township: Township, period: Period) -> dict[str, Any]:
    return {covered.key: rank_township(township=township, period=covered) for covered in covering(period)}


TOWNSHIP_STEPS = (CloseStep("points.township_rank", "全镇积分排名", 100, _rank_township),)
