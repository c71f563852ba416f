"""What one household sees: its account, its last entries, its rank."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cogov.common.periods import Period
from points.models import PeriodStanding, PointsAccount, PointsEntry
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


def _reason_texts(entries: list[PointsEntry]) -> tuple[str, ...]:
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.kind == "redeem":
            continue
        name = entry.rule.name if entry.rule else entry.get_kind_display()
        if entry.kind == "reverse":
            name = f"冲正（{name}）" if entry.rule else "冲正"
        if entry.for_period != entry.period and entry.kind != "reverse":
            name = f"补记{int(entry.for_period[5:])}月{name}"
        sums[name] += entry.score
    return tuple(f"{name}{score:+d}分" for name, score in sums.items())


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
                reasons=_reason_texts(entries),
                rank=standing.rank_village if standing else 0,
                year_score=years.get(account.pk, 0),
            )
        )
    return sorted(lines, key=lambda line: (-line.score, line.household.number))
