"""The base score of every household, and the day on which the group deliberates (PNT-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from cogov.common.errors import InputError
from cogov.common.periods import Period
from points import reporting
from points.ledger_checks import verify_all
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsRuleSet
from points.selectors.figures import period_figures
from points.selectors.statements import month_lines
from points.selectors.trials import try_out
from points.services.ledger import reverse_entry
from points.services.posting import close_points_month, post_month
from points.services.rulesets import draft_rule_set
from tests.factories.points import Setting, later_version, setting
from tests.factories.villages import SYSTEM, HouseholdFactory
from villages.models import Household

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, JANUARY = Period.month(2026, 10), Period.month(2026, 11), Period.month(2027, 1)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-10-30 09:00")
    return setting()


def post(place: Setting, period: Period) -> int:
    return post_month(actor=SYSTEM, village=place.village, period=period).posted


def test_every_household_begins_with_it_once_a_year(place: Setting, travel_to: Callable[[str], None]) -> None:
    rule_set = later_version(place, base_points=60)
    place.approved(0, "L01", 1)
    Household.objects.filter(pk=place.households[3].pk).update(
        state="cancelled", cancelled_on=dt.date(2026, 10, 5)
    )
    assert post(place, OCTOBER) == 4  # three base scores and a deed
    assert post(place, OCTOBER) == 0
    entry = PointsEntry.objects.filter(kind="base").order_by("id").first()
    assert entry is not None
    assert (entry.points, entry.score, entry.reason) == (60, 60, f"2026年每户基础分 60 分（{rule_set}）")
    assert list(PointsAccount.objects.order_by("household").values_list("balance", "year_earned")[:2]) == [
        (80, 80),
        (60, 60),
    ]

    late = HouseholdFactory(group=place.groups[0], number="009")
    travel_to("2026-11-30 09:00")
    assert post(place, NOVEMBER) == 1
    assert PointsEntry.objects.get(kind="base", account__household=late).period == "2026-11"
    travel_to("2027-01-31 09:00")
    assert post(place, JANUARY) == 4
    assert verify_all() == []


def test_it_ranks_nobody_higher_and_counts_nobody_as_taking_part(place: Setting) -> None:
    later_version(place, base_points=60)
    place.approved(1, "L01", 1)
    post(place, OCTOBER)
    close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    figures = period_figures([place.village.code], OCTOBER)
    assert (figures.issued, figures.participants, figures.households) == (20, 1, 4)
    ranks = PeriodStanding.objects.filter(period="2026-10").order_by("rank_village", "account__household")
    assert list(ranks.values_list("score", "rank_village")) == [(80, 1), (60, 2), (60, 2), (60, 2)]
    assert month_lines(place.village, OCTOBER)[0].reasons == ("基础分60分", "修路投工20分")
    assert verify_all() == []


def test_a_base_score_given_wrongly_can_be_reversed(place: Setting) -> None:
    later_version(place, base_points=60)
    post(place, OCTOBER)
    entry = PointsEntry.objects.filter(kind="base").order_by("id")[0]
    reverse_entry(actor=place.secretary, entry=entry, reason="这一户已经迁出")
    entry.account.refresh_from_db()
    assert (entry.account.balance, entry.account.year_earned) == (0, 0)
    assert post(place, OCTOBER) == 0  # once a year, taken back or not
    assert verify_all() == []


def test_without_one_nothing_is_added(place: Setting) -> None:
    place.approved(0, "L01", 1)
    assert post(place, OCTOBER) == 1
    assert not PointsEntry.objects.filter(kind="base").exists()
    assert "base_points" not in place.rule_set.content() and "review_day" not in place.rule_set.content()


def test_a_trial_tells_what_it_costs(place: Setting) -> None:
    place.approved(0, "L01", 1)
    draft = draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="x",
        effective_from=dt.date(2026, 11, 1),
        copy_from=place.rule_set,
        base_points=100,
    )
    trial = try_out(draft, OCTOBER, OCTOBER)
    assert [(line.code, line.records, line.before, line.after) for line in trial.rules] == [
        ("基础分", 4, 0, 400),
        ("L01", 1, 20, 20),
    ]
    assert (trial.records, trial.change, trial.gaining) == (1, 400, 0)


def test_the_day_of_deliberation_reminds_the_reviewer(
    place: Setting, travel_to: Callable[[str], None]
) -> None:
    later_version(place, review_day=25)
    place.record(0, "L01", 1)
    travel_to("2026-11-24 09:00")
    assert reporting.review_days(place.secretary) == []
    travel_to("2026-11-25 09:00")
    (item,) = reporting.review_days(place.secretary)
    assert (item.title, item.count) == ("板坑村11月积分评议", 1)
    assert f"village__id__exact={place.village.pk}" in item.url


@pytest.mark.parametrize("fields", [{"base_points": 1001}, {"review_day": 0}, {"review_day": 29}])
def test_figures_out_of_range_are_refused(place: Setting, fields: dict[str, int]) -> None:
    with pytest.raises(InputError):
        later_version(place, **fields)
    assert PointsRuleSet.objects.count() == 1
