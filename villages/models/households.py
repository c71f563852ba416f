"""Households (VIL-2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from villages.models.places import Village, VillageGroup
from villages.models.tags import Tag


class HouseholdState(models.TextChoices):
    REGISTERED = "registered", "在册"
    AWAY = "away", "外出"
    CANCELLED = "cancelled", "注销"


class Household(models.Model):
    """户: the holder of points, subsidies and contributions. Never deleted; split, merged or cancelled (HouseholdEvent)."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="households", verbose_name="村")
    number = models.CharField("户号", max_length=20)
    group = models.ForeignKey(
        VillageGroup, models.PROTECT, related_name="households", verbose_name="村民小组"
    )
    head = models.ForeignKey(
        "villages.Resident", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="户主"
    )
    head_name = models.CharField("户主姓名", max_length=50, blank=True, editable=False)
    head_initials = models.CharField("户主拼音首字母", max_length=32, blank=True, editable=False)
    address = models.CharField("住址", max_length=200, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    registered_population = models.PositiveSmallIntegerField("户籍人口", default=0)
    actual_population = models.PositiveSmallIntegerField("常住人口", default=0)
    tags = models.ManyToManyField(Tag, blank=True, related_name="households", verbose_name="标签")
    state = models.CharField(
        "状态", max_length=10, choices=HouseholdState.choices, default=HouseholdState.REGISTERED
    )
    registered_on = models.DateField("立户日期", null=True, blank=True)
    cancelled_on = models.DateField("注销日期", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    scope = Scope(township="village__township__code", village="village__code", group="group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "户"
        ordering = ("village", "number")
        indexes = (
            models.Index(fields=["village", "group", "number"], name="household_group_idx"),
            # Prefix searches: PostgreSQL needs the pattern operator class; other databases ignore it.
            models.Index(
                fields=["head_initials"], name="household_initials_idx", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["head_name"], name="household_head_idx", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["number"], name="household_number_idx"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["village", "number"],
                name="household_number_once",
                violation_error_message="这个村已经有同一户号",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_on__isnull=False),
                name="household_cancelled_dated",
                violation_error_message="注销的户须有注销日期",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(3, 54), longitude__range=(73, 136)),
                name="household_in_china",
                violation_error_message="坐标应在中国境内（纬度3–54，经度73–136），并且经纬度都要填",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}户 {self.head_name}".rstrip()

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code

    @property
    def is_active(self) -> bool:
        return self.state != HouseholdState.CANCELLED
