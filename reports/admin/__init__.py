"""Pages of the desk for closes and reports."""

from reports.admin.closes import MonthCloseAdmin
from reports.admin.printing import PrintRunAdmin
from reports.admin.reports import ReportAdmin, ReportCorrectionAdmin

__all__ = ["MonthCloseAdmin", "PrintRunAdmin", "ReportAdmin", "ReportCorrectionAdmin"]
