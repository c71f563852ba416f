"""The hearing that a deduction needs before it is posted (PNT-1): article, notice, reply, second approver."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cogov.access.scope import Scope, ScopedManager
from points.models.records import PointsRecord
from points.states import HEARING_STATES, NOTIFIED


class NoticeWay(models.TextChoices):
    VISIT = "visit", "上门告知"
    PHONE = "phone", "电话告知"
    LETTER = "letter", "书面告知"


class DeductionHearing(models.Model):
    """Told the household, waited for its reply, and confirmed by somebody else than who told it."""

    record = models.OneToOneField(
        PointsRecord, models.PROTECT, related_name="hearing", verbose_name="扣分登记"
    )
    article = models.CharField("村规民约条款", max_length=200)
    way = models.CharField("告知方式", max_length=8, choices=NoticeWay.choices)
    notified_on = models.DateField("告知日期")
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="告知人"
    )
    reply_until = models.DateField("申辩截止")
    state = models.CharField(
        "状态", max_length=10, choices=HEARING_STATES.choices, default=NOTIFIED, editable=False
    )
    reply = models.CharField("申辩意见", max_length=500, blank=True)
    replied_on = models.DateField("申辩日期", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name="决定人",
    )
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    decision = models.CharField("决定理由", max_length=500, blank=True, editable=False)

    scope = Scope(township="record__village__township__code", village="record__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "扣分告知与申辩"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(reply_until__gt=F("notified_on")),
                name="hearing_window",
                violation_error_message="申辩截止应在告知之后",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("notified_by")),
                name="hearing_two_people",
                violation_error_message="告知人不能自己作出决定",
            ),
        )

    def __str__(self) -> str:
        return f"{self.record} 扣分告知"

    def audit_codes(self) -> tuple[str, str]:
        return self.record.audit_codes()
