"""Stock papers by two people, month-end reconciliation, liability, proofs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cogov.access.roles import Role
from cogov.audit import guards, seals
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from cogov.common.periods import Period
from cogov.desk.registry import ReportScope
from points import market_reporting
from points.ledger_checks import verify_all
from points.models import FundEntry, Goods, Stock, StockEntry, StockPaper
from points.selectors.market import reconcile
from points.selectors.market_liability import liability
from points.services.market import cancelling, keeping, redeeming
from points.services.market.keeping import PaperLine
from tests.factories.access import user_with
from tests.factories.market import Market, key, market

pytestmark = pytest.mark.django_db
NOVEMBER = Period.month(2026, 11)


@pytest.fixture
def shop(travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-20 09:00")
    return market(fund_mode="settle")


def submit(shop: Market, kind: str, *lines: PaperLine, **fields: Any) -> StockPaper:
    return keeping.submit_paper(
        actor=fields.pop("actor", shop.keeper),
        supermarket=shop.shop,
        kind=kind,
        lines=lines,
        key=fields.pop("key", key()),
        **fields,
    )


def test_nothing_moves_before_the_second_person(shop: Market) -> None:
    before = (shop.stock(), StockEntry.objects.count())
    paper = submit(shop, "purchase", PaperLine(shop.goods[0], 3, 9001), supplier="供销社", key="once")
    assert submit(shop, "purchase", PaperLine(shop.goods[0], 3, 9001), supplier="供销社", key="once") == paper
    with pytest.raises(AccessDenied):
        keeping.decide_paper(actor=shop.keeper, paper=paper, approve=True)
    own = submit(shop, "purchase", PaperLine(shop.goods[0], 1, 1), supplier="供销社", actor=shop.place.cadre)
    with pytest.raises(RuleError, match="登记人不能复核"):
        keeping.decide_paper(actor=shop.place.cadre, paper=own, approve=True)
    keeping.decide_paper(actor=shop.place.secretary, paper=own, approve=False, note="没有发票")
    assert (shop.stock(), StockEntry.objects.count()) == before
    keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    assert shop.stock()[0] == (13, 37001, 0)
    assert verify_all() == []


@pytest.mark.parametrize(
    ("kind", "pieces", "fields", "message"),
    [
        ("purchase", 1, {}, "没有登记"),
        ("purchase", 0, {"supplier": "供销社"}, "应在 1 到"),
        ("writeoff", 1, {}, "没有登记"),
        ("count", -1, {}, "应在 0 到"),
        ("count", 9, {}, "账面 10、实点 9，请写明差异原因"),
        ("gift", 1, {}, "没有这种单据"),
        ("count", 10, {"occurred_on": dt.date(2026, 11, 21)}, "不能晚于今天"),
    ],
)
def test_refused_papers(shop: Market, kind: str, pieces: int, fields: dict[str, Any], message: str) -> None:
    before = (shop.stock(), StockPaper.objects.count())
    with pytest.raises((RuleError, InputError), match=message):
        submit(shop, kind, PaperLine(shop.goods[0], pieces), **fields)
    assert (shop.stock(), StockPaper.objects.count()) == before


def test_counting_books_the_difference(shop: Market) -> None:
    paper = submit(
        shop, "count", PaperLine(shop.goods[0], 9, reason="破袋"), PaperLine(shop.goods[1], 40), PaperLine(shop.goods[2], 6, reason="上次少点一瓶")
    )  # fmt: skip
    keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    assert shop.stock() == [(9, 25200, 0), (40, 10000, 0), (6, 9000, 0)]
    entries = StockEntry.objects.filter(kind="count").order_by("goods_id")
    assert [(e.quantity, e.fen) for e in entries] == [(-1, -2800), (1, 1500)]
    assert verify_all() == []


def test_a_count_does_not_outlive_a_sale(shop: Market) -> None:
    paper = submit(shop, "count", PaperLine(shop.goods[0], 9, reason="破袋"))
    shop.sell(1)
    before = shop.stock()
    with pytest.raises(RuleError, match="盘点时账面 10，现在是 9"):
        keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    assert shop.stock() == before


def test_write_offs_leave_bookings_alone(shop: Market) -> None:
    shop.book(0, 0, 4)
    paper = submit(shop, "writeoff", PaperLine(shop.goods[2], 2), reason="过期")
    with pytest.raises(RuleError, match="只剩 1 瓶"):
        keeping.decide_paper(actor=shop.place.secretary, paper=paper, approve=True)
    assert shop.stock()[2] == (5, 7500, 4)


def test_one_open_price_per_good(shop: Market) -> None:
    goods = shop.goods[0]
    keeping.propose_price(actor=shop.place.cadre, goods=goods, points=31, cost_fen=2900, reason="涨价")
    with pytest.raises(ConflictError, match="已经有一个待复核"):
        keeping.propose_price(
            actor=shop.place.secretary, goods=goods, points=32, cost_fen=2900, reason="涨价"
        )
    with pytest.raises(AccessDenied):
        keeping.propose_price(actor=shop.keeper, goods=goods, points=1, cost_fen=1, reason="便宜点")
    assert Goods.objects.get(pk=goods.pk).points == 30


def test_the_month_balances(shop: Market, travel_to: Callable[[str], None]) -> None:
    kept, gone = shop.sell(2, 1), shop.sell(0, 5, index=1)
    cancelling.cancel(actor=shop.keeper, redemption=gone, reason="拿错了")
    shop.book(0, 0, 1, index=1)
    found = reconcile(shop.shop, NOVEMBER)
    assert found.differences == []
    assert (found.redeemed, found.taken_back, found.sales, found.open_bookings) == (63 + 15 + 20, 15, 2, 1)
    rice, soap, salt = sorted(found.goods, key=lambda row: len(row.name))[0], found.goods[1], found.goods[2]
    assert (rice.name, rice.opening, rice.purchased, rice.sold, rice.closing) == ("大米", 0, 10, -2, 8)
    assert {soap.name, salt.name} == {"洗衣液", "食盐"}
    assert found.fund is not None
    assert (found.fund.opening, found.fund.allocated, found.fund.settled, found.fund.refunded) == (
        0,
        100000,
        -(5850 + 1250 + 1500),
        1250,
    )
    travel_to("2026-12-02 09:00")
    cancelling.cancel(actor=shop.keeper, redemption=kept, reason="质量问题", second=shop.place.cadre)
    assert reconcile(shop.shop, NOVEMBER).holds
    december = reconcile(shop.shop, NOVEMBER.next())
    assert december.holds
    assert (december.redeemed, december.taken_back) == (0, 63)
    assert next(row for row in december.goods if row.name == "大米").opening == 8


def test_differences_are_listed_and_left(shop: Market) -> None:
    row = shop.sell(1)
    with guards.suspended(connection):
        StockEntry.objects.filter(source=row.source).update(quantity=-2)
    found = reconcile(shop.shop, NOVEMBER)
    assert [(line.label, line.difference) for line in found.differences] == [
        ("兑换出库件数（流水 / 兑换单）", 1),
        ("现有库存件数（货架 / 流水合计）", 1),
    ]
    assert {fault.check for fault in verify_all()} >= {
        "market.digests",
        "market.stock",
        "market.running",
        "market.redemptions",
    }
    assert shop.stock()[0] == (9, 25200, 0)


@pytest.mark.parametrize(
    ("model", "values", "check"),
    [
        (Stock, {"value_fen": 1}, "market.stock"),
        (Stock, {"reserved": 1}, "market.stock"),
        (FundEntry, {"balance_after": 7}, "market.running"),
    ],
)
def test_proofs_find_what_was_changed(shop: Market, model: Any, values: dict[str, int], check: str) -> None:
    assert verify_all() == []
    with guards.suspended(connection):
        model.objects.filter(pk=model.objects.earliest("pk").pk).update(**values)
    assert check in {fault.check for fault in verify_all()}


def test_the_ledgers_are_sealed(shop: Market) -> None:
    names = {source.name for source in seals.sources()}
    assert {"stock", "fund", "points"} <= names
    seal = seals.seal_township(shop.place.village.code[:9])
    assert seal is not None
    assert seal.members["stock"]
    assert seal.members["fund"]
    assert seals.verify_all() == []


def test_liability_warns_when_points_outrun_the_shop(shop: Market) -> None:
    owed = liability([shop.place.village.code], NOVEMBER)
    assert (owed.points, owed.worth, owed.fund, owed.stock, owed.cover, owed.level) == (
        200,
        20000,
        100000,
        45500,
        727,
        "good",
    )
    shop.give(1400)
    assert (liability([shop.place.village.code], NOVEMBER).cover, owed.months) == (90, None)
    assert liability([shop.place.village.code], NOVEMBER).level == "warn"
    shop.give(1400, 1)
    worse = liability([shop.place.village.code[:9]], NOVEMBER, None)
    assert (worse.cover, worse.level) == (48, "bad")
    assert worse.message == "保障率 48%，低于60%：未兑积分超过基金和库存"
    assert liability(["421223199"], NOVEMBER).points == 0


def test_the_list_behind_the_sales_holds_exactly_these(shop: Market, client: Client) -> None:
    """What the figure counts is what its list shows; another month's list is empty."""
    shop.sell(1, 0)
    village = shop.place.village
    section = market_reporting.build_section(ReportScope("village", village.code, village.name), NOVEMBER)
    links = {figure.label: (figure.value, figure.link) for figure in section.figures}
    client.force_login(shop.place.secretary, backend="cogov.access.backends.DutyBackend")
    for label in ("兑换笔数", "未兑积分", "库存金额", "兑换基金", "保障率"):
        assert client.get(links[label][1]).status_code == 200, label
    sold = client.get(links["兑换笔数"][1]).context["cl"]
    assert (links["兑换笔数"][0], sold.result_count) == (1, 1)
    none = client.get(links["兑换笔数"][1].replace("2026-11", "2026-12")).context["cl"]
    assert none.result_count == 0
    accounts = client.get(links["未兑积分"][1]).context["cl"].queryset
    assert links["未兑积分"][0] == sum(account.balance for account in accounts)


