"""The supermarket on the dashboard, in the periodic reports and in the to-do list (BEY-5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.urls import reverse

from cogov.common.money import format_yuan, from_fen
from cogov.common.periods import Period, PeriodKind
from cogov.desk.registry import (
    CardData,
    DashboardCard,
    Figure,
    ReportScope,
    ReportSection,
    SectionData,
    TableData,
    TodoItem,
    TodoSource,
)
from points import market_rules as rules
from points.models import FundPaper, GoodsPrice, StockPaper, Supermarket
from points.selectors import market, market_liability
from points.selectors.figures import places_filter
from villages.links import list_behind, village_ids


def _links(shops: list[Supermarket], scope: ReportScope, period: Period) -> dict[str, str]:
    """The list behind each figure of the section (BEY-10)."""
    months, villages = period.months(), village_ids(scope.code)
    mine = ",".join(str(shop.pk) for shop in shops)
    sales = list_behind(
        "admin:points_redemption_changelist",
        mine,
        village_key="supermarket__in",
        state__exact=rules.SOLD,
        goods_period__gte=months[0].key,
        goods_period__lte=months[-1].key,
    )
    owned = all(shop.fund is None or shop.fund.village_id is not None for shop in shops)
    if scope.level == "village" and owned:
        funds = list_behind("admin:points_redemptionfund_changelist", villages)
    else:  # a village may draw on the township's fund, which belongs to no village
        township = str(shops[0].village.township_id)
        funds = list_behind("admin:points_redemptionfund_changelist", township, village_key="township__in")
    goods = list_behind("admin:points_goods_changelist", mine, village_key="supermarket__in")
    return {
        **dict.fromkeys(("兑换笔数", "兑换户数", "兑换用去积分", "商品成本"), sales),
        "未兑积分": list_behind("admin:points_pointsaccount_changelist", villages),
        "兑换基金": funds,
        "库存金额": goods,
        "保障率": list_behind("admin:points_supermarket_changelist", villages),
    }


def _liability_figures(owed: market_liability.Liability) -> list[Figure]:
    return [
        Figure("未兑积分", owed.points, "分", note=f"折合 {format_yuan(owed.worth)}"),
        Figure("兑换基金", from_fen(owed.fund), "元"),
        Figure("库存金额", from_fen(owed.stock), "元"),
        Figure("保障率", owed.cover, "%", note=owed.message),
    ]


def build_card(user: Any, period: Period) -> CardData:
    """Outstanding points against fund and stock in the user's scope."""
    codes = list(user.scope_codes("points.view_redemption"))
    if not Supermarket.objects.filter(places_filter(codes)).exists():
        return CardData()
    owed = market_liability.liability(codes, period)
    notes = [owed.message] if owed.message else []
    if owed.months is not None:
        notes.append(f"按近三个月的兑换速度，基金和库存还能用 {owed.months} 个月。")
    return CardData(
        figures=_liability_figures(owed),
        notes=notes,
        link=reverse("counter:reconciliation"),
        link_label="超市对账",
    )


def build_section(scope: ReportScope, period: Period) -> SectionData:
    """Sales, the liability, and whether every shop's books balance."""
    codes = [scope.code]
    shops = list(
        Supermarket.objects.filter(places_filter(codes))
        .select_related("village__township", "fund")
        .order_by("village__code")
    )
    if not shops:
        return SectionData()
    now, before = (
        market_liability.market_figures(codes, period),
        market_liability.market_figures(codes, period.previous()),
    )
    owed = market_liability.liability(codes, period.months()[-1])
    figures = [
        Figure("兑换笔数", now.sales, "笔", previous=before.sales),
        Figure("兑换户数", now.households, "户", previous=before.households),
        Figure("兑换用去积分", now.points, "分", previous=before.points),
        Figure("商品成本", from_fen(now.cost), "元", previous=from_fen(before.cost)),
        *_liability_figures(owed),
    ]
    tables = [
        TableData(
            "兑换最多的商品",
            ("商品", "件数", "积分"),
            market_liability.best_goods(codes, period),
            empty="本期没有兑换",
        )
    ]
    notes = [owed.message + "。"] if owed.message else []
    if period.kind == PeriodKind.MONTH:
        tables.append(_balance_table(shops, period))
    links = _links(shops, scope, period)
    figures = [replace(figure, link=links[figure.label]) for figure in figures]
    return SectionData(figures=figures, tables=tables, notes=notes)


def _balance_table(shops: list[Supermarket], period: Period) -> TableData:
    rows = []
    for shop in shops:
        found = market.reconcile(shop, period)
        wrong = found.differences
        told = "相符" if found.holds else "不符：" + "；".join(f"{x.label}差 {x.difference}" for x in wrong)
        rows.append((shop.village.name, found.sales, found.redeemed - found.taken_back, told))
    return TableData("超市月末对账", ("村（社区）", "出库笔数", "净兑换积分", "积分、商品、基金"), rows)


def waiting(user: Any) -> list[TodoItem]:
    """Papers and prices that another person handed in."""
    items = []
    for model, own, permission, title in (
        (GoodsPrice, "proposed_by", "points.approve_price", "商品定价待复核"),
        (StockPaper, "recorder", "points.confirm_stock", "库存单据待复核"),
        (FundPaper, "recorder", "points.confirm_fund", "基金收支待复核"),
    ):
        rows: Any = model.objects  # type: ignore[attr-defined]
        count = (
            rows.for_user(user, permission).filter(state=rules.SUBMITTED).exclude(**{own: user.pk}).count()
        )
        if count:
            url = reverse(f"admin:points_{model._meta.model_name}_changelist") + "?state__exact=submitted"
            items.append(TodoItem(title, url, count=count))
    return items


CARD = DashboardCard("points.market", "积分保障", 35, "points.view_redemption", build_card)
SECTION = ReportSection("points.market", "积分超市", 35, build_section)
TODO = TodoSource("points.market", "积分超市", "points.view_redemption", waiting, 35)
