"""Desk pages of the supermarket: goods, prices, papers, redemptions. What one records another confirms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from cogov.common.money import from_fen, to_fen
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.export import ExportColumn
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from points import market_rules as rules
from points.models import (
    Goods,
    GoodsPrice,
    Redemption,
    RedemptionLine,
    StockEntry,
    StockPaper,
    StockPaperLine,
    Supermarket,
)
from points.services.market import keeping


def yuan(fen: int | None) -> str:
    """Fen as yuan for a column."""
    return "—" if fen is None else f"{from_fen(fen):,}"


@admin.register(Supermarket)
class SupermarketAdmin(DeskModelAdmin):
    """Settings of each village's shop."""

    intro = "每村一个积分超市：每日上限、兑换日、预约天数、积分折价、基金列支方式。"
    list_display = ("name", "village", "opening", "redeem_on", "cap", "fund", "fund_mode", "active")
    list_filter = ("active", "village")
    search_fields = ("name",)
    list_select_related = ("village", "fund")
    fields = (
        "village",
        "name",
        "address",
        "telephone",
        "opening",
        "daily_cap",
        "redeem_on",
        "booking_days",
        "point_value",
        "fund",
        "fund_mode",
        "warn_below",
        "alarm_below",
        "active",
    )
    add_permission = change_permission = keeping.MANAGE_SHOP
    save_service = staticmethod(keeping.save_supermarket)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("village",) if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """The cap is for whoever holds the card: a family, a person or a group (PNT-8)."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "daily_cap" in form.base_fields:
            form.base_fields["daily_cap"].label = "每户（每人、每组）每天最多兑换"
        return form

    @admin.display(description="每天最多兑换", ordering="daily_cap")
    def cap(self, obj: Supermarket) -> str:
        return f"{obj.daily_cap} 分" if obj.daily_cap else "不限"


class PriceForm(GuidedForm):
    """The new price."""

    points = forms.IntegerField(label="兑换积分", min_value=1)
    cost = forms.DecimalField(label="成本价（元）", min_value=0, max_digits=8, decimal_places=2)
    reason = forms.CharField(label="说明", max_length=200)


class ProposePrice(GuidedAction):
    """Propose points and cost; another person approves."""

    code, label, icon = "price", "提出定价", "edit"
    permission = keeping.MANAGE
    form_class = PriceForm
    intro = "定价由一人提出、另一人复核；复核通过后立即执行。"

    def initial(self) -> dict[str, Any]:
        cost = self.obj.cost_fen
        return {"points": self.obj.points, "cost": None if cost is None else from_fen(cost)}

    def run(self) -> str:
        cost = to_fen(self.data["cost"])
        row = keeping.propose_price(
            actor=self.user,
            goods=self.obj,
            points=self.data["points"],
            cost_fen=cost,
            reason=self.data["reason"],
        )
        return f"已提出 {row.points} 分，等待复核"


class PriceInline(DeskInline):
    model = GoodsPrice
    fields = readonly_fields = (
        "points",
        "cost_fen",
        "reason",
        "state",
        "proposed_by",
        "decided_by",
        "decided_at",
    )


@admin.register(Goods)
class GoodsAdmin(DeskModelAdmin):
    """What is on the shelf."""

    intro = "商品先登记，再定价；复核通过的定价才能兑换。"
    empty_hint = "点右上角“新增”登记第一种商品。"
    list_display = (
        "picture_label",
        "name",
        "category",
        "points",
        "cost_label",
        "stock_label",
        "supermarket",
        "active",
    )
    list_display_links = ("picture_label", "name")
    list_filter = ("active", "category", "supermarket")
    search_fields = ("name",)
    list_select_related = ("supermarket", "stock")
    fields = ("supermarket", "name", "category", "unit", "picture", "low_stock", "active")
    add_permission = change_permission = keeping.MANAGE
    save_service = staticmethod(keeping.save_goods)
    guided_actions = (ProposePrice,)
    export_columns = (
        ExportColumn("超市", "supermarket.name", 20),
        ExportColumn("品名", "name", 20),
        ExportColumn("类别", "category", 12),
        ExportColumn("单位", "unit", 8),
        ExportColumn("兑换积分", "points", 10),
        ExportColumn(
            "成本价（元）", lambda row: None if row.cost_fen is None else from_fen(row.cost_fen), 12
        ),
        ExportColumn("库存", "stock.quantity", 8),
        ExportColumn("库存金额（元）", lambda row: from_fen(row.stock.value_fen), 14),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("supermarket",) if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[type[DeskInline], ...]:
        """A new good has no prices yet."""
        return () if obj is None else (PriceInline,)

    @admin.display(description="图片")
    def picture_label(self, obj: Goods) -> str:
        return "有" if obj.picture else "—"

    @admin.display(description="成本价（元）", ordering="cost_fen")
    def cost_label(self, obj: Goods) -> str:
        return yuan(obj.cost_fen)

    @admin.display(description="库存", ordering="stock__quantity")
    def stock_label(self, obj: Goods) -> str:
        stock = getattr(obj, "stock", None)
        if stock is None:
            return "0"
        kept = f"（预约 {stock.reserved}）" if stock.reserved else ""
        return f"{stock.quantity} {obj.unit}{kept}"


class DecideForm(GuidedForm):
    """Yes or no, and why."""

    approve = forms.ChoiceField(
        label="复核", choices=(("yes", "同意"), ("no", "退回")), widget=forms.RadioSelect, initial="yes"
    )
    note = forms.CharField(label="意见", max_length=200, required=False)


class Decide(GuidedAction):
    """The second person's word."""

    code, label, icon = "decide", "复核", "check"
    form_class = DecideForm

    @classmethod
    def is_available(cls, obj: Model) -> bool:
        return getattr(obj, "state", "") == rules.SUBMITTED

    @property
    def approved(self) -> bool:
        return bool(self.data["approve"] == "yes")

    def told(self) -> str:
        return "复核通过" if self.approved else "已退回"


