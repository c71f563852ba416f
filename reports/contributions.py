"""What this room adds to the rooms below it: permissions, kinds, sections, handlers, menu, to-do list, seals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from cogov.access.permissions import grant, grant_all
from cogov.access.roles import Role
from cogov.audit import seals
from cogov.common.periods import Period
from cogov.desk.registry import (
    REPORTS,
    CardData,
    DashboardCard,
    Figure,
    MenuItem,
    TodoItem,
    TodoSource,
    register_card,
    register_exceptions,
    register_menu,
    register_report_section,
    register_todo,
)
from cogov.jobs import states
from notices import kinds
from reports import containing, exceptions, sections
from reports.models import MonthClose, PrintRun, Report, ReportCorrection
from reports.selectors import villages_in_use
from reports.services import building, printing
from reports.services.close_month import register_handlers
from reports.states import CLOSED

_TODO_LIMIT = 5


def register() -> None:
    """Called once, from AppConfig.ready()."""
    grant_all(
        (
            Role.COUNTY_ADMIN,
            Role.TOWNSHIP_ADMIN,
            Role.DEPARTMENT,
            Role.TOWNSHIP_LEADER,
            Role.VILLAGE_CADRE,
            Role.VILLAGE_SECRETARY,
            Role.AUDITOR,
        ),
        "reports.view_report",
        "reports.view_monthclose",
    )
    grant_all((Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN), "reports.close_month")
    grant(Role.TOWNSHIP_ADMIN, "reports.correct_report")
    grant_all((Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER), "reports.publish_correction")
    grant_all(
        (Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.AUDITOR),
        "reports.view_reportcorrection",
    )
    grant_all(
        (
            Role.COUNTY_ADMIN,
            Role.TOWNSHIP_ADMIN,
            Role.DEPARTMENT,
            Role.TOWNSHIP_LEADER,
            Role.VILLAGE_CADRE,
            Role.VILLAGE_SECRETARY,
        ),
        "reports.print_papers",
        "reports.view_printrun",
    )
    printing.register()
    kinds.register(building.BULLETIN)
    kinds.register(building.PERIOD_REPORT)
    for source in exceptions.SOURCES:
        register_exceptions(source)
    register_report_section(sections.NOTICES)
    register_handlers()
    register_menu(
        REPORTS,
        [
            MenuItem("月结与报告", MonthClose, order=10),
            MenuItem("月报与年报", Report, order=20),
            MenuItem("报告更正", ReportCorrection, order=30),
            MenuItem("打印间", PrintRun, order=40),
        ],
    )
    register_todo(
        TodoSource("reports.failed_close", "没有完成的月结", "reports.close_month", _failed_closes, order=30)
    )
    register_todo(
        TodoSource(
            "reports.corrections", "待发布的报告更正", "reports.publish_correction", _corrections, order=35
        )
    )
    register_todo(
        TodoSource("reports.outdated", "所含报告已更正", "reports.correct_report", _outdated, order=34)
    )
    register_card(DashboardCard("reports.closes", "上月月结", 40, "reports.view_monthclose", _closes_card))
    seals.register_source("reports", "月报", _sealed_reports, model=Report)


def _sealed_reports(township_code: str) -> Any:
    rows = Report.objects.filter(code__startswith=township_code)
    return rows if township_code else rows.none()


def _closes_card(user: Any, period: Period) -> CardData:
    """How far the close of the month before ``period`` is, within the user's scope."""
    last = period.previous()
    villages = MonthClose.objects.for_user(user).filter(level="village", period=last.key)
    closed = villages.filter(state=CLOSED).count()
    reports = Report.objects.for_user(user).filter(period=last.key).count()
    wanted = villages_in_use(user.scope_codes("reports.view_monthclose"))
    if not wanted:
        return CardData()
    note = f"共{wanted}个村（社区）"
    return CardData(
        figures=[Figure(f"{last.label}已月结", closed, "个村", note=note), Figure("已出月报", reports, "份")],
        link=reverse("admin:reports_monthclose_changelist"),
    )


def _corrections(user: Any) -> Sequence[TodoItem]:
    """Drafted by somebody else and not yet published."""
    rows = (
        ReportCorrection.objects.for_user(user, "reports.publish_correction")
        .filter(edition__isnull=True)
        .exclude(drafted_by_id=user.pk)
        .select_related("report")
        .order_by("pk")[:_TODO_LIMIT]
    )
    return [
        TodoItem(
            title=str(row),
            url=reverse("admin:reports_reportcorrection_change", args=[row.pk]),
            detail=row.reason,
            tone="warn",
        )
        for row in rows
    ]


def _outdated(user: Any) -> Sequence[TodoItem]:
    """Reports that contain a corrected one; the button drafts their correction."""
    return [
        TodoItem(
            title=f"{one.report}要随之更正",
            url=reverse("admin:reports_report_correct", args=[one.report.pk]),
            detail=f"所含的{one.names}已更正",
            tone="warn",
        )
        for one in containing.outdated_within(user, "reports.correct_report")
        if one.correction is None
    ][:_TODO_LIMIT]


def _failed_closes(user: Any) -> Sequence[TodoItem]:
    rows = (
        MonthClose.objects.for_user(user, "reports.close_month")
        .filter(job__state__in=states.UNSUCCESSFUL)
        .select_related("job")
        .order_by("-period", "code")[:_TODO_LIMIT]
    )
    return [
        TodoItem(
            title=f"{close}没有完成",
            url=reverse("admin:reports_monthclose_change", args=[close.pk]),
            detail=close.job.error[:120],
            tone="danger",
        )
        for close in rows
    ]
