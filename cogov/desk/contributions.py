"""What the desk contributes to its own registries."""

from __future__ import annotations

from typing import Any

from cogov.desk import registry


def register() -> None:
    """The entries of the menu and the to-do list that belong to no app above."""
    registry.register_todo(
        registry.TodoSource(
            "workcalendar.years",
            "工作日历",
            "workcalendar.change_calendarday",
            _calendar_years,
            order=70,
        )
    )
    registry.register_menu(
        registry.TODO,
        [
            registry.MenuItem("工作台", "admin:index", order=10, icon="dashboard"),
            registry.MenuItem("我的待办", "admin:desk_todo", order=20, icon="inbox"),
        ],
    )
    registry.register_menu(
        registry.SYSTEM,
        [
            registry.MenuItem(
                "账号", "admin:access_user_changelist", "access.view_user", order=10, icon="users"
            ),
            registry.MenuItem(
                "任职", "admin:access_duty_changelist", "access.view_duty", order=20, icon="badge"
            ),
            registry.MenuItem(
                "节假日与调休",
                "admin:workcalendar_calendarday_changelist",
                "workcalendar.change_calendarday",
                order=50,
                icon="calendar",
            ),
            registry.MenuItem(
                "日历年份",
                "admin:workcalendar_calendaryear_changelist",
                "workcalendar.change_calendarday",
                order=55,
                icon="calendar",
            ),
            registry.MenuItem(
                "后台任务", "admin:jobs_job_changelist", "jobs.view_job", order=70, icon="tasks"
            ),
            registry.MenuItem(
                "操作日志", "admin:audit_auditevent_changelist", "audit.view_auditevent", order=80, icon="log"
            ),
        ],
    )


def _calendar_years(user: Any) -> Any:
    from cogov.desk.workdays import next_year_todo  # noqa: PLC0415 - admin pages need loaded models

    return next_year_todo(user)
