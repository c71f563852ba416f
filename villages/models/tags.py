"""Tags of households and residents (VIL-2, VIL-3). The list is data that a township can change."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager


class TagTarget(models.TextChoices):
    HOUSEHOLD = "household", "户"
    RESIDENT = "resident", "人"


class Tag(models.Model):
    """低保, 五保, 党员中心户, 五老, 乡贤 … ``sensitive`` tags never appear on anything public."""

    name = models.CharField("名称", max_length=30, unique=True)
    target = models.CharField("用于", max_length=10, choices=TagTarget.choices, default=TagTarget.HOUSEHOLD)
    category = models.CharField("类别", max_length=30, blank=True, help_text="如：帮扶、党建、人才、志愿")
    sensitive = models.BooleanField("不得公开", default=False)
    order = models.PositiveSmallIntegerField("顺序", default=100)

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "标签"
        ordering = ("target", "order", "name")

    def __str__(self) -> str:
        return self.name
