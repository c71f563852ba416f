"""Banks of people as saved filters over tags: 党员库, 能人库, 热心公益人员库, 五老, 乡贤, 人才库 (VIL-3)."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models.tags import Tag


class TalentBank(models.Model):
    """A saved filter. A resident is in the bank when he has any of the tags or any of the political statuses."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=30, unique=True)
    description = models.CharField("说明", max_length=200, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="talent_banks", verbose_name="标签（任一）")
    political_statuses = models.JSONField("政治面貌（任一）", default=list, blank=True)
    with_skills = models.BooleanField("有技能特长的人也算", default=False)
    order = models.PositiveSmallIntegerField("顺序", default=100)

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "人才库"
        ordering = ("order", "code")

    def __str__(self) -> str:
        return self.name
