"""Bookkeeping: files rendered, and how often a public page was asked."""

from __future__ import annotations

from django.db import models

from notices.models.notice import Notice


class RenderedFile(models.Model):
    """A PDF that was made from the snapshot; made again it must have the same SHA-256."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="files", verbose_name="公示")
    layout = models.CharField("版式", max_length=10)
    sha256 = models.CharField("文件摘要", max_length=64)
    path = models.CharField("文件", max_length=200)
    size = models.PositiveIntegerField("字节")
    created_at = models.DateTimeField("生成时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示文件"
        constraints = (models.UniqueConstraint(fields=["notice", "layout"], name="rendered_once"),)

    def __str__(self) -> str:
        return self.path


class PublicAccess(models.Model):
    """Requests of one address to one public page in one window of time; counts, never contents."""

    purpose = models.CharField("用途", max_length=20)
    address = models.CharField("来源摘要", max_length=64)
    window = models.BigIntegerField("时间窗")
    hits = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "公开访问计数"
        constraints = (
            models.UniqueConstraint(fields=["purpose", "address", "window"], name="public_access_once"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.hits}"
