"""What one household sees: its account, its last entries, its rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cogov.common.periods import Period
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsRecord
from villages.models import Household, Village


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One household in a month's list."""

    household: Household
    earned: int
    deducted: int
    redeemed: int
    score: int
    reasons: tuple[str, ...]
    rank: int = 0
    year_score: int = 0

    @property
    def has_deduction(self) -> bool:
        return self.deducted > 0


@dataclass(slots=True)
class Deeds:
    """Equal deeds of one household: how many units, what they gave, what they would have given without caps."""

    unit: str
    honour: bool
    quantity: int = 0
    score: int = 0
    full: int = 0
    counted: bool = True

    def text(self, name: str) -> str:
        """``打扫公共巷道6次20分封顶``; a single unit is not counted out."""
        many = f"{self.quantity}{self.unit}" if self.counted and self.quantity > 1 else ""
        value = f"{self.score}分" if self.score >= 0 else f"扣{-self.score}分"
        cut = self.counted and abs(self.score) < abs(self.full)
        return f"{name}{many}{value}" + (("补差" if self.honour else "封顶") if cut else "")


def _reason_texts(entries: Sequence[PointsEntry], quantities: Mapping[str, int]) -> tuple[str, ...]:
    """Why the month's score is what it is: equal deeds together, in the order in which they began."""
    deeds: dict[tuple[str, str], Deeds] = {}
    for entry in entries:
        if entry.kind == "redeem" or (entry.rule is None and entry.score == 0):
            continue
        rule = entry.rule
        name = rule.name if rule else entry.get_kind_display()
        if entry.kind == "reverse":
            name = f"冲正（{name}）" if rule else "冲正"
        elif entry.for_period != entry.period:
            name = f"补记{int(entry.for_period[5:])}月{name}"
        unit = rule.unit if rule else ""
        row = deeds.setdefault((name, unit), Deeds(unit, bool(rule and rule.exclusive_group)))
        row.score += entry.score
        quantity = quantities.get(entry.source) if entry.kind != "reverse" else None
        if rule is None or quantity is None:
            row.counted = False
        else:
            row.quantity += quantity
            row.full += quantity * rule.points
    return tuple(row.text(name) for (name, _), row in deeds.items())


def _quantities(village: Village, period: Period) -> dict[str, int]:
    """Ledger source -> quantity of the records that stand in a month's books."""
    rows = PointsRecord.objects.filter(village=village, posted_period=period.key)
    return {f"record:{pk}": quantity for pk, quantity in rows.values_list("pk", "quantity")}


def month_lines(village: Village, period: Period) -> list[MonthLine]:
    """Every household with entries in a month, best first, then by number."""
    by_account: defaultdict[int, list[PointsEntry]] = defaultdict(list)
    for entry in (
        PointsEntry.objects.filter(village=village, period=period.key)
        .select_related("rule")
        .order_by("occurred_on", "id")
    ):
        by_account[entry.account_id].append(entry)
    accounts = PointsAccount.objects.filter(pk__in=by_account).select_related(
        "household__group", "household__head", "household__village"
    )
    standings = {
        row.account_id: row for row in PeriodStanding.objects.filter(village=village, period=period.key)
    }
    years = {
        row.account_id: row.score
        for row in PeriodStanding.objects.filter(village=village, period=f"{period.year:04d}")
    }
    quantities = _quantities(village, period)
    lines = []
    for account in accounts:
        entries = by_account[account.pk]
        standing = standings.get(account.pk)
        lines.append(
            MonthLine(
                household=account.household,
                earned=sum(e.score for e in entries if e.kind == "earn"),
                deducted=-sum(e.score for e in entries if e.kind == "deduct"),
                redeemed=-sum(e.points for e in entries if e.kind == "redeem"),
                score=sum(e.score for e in entries),
                reasons=_reason_texts(entries, quantities),
                rank=standing.rank_village if standing else 0,
                year_score=years.get(account.pk, 0),
            )
        )
    return sorted(lines, key=lambda line: (-line.score, line.household.number))
