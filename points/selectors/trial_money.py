"""What points cost in money where a trial run is done (BEY-11): the shop's value of a point, the fund behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from points.models import PointsRuleSet, RedemptionFund, Supermarket


@dataclass(frozen=True, slots=True)
class TrialMoney:
    """``point_value`` in fen per point; ``fund`` in fen, None when there is no fund."""

    point_value: int
    fund: int | None

    def cost(self, points: int) -> int:
        """Fen for so many points."""
        return points * self.point_value


def trial_money(rule_set: PointsRuleSet) -> TrialMoney | None:
    """None where no shop has set what a point is worth, or the shops of a township differ."""
    shops = Supermarket.objects.filter(village__township=rule_set.township_id)
    funds = RedemptionFund.objects.filter(township=rule_set.township_id)
    if rule_set.village_id is not None:
        shops = shops.filter(village=rule_set.village_id)
        funds = funds.filter(Q(village=rule_set.village_id) | Q(village__isnull=True))
    values = set(shops.values_list("point_value", flat=True)) - {None, 0}
    if len(values) != 1:
        return None
    own = list(funds.order_by("-village").values_list("village", "balance_fen"))
    if rule_set.village_id is not None:
        local = [fen for village, fen in own if village is not None]
        fund = (local or [fen for _, fen in own] or [None])[0]
    else:
        fund = sum(fen for _, fen in own) if own else None
    return TrialMoney(int(values.pop()), fund)
