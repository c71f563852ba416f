"""Shops that hand goods out on certain days only (PNT-8): read as people write them, refused with the next day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogov.common.errors import InputError, RuleError
from points.models import PointsEntry, Redemption
from points.redemption_days import RedemptionDays, read_days
from points.services.market import keeping, redeeming
from tests.factories.market import PIN, Market, key, market


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("周一、周四", "周一、周四"),
        ("每周四，星期一", "周一、周四"),
        ("每周一、四", "周一、周四"),
        ("礼拜天", "周日"),
        ("10日、25号", "10日、25日"),
        ("每月１０、25日", "10日、25日"),
        ("周五 和 每月1日", "周五、1日"),
        ("10", "10日"),
    ],
)
def test_days_are_read_as_people_write_them(text: str, told: str) -> None:
    assert str(read_days(text)) == told


@pytest.mark.parametrize("text", ["周八", "32日", "0日", "四", "明天", "周一；上午", "10日-25日"])
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(RuleError, match="看不懂"):
        read_days(text)


def test_the_next_day_is_found() -> None:
    assert read_days("31日").next_from(dt.date(2026, 11, 22)) == dt.date(2026, 12, 31)
    assert read_days("周一、周四").next_from(dt.date(2026, 11, 22)) == dt.date(2026, 11, 23)
    assert read_days("").next_from(dt.date(2026, 11, 22)) == dt.date(2026, 11, 22)


@given(
    st.frozensets(st.integers(0, 6)),
    st.frozensets(st.integers(1, 31)),
    st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)),
)
def test_text_and_days_are_the_same(
    weekdays: frozenset[int], monthdays: frozenset[int], day: dt.date
) -> None:
    days = RedemptionDays(weekdays, monthdays)
    assert read_days(str(days)) == days
    coming = days.next_from(day)
    assert days.open_on(coming) and coming >= day
    assert not any(days.open_on(day + dt.timedelta(n)) for n in range((coming - day).days))


@pytest.fixture
def shop(db: None, travel_to: Callable[[str], None]) -> Market:
    travel_to("2026-11-20 09:00")  # a Friday
    return market(redeem_on="每周一，四")


def test_another_day_is_refused_and_nothing_moves(shop: Market, travel_to: Callable[[str], None]) -> None:
    assert shop.shop.redeem_on == "周一、周四"
    before = (shop.balance(), shop.stock(), PointsEntry.objects.count())
    with pytest.raises(RuleError, match="今天不是兑换日（周一、周四），下一个兑换日是11月23日；可以先预约"):
        shop.sell(1)
    assert (shop.balance(), shop.stock(), PointsEntry.objects.count()) == before
    travel_to("2026-11-23 09:00")
    assert shop.sell(1).state == "sold"


def test_booking_is_open_and_kept_until_the_next_day(shop: Market, travel_to: Callable[[str], None]) -> None:
    keeping.save_supermarket(
        actor=shop.place.secretary, instance=shop.shop, data={"redeem_on": "5日", "booking_days": 7}
    )
    row = redeeming.book(
        actor=shop.keeper,
        supermarket=shop.shop,
        card=shop.cards[0],
        pin=PIN,
        basket={shop.goods[0].pk: 1},
        key=key(),
    )
    assert row.expires_on == dt.date(2026, 12, 5)
    with pytest.raises(RuleError, match="下一个兑换日是12月5日"):
        redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0])
    assert Redemption.objects.get().state == "booked"
    travel_to("2026-12-05 09:00")
    assert redeeming.pick_up(actor=shop.keeper, redemption=row, card=shop.cards[0]).state == "sold"


def test_a_shop_is_not_saved_with_days_nobody_can_read(shop: Market) -> None:
    with pytest.raises(InputError) as caught:
        keeping.save_supermarket(actor=shop.place.secretary, instance=shop.shop, data={"redeem_on": "逢集"})
    assert [(p.column, p.message[:9]) for p in caught.value.problems] == [
        ("redeem_on", "看不懂“逢集”，请写成"[:9])
    ]
    shop.shop.refresh_from_db()
    assert shop.shop.redeem_on == "周一、周四"
