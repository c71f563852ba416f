"""The proofs of the points ledger: balances, digests, keys, running balances, records, standings, rule versions."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Sum, Window
from django.db.models.functions import Coalesce, Substr
from django.db.models.functions import Rank as RankFunction

from cogov.audit import guards
from points.models import (
    PeriodStanding,
    PointsAccount,
    PointsEntry,
    PointsMonth,
    PointsRecord,
    PointsRule,
    PointsRuleSet,
)
from points.states import CLOSED, POSTED, REVERSED

Faults = Iterator[tuple[str, str]]

_EARNED = Q(kind__in=("earn", "base")) | Q(kind="reverse", score__lt=0)
_DEDUCTED = Q(kind="deduct") | Q(kind="reverse", score__gt=0)
_REDEEMED = Q(kind="redeem") | Q(kind="reverse", score=0)


def _place(account: PointsAccount) -> str:
    return f"{account.village} {account.household.number}户的积分账户 #{account.pk}"


def guards_hold() -> Faults:
    """The triggers that make the ledger append-only are there."""
    for problem in guards.verify(connection):
        yield "数据库", problem


def digests_hold() -> Faults:
    """No entry says anything else than when it was written."""
    for entry in PointsEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if entry.digest != entry.computed_digest():
            yield f"积分流水 #{entry.pk}", "内容与当时的摘要不符，已被改动"


def balances_hold() -> Faults:
    """Balance, debts and totals of every account are the sums of its entries."""
    sums: dict[int, dict[str, int | None]] = {
        row.pop("account"): row
        for row in PointsEntry.objects.order_by()
        .values("account")
        .annotate(
            balance=Sum("points"),
            owed=Sum("owed"),
            earned=Coalesce(Sum("score", filter=_EARNED), 0),
            deducted=-Coalesce(Sum("score", filter=_DEDUCTED), 0),
            redeemed=-Coalesce(Sum("points", filter=_REDEEMED), 0),
            entry_count=Count("pk"),
        )
        .iterator()
    }
    labels = {
        "balance": "可用积分",
        "owed": "待扣积分",
        "earned": "累计得分",
        "deducted": "累计扣分",
        "redeemed": "累计兑换",
        "entry_count": "笔数",
    }
    accounts = PointsAccount.objects.select_related("village", "household").order_by("pk")
    for account in accounts.iterator(chunk_size=2000):
        found = sums.get(account.pk, {})
        for name, label in labels.items():
            expected = found.get(name) or 0
            if getattr(account, name) != expected:
                yield _place(account), f"{label}是 {getattr(account, name)}，流水合计是 {expected}"
        if account.balance < 0:
            yield _place(account), "可用积分低于零"


def years_hold() -> Faults:
    """The year's figures of every account are the sums of that year's entries."""
    sums = {
        (row["account"], row["year"]): (row["earned"], row["deducted"])
        for row in PointsEntry.objects.order_by()
        .annotate(year=Substr("period", 1, 4))
        .values("account", "year")
        .annotate(
            earned=Coalesce(Sum("score", filter=_EARNED), 0),
            deducted=-Coalesce(Sum("score", filter=_DEDUCTED), 0),
        )
        .iterator()
    }
    accounts = PointsAccount.objects.select_related("village", "household").order_by("pk")
    for account in accounts.iterator(chunk_size=2000):
        expected = sums.get((account.pk, f"{account.year:04d}"), (0, 0))
        if (account.year_earned, account.year_deducted) != expected:
            yield (
                _place(account),
                f"{account.year}年得分、扣分是 {account.year_earned}、{account.year_deducted},"
                f"流水合计是 {expected[0]}、{expected[1]}",
            )


def running_balances_hold() -> Faults:
    """Every entry's balance is the balance before plus its points, and never below zero."""
    rows = (
        PointsEntry.objects.annotate(
            running=Window(Sum("points"), partition_by="account", order_by=F("id").asc())
        )
        .exclude(running=F("balance_after"))
        .order_by("pk")
    )
    for entry in rows[:1000]:
        yield f"积分流水 #{entry.pk}", f"余额写的是 {entry.balance_after}，按流水应是 {entry.running}"


