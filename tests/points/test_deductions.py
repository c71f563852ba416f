"""A deduction is posted only after article, notice, reply window and a second decision (PNT-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from cogov.common.errors import RuleError, TransitionError
from cogov.common.periods import Period
from points.models import DeductionHearing, PointsEntry, PointsRecord
from points.rules import EntryKind
from points.services.deductions import decide_hearing, notify_household, record_reply
from points.services.ledger import post_entry
from points.services.posting import post_month
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def notified(place: Setting) -> tuple[PointsRecord, DeductionHearing]:
    row = place.approved(0, "D01", 2)
    hearing = notify_household(
        actor=place.cadre,
        record=row,
        article="村规民约第八条",
        way="visit",
        notified_on=dt.date(2026, 11, 2),
    )
    return row, hearing


def posted(place: Setting) -> tuple[int, int]:
    result = post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    return result.posted, result.waiting


def test_window_is_five_workdays(place: Setting) -> None:
    _, hearing = notified(place)
    assert hearing.reply_until == dt.date(2026, 11, 9)


def test_nothing_is_posted_before_the_hearing_is_over(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    row = place.approved(0, "D01", 2)
    assert posted(place) == (0, 1)
    _, hearing = (
        row,
        notify_household(
            actor=place.cadre, record=row, article="第八条", way="visit", notified_on=dt.date(2026, 11, 2)
        ),
    )
    assert posted(place) == (0, 1)
    with pytest.raises(RuleError, match="期满后才能决定"):
        decide_hearing(actor=place.secretary, hearing=hearing, uphold=True, decision="属实")
    travel_to("2026-11-10 09:00")
    with pytest.raises(RuleError, match="登记人和告知人不能自己决定"):
        decide_hearing(actor=place.cadre, hearing=hearing, uphold=True, decision="属实")
    decide_hearing(actor=place.secretary, hearing=hearing, uphold=True, decision="属实")
    post_entry(
        actor=SYSTEM,
        household=place.households[0],
        kind=EntryKind.EARN,
        points=4,
        source="b:1",
        reason="底分",
    )
    assert posted(place) == (1, 0)
    entry = PointsEntry.objects.get(kind="deduct")
    assert (entry.points, entry.score) == (-4, -10)
    assert entry.reason.endswith("可用积分只有 4 分，扣到零为止")


def test_reply_allows_an_early_decision_and_dropping(place: Setting) -> None:
    row, hearing = notified(place)
    record_reply(actor=place.cadre, hearing=hearing, reply="不是我家倒的", replied_on=dt.date(2026, 11, 2))
    decide_hearing(actor=place.secretary, hearing=hearing, uphold=False, decision="查明是别人")
    row.refresh_from_db()
    assert (row.state, row.comment) == ("rejected", "查明是别人")
    assert posted(place) == (0, 0)
    with pytest.raises(TransitionError):
        decide_hearing(actor=place.secretary, hearing=hearing, uphold=True, decision="又改")


def test_only_approved_deductions_are_notified(place: Setting) -> None:
    for row, message in ((place.record(0, "D01"), "审核通过以后"), (place.approved(0, "L01"), "只有扣分")):
        with pytest.raises(RuleError, match=message):
            notify_household(
                actor=place.cadre, record=row, article="第八条", way="visit", notified_on=dt.date(2026, 11, 2)
            )
    with pytest.raises(RuleError, match="须写明村规民约的条款"):
        notify_household(
            actor=place.cadre,
            record=place.approved(1, "D01"),
            article=" ",
            way="visit",
            notified_on=dt.date(2026, 11, 2),
        )
    assert not DeductionHearing.objects.exists()


def test_late_reply_is_refused(place: Setting) -> None:
    _, hearing = notified(place)
    with pytest.raises(RuleError, match="申辩期已于 2026年11月09日 截止"):
        record_reply(actor=place.cadre, hearing=hearing, reply="晚了", replied_on=dt.date(2026, 11, 10))
    hearing.refresh_from_db()
    assert hearing.state == "notified"


@pytest.mark.parametrize("day", [dt.date(2026, 11, 1), dt.date(2026, 11, 3)])
def test_a_reply_is_dated_between_the_notice_and_today(place: Setting, day: dt.date) -> None:
    _, hearing = notified(place)
    with pytest.raises(RuleError, match="不能早于告知，也不能晚于今天"):
        record_reply(actor=place.cadre, hearing=hearing, reply="不是我家倒的", replied_on=day)
    hearing.refresh_from_db()
    assert (hearing.state, hearing.reply) == ("notified", "")
