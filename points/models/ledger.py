"""The ledger (PNT-3, design 3.6): append-only entries and one account row per household."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from points.models.rules import PointsRule
from points.rules import KIND_LABELS, AccountFigures, EntryKind
from villages.models import Household, Village


class PointsAccount(models.Model):
    """A household's account. ``balance`` can be redeemed; the year's score ranks (PNT-6). Whole points.

    The row is locked by every posting; the CHECKs are the second guard. PostgreSQL reads each of them anew at every
    posting: there is none for year and count, which only grow.
    """

    household = models.OneToOneField(
        Household, models.PROTECT, related_name="points_account", verbose_name="户"
    )
    village = models.ForeignKey(Village, models.PROTECT, related_name="points_accounts", verbose_name="村")
    balance = models.IntegerField("可用积分", default=0)
    owed = models.IntegerField("待扣积分", default=0)
    earned = models.IntegerField("累计得分", default=0)
    deducted = models.IntegerField("累计扣分", default=0)
    redeemed = models.IntegerField("累计兑换", default=0)
    year = models.SmallIntegerField("年度", default=0)
    year_earned = models.IntegerField("本年得分", default=0)
    year_deducted = models.IntegerField("本年扣分", default=0)
    entry_count = models.IntegerField("笔数", default=0)
    opened_at = models.DateTimeField("开户时间", auto_now_add=True)

    scope = Scope(township="village__township__code", village="village__code", group="household__group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分账户"
        ordering = ("village", "household__number")
        # No index on what posting changes: PostgreSQL then updates the row in place (HOT).
        constraints = (
            models.CheckConstraint(
                condition=Q(balance__gte=0),
                name="account_balance_not_negative",
                violation_error_message="积分余额不能低于零",
            ),
            models.CheckConstraint(
                condition=Q(owed__gte=0),
                name="account_owed_not_negative",
                violation_error_message="待扣积分不能低于零",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} 积分账户"

    @property
    def figures(self) -> AccountFigures:
        return AccountFigures(self.balance, self.owed)

    @property
    def year_score(self) -> int:
        """Earned less deducted in ``year``; redeeming does not lower it."""
        return self.year_earned - self.year_deducted

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class PointsEntry(AppendOnlyModel):
    """One line of the ledger. ``points`` change the balance, ``score`` the ranking, ``owed`` what is still owed.

    ``period`` is the month in whose books it stands; ``for_period`` the month to which the deed belongs.
    The village is the account's and the rule the record's: their keys are proved by ``verify_ledgers`` instead of being
    checked row by row, which would cost as much as the whole insert.
    """

    account = models.ForeignKey(
        PointsAccount, models.PROTECT, related_name="entries", verbose_name="账户", db_index=False
    )
    village = models.ForeignKey(
        Village, models.PROTECT, related_name="+", verbose_name="村", db_index=False, db_constraint=False
    )
    kind = models.CharField("种类", max_length=8, choices=list(KIND_LABELS.items()))
    points = models.IntegerField("积分")
    score = models.IntegerField("计入排名")
    owed = models.IntegerField("待扣变动", default=0)
    balance_after = models.IntegerField("余额")
    period = models.CharField("入账月份", max_length=7)
    for_period = models.CharField("所属月份", max_length=7)
    occurred_on = models.DateField("发生日期")
    source = models.CharField("来源", max_length=80)
    rule = models.ForeignKey(
        PointsRule,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name="积分事项",
        db_index=False,
        db_constraint=False,
    )
    reversal_of = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="reversals",
        null=True,
        verbose_name="所冲的一笔",
        db_index=False,
    )
    reason = models.CharField("事由", max_length=300)
    actor_id = models.BigIntegerField("经办人编号", null=True)
    actor_name = models.CharField("经办人", max_length=150)
    reviewer_id = models.BigIntegerField("审核人编号", null=True)
    reviewer_name = models.CharField("审核人", max_length=150, blank=True)

    scope = Scope(
        township="village__township__code", village="village__code", group="account__household__group__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分流水"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["account", "id"], name="entry_account_idx"),
            models.Index(fields=["village", "period"], name="entry_village_period_idx"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["source", "kind"],
                condition=Q(reversal_of__isnull=True),
                name="entry_posts_once",
                violation_error_message="同一来源只入账一次",
            ),
            models.UniqueConstraint(
                fields=["reversal_of"],
                condition=Q(reversal_of__isnull=False),
                name="entry_reversed_once",
                violation_error_message="一笔只冲正一次",
            ),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0),
                name="entry_balance_not_negative",
                violation_error_message="积分余额不能低于零",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.REVERSE.value, reversal_of__isnull=False)
                | (~Q(kind=EntryKind.REVERSE.value) & Q(reversal_of__isnull=True)),
                name="entry_reversal_names_entry",
                violation_error_message="冲正须指明所冲的那一笔",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points:+d} 分 {self.reason}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