def keys_hold() -> Faults:
    """No source stands twice; a reversal takes back exactly one entry of the same account, and fully."""
    doubles = (
        PointsEntry.objects.filter(reversal_of__isnull=True)
        .order_by()
        .values("kind", "source")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    for row in doubles[:1000]:
        yield f"来源 {row['source']}", f"入账 {row['times']} 次"
    wrong = (
        PointsEntry.objects.filter(reversal_of__isnull=False)
        .exclude(
            account=F("reversal_of__account"),
            score=-F("reversal_of__score"),
            points=-F("reversal_of__points") + F("owed") + F("reversal_of__owed"),
        )
        .order_by("pk")
    )
    for entry in wrong[:1000]:
        yield f"积分流水 #{entry.pk}", f"与所冲的 #{entry.reversal_of_id} 对不上"


def places_hold() -> Faults:
    """Every entry stands in the village of its account, and under a rule that exists."""
    wrong = PointsEntry.objects.exclude(village=F("account__village")).order_by("pk")
    for entry in wrong[:1000]:
        yield f"积分流水 #{entry.pk}", "所在的村与账户不符"
    rules = PointsRule.objects.filter(pk=OuterRef("rule_id"))
    for entry in PointsEntry.objects.filter(~Exists(rules), rule_id__isnull=False).order_by("pk")[:1000]:
        yield f"积分流水 #{entry.pk}", f"所依据的积分事项 #{entry.rule_id} 不存在"


def records_hold() -> Faults:
    """Every posted record has one entry with its points, a reversed one also its reversal, any other none."""
    entries = {
        int(entry.source.partition(":")[2]): entry
        for entry in PointsEntry.objects.filter(source__startswith="record:", reversal_of__isnull=True)
        .order_by("pk")
        .iterator(chunk_size=2000)
    }
    taken_back = set(
        PointsEntry.objects.filter(reversal_of__isnull=False).values_list("reversal_of", flat=True)
    )
    rows = PointsRecord.objects.filter(state__in=(POSTED, REVERSED))
    for record in rows.select_related("household__points_account").order_by("pk").iterator(chunk_size=2000):
        entry = entries.pop(record.pk, None)
        place = f"积分登记 #{record.pk}"
        if entry is None:
            yield place, "已入账，流水里却没有"
            continue
        if entry.score != record.points or entry.account_id != record.household.points_account.pk:
            yield place, f"与流水 #{entry.pk} 的积分或账户不符"
        if (record.state == REVERSED) != (entry.pk in taken_back):
            yield place, f"冲正状态与流水 #{entry.pk} 不符"
    for pk, entry in entries.items():
        yield f"积分流水 #{entry.pk}", f"对应的积分登记 #{pk} 不是已入账"


def standings_hold() -> Faults:
    """Closed months: sums of the books; standings are the entries' sums and their ranks are right."""
    for month in PointsMonth.objects.filter(state=CLOSED).select_related("village").order_by("pk"):
        found = PointsEntry.objects.filter(village=month.village, period=month.period).aggregate(
            entries=Count("pk"),
            issued=Coalesce(Sum("score", filter=Q(kind="earn")), 0),
        )
        if (month.entry_count, month.issued) != (found["entries"], found["issued"]):
            yield (
                f"{month}的月结",
                f"结账时 {month.entry_count} 笔 {month.issued} 分，流水是 {found['entries']} 笔 {found['issued']} 分",
            )
        yield from _month_standings(month)


def _month_standings(month: PointsMonth) -> Faults:
    standings = PeriodStanding.objects.filter(village=month.village, period=month.period)
    entries = PointsEntry.objects.filter(village=month.village, period=month.period).order_by()
    scores = dict(entries.values("account").annotate(total=Sum("score")).values_list("account", "total"))
    for standing in standings.annotate(
        expected_group=Window(
            RankFunction(), partition_by=["group", "account__household__kind"], order_by=F("score").desc()
        ),
        expected_village=Window(
            RankFunction(), partition_by="account__household__kind", order_by=F("score").desc()
        ),
    ):
        place = f"{month}排名 账户 #{standing.account_id}"
        if standing.score != scores.get(standing.account_id, 0):
            yield place, f"排名分是 {standing.score}，流水合计是 {scores.get(standing.account_id, 0)}"
        if (standing.rank_group, standing.rank_village) != (
            standing.expected_group,
            standing.expected_village,
        ):
            yield place, "名次与得分不符"


def rule_sets_hold() -> Faults:
    """A published rule set says what was published."""
    for rule_set in PointsRuleSet.objects.select_related("township", "village").order_by("pk"):
        if not rule_set.is_intact():
            yield f"积分细则“{rule_set}”", "发布以后被改动"