class DecidePrice(Decide):
    """Approve a price."""

    permission = keeping.APPROVE_PRICE

    def details(self) -> list[tuple[str, Any]]:
        goods = self.obj.goods
        return [
            ("商品", goods.name),
            (
                "现在",
                "未定价" if goods.points is None else f"{goods.points} 分，成本 {yuan(goods.cost_fen)} 元",
            ),
            ("提出", f"{self.obj.points} 分，成本 {yuan(self.obj.cost_fen)} 元"),
            ("说明", self.obj.reason),
            ("提出人", self.obj.proposed_by),
        ]

    def run(self) -> str:
        keeping.decide_price(actor=self.user, price=self.obj, approve=self.approved)
        return self.told()


@admin.register(GoodsPrice)
class GoodsPriceAdmin(DeskModelAdmin):
    """Proposed and approved prices."""

    intro = "一人提出、另一人复核。"
    list_display = ("goods", "points", "cost_label", "state", "proposed_by", "decided_by", "decided_at")
    list_filter = ("state", "goods__supermarket")
    search_fields = ("goods__name",)
    list_select_related = ("goods", "proposed_by", "decided_by")
    guided_actions = (DecidePrice,)

    @admin.display(description="成本价（元）")
    def cost_label(self, obj: GoodsPrice) -> str:
        return yuan(obj.cost_fen)


class DecidePaper(Decide):
    """Confirm a purchase, count or write-off."""

    permission = keeping.CONFIRM
    intro = "复核通过后商品立即出入库；进货从基金付款的，同时付款。"

    def details(self) -> list[tuple[str, Any]]:
        lines = self.obj.lines.select_related("goods")
        found = [("单据", self.obj), ("登记人", self.obj.recorder_name)]
        if self.obj.supplier:
            found += [("供货单位", self.obj.supplier), ("总金额", f"{yuan(self.obj.total_fen)} 元")]
        for line in lines:
            text = f"{line.quantity} {line.goods.unit}"
            if line.books is not None:
                text = f"账面 {line.books}，实点 {line.quantity}，差 {line.difference:+d} {line.reason}"
            elif line.fen:
                text += f"，{yuan(line.fen)} 元"
            found.append((line.goods.name, text))
        return found

    def run(self) -> str:
        keeping.decide_paper(actor=self.user, paper=self.obj, approve=self.approved, note=self.data["note"])
        return self.told()


