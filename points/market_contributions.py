"""What the supermarket contributes to the rooms below: permissions, seals, proofs, menu, card, section, to-dos."""

from __future__ import annotations

from cogov.access.permissions import grant_all
from cogov.access.roles import Role
from cogov.audit import seals
from cogov.desk import registry
from points import ledger_checks, market_reporting
from points.models import (
    FundEntry,
    FundPaper,
    Goods,
    GoodsPrice,
    Redemption,
    RedemptionFund,
    StockEntry,
    StockPaper,
    Supermarket,
)
from points.selectors import market_proofs as proofs

_READERS = (
    Role.COUNTY_ADMIN,
    Role.TOWNSHIP_ADMIN,
    Role.DEPARTMENT,
    Role.TOWNSHIP_LEADER,
    Role.VILLAGE_CADRE,
    Role.VILLAGE_SECRETARY,
    Role.KEEPER,
    Role.AUDITOR,
)
_VIEWS = tuple(
    f"points.view_{name}"
    for name in (
        "supermarket",
        "goods",
        "goodsprice",
        "stock",
        "stockentry",
        "stockpaper",
        "stockpaperline",
        "redemption",
        "redemptionline",
        "redemptionfund",
        "fundpaper",
        "fundentry",
    )
)


def register() -> None:
    _permissions()
    _ledgers()
    _desk()


def _permissions() -> None:
    keeper, cadre, secretary = Role.KEEPER, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY
    admin, leader = Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER
    grant_all(_READERS, *_VIEWS)
    grant_all((keeper,), "points.sell_goods")
    grant_all((keeper, cadre, secretary), "points.record_stock", "villages.set_card_pin")
    grant_all((cadre, secretary, admin), "points.confirm_stock", "points.second_cancel")
    grant_all((cadre, secretary), "points.manage_goods", "villages.unlock_card")
    grant_all((cadre, secretary, admin, leader), "points.approve_price")
    grant_all((secretary, admin), "points.manage_supermarket", "points.manage_fund")
    grant_all((cadre, secretary, admin, leader), "points.confirm_fund")
    grant_all((keeper, cadre, secretary, Role.GRID_HEAD, Role.GRID_WORKER), "villages.witness_pin")


def _ledgers() -> None:
    seals.register_source(
        "stock",
        "库存流水",
        lambda code: StockEntry.objects.filter(goods__supermarket__village__township__code=code),
        model=StockEntry,
    )
    seals.register_source(
        "fund", "基金流水", lambda code: FundEntry.objects.filter(fund__township__code=code), model=FundEntry
    )
    for order, (code, label, run) in enumerate(
        (
            ("market.digests", "库存、基金流水未被改动", proofs.digests_hold),
            ("market.stock", "库存等于流水合计", proofs.stock_holds),
            ("market.fund", "基金余额等于流水合计", proofs.fund_holds),
            ("market.running", "库存、基金每笔结存前后相接", proofs.running_holds),
            ("market.redemptions", "兑换单与积分、库存、基金流水一一对应", proofs.redemptions_hold),
        ),
        start=20,
    ):
        ledger_checks.register(ledger_checks.LedgerCheck(code, label, run, order))


def _desk() -> None:
    registry.register_menu(
        registry.MARKET,
        [
            registry.MenuItem("柜台", "counter:home", "points.view_redemption", 100, "gift"),
            registry.MenuItem("兑换单", Redemption, order=101, icon="tasks"),
            registry.MenuItem("超市对账", "counter:reconciliation", "points.view_redemption", 102, "scale"),
            registry.MenuItem("商品", Goods, order=103, icon="folder"),
            registry.MenuItem("商品定价", GoodsPrice, order=104, icon="edit"),
            registry.MenuItem("库存单据", StockPaper, order=105, icon="file"),
            registry.MenuItem("库存流水", StockEntry, order=106, icon="log"),
            registry.MenuItem("兑换基金", RedemptionFund, order=107, icon="card"),
            registry.MenuItem("基金收支单", FundPaper, order=108, icon="file"),
            registry.MenuItem("基金流水", FundEntry, order=109, icon="log"),
            registry.MenuItem("超市设置", Supermarket, order=110, icon="gear"),
        ],
    )
    registry.register_card(market_reporting.CARD)
    registry.register_report_section(market_reporting.SECTION)
    registry.register_todo(market_reporting.TODO)


__all__ = ["register"]
