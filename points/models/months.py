"""The books of a month, and the standing of every account at its end (PNT-5)."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager
from points.models.ledger import PointsAccount
from points.states import CLOSED, MONTH_STATES, OPEN
from villages.models import Village, VillageGroup


class PointsMonth(models.Model):
    """The books of one village and month. When closed, whatever comes late stands in the next open month."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="points_months", verbose_name="村")
    period = models.CharField("月份", max_length=7)
    state = models.CharField("状态", max_length=6, choices=list(MONTH_STATES.items()), default=OPEN)
    closed_at = models.DateTimeField("结账时间", null=True)
    # When a deed was taken off the list that hangs; until a correction is published nothing of it is posted.
    list_outdated_at = models.DateTimeField("公示有变动", null=True, editable=False)
    entry_count = models.PositiveIntegerField("笔数", default=0)
    issued = models.IntegerField("发放积分", default=0)
    deducted = models.IntegerField("扣减积分", default=0)
    redeemed = models.IntegerField("兑换积分", default=0)
    balance = models.IntegerField("月末积分余额", default=0)
    households = models.PositiveIntegerField("参与户数", default=0)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分月份"
        ordering = ("-period", "village")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "period"],
                name="points_month_once",
                violation_error_message="这个月份已经建账",
            ),
        )

    def __str__(self) -> str:
        return f"{self.village} {self.period}"

    @property
    def is_closed(self) -> bool:
        return self.state == CLOSED

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class PeriodStanding(models.Model):
    """Score, balance and ranks of one account in a month, quarter or year. Equal scores share a rank."""

    account = models.ForeignKey(
        PointsAccount, models.PROTECT, related_name="standings", verbose_name="账户", db_index=False
    )
    village = models.ForeignKey(Village, models.PROTECT, related_name="+", verbose_name="村", db_index=False)
    group = models.ForeignKey(
        VillageGroup, models.PROTECT, related_name="+", verbose_name="村民小组", db_index=False
    )
    period = models.CharField("期间", max_length=7)
    earned = models.IntegerField("得分")
    deducted = models.IntegerField("扣分")
    redeemed = models.IntegerField("兑换")
    score = models.IntegerField("排名分")
    balance = models.IntegerField("期末可用积分")
    rank_group = models.PositiveIntegerField("组内名次")
    rank_village = models.PositiveIntegerField("村内名次")
    rank_township = models.PositiveIntegerField("全镇名次", null=True)

    scope = Scope(township="village__township__code", village="village__code", group="group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分排名"
        ordering = ("-period", "village", "rank_village", "account")
        indexes = (models.Index(fields=["village", "period", "rank_village"], name="standing_rank_idx"),)
        constraints = (
            models.UniqueConstraint(
                fields=["account", "period"],
                name="standing_once",
                violation_error_message="这一期间已经排名",
            ),
        )

    def __str__(self) -> str:
        return f"{self.period} 第{self.rank_village}名"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
