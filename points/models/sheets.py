"""A whole group's 我家明白纸 (BEY-9) as one file, made in the background."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from cogov.common.periods import Period
from villages.models import Village, VillageGroup


class SheetBundle(models.Model):
    """One request for the sheets of a group and period; ``sha256`` is empty until the file is there."""

    village = models.ForeignKey(
        Village, models.PROTECT, related_name="sheet_bundles", verbose_name="村", editable=False
    )
    group = models.ForeignKey(
        VillageGroup, models.PROTECT, related_name="sheet_bundles", verbose_name="村民小组"
    )
    period = models.CharField("期间", max_length=7)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="发起人",
        editable=False,
    )
    requested_by_name = models.CharField("发起人姓名", max_length=150, editable=False)
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    job_id = models.BigIntegerField("后台任务编号", null=True, editable=False)
    households = models.PositiveIntegerField("户数", default=0, editable=False)
    pages = models.PositiveIntegerField("页数", default=0, editable=False)
    path = models.CharField("文件", max_length=200, blank=True, editable=False)
    size = models.PositiveIntegerField("字节数", default=0, editable=False)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, editable=False)
    finished_at = models.DateTimeField("完成时间", null=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code", group="group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "我家明白纸"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.village}{self.group.name}{Period.parse(self.period).label}明白纸"

    @property
    def is_ready(self) -> bool:
        return bool(self.sha256)

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
