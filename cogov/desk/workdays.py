"""The working-day calendar on the desk: enter next year's holidays, publish the year."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.registry import TodoItem
from cogov.desk.templatetags.desk import chip
from cogov.workcalendar.models import CalendarDay, CalendarYear
from cogov.workcalendar.services import clear_day, publish_year, set_day, withdraw_year

CHANGE = "workcalendar.change_calendarday"
_WEEKDAYS = "一二三四五六日"


# The State Council usually publishes next year's holidays in November.
_REMIND_FROM_MONTH = 11


def next_year_todo(user: Any) -> list[TodoItem]:
    """Towards the end of a year: enter and publish the next one, before publicity periods run into it."""
    today = timezone.localdate()
    wanted = [today.year, *([today.year + 1] if today.month >= _REMIND_FROM_MONTH else [])]
    published = set(
        CalendarYear.objects.filter(year__in=wanted, published=True).values_list("year", flat=True)
    )
    return [
        TodoItem(
            title=f"{year}年的放假安排还没有公布",
            url=reverse("admin:workcalendar_calendarday_changelist"),
            detail="没有公布之前，公示期和办理期限不能算到这一年。请按国务院办公厅通知录入后公布。",
            tone="warn",
        )
        for year in wanted
        if year not in published
    ]


def _save_day(*, actor: Any, instance: CalendarDay | None, data: dict[str, Any]) -> CalendarDay:
    """The form's values for the service; the day of an existing row stays."""
    day: date = instance.date if instance else data["date"]
    return set_day(actor=actor, day=day, is_workday=data["is_workday"], name=data["name"])


class ClearDay(GuidedAction):
    """取消登记."""

    code, label, icon, danger = "clear", "取消登记", "trash", True
    permission = CHANGE
    intro = "取消后，这一天按星期几决定是否上班。"

    def run(self) -> str:
        clear_day(actor=self.user, day=self.obj.date)
        return "已取消登记"

    def done_url(self) -> str:
        """The list: the day's own page is gone."""
        return reverse("admin:workcalendar_calendarday_changelist")


class PublishForm(GuidedForm):
    """What the year rests on."""

    basis = forms.CharField(label="依据", max_length=200, help_text="如：国办发明电〔2026〕9号")


class PublishYear(GuidedAction):
    """公布."""

    code, label, icon = "publish", "公布本年安排", "check"
    permission = CHANGE
    form_class = PublishForm
    intro = "公布之后，公示期、办理期限才能算到这一年。请先核对放假和调休日期都已录入。"

    @classmethod
    def is_available(cls, obj: CalendarYear) -> bool:
        return not obj.published

    def run(self) -> str:
        publish_year(actor=self.user, year=self.obj.year, basis=self.data["basis"])
        return f"{self.obj.year}年工作日历已公布"


class WithdrawForm(GuidedForm):
    """Why the year is closed again."""

    reason = forms.CharField(label="原因", max_length=200)


class WithdrawYear(GuidedAction):
    """撤回."""

    code, label, icon, danger = "withdraw", "撤回公布", "left", True
    permission = CHANGE
    form_class = WithdrawForm
    intro = "撤回后，凡要算到这一年工作日的事项都会被拒绝，直到重新公布。"

    @classmethod
    def is_available(cls, obj: CalendarYear) -> bool:
        return obj.published

    def run(self) -> str:
        withdraw_year(actor=self.user, year=self.obj.year, reason=self.data["reason"])
        return f"{self.obj.year}年工作日历已撤回"


class CalendarDayAdmin(DeskModelAdmin):
    """Days off and make-up days; ordinary weekdays and weekends need no entry."""

    save_service = staticmethod(_save_day)
    guided_actions = (ClearDay,)
    fields = ("date", "is_workday", "name")
    list_display = ("date", "weekday", "kind", "name")
    search_fields = ("name",)
    date_hierarchy = "date"
    ordering = ("-date",)
    intro = "只登记例外：放假的日子和调休上班的周末。全部录完后，到“日历年份”公布。"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("date",) if obj else ()

    @admin.display(description="星期")
    def weekday(self, obj: CalendarDay) -> str:
        """星期几."""
        return f"星期{_WEEKDAYS[obj.date.weekday()]}"

    @admin.display(description="安排", ordering="is_workday")
    def kind(self, obj: CalendarDay) -> str:
        """Off or worked, as a chip."""
        return chip("调休上班", "warn") if obj.is_workday else chip("放假", "good")


class CalendarYearAdmin(DeskModelAdmin):
    """Years; a year appears with its first day and counts once it is published."""

    guided_actions = (PublishYear, WithdrawYear)
    fields = readonly_fields = ("year", "state", "basis", "days_off", "days_worked")
    list_display = ("year", "state", "basis")
    ordering = ("-year",)
    intro = "没有公布的年份不能推算工作日，系统不会自行猜测。新的一年从“节假日与调休”录入第一天时出现。"

    @admin.display(description="状态", ordering="published")
    def state(self, obj: CalendarYear) -> str:
        """Published or not, as a chip."""
        return chip("已公布", "good") if obj.published else chip("未公布", "warn")

    @admin.display(description="放假")
    def days_off(self, obj: CalendarYear) -> str:
        """The days off of the year, in words."""
        return self._days(obj, worked=False)

    @admin.display(description="调休上班")
    def days_worked(self, obj: CalendarYear) -> str:
        """The make-up days of the year, in words."""
        return self._days(obj, worked=True)

    def _days(self, obj: CalendarYear, *, worked: bool) -> str:
        rows = CalendarDay.objects.filter(date__year=obj.year, is_workday=worked).order_by("date")
        return "、".join(f"{row.date.month}月{row.date.day}日（{row.name}）" for row in rows) or "没有"