def test_section_card_and_todos(shop: Market, django_assert_max_num_queries: Any) -> None:
    shop.sell(1, 2)
    submit(shop, "count", PaperLine(shop.goods[0], 9, reason="破袋"))
    village = shop.place.village
    with django_assert_max_num_queries(60):
        section = market_reporting.build_section(ReportScope("village", village.code, village.name), NOVEMBER)
    figures = {f.label: f.value for f in section.figures}
    assert (figures["兑换笔数"], figures["兑换户数"], figures["兑换用去积分"], str(figures["商品成本"])) == (
        1,
        1,
        36,
        "33.00",
    )
    assert section.tables[0].rows == [("大米", 1, 30), ("食盐", 2, 6)]
    assert section.tables[1].rows == [("板坑村", 1, 36, "相符")]
    card = market_reporting.build_card(shop.place.secretary, NOVEMBER)
    assert card.figures[0].value == 164
    assert [item.title for item in market_reporting.waiting(shop.place.secretary)] == ["库存单据待复核"]
    assert market_reporting.waiting(shop.keeper) == []
    empty = ReportScope("village", "421223199001", "别村")
    assert market_reporting.build_section(empty, NOVEMBER).figures == ()


def test_other_places_see_and_do_nothing(shop: Market) -> None:
    stranger = user_with(Role.VILLAGE_SECRETARY, "421223199001")
    row = shop.sell(1)
    paper = submit(shop, "count", PaperLine(shop.goods[0], 9, reason="破袋"))
    before = (shop.stock(), shop.balance())
    for call in (
        lambda: keeping.decide_paper(actor=stranger, paper=paper, approve=True),
        lambda: keeping.save_goods(actor=stranger, instance=shop.goods[0], data={"name": "新名"}),
        lambda: redeeming.hand_over(actor=stranger, redemption=row),
        lambda: cancelling.cancel(actor=stranger, redemption=row, reason="试试"),
    ):
        with pytest.raises(AccessDenied):
            call()
    assert (shop.stock(), shop.balance()) == before
    assert not StockPaper.objects.for_user(stranger).exists()
