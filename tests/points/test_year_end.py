"""The year's end (PNT-6): totals first, a second person, one job, each household once, the ranking untouched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cogov.access.roles import Role
from cogov.common.errors import AccessDenied, RuleError, TransitionError
from cogov.common.periods import Period
from cogov.jobs.models import Job
from cogov.jobs.services import run_job
from points.ledger_checks import verify_all
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsRuleSet, YearEndRun
from points.rules import EntryKind
from points.services.ledger import post_entry
from points.services.posting import close_points_month
from points.services.year_end import (
    approve_year_end,
    draft_year_end,
    drop_year_end,
    post_year_end,
    year_end_lines,
)
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

pytestmark = pytest.mark.django_db
DECEMBER = Period.month(2026, 12)


def post(place: Setting, index: int, points: int, day: dt.date) -> None:
    post_entry(
        actor=SYSTEM,
        household=place.households[index],
        kind=EntryKind.EARN if points > 0 else EntryKind.REDEEM,
        points=points,
        source=f"t:{index}:{day}:{points}",
        reason="得分" if points > 0 else "兑换",
        occurred_on=day,
    )


@pytest.fixture
def year(travel_to: Callable[[str], None]) -> Callable[[str], Setting]:
    """A village with 25, 4 and 0 points on 31 December, its books closed, under a policy."""

    def make(policy: str) -> Setting:
        travel_to("2027-01-05 09:00")
        place = setting(households=3)
        PointsRuleSet.objects.filter(pk=place.rule_set.pk).update(year_end=policy)
        place.rule_set.refresh_from_db()
        PointsRuleSet.objects.filter(pk=place.rule_set.pk).update(digest=_digest(place.rule_set))
        post(place, 0, 25, dt.date(2026, 12, 5))
        post(place, 1, 4, dt.date(2026, 12, 6))
        close_points_month(actor=SYSTEM, village=place.village, period=DECEMBER)
        return place

    return make


def _digest(rule_set: PointsRuleSet) -> str:
    from cogov.common.canonical import digest

    return digest(rule_set.content())


def balances(place: Setting) -> list[int]:
    rows = PointsAccount.objects.filter(village=place.village).order_by("household__number")
    return [row.balance for row in rows]


@pytest.mark.parametrize(
    ("policy", "left", "kind", "points"),
    [("carry", [25, 4, 0], "carry", [0, 0]), ("halve", [13, 2, 0], "carry", [-12, -2]), ("clear", [0, 0, 0], "clear", [-25, -4])],
)  # fmt: skip
def test_by_the_published_policy_and_once(
    year: Callable[[str], Setting], policy: str, left: list[int], kind: str, points: list[int]
) -> None:
    place = year(policy)
    scores = list(PeriodStanding.objects.filter(period="2026").order_by("pk").values_list("score", flat=True))
    run = draft_year_end(actor=place.cadre, village=place.village, year=2026)
    assert (run.policy, run.households, run.balance, run.points) == (policy, 2, 29, -sum(points))
    assert balances(place) == [25, 4, 0]
    run = approve_year_end(actor=place.secretary, run=run)
    assert (run.state, PointsEntry.objects.filter(kind=kind).count()) == ("approved", 0)
    run_job(run.job_id)
    assert balances(place) == left
    run.refresh_from_db()
    post_year_end(actor=SYSTEM, run=run)
    entries = PointsEntry.objects.filter(kind__in=("carry", "clear")).order_by("pk")
    assert [(e.kind, e.points, e.score, e.period, e.for_period) for e in entries] == [
        (kind, value, 0, "2027-01", "2026-12") for value in points
    ]
    assert {(e.actor_name, e.reviewer_name) for e in entries} == {
        (place.cadre.audit_name, place.secretary.audit_name)
    }
    assert (run.state, run.posted_entries, Job.objects.get(pk=run.job_id).state) == ("posted", 2, "done")
    after = PeriodStanding.objects.filter(period="2026").order_by("pk").values_list("score", flat=True)
    assert list(after) == scores
    assert verify_all() == []


def test_old_points_are_used_first_and_new_ones_stay(year: Callable[[str], Setting]) -> None:
    place = year("clear")
    post(place, 0, -10, dt.date(2027, 1, 3))
    post(place, 1, 7, dt.date(2027, 1, 4))
    lines = year_end_lines(place.village, 2026, "clear")
    assert [(line.balance, line.points) for line in lines] == [(25, 15), (4, 4)]
    assert lines[0].text == "积分清零：25 分清去；其中 10 分已在年后用去，现减 15 分"
    run = draft_year_end(actor=place.cadre, village=place.village, year=2026)
    run_job(approve_year_end(actor=place.secretary, run=run).job_id)
    assert balances(place) == [0, 7, 0]
    assert verify_all() == []


def test_second_person_and_unchanged_totals(year: Callable[[str], Setting]) -> None:
    place = year("clear")
    run = draft_year_end(actor=place.secretary, village=place.village, year=2026)
    with pytest.raises(RuleError, match="试算人不能自己复核"):
        approve_year_end(actor=place.secretary, run=run)
    with pytest.raises(AccessDenied):
        approve_year_end(actor=place.cadre, run=run)
    with transaction.atomic(), pytest.raises(IntegrityError):
        YearEndRun.objects.filter(pk=run.pk).update(decided_by=run.drafted_by)
    post(place, 0, -10, dt.date(2027, 1, 3))
    leader = user_with(Role.TOWNSHIP_LEADER, place.village.township.code)
    with pytest.raises(RuleError, match="试算以后积分有变动"):
        approve_year_end(actor=leader, run=run)
    assert (balances(place), Job.objects.count()) == ([15, 4, 0], 0)
    again = draft_year_end(actor=place.secretary, village=place.village, year=2026)
    assert (again.pk, again.points) == (run.pk, 19)
    approve_year_end(actor=leader, run=again)
    with pytest.raises(RuleError, match="已复核"):
        draft_year_end(actor=place.cadre, village=place.village, year=2026)


def test_dropped_draft_makes_room(year: Callable[[str], Setting]) -> None:
    place = year("halve")
    run = draft_year_end(actor=place.cadre, village=place.village, year=2026)
    with pytest.raises(RuleError, match="退回须写明理由"):
        drop_year_end(actor=place.secretary, run=run, comment=" ")
    drop_year_end(actor=place.secretary, run=run, comment="先开会")
    with pytest.raises(TransitionError):
        approve_year_end(actor=place.secretary, run=run)
    assert draft_year_end(actor=place.cadre, village=place.village, year=2026).pk != run.pk


def test_needs_closed_books_and_rules(travel_to: Callable[[str], None]) -> None:
    travel_to("2027-01-05 09:00")
    place = setting(households=1)
    with pytest.raises(RuleError, match="2026年12月的积分还没有结账"):
        draft_year_end(actor=place.cadre, village=place.village, year=2026)
    with pytest.raises(RuleError, match="2025年12月31日没有已发布的积分细则"):
        draft_year_end(actor=place.cadre, village=place.village, year=2025)
    assert YearEndRun.objects.count() == 0


def test_pages(year: Callable[[str], Setting], client: Client) -> None:
    place = year("halve")
    client.force_login(place.cadre)
    response = client.post("/admin/points/yearendrun/add/", {"village": place.village.pk, "year": 2026})
    run = YearEndRun.objects.get()
    assert (response.status_code, run.points) == (302, 14)
    path = f"/admin/points/yearendrun/{run.pk}/do/approve/"
    assert client.get(path).status_code == 404
    client.force_login(place.secretary)
    html = client.get(path).content.decode()
    assert "14 分" in html
    assert client.post(path).status_code == 302
    run.refresh_from_db()
    assert run.state == "approved"
    assert "减半结转" in client.get("/admin/points/yearendrun/").content.decode()
