"""An activity with its sign-in list: one form, many households (PNT-2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models import Village


class PointsActivity(models.Model):
    """A collective activity of a day; its records are entered and submitted together."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="points_activities", verbose_name="村")
    name = models.CharField("活动", max_length=60)
    held_on = models.DateField("日期")
    place = models.CharField("地点", max_length=60, blank=True)
    recorder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分活动"
        ordering = ("-held_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "held_on", "name"],
                name="activity_once",
                violation_error_message="这一天已经登记过同名活动",
            ),
        )

    def __str__(self) -> str:
        return f"{self.held_on:%Y-%m-%d} {self.name}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
