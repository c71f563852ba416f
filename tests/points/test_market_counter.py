"""The counter's pages over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from cogov.access.roles import Role
from points.models import Goods, GoodsPrice, Redemption, StockPaper
from points.services.market import keeping
from tests.factories.access import user_with
from tests.factories.market import PIN, Market, market
from tests.factories.villages import SYSTEM, HouseholdFactory
from villages.services.cards import card_print, issue_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(travel_to: Callable[[str], None], client: Client) -> Market:
    travel_to("2026-11-20 09:00")
    made = market()
    client.force_login(made.keeper)
    return made


def scan(client: Client, shop: Market, index: int = 0) -> Any:
    return client.post("/counter/card/", {"card": card_print(shop.cards[index]).address})


def body(shop: Market, *pieces: int, key: str = "page", pin: str = PIN) -> dict[str, Any]:
    return {"pin": pin, "key": key, "expected": "", **{f"g{pk}": n for pk, n in shop.basket(*pieces).items()}}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_scan_sell_print_hand_over(client: Client, shop: Market) -> None:
    assert "请扫户卡" in text(client.get("/counter/"))
    assert scan(client, shop).url == "/counter/sale/"
    shown = text(client.get("/counter/sale/"))
    assert "王*国" in shown
    assert "王建国" not in shown
    assert 'style="' not in shown
    done = client.post("/counter/sale/", body(shop, 1, 2))
    row = Redemption.objects.get()
    assert done.url == f"/counter/receipts/{row.pk}/"
    page = client.get(done.url)
    assert "兑换成功" in text(page)
    assert page["Cache-Control"].startswith("no-store")
    assert client.get("/counter/sale/").url == "/counter/"
    assert client.post(f"{done.url}hand-over/").url == "/counter/"
    row.refresh_from_db()
    assert row.handed_at is not None
    assert "36 分" in text(client.get("/counter/"))


def test_who_comes_late_sees_what_is_left(client: Client, shop: Market) -> None:
    """Both keepers have the last pieces on their pages; the refusal shows the shelf as it is now."""
    scan(client, shop)
    assert 'data-free="5"' in text(client.get("/counter/sale/"))
    shop.sell(0, 0, 5, index=1)
    refused = client.post("/counter/sale/", body(shop, 0, 0, 1))
    assert refused.status_code == 409
    assert "“洗衣液”已经兑完，本次没有兑换" in text(refused)
    assert ('data-free="0"' in text(refused), "已兑完" in text(refused)) == (True, True)
    assert 'data-free="5"' not in text(refused)
    assert Redemption.objects.count() == 1


def test_sending_the_page_twice_is_one_sale(client: Client, shop: Market) -> None:
    scan(client, shop)
    first = client.post("/counter/sale/", body(shop, 1))
    scan(client, shop)
    assert client.post("/counter/sale/", body(shop, 1)).url == first.url
    assert (Redemption.objects.count(), shop.balance()) == (1, 70)


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"pin": "000000"}, 409, "密码不对，还可以试 4 次"),
        ({"pieces": -1}, 400, "大米"),
        ({"pieces": "1.5"}, 400, "大米"),
        ({"pieces": 9}, 409, "积分不够：需要 270 分，现有 100 分"),
        ({"expected": 29}, 409, "现在共需 30 分"),
    ],
)
def test_refusals_come_back_on_the_page(
    client: Client, shop: Market, change: dict[str, Any], status: int, message: str
) -> None:
    scan(client, shop)
    data = body(shop, 1)
    data[f"g{shop.goods[0].pk}"] = change.pop("pieces", 1)
    response = client.post("/counter/sale/", {**data, **change})
    assert response.status_code == status
    assert message in text(response)
    assert (Redemption.objects.count(), shop.balance()) == (0, 100)


def test_cards_that_are_not_of_here(client: Client, shop: Market, travel_to: Callable[[str], None]) -> None:
    foreign = issue_card(actor=SYSTEM, household=HouseholdFactory())
    for card, message in (
        ("nonsense", "不是户卡的二维码"),
        ("0" * 32, "没有这张卡"),
        (card_print(foreign).token, "请到该村的积分超市办理"),
    ):
        assert message in text(client.post("/counter/card/", {"card": card}, follow=True))
        assert client.get("/counter/sale/").url == "/counter/"
    scan(client, shop)
    travel_to("2026-11-20 09:06")
    assert client.get("/counter/sale/").url == "/counter/"


def test_pin_with_a_witness(client: Client, shop: Market) -> None:
    scan(client, shop)
    data = {"pin": "730519", "again": "730519", "username": shop.place.cadre.username, "password": "wrong"}
    assert "账号或密码不正确" in text(client.post("/counter/card/pin/", data))
    data["password"] = "password-of-user"
    assert "两次输入的密码不一样" in text(client.post("/counter/card/pin/", {**data, "again": "730518"}))
    own = {**data, "username": shop.keeper.username}
    assert "见证人须是另一位" in text(client.post("/counter/card/pin/", own))
    assert client.post("/counter/card/pin/", data).url == "/counter/sale/"
    assert client.post("/counter/sale/", body(shop, 1, pin="730519")).status_code == 302


def test_cancel_now_and_later(client: Client, shop: Market, travel_to: Callable[[str], None]) -> None:
    first, second = shop.sell(1), shop.sell(1, index=1)
    url = f"/counter/receipts/{first.pk}/cancel/"
    assert 'name="password"' not in text(client.get(url))
    client.post(url, {"reason": "拿错了"})
    first.refresh_from_db()
    assert (first.state, shop.balance()) == ("cancelled", 100)
    travel_to("2026-11-20 09:20")
    late = f"/counter/receipts/{second.pk}/cancel/"
    assert client.post(late, {"reason": "拿错了"}).status_code == 400
    second.refresh_from_db()
    assert (second.state, shop.balance(1)) == ("sold", 70)
    witness = {"username": shop.place.cadre.username, "password": "password-of-user"}
    assert client.post(late, {"reason": "质量问题", **witness}).status_code == 302
    assert shop.balance(1) == 100


def test_fetching_a_booking(client: Client, shop: Market) -> None:
    row = shop.book(1)
    assert client.post(f"/counter/receipts/{row.pk}/pick-up/").url == "/counter/"
    scan(client, shop, 1)
    assert client.post(f"/counter/receipts/{row.pk}/pick-up/").url == "/counter/sale/"
    row.refresh_from_db()
    assert row.state == "booked"
    scan(client, shop)
    assert row.number in text(client.get("/counter/sale/"))
    assert client.post(f"/counter/receipts/{row.pk}/pick-up/").url == f"/counter/receipts/{row.pk}/"
    row.refresh_from_db()
    assert row.state == "sold"


@pytest.mark.parametrize("layout", ["a5", "80"])
def test_receipts_as_pdf(client: Client, shop: Market, layout: str) -> None:
    row = shop.sell(1, 2)
    response = client.get(f"/counter/receipts/{row.pk}/{layout}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert client.get(f"/counter/receipts/{row.pk}/a3.pdf").status_code == 404


def test_recording_papers(client: Client, shop: Market) -> None:
    goods = shop.goods[0]
    data = {
        "key": "paper",
        "occurred_on": "2026-11-20",
        "supplier": "供销社",
        f"q{goods.pk}": 5,
        f"y{goods.pk}": "140.50",
    }
    assert client.post("/counter/stock/purchase/", data).url == "/counter/stock/"
    client.post("/counter/stock/purchase/", data)
    paper = StockPaper.objects.get(key="paper")
    assert (paper.total_fen, paper.state, shop.stock()[0]) == (14050, "submitted", (10, 28000, 0))
    refused = client.post(
        "/counter/stock/count/", {"key": "c", "occurred_on": "2026-11-20", f"q{goods.pk}": 8}
    )
    assert "请写明差异原因" in text(refused)
    assert client.get("/counter/stock/writeoff/").status_code == 200
    assert client.get("/counter/stock/gift/").status_code == 404
    assert "进货单" in text(client.get("/counter/stock/"))


def test_reconciliation_page_and_workbook(client: Client, shop: Market) -> None:
    shop.sell(1, 2)
    assert "全部相符" in text(client.get("/counter/reconciliation/"))
    assert client.get("/counter/reconciliation/?period=2026-10").status_code == 200
    for bad in ("2026", "x", "2026-13"):
        assert client.get(f"/counter/reconciliation/?period={bad}").status_code == 404
    file = client.get("/counter/reconciliation/workbook/?period=2026-11")
    sheet = load_workbook(io.BytesIO(file.content)).active
    rows = {row[1]: row[2:] for row in sheet.iter_rows(values_only=True)}
    assert rows["兑换扣减的积分（流水 / 兑换单）"] == (36, 36, 0, "相符")
    assert rows["大米（袋）"][:3] == (0, 9, 9)


def test_auditors_read_and_strangers_see_nothing(client: Client, shop: Market) -> None:
    row = shop.sell(1)
    client.force_login(user_with(Role.AUDITOR, shop.place.village.code[:9]))
    assert "请扫户卡" not in text(client.get("/counter/"))
    assert client.get(f"/counter/receipts/{row.pk}/").status_code == 200
    assert client.get("/counter/reconciliation/").status_code == 200
    for path in (
        "/counter/sale/",
        "/counter/card/pin/",
        "/counter/stock/purchase/",
        f"/counter/receipts/{row.pk}/cancel/",
    ):
        assert client.get(path).status_code == 404
    client.force_login(user_with(Role.GRID_WORKER, shop.place.groups[0].code))
    for path in ("/counter/", f"/counter/receipts/{row.pk}/", "/counter/reconciliation/"):
        assert client.get(path).status_code == 404


def test_receipt_of_another_village_is_not_there(client: Client, shop: Market) -> None:
    row = shop.sell(1)
    other = HouseholdFactory()
    keeping.save_supermarket(
        actor=SYSTEM, instance=None, data={"village": other.village, "name": "外村超市", "active": True}
    )
    client.force_login(user_with(Role.KEEPER, other.village.code))
    assert client.get("/counter/").status_code == 200
    for path in (
        f"/counter/receipts/{row.pk}/",
        f"/counter/receipts/{row.pk}/a5.pdf",
        f"/counter/receipts/{row.pk}/cancel/",
    ):
        assert client.get(path).status_code == 404
    assert client.post(f"/counter/receipts/{row.pk}/hand-over/").status_code == 404
    row.refresh_from_db()
    assert row.handed_at is None


def picture(size: tuple[int, int] = (80, 60)) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "#aa3322").save(file, "PNG")
    return SimpleUploadedFile("rice.png", file.getvalue(), "image/png")


def test_goods_and_prices_on_the_desk(client: Client, shop: Market) -> None:
    client.force_login(shop.place.cadre)
    fields = {
        "supermarket": shop.shop.pk,
        "name": "毛巾",
        "category": "日用",
        "unit": "条",
        "low_stock": 3,
        "active": "on",
    }
    bad = client.post(
        "/admin/points/goods/add/", {**fields, "picture": SimpleUploadedFile("a.png", b"no", "image/png")}
    )
    assert bad.status_code == 200
    assert not Goods.objects.filter(name="毛巾").exists()
    client.post("/admin/points/goods/add/", {**fields, "picture": picture()})
    towel = Goods.objects.get(name="毛巾")
    shown: Any = client.get(f"/counter/goods/{towel.pk}/picture/")
    assert (shown["Content-Type"], shown.getvalue()[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    shown.close()
    client.post(f"/admin/points/goods/{towel.pk}/do/price/", {"points": 8, "cost": "6.50", "reason": "新品"})
    price = GoodsPrice.objects.get(goods=towel)
    client.post(f"/admin/points/goodsprice/{price.pk}/do/decide/", {"approve": "yes", "note": ""})
    towel.refresh_from_db()
    assert towel.points is None
    client.force_login(shop.place.secretary)
    client.post(f"/admin/points/goodsprice/{price.pk}/do/decide/", {"approve": "yes", "note": ""})
    towel.refresh_from_db()
    assert (towel.points, towel.cost_fen) == (8, 650)


@pytest.mark.parametrize(
    "model",
    ["supermarket", "goods", "goodsprice", "stockpaper", "stockentry", "redemption", "redemptionfund", "fundpaper", "fundentry"],
)  # fmt: skip
def test_desk_lists_and_pages(client: Client, model: str, travel_to: Callable[[str], None]) -> None:
    from django.apps import apps

    travel_to("2026-11-20 09:00")
    shop = market(fund_mode="settle")
    shop.sell(1)
    client.force_login(shop.place.secretary)
    assert client.get(f"/admin/points/{model}/").status_code == 200
    row = apps.get_model("points", model)._default_manager.first()
    assert client.get(f"/admin/points/{model}/{row.pk}/change/").status_code == 200


def test_money_into_the_fund_on_the_desk(client: Client, travel_to: Callable[[str], None]) -> None:
    from points.models import FundPaper

    travel_to("2026-11-20 09:00")
    shop = market(fund_mode="settle")
    fund = shop.shop.fund
    assert fund is not None
    client.force_login(shop.place.secretary)
    client.post(
        f"/admin/points/redemptionfund/{fund.pk}/do/money/",
        {"kind": "allocate", "amount": "250.5", "origin": "社会捐赠", "voucher": "收字12号"},
    )
    paper = FundPaper.objects.first()
    assert paper is not None
    client.force_login(shop.place.cadre)
    client.post(f"/admin/points/fundpaper/{paper.pk}/do/decide/", {"approve": "yes", "note": ""})
    fund.refresh_from_db()
    assert fund.balance_fen == 125050
