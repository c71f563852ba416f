"""The to-do list: claims in a line of their own, year ends, black list, locked cards; within scope, never one's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from points import reporting, waiting
from points.models import BlackListing, YearEndRun
from points.services.recording import record_points
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from villages.services import issue_card
from villages.services.pins import check_pin, set_pin

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def told(items: list[Any]) -> list[tuple[str, int, str]]:
    return [(item.title, item.count, item.detail) for item in items]


def test_claims_wait_in_a_line_of_their_own(place: Setting, client: Client) -> None:
    place.record(0)
    for index in (1, 2):
        record_points(
            actor=SystemActor("农户自报"),
            household=place.households[index],
            rule=place.rules["L01"],
            quantity=1,
            occurred_on=dt.date(2026, 11, 1),
            source="claim",
        )
    items = reporting.waiting_for_review(place.secretary)
    assert told(items) == [
        ("积分登记待审核", 1, "最早提交于 11月02日"),
        ("农户自报待审核", 2, "最早提交于 11月02日"),
    ]
    client.force_login(place.secretary)
    shown = client.get(items[1].url).context["cl"].result_list
    assert sorted(row.household.number for row in shown) == ["002", "003"]
    assert told(reporting.waiting_for_review(place.cadre)) == [("农户自报待审核", 2, "最早提交于 11月02日")]


def test_year_ends_wait_for_the_second_person(place: Setting) -> None:
    run = YearEndRun.objects.create(
        village=place.village, year=2025, rule_set=place.rule_set, policy="carry", drafted_by=place.cadre
    )
    assert told(waiting.year_ends(place.secretary)) == [("年终积分处理待复核", 1, "")]
    assert waiting.year_ends(place.cadre) == []
    assert waiting.year_ends(setting(households=1).secretary) == []
    run.drafted_by = place.secretary
    run.save()
    assert waiting.year_ends(place.secretary) == []


def test_black_list_decisions_fall_due(place: Setting) -> None:
    row = BlackListing.objects.create(
        village=place.village,
        household=place.households[0],
        rule_set=place.rule_set,
        article="村规民约第八条",
        facts="占道堆物",
        state="notified",
        proposed_by=place.cadre,
        notified_by=place.cadre,
        notified_on=dt.date(2026, 10, 25),
        reply_until=dt.date(2026, 11, 2),
    )
    assert waiting.black_list(place.secretary) == []
    row.reply_until = dt.date(2026, 11, 1)
    row.save()
    assert told(waiting.black_list(place.secretary)) == [("黑榜事项待决定", 1, "最早的申辩截止 11月01日")]
    assert waiting.black_list(place.cadre) == []
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.code[:9])
    row.state, row.listed_on, row.expires_on = "listed", dt.date(2026, 11, 1), dt.date(2026, 12, 1)
    row.decided_by, row.appealed_on = place.secretary, dt.date(2026, 11, 2)
    row.save()
    assert told(waiting.black_list(leader)) == [("黑榜申诉待决定", 1, "")]
    assert waiting.black_list(place.secretary) == []


def test_locked_cards_wait_for_those_who_may_unlock(place: Setting, client: Client) -> None:
    card = issue_card(actor=place.secretary, household=place.households[0])
    set_pin(actor=place.secretary, card=card, pin="480217", witness=place.cadre)
    assert waiting.locked_cards(place.cadre) == []
    for _ in range(5):
        check_pin(card=card, pin="111112")
    (item,) = waiting.locked_cards(place.cadre)
    assert (item.title, item.count) == ("户卡已锁定，等解锁", 1)
    assert waiting.locked_cards(user_with(Role.AUDITOR, place.village.code)) == []
    client.force_login(place.cadre)
    assert "户卡已锁定，等解锁" in client.get("/admin/todo/").content.decode()
