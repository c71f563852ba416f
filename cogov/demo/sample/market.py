"""A points supermarket for the demo: fund, twelve goods with pictures, a purchase, sales in past months."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from cogov.access.models import Duty, User
from cogov.access.roles import Role
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.demo.sample.staff import VillageStaff
from points.models import Goods, PointsAccount, RedemptionFund, Supermarket
from points.services.market import funding, keeping, redeeming
from points.services.market.keeping import PaperLine
from villages.models import Township, Village
from villages.services.cards import issue_card
from villages.services.pins import set_pin

# Every card of the demo opens with it; the people are invented.
PIN = "246810"
# name, category, unit, points, cost in fen, pieces bought, colour of the picture
_GOODS = (
    ("大米（5公斤）", "粮油", "袋", 30, 2800, 60, "#8a6d3b"),
    ("菜籽油（1.8升）", "粮油", "桶", 35, 3300, 40, "#b08a1e"),
    ("鸡蛋（30枚）", "粮油", "盘", 22, 2050, 40, "#a5673f"),
    ("食盐", "调味", "包", 3, 250, 200, "#5b7f95"),
    ("酱油", "调味", "瓶", 8, 720, 80, "#6b3f2a"),
    ("洗衣液", "日化", "瓶", 20, 1850, 50, "#3a6ea5"),
    ("香皂", "日化", "块", 4, 350, 150, "#7a5ea8"),
    ("牙膏", "日化", "支", 7, 620, 100, "#2f7d6d"),
    ("毛巾", "日用", "条", 8, 700, 100, "#b3555f"),
    ("卫生纸", "日用", "提", 18, 1600, 60, "#7b8794"),
    ("雨伞", "日用", "把", 25, 2200, 30, "#33507a"),
    ("垃圾桶", "日用", "个", 12, 1100, 40, "#4b8b5f"),
)
_ALLOCATED = 20_000_00
_FONTS = Path(__file__).resolve().parents[3] / "static" / "fonts"
_BUYERS = 10


@contextmanager
def at(day: date, hour: int = 9, minute: int = 0) -> Iterator[None]:
    """What is written inside happened then: the services take no date, so the sample stops their clock."""
    moment = timezone.make_aware(datetime.combine(day, time(hour, minute)))
    with mock.patch("django.utils.timezone.now", lambda: moment):
        yield


def open_shop(village: Village, staff: VillageStaff, day: date) -> Supermarket:
    """Fund, shop, prices by two people, and the first purchase, confirmed by the secretary."""
    keeper = keeper_of(village)
    with at(day):
        shop = keeping.save_supermarket(
            actor=staff.secretary,
            instance=None,
            data={
                "village": village,
                "name": f"{village.name}积分超市",
                "address": "村党群服务中心一楼",
                "opening": "每周一、周四上午",
                "daily_cap": 200,
                "fund": _fund(village, staff),
                "fund_mode": "purchase",
                "active": True,
            },
        )
        goods = [_good(shop, staff, *row) for row in _GOODS]
        paper = keeping.submit_paper(
            actor=keeper,
            supermarket=shop,
            kind="purchase",
            lines=[
                PaperLine(row, known[5], known[5] * known[4])
                for row, known in zip(goods, _GOODS, strict=True)
            ],
            supplier="崇阳县供销合作社",
            key=f"demo-{village.code}-first",
        )
        keeping.decide_paper(actor=staff.secretary, paper=paper, approve=True)
    return shop


def village_with_keeper(township: Township) -> Village | None:
    """The village that has a keeper; the demo has one."""
    codes = Duty.objects.filter(role=Role.KEEPER, scope_code__startswith=township.code).values("scope_code")
    return township.villages.filter(code__in=codes).order_by("code").first()


def keeper_of(village: Village) -> User:
    """The village's keeper."""
    return User.objects.get(duties__role=Role.KEEPER, duties__scope_code=village.code)


def _fund(village: Village, staff: VillageStaff) -> RedemptionFund:
    fund = funding.save_fund(
        actor=staff.secretary,
        instance=None,
        data={"village": village, "name": f"{village.name}积分兑换基金"},
    )
    paper = funding.submit_fund_paper(
        actor=staff.secretary,
        fund=fund,
        kind="allocate",
        fen=_ALLOCATED,
        origin="村集体经济收入",
        voucher="收字第3号",
    )
    funding.decide_fund_paper(actor=staff.cadre, paper=paper, approve=True)
    return fund


def _good(
    shop: Supermarket,
    staff: VillageStaff,
    name: str,
    category: str,
    unit: str,
    points: int,
    cost: int,
    _pieces: int,
    colour: str,
) -> Goods:
    goods = keeping.save_goods(
        actor=staff.cadre,
        instance=None,
        data={
            "supermarket": shop,
            "name": name,
            "category": category,
            "unit": unit,
            "low_stock": 10,
            "active": True,
            "picture": _picture(name, colour),
        },
    )
    price = keeping.propose_price(
        actor=staff.cadre, goods=goods, points=points, cost_fen=cost, reason="首次定价，1 分折合 1 元"
    )
    keeping.decide_price(actor=staff.secretary, price=price, approve=True)
    goods.refresh_from_db()
    return goods


def _picture(name: str, colour: str) -> SimpleUploadedFile:
    """A plain card with the name; real shops take photos."""
    image = Image.new("RGB", (480, 360), colour)
    draw = ImageDraw.Draw(image)
    fonts = sorted(_FONTS.glob("*Hei*.ttf")) or sorted(_FONTS.glob("*.ttf"))
    word = name.split("（")[0]
    font = ImageFont.truetype(str(fonts[0]), 120 if len(word) < 4 else 100)
    draw.text((240, 180), word, font=font, fill="white", anchor="mm")
    file = io.BytesIO()
    image.save(file, "PNG")
    return SimpleUploadedFile("picture.png", file.getvalue(), "image/png")


def sell_month(shop: Supermarket, staff: VillageStaff, period: Period, today: date) -> int:
    """Sales of a month on the shop's days, to households that have points; returns how many."""
    keeper = keeper_of(shop.village)
    goods = list(Goods.objects.filter(supermarket=shop).order_by("points"))
    accounts = PointsAccount.objects.filter(village=shop.village, balance__gte=goods[0].points)
    count = 0
    for number, account in enumerate(accounts.select_related("household").order_by("-balance")[:_BUYERS]):
        day = period.start + timedelta(days=4 + 2 * number)
        if day > today:
            continue
        with at(day, 9, 5 * number):
            household = account.household
            card = household.cards.filter(revoked_at__isnull=True).first() or issue_card(
                actor=staff.secretary, household=household
            )
            if not card.pin_hash:
                set_pin(actor=keeper, card=card, pin=PIN, witness=staff.cadre)
            affordable = [row for row in goods if (row.points or 0) <= account.balance]
            chosen = affordable[-1 - number % min(len(affordable), 3)]
            try:
                row = redeeming.redeem(
                    actor=keeper,
                    supermarket=shop,
                    card=card,
                    pin=PIN,
                    basket={chosen.pk: 1},
                    key=f"demo-{period.key}-{household.pk}",
                )
            except RuleError:
                continue
            redeeming.hand_over(actor=keeper, redemption=row)
            count += 1
    return count
