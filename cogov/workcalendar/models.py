"""Years whose holidays are known, and the days on which they differ from Monday-to-Friday."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager


class CalendarYear(models.Model):
    """A year. Only a published one may be computed with; ``stamp`` changes with every edit of its days."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    published = models.BooleanField("已公布", default=False)
    basis = models.CharField(
        "依据", max_length=200, blank=True, help_text="如：国务院办公厅关于2027年部分节假日安排的通知"
    )
    stamp = models.CharField(max_length=16, editable=False)

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "日历年份"
        ordering = ("-year",)

    def __str__(self) -> str:
        return f"{self.year}年"


class CalendarDay(models.Model):
    """An exception: a weekday that is off, or a Saturday or Sunday that is worked."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("上班")
    name = models.CharField("名称", max_length=60, help_text="如：国庆节、国庆节调休上班")

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "节假日与调休"
        ordering = ("-date",)

    def __str__(self) -> str:
        return f"{self.date:%Y年%m月%d日} {self.name}"
