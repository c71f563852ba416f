"""Points when a household is cancelled or merged; and what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from cogov.common.errors import RuleError
from points import reporting
from points.ledger_checks import verify_all
from points.models import PointsAccount, PointsEntry
from points.rules import EntryKind
from points.services.deductions import notify_household
from points.services.ledger import post_entry, reverse_entry
from points.services.rulesets import draft_rule_set
from points.services.transfers import carry_to_merged, reasons_against_cancelling
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from villages.guards import reasons_against

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def earn(place: Setting, index: int, points: int, source: str) -> int:
    return post_entry(
        actor=SYSTEM,
        household=place.households[index],
        kind=EntryKind.EARN,
        points=points,
        source=source,
        reason="得分",
    )


def test_balance_and_open_records_speak_against_cancelling(place: Setting) -> None:
    home = place.households[0]
    assert reasons_against_cancelling(home) == []
    earn(place, 0, 30, "a:1")
    place.record(0)
    assert reasons_against_cancelling(home) == ["积分余额 30 分未结清", "有 1 条积分登记还没有办完"]
    assert "积分余额 30 分未结清" in reasons_against(home)


def test_merge_moves_the_balance_by_two_entries(place: Setting) -> None:
    source, target = place.households[:2]
    earn(place, 0, 30, "a:1")
    earn(place, 1, 5, "a:2")
    carry_to_merged(place.secretary, source, target)
    assert [PointsAccount.objects.get(household=h).balance for h in (source, target)] == [0, 35]
    assert [PointsAccount.objects.get(household=h).year_score for h in (source, target)] == [30, 5]
    moved = PointsEntry.objects.filter(kind="carry").order_by("pk")
    assert [(row.points, row.score) for row in moved] == [(-30, 0), (30, 0)]
    assert [row.reason for row in moved] == [f"并户转出到{target}", f"并户由{source}转入"]
    with pytest.raises(RuleError, match="“结转”不能冲正"):
        reverse_entry(actor=place.secretary, entry=moved[0], reason="x")
    assert verify_all() == []


def test_merge_without_balance_writes_nothing(place: Setting) -> None:
    carry_to_merged(place.secretary, place.households[0], place.households[1])
    assert not PointsEntry.objects.exists()


def test_what_waits_for_whom(place: Setting) -> None:
    row = place.approved(0, "D01")
    draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="新细则",
        effective_from=dt.date(2026, 12, 1),
    )
    titles = {item.title for item in reporting.waiting_elsewhere(place.secretary)}
    assert titles == {"积分细则草案待发布", "扣分待告知农户"}
    notify_household(
        actor=place.cadre, record=row, article="第八条", way="visit", notified_on=dt.date(2026, 11, 2)
    )
    assert [item.title for item in reporting.waiting_elsewhere(place.cadre)] == []
    titles = {item.title for item in reporting.waiting_elsewhere(place.secretary)}
    assert titles == {"积分细则草案待发布", "扣分申辩待决定"}
