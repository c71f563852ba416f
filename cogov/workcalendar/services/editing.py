"""Township admins keep the calendar: a day off, a make-up day, and the publication of a year.

The calendar is one for the whole system, because the State Council's notice is; hence the permission alone decides.
"""

from __future__ import annotations

import secrets
from datetime import date

from django.db import transaction

from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.errors import AccessDenied, RuleError
from cogov.workcalendar.models import CalendarDay, CalendarYear
from cogov.workcalendar.rules import missing_festivals

_SATURDAY = 5


def new_stamp() -> str:
    return secrets.token_hex(8)


def set_day(*, actor: Actor, day: date, is_workday: bool, name: str) -> CalendarDay:
    """Mark a day as off or worked. Raises RuleError when it is so anyway or has no name."""
    _require(actor)
    name = name.strip()
    if not name:
        raise RuleError("请填写名称，如“国庆节”或“国庆节调休上班”。")
    weekend = day.weekday() >= _SATURDAY
    if is_workday and not weekend:
        raise RuleError(f"{_long(day)}是星期一至星期五，本来就上班，不用登记。")
    with transaction.atomic():
        year = _locked_year(day.year)
        row = CalendarDay.objects.filter(date=day).first()
        before = {"上班": row.is_workday, "名称": row.name} if row else None
        if row is None:
            row = CalendarDay(date=day)
        row.is_workday, row.name = is_workday, name
        row.save()
        _touch(year)
        record(
            actor=actor,
            action="workcalendar.set_day",
            summary=f"工作日历：{_long(day)}{'上班' if is_workday else '放假'}（{name}）",
            obj=row,
            before=before,
            after={"上班": is_workday, "名称": name},
        )
    return row


def clear_day(*, actor: Actor, day: date) -> None:
    """Take an exception away again, so that the weekday decides. Nothing happens when there is none."""
    _require(actor)
    with transaction.atomic():
        year = _locked_year(day.year)
        row = CalendarDay.objects.filter(date=day).first()
        if row is None:
            return
        record(
            actor=actor,
            action="workcalendar.clear_day",
            summary=f"工作日历：取消{_long(day)}的登记（{row.name}）",
            obj=row,
            before={"上班": row.is_workday, "名称": row.name},
        )
        row.delete()
        _touch(year)


def publish_year(*, actor: Actor, year: int, basis: str) -> CalendarYear:
    """Open a year for computing. Raises RuleError that names the festivals still missing."""
    _require(actor)
    with transaction.atomic():
        row = _locked_year(year)
        days_off = CalendarDay.objects.filter(date__year=year, is_workday=False).values_list("date", "name")
        missing = missing_festivals(days_off)
        reasons = [f"没有录入{festival}的放假日期" for festival in missing]
        if not basis.strip():
            reasons.append("没有填写依据（放假通知的名称或文号）")
        if reasons:
            raise RuleError(f"{year}年的放假安排还不能公布", reasons)
        row.published, row.basis = True, basis.strip()
        _touch(row)
        record(
            actor=actor,
            action="workcalendar.publish_year",
            summary=f"公布{year}年工作日历",
            obj=row,
            after={"依据": row.basis},
        )
    return row


def withdraw_year(*, actor: Actor, year: int, reason: str) -> CalendarYear:
    """Close a year again (entered by mistake); computing with it is refused from now on."""
    _require(actor)
    if not reason.strip():
        raise RuleError("请填写撤回的原因。")
    with transaction.atomic():
        row = _locked_year(year)
        row.published = False
        _touch(row)
        record(
            actor=actor,
            action="workcalendar.withdraw_year",
            summary=f"撤回{year}年工作日历",
            obj=row,
            comment=reason.strip(),
        )
    return row


def _require(actor: Actor) -> None:
    if not actor.has_perm("workcalendar.change_calendarday"):
        raise AccessDenied


def _locked_year(year: int) -> CalendarYear:
    CalendarYear.objects.get_or_create(year=year, defaults={"stamp": new_stamp()})
    row: CalendarYear = CalendarYear.objects.select_for_update().get(year=year)
    return row


def _touch(year: CalendarYear) -> None:
    year.stamp = new_stamp()
    year.save(update_fields=["published", "basis", "stamp"])


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
