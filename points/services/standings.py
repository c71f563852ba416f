"""Standings of periods: one statement per village, one per township (performance.md: ranks are stored).

Holders are ranked among their own kind (PNT-8): a family's score is no measure for a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.db import connection, transaction

from cogov.common.periods import Period
from points.models import PeriodStanding, PointsAccount, PointsEntry
from villages.models import Household, Township, Village

_EARNED = "(e.kind IN ('earn', 'base') OR (e.kind = 'reverse' AND e.score < 0))"
_DEDUCTED = "(e.kind = 'deduct' OR (e.kind = 'reverse' AND e.score > 0))"
_REDEEMED = "(e.kind = 'redeem' OR (e.kind = 'reverse' AND e.score = 0))"


def _insert_sql(periods: int) -> str:
    quote = connection.ops.quote_name
    standing, account = quote(PeriodStanding._meta.db_table), quote(PointsAccount._meta.db_table)
    entry, household = quote(PointsEntry._meta.db_table), quote(Household._meta.db_table)
    return f"""
        WITH covered (period, begins, ends) AS (VALUES {", ".join(["(%s, %s, %s)"] * periods)})
        INSERT INTO {standing} (account_id, village_id, group_id, period, earned, deducted, redeemed, score, balance,
                                rank_group, rank_village, rank_township)
        SELECT s.account_id, s.village_id, s.group_id, s.period, s.earned, s.deducted, s.redeemed,
               s.earned - s.deducted, s.balance,
               RANK() OVER (PARTITION BY s.period, s.kind, s.group_id ORDER BY s.earned - s.deducted DESC),
               RANK() OVER (PARTITION BY s.period, s.kind ORDER BY s.earned - s.deducted DESC), NULL
        FROM (
            SELECT c.period, a.id AS account_id, a.village_id, h.group_id, h.kind,
                   COALESCE(SUM(CASE WHEN e.period <= c.ends AND {_EARNED} THEN e.score ELSE 0 END), 0) AS earned,
                   COALESCE(-SUM(CASE WHEN e.period <= c.ends AND {_DEDUCTED} THEN e.score ELSE 0 END), 0) AS deducted,
                   COALESCE(-SUM(CASE WHEN e.period <= c.ends AND {_REDEEMED} THEN e.points ELSE 0 END), 0) AS redeemed,
                   a.balance - COALESCE(SUM(CASE WHEN e.period > c.ends THEN e.points ELSE 0 END), 0) AS balance
            FROM {account} a
            JOIN {household} h ON h.id = a.household_id
            CROSS JOIN covered c
            LEFT JOIN {entry} e ON e.account_id = a.id AND e.village_id = a.village_id
                                AND e.period >= c.begins AND e.period >= %s
            WHERE a.village_id = %s AND h.state <> 'cancelled'
            GROUP BY c.period, a.id, a.village_id, h.group_id, h.kind, a.balance
        ) s
    """  # noqa: S608 - our own names; every value is a parameter


def compute_standings(*, village: Village, periods: Sequence[Period]) -> int:
    """Score, balance and ranks of every account of a village in months, quarters or years; returns how many rows.

    Computed anew from the entries each time. The township's ranks follow (:func:`rank_township`).
    """
    covered = [(period.key, period.months()[0].key, period.months()[-1].key) for period in periods]
    earliest = min(begins for _, begins, _ in covered)
    with transaction.atomic():
        PeriodStanding.objects.filter(village=village, period__in=[key for key, _, _ in covered]).delete()
        with connection.cursor() as cursor:
            cursor.execute(_insert_sql(len(covered)), [*chain.from_iterable(covered), earliest, village.pk])
            return int(cursor.rowcount)


def rank_township(*, township: Township, period: Period) -> int:
    """Ranks over all villages of a township that have been ranked; returns how many accounts. Safe to repeat."""
    quote = connection.ops.quote_name
    standing, village = quote(PeriodStanding._meta.db_table), quote(Village._meta.db_table)
    account, household = quote(PointsAccount._meta.db_table), quote(Household._meta.db_table)
    statement = f"""
        UPDATE {standing} SET rank_township = r.place
        FROM (
            SELECT s.id, RANK() OVER (PARTITION BY h.kind ORDER BY s.score DESC) AS place
            FROM {standing} s JOIN {village} v ON v.id = s.village_id
            JOIN {account} a ON a.id = s.account_id JOIN {household} h ON h.id = a.household_id
            WHERE v.township_id = %s AND s.period = %s
        ) r
        WHERE r.id = {standing}.id
    """  # noqa: S608 - our own names; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, [township.pk, period.key])
        return int(cursor.rowcount)
