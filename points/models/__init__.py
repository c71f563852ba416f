"""Points (积分制): rules, records, the ledger, standings."""

from points.models.activities import PointsActivity
from points.models.blacklist import BlackListing
from points.models.deductions import DeductionHearing
from points.models.funds import FundEntry, FundPaper, RedemptionFund
from points.models.holders import PointsHolder
from points.models.kiosk import KioskAttempt, KioskDevice, KioskSession
from points.models.ledger import PointsAccount, PointsEntry
from points.models.market import (
    Goods,
    GoodsPrice,
    Stock,
    StockEntry,
    StockPaper,
    StockPaperLine,
    Supermarket,
)
from points.models.months import PeriodStanding, PointsMonth
from points.models.records import PointsRecord, RecordSource
from points.models.redemptions import Redemption, RedemptionLine
from points.models.rules import Category, Holder, PointsRule, PointsRuleSet, PostingRule, Sign, YearEnd
from points.models.sheets import SheetBundle
from points.models.year_ends import YearEndRun

__all__ = [
    "BlackListing",
    "Category",
    "DeductionHearing",
    "FundEntry",
    "FundPaper",
    "Goods",
    "GoodsPrice",
    "Holder",
    "KioskAttempt",
    "KioskDevice",
    "KioskSession",
    "PeriodStanding",
    "PointsAccount",
    "PointsActivity",
    "PointsEntry",
    "PointsHolder",
    "PointsMonth",
    "PointsRecord",
    "PointsRule",
    "PointsRuleSet",
    "PostingRule",
    "RecordSource",
    "Redemption",
    "RedemptionFund",
    "RedemptionLine",
    "SheetBundle",
    "Sign",
    "Stock",
    "StockEntry",
    "StockPaper",
    "StockPaperLine",
    "Supermarket",
    "YearEnd",
    "YearEndRun",
]
