"""The fund behind the points (积分兑换基金): what was allocated and what it paid, append-only, in fen."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from cogov.common.money import format_yuan
from points import market_rules as rules
from villages.models import Township, Village

_USER = settings.AUTH_USER_MODEL


class RedemptionFund(models.Model):
    """A village's fund, or the township's when ``village`` is empty. The row is locked by every payment."""

    township = models.ForeignKey(Township, models.PROTECT, related_name="+", verbose_name="乡镇")
    village = models.ForeignKey(
        Village,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="redemption_funds",
        verbose_name="村（社区）",
    )
    name = models.CharField("名称", max_length=40)
    balance_fen = models.BigIntegerField("余额（分）", default=0, editable=False)

    scope = Scope(township="township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "兑换基金"
        ordering = ("township", "village")
        constraints = (
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0),
                name="fund_not_negative",
                violation_error_message="基金余额不能低于零",
            ),
            models.UniqueConstraint(
                fields=["village"],
                condition=Q(village__isnull=False),
                name="fund_once_per_village",
                violation_error_message="这个村已经有兑换基金",
            ),
            models.UniqueConstraint(
                fields=["township"],
                condition=Q(village__isnull=True),
                name="fund_once_per_township",
                violation_error_message="这个乡镇已经有镇级兑换基金",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The place it belongs to."""
        return self.village.code if self.village else self.township.code

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, self.village.code if self.village else ""


class FundPaper(models.Model):
    """Money that comes in or is taken back: recorded by one person, booked when another has confirmed it."""

    KINDS = ((rules.FundKind.ALLOCATE.value, "拨入"), (rules.FundKind.WITHDRAW.value, "收回"))

    fund = models.ForeignKey(RedemptionFund, models.PROTECT, related_name="papers", verbose_name="兑换基金")
    kind = models.CharField("种类", max_length=8, choices=KINDS, default=rules.FundKind.ALLOCATE.value)
    fen = models.PositiveBigIntegerField("金额（分）", validators=[MinValueValidator(1)])
    origin = models.CharField("资金来源", max_length=60, help_text="如：村集体经济收入、社会捐赠、上级奖补")
    voucher = models.CharField("凭证号", max_length=40, blank=True)
    occurred_on = models.DateField("日期")
    state = models.CharField(
        "状态", max_length=10, choices=rules.PAPER_STATES.choices, default=rules.SUBMITTED
    )
    recorder = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    recorder_name = models.CharField("登记人姓名", max_length=150)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    decided_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    decided_at = models.DateTimeField("复核时间", null=True)

    scope = Scope(township="fund__township__code", village="fund__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "基金收支单"
        ordering = ("-id",)
        constraints = (models.CheckConstraint(condition=Q(fen__gte=1), name="fund_paper_positive"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def audit_codes(self) -> tuple[str, str]:
        return self.fund.audit_codes()


class FundEntry(AppendOnlyModel):
    """One move of the fund, signed. ``source`` is the paper: "fund:2", "paper:3", "redemption:7"."""

    fund = models.ForeignKey(
        RedemptionFund, models.PROTECT, related_name="entries", verbose_name="兑换基金", db_index=False
    )
    kind = models.CharField(
        "种类", max_length=8, choices=[(k.value, v) for k, v in rules.FUND_LABELS.items()]
    )
    fen = models.BigIntegerField("金额（分）")
    balance_after = models.BigIntegerField("余额（分）")
    period = models.CharField("月份", max_length=7)
    occurred_on = models.DateField("日期")
    source = models.CharField("单据", max_length=80)
    reason = models.CharField("事由", max_length=200)
    actor_id = models.BigIntegerField("经办人编号", null=True)
    actor_name = models.CharField("经办人", max_length=150)

    scope = Scope(township="fund__township__code", village="fund__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "基金流水"
        ordering = ("-id",)
        indexes = (models.Index(fields=["fund", "period"], name="fund_entry_period_idx"),)
        constraints = (
            models.UniqueConstraint(
                fields=["fund", "kind", "source"],
                name="fund_moves_once",
                violation_error_message="同一张单据只入账一次",
            ),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="fund_entry_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {format_yuan(self.fen)}"
