"""Closing months and producing reports."""

from reports.services.building import ReportPlace, publish_report
from reports.services.close_month import close_month
from reports.services.schedule import close_last_month

__all__ = ["ReportPlace", "close_last_month", "close_month", "publish_report"]
