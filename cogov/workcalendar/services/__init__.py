"""Writes of the calendar."""

from cogov.workcalendar.services.editing import clear_day, publish_year, set_day, withdraw_year
from cogov.workcalendar.services.seeding import seed_calendar

__all__ = ["clear_day", "publish_year", "seed_calendar", "set_day", "withdraw_year"]
