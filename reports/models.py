"""Closes and the frozen reports they leave behind."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from cogov.common.periods import Period, PeriodKind
from reports.rules import report_name
from reports.states import CLOSE_STATES, CLOSING

LEVELS = [("village", "村"), ("township", "乡镇"), ("county", "县")]


class MonthClose(models.Model):
    """The close of one place for one month, or the making of its report for a longer period (RPT-1, RPT-2)."""

    level = models.CharField("层级", max_length=10, choices=LEVELS)
    code = models.CharField("区划代码", max_length=12)
    name = models.CharField("单位", max_length=60)
    period = models.CharField("月份", max_length=7)
    state = models.CharField(
        "状态", max_length=10, choices=CLOSE_STATES.choices, default=CLOSING, editable=False
    )
    job = models.ForeignKey(
        "jobs.Job", models.PROTECT, related_name="+", verbose_name="任务", null=True, editable=False
    )
    outcome = models.JSONField("结果", default=dict, editable=False)
    closed_at = models.DateTimeField("完成时间", null=True, editable=False)

    scope = Scope(village="code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "月结"
        ordering = ("-period", "code")
        constraints = (
            models.UniqueConstraint(
                fields=["code", "period"],
                name="month_close_once",
                violation_error_message="这个月份已经发起月结。",
            ),
        )

    def __str__(self) -> str:
        period = Period.parse(self.period)
        return f"{self.name}{period.label}{'月结' if period.kind is PeriodKind.MONTH else report_name(period.kind)}"

    def audit_codes(self) -> tuple[str, str]:
        return self.code[:9], self.code if len(self.code) == 12 else ""


class Report(AppendOnlyModel):
    """A closed report: every figure as it stood, never changed. A correction is a further edition (RPT-1)."""

    level = models.CharField("层级", max_length=10, choices=LEVELS)
    code = models.CharField("区划代码", max_length=12)
    name = models.CharField("单位", max_length=60)
    period = models.CharField("期间", max_length=7)
    edition = models.PositiveSmallIntegerField("版次", default=1)
    snapshot = models.JSONField("内容")
    content_digest = models.CharField("内容摘要", max_length=64)
    notice = models.OneToOneField(
        "notices.Notice", models.PROTECT, related_name="report", verbose_name="月报文件"
    )
    bulletin = models.ForeignKey(
        "notices.Notice", models.PROTECT, related_name="bulletins_of", verbose_name="通报文件", null=True
    )

    scope = Scope(village="code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "月报"
        ordering = ("-period", "code", "-edition")
        constraints = (
            models.UniqueConstraint(
                fields=["code", "period", "edition"],
                name="report_edition_once",
                violation_error_message="这一期报告已经生成。",
            ),
        )

    def __str__(self) -> str:
        period = Period.parse(self.period)
        edition = f"（第{self.edition}版）" if self.edition > 1 else ""
        return f"{self.name}{period.label}{report_name(period.kind)}{edition}"

    def audit_codes(self) -> tuple[str, str]:
        return self.code[:9], self.code if len(self.code) == 12 else ""


class ReportCorrection(models.Model):
    """A correction on its way: drafted by one person, published by another, then a further edition (RPT-1)."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="corrections", verbose_name="原报告")
    reason = models.CharField("更正原因", max_length=200)
    snapshot = models.JSONField("更正后的内容", editable=False)
    notice = models.OneToOneField(
        "notices.Notice", models.PROTECT, related_name="+", verbose_name="更正文件", editable=False
    )
    bulletin = models.OneToOneField(
        "notices.Notice",
        models.PROTECT,
        related_name="+",
        verbose_name="更正通报",
        null=True,
        editable=False,
    )
    edition = models.OneToOneField(
        Report, models.PROTECT, related_name="correction", verbose_name="新版", null=True, editable=False
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人", null=True
    )
    created_at = models.DateTimeField("起草时间", auto_now_add=True)

    scope = Scope(village="report__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "报告更正"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["report"],
                condition=models.Q(edition__isnull=True),
                name="report_one_correction",
                violation_error_message="这份报告已有一份更正在办理。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.report}的更正"

    def audit_codes(self) -> tuple[str, str]:
        return self.report.audit_codes()


class PrintRun(models.Model):
    """Papers of a place and period put together for printing; the file of a later run replaces it."""

    level = models.CharField("层级", max_length=10, choices=LEVELS)
    code = models.CharField("区划代码", max_length=12)
    name = models.CharField("单位", max_length=60)
    period = models.CharField("期间", max_length=7)
    boards = models.PositiveSmallIntegerField(
        "公示栏数", default=1, help_text="每处公示栏印一份，另加一份存档。"
    )
    job = models.ForeignKey(
        "jobs.Job", models.PROTECT, related_name="+", verbose_name="任务", null=True, editable=False
    )
    documents = models.JSONField("清单", default=list, editable=False)
    pages = models.PositiveIntegerField("页数", default=0, editable=False)
    path = models.CharField("文件位置", max_length=200, blank=True, editable=False)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="发起人",
        null=True,
        editable=False,
    )
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    done_at = models.DateTimeField("完成时间", null=True, editable=False)

    scope = Scope(village="code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "打印"
        ordering = ("-pk",)
        indexes = (models.Index(fields=["code", "period"], name="print_run_place_idx"),)

    def __str__(self) -> str:
        return f"{self.name}{Period.parse(self.period).label}文书"

    def audit_codes(self) -> tuple[str, str]:
        return self.code[:9], self.code if len(self.code) == 12 else ""
