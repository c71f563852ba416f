"""Three-affairs disclosure: what must be disclosed and when, and which notice did it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from notices import disclosure_rules as rules
from notices.models.notice import Notice


class DisclosureItem(models.Model):
    """One item of a township's catalogue. Data, editable; an item that is no longer used is switched off."""

    township = models.ForeignKey("villages.Township", models.PROTECT, related_name="+", verbose_name="乡镇")
    category = models.CharField("类别", max_length=10, choices=list(rules.CATEGORIES.items()))
    name = models.CharField("公开事项", max_length=60)
    rhythm = models.CharField("公开频次", max_length=10, choices=list(rules.RHYTHMS.items()))
    due_days = models.PositiveSmallIntegerField(
        "期限（天）",
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="期间结束或事项发生后多少天内公开",
    )
    starts_on = models.DateField("从何时起", help_text="从包含这一天的期间开始公开")
    guidance = models.TextField("内容要求", max_length=2000, blank=True, help_text="起草时带入正文")
    is_active = models.BooleanField("启用", default=True)

    scope = Scope(township="township__code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "三务公开目录"
        ordering = ("township", "category", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["township", "category", "name"],
                name="disclosure_item_once",
                violation_error_message="目录里已有这一项",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()}：{self.name}"

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, ""


class DisclosureDuty(models.Model):
    """One item of one village for one period, or for one event, and the notice that discloses it."""

    item = models.ForeignKey(DisclosureItem, models.PROTECT, related_name="duties", verbose_name="事项")
    village = models.ForeignKey("villages.Village", models.PROTECT, related_name="+", verbose_name="村")
    period = models.CharField("期间", max_length=10, blank=True)
    event = models.CharField("发生的事", max_length=120, blank=True)
    due_on = models.DateField("公开期限")
    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="disclosures", verbose_name="公示", null=True, editable=False
    )

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "三务公开任务"
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["item", "village", "period"], condition=~Q(period=""), name="disclosure_period_once"
            ),
            models.CheckConstraint(
                condition=Q(period="", event__gt="") | Q(event="", period__gt=""),
                name="disclosure_period_or_event",
            ),
        )

    def __str__(self) -> str:
        return f"{self.village} {self.item.name} {self.period or self.event}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.township.code, self.village.code
