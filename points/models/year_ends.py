"""A village's year end (PNT-6): drafted with its totals by one person, approved by another, posted by one job."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cogov.access.scope import Scope, ScopedManager
from points.models.rules import PointsRuleSet, YearEnd
from villages.models import Village

DRAFT, APPROVED, POSTED, DROPPED = "draft", "approved", "posted", "dropped"
STATES = ((DRAFT, "待复核"), (APPROVED, "已复核"), (POSTED, "已入账"), (DROPPED, "已退回"))


class YearEndRun(models.Model):
    """``balance`` and ``points`` are what stood on 31 December and what leaves the balances; whole points."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="year_ends", verbose_name="村")
    year = models.PositiveSmallIntegerField("年度")
    rule_set = models.ForeignKey(
        PointsRuleSet, models.PROTECT, related_name="+", verbose_name="依据的细则", editable=False
    )
    policy = models.CharField("处理办法", max_length=8, choices=YearEnd.choices, editable=False)
    state = models.CharField("状态", max_length=10, choices=STATES, default=DRAFT, editable=False)
    households = models.PositiveIntegerField("户数", default=0, editable=False)
    balance = models.IntegerField("年末积分", default=0, editable=False)
    points = models.IntegerField("减少积分", default=0, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="试算人", editable=False
    )
    drafted_at = models.DateTimeField("试算时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name="复核人",
        editable=False,
    )
    decided_at = models.DateTimeField("复核时间", null=True, editable=False)
    comment = models.CharField("复核意见", max_length=200, blank=True, editable=False)
    job_id = models.BigIntegerField("后台任务编号", null=True, editable=False)
    posted_at = models.DateTimeField("入账时间", null=True, editable=False)
    posted_entries = models.PositiveIntegerField("入账笔数", default=0, editable=False)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "年终积分处理"
        ordering = ("-year", "village")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "year"],
                condition=~Q(state=DROPPED),
                name="year_end_once",
                violation_error_message="这个村这一年已经有年终处理",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("drafted_by")),
                name="year_end_two_people",
                violation_error_message="试算人不能自己复核",
            ),
        )

    def __str__(self) -> str:
        return f"{self.village}{self.year}年度积分{self.get_policy_display()}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
