"""Several people at once: numbers are given once, opposite merges do not lock each other out, one card is valid."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cogov.common.errors import CogovError
from tests.factories.villages import SYSTEM, HouseholdFactory, VillageGroupFactory
from villages.models import Household, Resident
from villages.services import create_household, issue_card, merge_households

pytestmark = [pytest.mark.pg_only, pytest.mark.django_db(transaction=True)]


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run every job in its own thread and connection; refusals come back as results."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return job()
        except CogovError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, job) for job in jobs]]


def test_numbers_are_given_once() -> None:
    group = VillageGroupFactory()
    made = at_once(
        *[lambda: create_household(actor=SYSTEM, village=group.village, group=group) for _ in range(6)]
    )
    assert all(isinstance(household, Household) for household in made)
    numbers = list(Household.objects.order_by("number").values_list("number", flat=True))
    assert numbers == ["001", "002", "003", "004", "005", "006"]


def test_opposite_merges_end_with_one_household() -> None:
    first = HouseholdFactory(members=1)
    second = HouseholdFactory(village=first.village, members=1)
    results = at_once(
        lambda: merge_households(actor=SYSTEM, source=first, target=second, reason="并"),
        lambda: merge_households(actor=SYSTEM, source=second, target=first, reason="并"),
    )
    assert sum(isinstance(result, CogovError) for result in results) == 1
    living = Household.objects.exclude(state="cancelled").get()
    assert living.residents.count() == Resident.objects.count() == 4
    assert living.residents.filter(relation="head").count() == 1


def test_one_valid_card() -> None:
    household = HouseholdFactory()
    at_once(*[lambda: issue_card(actor=SYSTEM, household=household) for _ in range(4)])
    assert household.cards.count() == 1