class PaperLineInline(DeskInline):
    model = StockPaperLine
    fields = readonly_fields = ("goods", "quantity", "books", "amount", "reason")

    @admin.display(description="金额（元）")
    def amount(self, obj: StockPaperLine) -> str:
        return yuan(obj.fen)


@admin.register(StockPaper)
class StockPaperAdmin(DeskModelAdmin):
    """Purchases, counts and write-offs."""

    intro = "进货、盘点、报损在柜台登记，另一人在这里复核后才出入库。"
    list_display = (
        "__str__",
        "supermarket",
        "occurred_on",
        "supplier",
        "total_label",
        "state",
        "recorder_name",
        "decided_by",
    )
    list_filter = ("state", "kind", "supermarket")
    search_fields = ("supplier",)
    list_select_related = ("supermarket", "decided_by")
    guided_actions = (DecidePaper,)
    inlines = (PaperLineInline,)

    @admin.display(description="总金额（元）", ordering="total_fen")
    def total_label(self, obj: StockPaper) -> str:
        return yuan(obj.total_fen)


@admin.register(StockEntry)
class StockEntryAdmin(DeskModelAdmin):
    """The ledger of goods."""

    intro = "只增不改；库存随时可以由流水证明。"
    list_display = (
        "occurred_on",
        "goods",
        "kind",
        "quantity",
        "quantity_after",
        "amount",
        "reason",
        "actor_name",
    )
    list_filter = ("kind", "period", "goods__supermarket")
    search_fields = ("goods__name", "source")
    list_select_related = ("goods",)
    export_columns = (
        ExportColumn("日期", "occurred_on", 12),
        ExportColumn("商品", "goods.name", 20),
        ExportColumn("种类", "kind", 10),
        ExportColumn("数量", "quantity", 8),
        ExportColumn("结存", "quantity_after", 8),
        ExportColumn("金额（元）", lambda row: from_fen(row.fen), 12),
        ExportColumn("结存金额（元）", lambda row: from_fen(row.value_after), 14),
        ExportColumn("事由", "reason", 40),
        ExportColumn("经办人", "actor_name", 16),
    )

    @admin.display(description="金额（元）")
    def amount(self, obj: StockEntry) -> str:
        return yuan(obj.fen)


class RedemptionLineInline(DeskInline):
    model = RedemptionLine
    fields = readonly_fields = ("name", "quantity", "unit", "points_each", "points")

    @admin.display(description="积分")
    def points(self, obj: RedemptionLine) -> int:
        return obj.points


@admin.register(Redemption)
class RedemptionAdmin(DeskModelAdmin):
    """Every redemption, for looking up; they are made and taken back at the counter."""

    intro = "兑换在柜台办理和撤销；这里查询和导出。"
    list_display = ("number", "household", "points", "state", "day", "keeper_name", "supermarket")
    list_filter = ("state", "period", "goods_period", "supermarket")
    search_fields = ("number", "household__number", "household__head_name")
    list_select_related = ("household__village", "household__group", "supermarket")
    inlines = (RedemptionLineInline,)
    export_columns = (
        ExportColumn("单号", "number", 22),
        ExportColumn("超市", "supermarket.name", 18),
        ExportColumn("户号", "household.number", 10),
        ExportColumn("户主", "household.head_name", 12),
        ExportColumn("积分", "points", 8),
        ExportColumn("状态", "state", 10),
        ExportColumn("日期", "day", 12),
        ExportColumn("经办人", "keeper_name", 16),
        ExportColumn("撤销原因", "cancel_reason", 30),
        ExportColumn("同意撤销的人", "second_name", 16),
    )
