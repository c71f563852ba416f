"""The permissions of this room, by role."""

from __future__ import annotations

from cogov.access.permissions import grant_all
from cogov.access.roles import Role


def register() -> None:
    grant_all(tuple(Role), "workcalendar.view_calendarday", "workcalendar.view_calendaryear")
    grant_all(
        (Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN),
        "workcalendar.add_calendarday",
        "workcalendar.change_calendarday",
        "workcalendar.add_calendaryear",
        "workcalendar.change_calendaryear",
    )
