"""Append-only rows, audit events, and seals over both."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from cogov.common.canonical import digest


class AppendOnlyModel(models.Model):
    """A row that is written once. It carries a digest of its own canonical content, so that any change shows.

    Triggers refuse UPDATE, DELETE and TRUNCATE (cogov.audit.guards). Make rows with :meth:`build`.
    """

    append_only: ClassVar[bool] = True

    created_at = models.DateTimeField("记录时间", editable=False)
    digest = models.CharField("摘要", max_length=64, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def build(cls, **fields: Any) -> Self:
        """An unsaved row with time and digest filled in, ready for ``save`` or ``bulk_create``."""
        row = cls(**fields)
        row.created_at = row.created_at or timezone.now()
        row.digest = row.computed_digest()
        return row

    def canonical(self) -> dict[str, Any]:
        """What the digest covers: every column but the key and the digest itself."""
        return {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key and field.attname != "digest"
        }

    def computed_digest(self) -> str:
        return digest(self.canonical())

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are append-only")
        self.created_at = self.created_at or timezone.now()
        self.digest = self.computed_digest()
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} rows are append-only")


class AuditEvent(AppendOnlyModel):
    """One change: who, when, what, before and after. The operation log and every object's history are made of these."""

    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=150)
    action = models.CharField("动作代码", max_length=80)
    summary = models.CharField("事项", max_length=300)
    object_type = models.CharField("对象类型", max_length=80, blank=True)
    object_id = models.CharField("对象编号", max_length=64, blank=True)
    object_label = models.CharField("对象", max_length=200, blank=True)
    township_code = models.CharField("乡镇代码", max_length=9, blank=True)
    village_code = models.CharField("村代码", max_length=12, blank=True)
    before = models.JSONField("变更前", null=True)
    after = models.JSONField("变更后", null=True)
    comment = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作日志"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object_idx"),
            models.Index(fields=["township_code", "-id"], name="audit_township_idx"),
            models.Index(fields=["village_code", "-id"], name="audit_village_idx"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor_idx"),
        )

    def __str__(self) -> str:
        return self.summary


class Seal(AppendOnlyModel):
    """The digest of all rows of a township since its last seal, chained to that seal (design.md 3.6)."""

    township_code = models.CharField("乡镇代码", max_length=9, blank=True)
    number = models.PositiveIntegerField("序号")
    boundaries = models.JSONField("封存到")  # source name -> highest row id covered by this and earlier seals
    members = models.JSONField(
        "封存的行"
    )  # source name -> row ids as ranges, "1-20,25": names a row that vanished
    row_count = models.PositiveIntegerField("行数")
    rows_digest = models.CharField("内容摘要", max_length=64)
    previous_head = models.CharField("上一封存", max_length=64, blank=True)
    head = models.CharField("封存摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "封存"
        ordering = ("township_code", "number")
        constraints = (models.UniqueConstraint(fields=["township_code", "number"], name="seal_number_once"),)

    def __str__(self) -> str:
        return f"第{self.number}号封存"
