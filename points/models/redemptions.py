"""A redemption (兑换单): from the basket to the goods in somebody's hands, or back."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from points import market_rules as rules
from points.models.market import Goods, Supermarket
from villages.models import Household, HouseholdCard

_USER = settings.AUTH_USER_MODEL


class Redemption(models.Model):
    """Points, goods and (when it settles) the fund fall together. ``key`` comes from the page: one click, one sale.

    ``period`` is the month in whose points books it stands, ``goods_period`` the month in which the goods left.
    """

    supermarket = models.ForeignKey(
        Supermarket, models.PROTECT, related_name="redemptions", verbose_name="积分超市"
    )
    household = models.ForeignKey(Household, models.PROTECT, related_name="redemptions", verbose_name="户")
    card = models.ForeignKey(HouseholdCard, models.PROTECT, related_name="+", verbose_name="户卡")
    number = models.CharField("单号", max_length=32, unique=True)
    key = models.CharField("提交标识", max_length=64, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=rules.REDEMPTION_STATES.choices)
    points = models.PositiveIntegerField("积分")
    balance_after = models.PositiveIntegerField("余额")
    settle_fen = models.PositiveBigIntegerField("基金结算（分）", default=0)
    day = models.DateField("日期")
    period = models.CharField("入账月份", max_length=7)
    goods_period = models.CharField("出库月份", max_length=7, blank=True)
    created_at = models.DateTimeField("办理时间")
    keeper = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    keeper_name = models.CharField("经办人姓名", max_length=150)
    expires_on = models.DateField("保留到", null=True, blank=True)
    sold_at = models.DateTimeField("兑换时间", null=True)
    handed_at = models.DateTimeField("交付时间", null=True)
    cancelled_at = models.DateTimeField("撤销时间", null=True)
    cancel_period = models.CharField("退回月份", max_length=7, blank=True)
    cancelled_by_name = models.CharField("撤销人", max_length=150, blank=True)
    second_name = models.CharField("同意撤销的人", max_length=150, blank=True)
    cancel_reason = models.CharField("撤销原因", max_length=200, blank=True)

    scope = Scope(
        township="supermarket__village__township__code",
        village="supermarket__village__code",
        group="household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换单"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["household", "day"], name="redemption_household_idx"),
            models.Index(fields=["supermarket", "period"], name="redemption_period_idx"),
            models.Index(
                fields=["expires_on"], condition=Q(state=rules.BOOKED), name="redemption_booked_idx"
            ),
        )
        constraints = (models.CheckConstraint(condition=Q(points__gte=1), name="redemption_has_points"),)

    def __str__(self) -> str:
        return self.number

    @property
    def source(self) -> str:
        """The key of its entries in every ledger."""
        return f"redemption:{self.pk}"

    def free_to_cancel(self, now: datetime) -> bool:
        """Whether the keeper may take it back alone."""
        if self.state == rules.BOOKED:
            return True
        return self.state == rules.SOLD and rules.free_to_cancel(self.sold_at or self.created_at, now)

    def audit_codes(self) -> tuple[str, str]:
        return self.supermarket.audit_codes()


class RedemptionLine(models.Model):
    """A good in the basket, with name and price as they were. ``fen`` is what it cost when it left the shelf."""

    redemption = models.ForeignKey(Redemption, models.PROTECT, related_name="lines", verbose_name="兑换单")
    goods = models.ForeignKey(Goods, models.PROTECT, related_name="+", verbose_name="商品")
    name = models.CharField("品名", max_length=40)
    unit = models.CharField("单位", max_length=8)
    quantity = models.PositiveIntegerField("数量")
    points_each = models.PositiveIntegerField("单价（积分）")
    fen = models.PositiveBigIntegerField("成本（分）", default=0)

    scope = Scope(
        township="redemption__supermarket__village__township__code",
        village="redemption__supermarket__village__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换明细"
        ordering = ("redemption", "id")
        constraints = (models.UniqueConstraint(fields=["redemption", "goods"], name="redemption_goods_once"),)

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"

    @property
    def points(self) -> int:
        return self.quantity * self.points_each
