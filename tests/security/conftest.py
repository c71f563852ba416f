"""A small world of two townships, loaded through load_demo's own services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection

from cogov.access.models import Duty, User
from cogov.access.roles import ROLE_LEVELS, Role
from cogov.access.scope import SystemActor
from cogov.common.periods import Period
from cogov.demo.sample.load import Loader
from cogov.jobs.services import work_until_done
from reports.models import MonthClose
from tests.security.providers import values_for
from tests.security.routes import routes
from tests.support import pristine
from villages.models import Resident, Township, Village

HERE, THERE = "421223101", "421223102"
Samples = dict[str, dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class World:
    """``village`` is where the people of the matrix work; ``foreign`` lies in the other township.

    ``secrets`` are the identity numbers and telephones of everybody: no page may show one. ``own`` and ``elsewhere`` hold
    sample arguments of every address, by its key, at the one and at the other village; None where nobody knows any.
    """

    village: Village
    foreign: Village
    period: Period
    secrets: frozenset[str]
    own: Samples
    elsewhere: Samples


class SmallLoader(Loader):
    """Two villages of each of two townships: enough for every kind of object on both sides of a border."""

    def townships(self) -> list[Township]:
        return list(Township.objects.filter(code__in=(HERE, THERE)).order_by("code"))

    def villages(self, township: Township) -> list[Village]:
        return super().villages(township)[:2]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Loaded once for all roles and committed: jobs refuse to run inside somebody else's transaction."""
    with django_db_blocker.unblock():
        try:
            yield load()
        finally:
            pristine.restore(connection)


def load() -> World:
    loader = SmallLoader(
        actor=SystemActor("测试"), code="421223", households=6, today=date.today(), say=lambda _text: None
    )
    period = Period.month_of(loader.today).previous()
    loader.run([period], close=True)
    for close in MonthClose.objects.select_related("job"):
        if close.job is not None:
            work_until_done(close.job, heartbeat=False)
    village, foreign = (
        Village.objects.filter(township__code=code).order_by("code")[0] for code in (HERE, THERE)
    )
    return World(
        village,
        foreign,
        period,
        frozenset(
            value.plain for row in Resident.objects.all() for value in (row.id_number, row.phone) if value
        ),
        {route.key: values_for(route, village) for route in routes()},
        {route.key: values_for(route, foreign) for route in routes()},
    )


def worker(role: Role, village: Village) -> User:
    """Somebody who holds ``role`` at the lowest level at which it may be held, at ``village``."""
    level = max(ROLE_LEVELS[role])
    group = village.groups.order_by("serial").first()
    assert group is not None
    user = User.objects.create_user(f"matrix-{role.value}", "x", full_name=f"某{role.label}")
    Duty.objects.create(user=user, role=role, scope_code=group.code[:level])
    return user
