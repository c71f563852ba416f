"""The black list with due process (PNT-5, BEY-7). Nothing outside this room refers to it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cogov.access.scope import Scope, ScopedManager
from notices.models import Notice
from points.list_states import LISTED, LISTING_STATES, PROPOSED
from points.models.deductions import NoticeWay
from points.models.rules import PointsRuleSet
from villages.models import Household, Village

_USER = settings.AUTH_USER_MODEL


class BlackListing(models.Model):
    """One household and one matter. Public from ``listed_on`` to ``expires_on`` while it is listed, and never else."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="+", verbose_name="村", editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="+", verbose_name="户")
    rule_set = models.ForeignKey(
        PointsRuleSet, models.PROTECT, related_name="+", verbose_name="依据的细则", editable=False
    )
    article = models.CharField("村规民约条款", max_length=200, help_text="如：村规民约第八条第二款")
    facts = models.CharField("事实", max_length=300, help_text="写事，不写人名、病情、家境，不涉及未成年人。")
    state = models.CharField(
        "状态", max_length=10, choices=LISTING_STATES.choices, default=PROPOSED, editable=False
    )
    proposed_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", verbose_name="提出人", editable=False
    )
    proposed_at = models.DateTimeField("提出时间", auto_now_add=True)
    way = models.CharField("告知方式", max_length=8, choices=NoticeWay.choices, blank=True, editable=False)
    notified_on = models.DateField("告知日期", null=True, editable=False)
    notified_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", null=True, verbose_name="告知人", editable=False
    )
    reply_until = models.DateField("申辩截止", null=True, editable=False)
    reply = models.CharField("申辩意见", max_length=500, blank=True, editable=False)
    replied_on = models.DateField("申辩日期", null=True, editable=False)
    decided_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", null=True, verbose_name="决定人", editable=False
    )
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    decision = models.CharField("决定理由", max_length=500, blank=True, editable=False)
    listed_on = models.DateField("公布日期", null=True, editable=False)
    expires_on = models.DateField("到期日期", null=True, editable=False)
    notice = models.OneToOneField(
        Notice, models.PROTECT, related_name="+", null=True, verbose_name="公布文书", editable=False
    )
    rectified_on = models.DateField("整改日期", null=True, editable=False)
    rectification = models.CharField("整改情况", max_length=300, blank=True, editable=False)
    rectified_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", null=True, verbose_name="整改登记人", editable=False
    )
    appealed_on = models.DateField("申诉日期", null=True, editable=False)
    appeal = models.CharField("申诉意见", max_length=500, blank=True, editable=False)
    appeal_decided_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", null=True, verbose_name="申诉决定人", editable=False
    )
    appeal_decision = models.CharField("申诉决定", max_length=500, blank=True, editable=False)
    removed_on = models.DateField("撤下日期", null=True, editable=False)
    removed_by = models.ForeignKey(
        _USER, models.PROTECT, related_name="+", null=True, verbose_name="撤下人", editable=False
    )
    removal = models.CharField("撤下理由", max_length=500, blank=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code", group="household__group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "黑榜"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(decided_by=F("proposed_by"))
                & (Q(notified_by__isnull=True) | ~Q(decided_by=F("notified_by"))),
                name="blacklist_two_people",
                violation_error_message="提出人和告知人不能自己决定",
            ),
            models.CheckConstraint(
                condition=~Q(state=LISTED)
                | Q(listed_on__isnull=False, expires_on__gt=F("listed_on"), decided_by__isnull=False),
                name="blacklist_listed_expires",
                violation_error_message="公布的须有决定人和到期日期",
            ),
            models.CheckConstraint(
                condition=Q(reply_until__isnull=True) | Q(reply_until__gt=F("notified_on")),
                name="blacklist_window",
                violation_error_message="申辩截止应在告知之后",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} 黑榜事项 #{self.pk}"

    def is_public(self, day: date) -> bool:
        """Whether strangers may read of it on ``day``."""
        return bool(
            self.state == LISTED
            and self.listed_on
            and self.expires_on
            and self.listed_on <= day <= self.expires_on
        )

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
