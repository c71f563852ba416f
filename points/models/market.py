"""The points supermarket (PNT-4): shop, goods, prices by two people, stock ledger and the papers behind it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from points import market_rules as rules
from points.models.funds import RedemptionFund
from points.redemption_days import RedemptionDays, read_days
from villages.models import Village

_USER = settings.AUTH_USER_MODEL


class Supermarket(models.Model):
    """A village's shop. Caps are points per household and day; ``point_value`` is fen per point."""

    village = models.OneToOneField(
        Village, models.PROTECT, related_name="supermarket", verbose_name="村（社区）"
    )
    name = models.CharField("名称", max_length=40)
    address = models.CharField("地址", max_length=80, blank=True)
    telephone = models.CharField("电话", max_length=20, blank=True)
    opening = models.CharField("开放时间", max_length=80, blank=True, help_text="如：每周一、四上午")
    daily_cap = models.PositiveIntegerField(
        "每户每天最多兑换",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="积分；不填不限",
    )
    redeem_on = models.CharField(
        "兑换日", max_length=60, blank=True, help_text="如：周一、周四，或者 10日、25日；不填每天都可以兑换"
    )
    booking_days = models.PositiveSmallIntegerField(
        "预约保留天数", default=rules.BOOKING_DAYS, validators=[MinValueValidator(1)]
    )
    point_value = models.PositiveIntegerField(
        "每分折合（分钱）", default=100, validators=[MinValueValidator(1)], help_text="1 分积分值多少分钱"
    )
    fund = models.ForeignKey(
        RedemptionFund,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supermarkets",
        verbose_name="兑换基金",
    )
    fund_mode = models.CharField(
        "基金列支方式",
        max_length=8,
        choices=[(k.value, v) for k, v in rules.FUND_MODE_LABELS.items()],
        default=rules.FundMode.NONE.value,
    )
    warn_below = models.PositiveSmallIntegerField("保障率预警（%）", default=rules.WARN_BELOW)
    alarm_below = models.PositiveSmallIntegerField("保障率告警（%）", default=rules.ALARM_BELOW)
    active = models.BooleanField("营业", default=True)
    last_number = models.PositiveIntegerField("末号", default=0, editable=False)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分超市"
        ordering = ("village",)

    def __str__(self) -> str:
        return self.name

    @property
    def days(self) -> RedemptionDays:
        """When goods are handed out; booking is possible on any day."""
        return read_days(self.redeem_on)

    def kept_until(self, day: date) -> date:
        """The last day for fetching what is booked on ``day``."""
        return self.days.kept_until(day, self.booking_days)

    @property
    def settles(self) -> bool:
        """Whether the fund pays at each redemption."""
        return self.fund_id is not None and self.fund_mode == rules.FundMode.SETTLE

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class Goods(models.Model):
    """Something on the shelf. Points and cost are those of the last approved price; without one it isn't offered."""

    supermarket = models.ForeignKey(
        Supermarket, models.PROTECT, related_name="goods", verbose_name="积分超市"
    )
    name = models.CharField("品名", max_length=40)
    category = models.CharField("类别", max_length=20)
    unit = models.CharField("单位", max_length=8)
    picture = models.ImageField("图片", upload_to="goods/", blank=True)
    points = models.PositiveIntegerField("兑换积分", null=True, editable=False)
    cost_fen = models.PositiveIntegerField("成本价（分）", null=True, editable=False)
    low_stock = models.PositiveIntegerField("低库存提醒", default=5)
    active = models.BooleanField("上架", default=True)

    scope = Scope(township="supermarket__village__township__code", village="supermarket__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "商品"
        ordering = ("supermarket", "category", "points", "name")
        constraints = (
            models.UniqueConstraint(
                fields=["supermarket", "name"],
                name="goods_name_once",
                violation_error_message="已经有同名商品",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.supermarket.audit_codes()


class GoodsPrice(models.Model):
    """A price one person proposes and another approves."""

    goods = models.ForeignKey(Goods, models.PROTECT, related_name="prices", verbose_name="商品")
    points = models.PositiveIntegerField("兑换积分", validators=[MinValueValidator(1)])
    cost_fen = models.PositiveIntegerField("成本价（分）")
    reason = models.CharField("说明", max_length=200)
    state = models.CharField(
        "状态", max_length=10, choices=rules.PAPER_STATES.choices, default=rules.SUBMITTED
    )
    proposed_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间", auto_now_add=True)
    decided_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    decided_at = models.DateTimeField("复核时间", null=True)

    scope = Scope(
        township="goods__supermarket__village__township__code", village="goods__supermarket__village__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "商品定价"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["goods"],
                condition=Q(state=rules.SUBMITTED),
                name="goods_price_one_open",
                violation_error_message="这种商品已经有一个待复核的定价",
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="goods_price_positive"),
        )

    def __str__(self) -> str:
        return f"{self.goods} {self.points} 分"

    def audit_codes(self) -> tuple[str, str]:
        return self.goods.audit_codes()


class Stock(models.Model):
    """How much of a good is there: pieces, fen, pieces kept for bookings. Locked by every move; CHECKs stand behind."""

    goods = models.OneToOneField(Goods, models.PROTECT, related_name="stock", verbose_name="商品")
    quantity = models.IntegerField("库存", default=0)
    value_fen = models.BigIntegerField("库存金额（分）", default=0)
    reserved = models.IntegerField("已预约", default=0)

    scope = Scope(
        township="goods__supermarket__village__township__code", village="goods__supermarket__village__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "库存"
        ordering = ("goods",)
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_not_negative"),
            models.CheckConstraint(condition=Q(value_fen__gte=0), name="stock_value_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("quantity")), name="stock_reserved_covered"
            ),
        )

    def __str__(self) -> str:
        return f"{self.goods} {self.quantity} {self.goods.unit}"

    @property
    def level(self) -> rules.Level:
        return rules.Level(self.quantity, self.value_fen, self.reserved)

    @property
    def free(self) -> int:
        return self.quantity - self.reserved


class StockEntry(AppendOnlyModel):
    """One move of one good. ``source`` is the paper: "redemption:7", "paper:3"."""

    goods = models.ForeignKey(
        Goods, models.PROTECT, related_name="entries", verbose_name="商品", db_index=False
    )
    kind = models.CharField(
        "种类", max_length=8, choices=[(k.value, v) for k, v in rules.STOCK_LABELS.items()]
    )
    quantity = models.IntegerField("数量")
    fen = models.BigIntegerField("金额（分）")
    quantity_after = models.IntegerField("结存")
    value_after = models.BigIntegerField("结存金额（分）")
    period = models.CharField("月份", max_length=7)
    occurred_on = models.DateField("日期")
    source = models.CharField("单据", max_length=80)
    reason = models.CharField("事由", max_length=200)
    actor_id = models.BigIntegerField("经办人编号", null=True)
    actor_name = models.CharField("经办人", max_length=150)

    scope = Scope(
        township="goods__supermarket__village__township__code", village="goods__supermarket__village__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "库存流水"
        ordering = ("-id",)
        indexes = (models.Index(fields=["goods", "period"], name="stock_entry_goods_idx"),)
        constraints = (
            models.UniqueConstraint(
                fields=["goods", "kind", "source"],
                name="stock_moves_once",
                violation_error_message="同一张单据只出入库一次",
            ),
            models.CheckConstraint(
                condition=Q(quantity_after__gte=0, value_after__gte=0), name="stock_entry_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.goods} {self.quantity:+d}"


class StockPaper(models.Model):
    """A purchase, a count or a write-off: recorded by one person, moves goods when another has confirmed it."""

    KINDS = (
        (rules.StockKind.PURCHASE.value, "进货单"),
        (rules.StockKind.COUNT.value, "盘点单"),
        (rules.StockKind.WRITE_OFF.value, "报损单"),
    )

    supermarket = models.ForeignKey(
        Supermarket, models.PROTECT, related_name="papers", verbose_name="积分超市"
    )
    kind = models.CharField("种类", max_length=8, choices=KINDS)
    occurred_on = models.DateField("日期")
    supplier = models.CharField("供货单位", max_length=60, blank=True)
    total_fen = models.PositiveBigIntegerField("总金额（分）", default=0)
    reason = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=rules.PAPER_STATES.choices, default=rules.SUBMITTED
    )
    recorder = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    recorder_name = models.CharField("登记人姓名", max_length=150)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    decided_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    decided_at = models.DateTimeField("复核时间", null=True)
    decision_note = models.CharField("复核意见", max_length=200, blank=True)
    key = models.CharField("提交标识", max_length=64, unique=True, editable=False)

    scope = Scope(township="supermarket__village__township__code", village="supermarket__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "库存单据"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def audit_codes(self) -> tuple[str, str]:
        return self.supermarket.audit_codes()


class StockPaperLine(models.Model):
    """A good on a paper: pieces bought, counted or lost; fen for purchases; the books' figure for counts."""

    paper = models.ForeignKey(StockPaper, models.PROTECT, related_name="lines", verbose_name="单据")
    goods = models.ForeignKey(Goods, models.PROTECT, related_name="+", verbose_name="商品")
    quantity = models.PositiveIntegerField("数量")
    fen = models.PositiveBigIntegerField("金额（分）", default=0)
    books = models.IntegerField("账面数", null=True)
    reason = models.CharField("原因", max_length=100, blank=True)

    scope = Scope(
        township="paper__supermarket__village__township__code", village="paper__supermarket__village__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "单据明细"
        ordering = ("paper", "id")
        constraints = (models.UniqueConstraint(fields=["paper", "goods"], name="paper_goods_once"),)

    def __str__(self) -> str:
        return f"{self.goods} {self.quantity}"

    @property
    def difference(self) -> int | None:
        """Counted less books, when the paper was written."""
        return None if self.books is None else self.quantity - self.books
