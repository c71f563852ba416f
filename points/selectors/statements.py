"""What one household sees: its account, its last entries, its rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cogov.common.periods import Period
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsRecord, PointsRule
from points.rules import KIND_LABELS
from villages.models import Household, Resident, Village, VillageGroup


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


class _Entry(NamedTuple):
    """What a line needs of an entry. Model instances of a whole village would take most of the time of its list."""

    account_id: int
    kind: str
    score: int
    points: int
    period: str
    for_period: str
    source: str
    rule_id: int | None


def _reason_texts(
    entries: Sequence[_Entry], rules: Mapping[int | None, PointsRule], quantities: Mapping[str, int]
) -> tuple[str, ...]:
    """Why the month's score is what it is: equal deeds together, in the order in which they began."""
    deeds: dict[tuple[str, str], Deeds] = {}
    for entry in entries:
        rule = rules.get(entry.rule_id)
        if entry.kind == "redeem" or (rule is None and entry.score == 0):
            continue
        name = rule.name if rule else KIND_LABELS[entry.kind]
        if entry.kind == "reverse":
            name = f"冲正（{name}）" if rule else "冲正"
        elif entry.for_period != entry.period:
            name = f"补记{int(entry.for_period[5:])}月{name}"
        unit = rule.unit if rule else ""
        row = deeds.get((name, unit))
        if row is None:
            row = deeds[name, unit] = Deeds(unit, bool(rule and rule.exclusive_group))
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
    rows = PointsRecord.objects.filter(village=village, posted_period=period.key).order_by()
    return {f"record:{pk}": quantity for pk, quantity in rows.values_list("pk", "quantity")}


# Only these columns are read: instances made in the usual way fill in every other one, and take three times as long.
# from_db takes them in the order of the model, whatever order is named.
_LISTED, _AGED = ("id", "number", "kind", "head_name"), ("id", "birth_date")


def _owners(village: Village, accounts: Iterable[int]) -> list[tuple[int, Household]]:
    """Accounts of a village with their holders and what a list prints of them: number, name, group, age of the head."""
    rows = PointsAccount.objects.filter(pk__in=accounts).order_by()
    names = ("kind", "number", "head_name", "group_id", "head_id", "head__birth_date")
    values = list(rows.values_list("pk", "household_id", *(f"household__{name}" for name in names)))
    groups = VillageGroup.objects.order_by().in_bulk({row[5] for row in values})
    found = []
    for account, pk, kind, number, head_name, group_id, head_id, birth_date in values:
        household = Household.from_db(rows.db, _LISTED, (pk, number, kind, head_name))
        household.village, household.group = village, groups[group_id]
        household.head = Resident.from_db(rows.db, _AGED, (head_id, birth_date)) if head_id else None
        found.append((account, household))
    return found


def _standings(village: Village, period: str) -> dict[int, tuple[int, int]]:
    """Account -> (score, rank in the village)."""
    rows = PeriodStanding.objects.filter(village=village, period=period).order_by()
    return {
        account: (score, rank)
        for account, score, rank in rows.values_list("account_id", "score", "rank_village")
    }


def month_lines(village: Village, period: Period) -> list[MonthLine]:
    """Every household with entries in a month, best first, then by number. The households are for printing only."""
    by_account: defaultdict[int, list[_Entry]] = defaultdict(list)
    rows = PointsEntry.objects.filter(village=village, period=period.key).order_by("occurred_on", "id")
    for row in rows.values_list(*_Entry._fields):
        by_account[row[0]].append(_Entry._make(row))
    rules: Mapping[int | None, PointsRule] = PointsRule.objects.in_bulk(
        {entry.rule_id for entries in by_account.values() for entry in entries if entry.rule_id}
    )
    months, years = _standings(village, period.key), _standings(village, f"{period.year:04d}")
    quantities = _quantities(village, period)
    lines = []
    for account, household in _owners(village, by_account):
        entries = by_account[account]
        lines.append(
            MonthLine(
                household=household,
                earned=sum(e.score for e in entries if e.kind in ("earn", "base")),
                deducted=-sum(e.score for e in entries if e.kind == "deduct"),
                redeemed=-sum(e.points for e in entries if e.kind == "redeem"),
                score=sum(e.score for e in entries),
                reasons=_reason_texts(entries, rules, quantities),
                rank=months.get(account, (0, 0))[1],
                year_score=years.get(account, (0, 0))[0],
            )
        )
    return sorted(lines, key=lambda line: (-line.score, line.household.number))
