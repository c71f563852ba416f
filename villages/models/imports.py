"""Uploaded workbooks from preview to import (VIL-7). The upload itself is kept only until it is decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models.places import Village


class ImportState(models.TextChoices):
    WAITING = "waiting", "正在检查"
    READY = "ready", "可以导入"
    REFUSED = "refused", "有错误"
    APPLYING = "applying", "正在导入"
    APPLIED = "applied", "已导入"
    DISCARDED = "discarded", "已放弃"


OPEN_IMPORT_STATES = (ImportState.WAITING.value, ImportState.READY.value, ImportState.APPLYING.value)


class ImportBatch(models.Model):
    """One uploaded file: who sent what, what it would change, what became of it.

    ``stored_name`` (the upload) and ``error_book`` (the marked copy) are names in the private storage
    (villages.services.import_files); both are removed when the batch is decided or has expired.
    """

    village = models.ForeignKey(Village, models.PROTECT, related_name="imports", verbose_name="村")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    size = models.PositiveIntegerField("大小（字节）")
    state = models.CharField("状态", max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    uploaded_by_name = models.CharField("上传人姓名", max_length=150)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    expires_at = models.DateTimeField("保留到")
    decided_at = models.DateTimeField("办结时间", null=True, blank=True)
    rows = models.PositiveIntegerField("行数", default=0)
    households = models.PositiveIntegerField("户数", default=0)
    created = models.PositiveIntegerField("新增", default=0)
    updated = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("不变", default=0)
    problem_count = models.PositiveIntegerField("问题数", default=0)
    problems = models.JSONField("问题", default=list)
    notes = models.JSONField("提示", default=list)
    sample = models.JSONField("前几行（已脱敏）", default=list)
    stored_name = models.CharField("暂存文件", max_length=100, blank=True)
    error_book = models.CharField("错误表", max_length=100, blank=True)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "户籍导入"
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "expires_at"], name="import_expiry_idx"),)

    def __str__(self) -> str:
        return self.file_name

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_IMPORT_STATES
