"""Points (积分制): rules, records, the ledger, standings."""

from points.models.activities import PointsActivity
from points.models.deductions import DeductionHearing
from points.models.kiosk import KioskAttempt, KioskDevice, KioskSession
from points.models.ledger import PointsAccount, PointsEntry
from points.models.months import PeriodStanding, PointsMonth
from points.models.records import PointsRecord, RecordSource
from points.models.rules import Category, PointsRule, PointsRuleSet, Sign, YearEnd

__all__ = [
    "Category",
    "DeductionHearing",
    "KioskAttempt",
    "KioskDevice",
    "KioskSession",
    "PeriodStanding",
    "PointsAccount",
    "PointsActivity",
    "PointsEntry",
    "PointsMonth",
    "PointsRecord",
    "PointsRule",
    "PointsRuleSet",
    "RecordSource",
    "Sign",
    "YearEnd",
]
