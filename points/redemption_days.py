"""Days on which a shop hands out goods, as a village writes them: 周一、周四 or 10日、25日 (PNT-8). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from cogov.common.errors import RuleError
from cogov.common.text import normalize_text

_WEEK = "一二三四五六日"
_WEEKDAY = re.compile(r"(?:每?(?:周|星期|礼拜))([一二三四五六日天])")
_MONTHDAY = re.compile(r"(?:每月)?(\d{1,2})[日号]")
_SEPARATORS = re.compile(r"[、，,；;和及\s]+")
_FAR = 366


@dataclass(frozen=True, slots=True)
class RedemptionDays:
    """Weekdays 0 (Monday) to 6 and days of the month 1 to 31; none of either: every day."""

    weekdays: frozenset[int] = frozenset()
    monthdays: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.weekdays or self.monthdays)

    def __str__(self) -> str:
        week = [f"周{_WEEK[day]}" for day in sorted(self.weekdays)]
        return "、".join([*week, *(f"{day}日" for day in sorted(self.monthdays))])

    def open_on(self, day: date) -> bool:
        """Whether goods are handed out on this day."""
        return not self or day.weekday() in self.weekdays or day.day in self.monthdays

    def next_from(self, day: date) -> date:
        """The first such day from ``day`` on. A 31st is found in the next month that has one."""
        return next(found for n in range(_FAR) if self.open_on(found := day + timedelta(days=n)))

    def kept_until(self, booked: date, days: int) -> date:
        """The last day for fetching what is kept ``days`` days: at least until goods are handed out again."""
        return max(booked + timedelta(days=days), self.next_from(booked + timedelta(days=1)))


def read_days(text: str) -> RedemptionDays:
    """The days in a line such as 每周一、周四 or 10日、25号. Raises RuleError that names what it can't read."""
    weekdays, monthdays = set(), set()
    last = ""
    for part in filter(None, _SEPARATORS.split(normalize_text(text))):
        # 每周一、四 and 每月10、25日: what stands before counts on.
        whole = part if not re.fullmatch(r"[一二三四五六日天]", part) or last != "week" else f"周{part}"
        whole = f"{whole}日" if re.fullmatch(r"(?:每月)?\d{1,2}", whole) else whole
        if found := _WEEKDAY.fullmatch(whole):
            weekdays.add(_WEEK.index(found[1].replace("天", "日")))
            last = "week"
        elif (found := _MONTHDAY.fullmatch(whole)) and 1 <= int(found[1]) <= 31:
            monthdays.add(int(found[1]))
            last = "month"
        else:
            raise RuleError(f"看不懂“{part}”，请写成“周一、周四”或“10日、25日”，每天都兑换就不填")
    return RedemptionDays(frozenset(weekdays), frozenset(monthdays))


def require_day(days: RedemptionDays, day: date) -> None:
    """Raises RuleError on any other day, with the next one."""
    if days.open_on(day):
        return
    coming = days.next_from(day)
    raise RuleError(f"今天不是兑换日（{days}），下一个兑换日是{coming.month}月{coming.day}日；可以先预约")
