"""Jobs, their finished steps, and their log. The rows are the truth; a message broker only wakes workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cogov.access.scope import Scope, ScopedManager, ScopedQuerySet
from cogov.jobs import states


class JobQuerySet(ScopedQuerySet):
    """Questions that the runner and the sweeper ask."""

    def due(self, now: datetime) -> JobQuerySet:
        """Queued jobs whose time has come."""
        return self.filter(state=states.QUEUED, available_at__lte=now)

    def lost(self, now: datetime) -> JobQuerySet:
        """Running jobs whose worker gives no sign of life."""
        return self.filter(state=states.RUNNING, lease_until__lt=now)

    def runnable(self, now: datetime) -> JobQuerySet:
        """Everything that a worker could take now."""
        return self.filter(
            Q(state=states.QUEUED, available_at__lte=now) | Q(state=states.RUNNING, lease_until__lt=now)
        )

    def open(self) -> JobQuerySet:
        return self.filter(state__in=states.OPEN)


class Job(models.Model):
    """One piece of work. ``(kind, key)`` is its identity: asking twice for the same gives the same row."""

    kind = models.CharField("种类", max_length=60)
    key = models.CharField("标识", max_length=120)
    label = models.CharField("名称", max_length=200)
    params = models.JSONField("参数", default=dict)
    township_code = models.CharField("乡镇代码", max_length=9, blank=True)
    village_code = models.CharField("村代码", max_length=12, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级任务"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发起人",
    )
    requested_by_name = models.CharField("发起人姓名", max_length=150)

    state = models.CharField("状态", max_length=10, choices=states.JOB_STATES.choices, default=states.QUEUED)
    available_at = models.DateTimeField("最早开始", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("无进展尝试次数", default=0)
    cancel_requested = models.BooleanField("要求取消", default=False)
    lease_owner = models.CharField("执行者", max_length=120, blank=True)
    lease_until = models.DateTimeField("执行期限", null=True, blank=True)

    progress_done = models.PositiveIntegerField("已完成", default=0)
    progress_total = models.PositiveIntegerField("总数", default=0)
    message = models.CharField("进展", max_length=300, blank=True)
    error = models.CharField("失败原因", max_length=1000, blank=True)
    result = models.JSONField("结果", null=True, blank=True)
    created_at = models.DateTimeField("提交时间", default=timezone.now)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    scope = Scope(township="township_code", village="village_code")
    objects: ClassVar[Any] = ScopedManager.from_queryset(JobQuerySet)()

    begun_before = True  # not stored: whoever takes the job knows whether it is the first one

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="job_kind_key_once",
                violation_error_message="同样的任务已经存在。",
            ),
        )
        indexes = (
            models.Index(fields=["available_at"], name="job_queued_idx", condition=Q(state=states.QUEUED)),
            models.Index(fields=["lease_until"], name="job_running_idx", condition=Q(state=states.RUNNING)),
            models.Index(fields=["parent", "state"], name="job_parent_idx"),
            models.Index(fields=["township_code", "-id"], name="job_township_idx"),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def scope_code(self) -> str:
        """The place the job belongs to; empty for jobs of the whole system."""
        return self.village_code or self.township_code

    def audit_codes(self) -> tuple[str, str]:
        return self.township_code, self.village_code

    @property
    def is_final(self) -> bool:
        return self.state in states.FINAL


class JobStep(models.Model):
    """A step that is done. Written in the transaction of its effect: both exist or neither does."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="steps", verbose_name="任务")
    name = models.CharField("步骤", max_length=120)
    result = models.JSONField("结果", null=True)
    done_at = models.DateTimeField("完成时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "任务步骤"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["job", "name"], name="job_step_once"),)

    def __str__(self) -> str:
        return self.name


class JobLog(models.Model):
    """What happened, in words for the person who watches. Holds no personal data."""

    class Level(models.TextChoices):
        INFO = "info", "信息"
        WARNING = "warning", "提醒"
        ERROR = "error", "错误"

    job = models.ForeignKey(Job, models.CASCADE, related_name="logs", verbose_name="任务")
    at = models.DateTimeField("时间", default=timezone.now)
    level = models.CharField("级别", max_length=10, choices=Level.choices, default=Level.INFO)
    text = models.CharField("内容", max_length=500)

    class Meta:
        verbose_name = verbose_name_plural = "任务日志"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text
