"""Closing months, producing reports, correcting them."""

from reports.services.building import publish_report
from reports.services.close_month import close_month, make_report
from reports.services.collecting import ReportPlace, collect_snapshot
from reports.services.corrections import draft_report_correction, publish_report_correction
from reports.services.printing import request_printing
from reports.services.schedule import close_last_month

__all__ = [
    "ReportPlace",
    "close_last_month",
    "close_month",
    "collect_snapshot",
    "draft_report_correction",
    "make_report",
    "publish_report",
    "publish_report_correction",
    "request_printing",
]
