"""Windows of the limits on public pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notices.services.throttle import allow, counted

DAY = 86_400


@pytest.mark.django_db
def test_a_day_ends_at_midnight_here(travel_to: Callable[[str], None]) -> None:
    """Not at eight in the morning, when it is midnight in Greenwich."""
    visit = {"purpose": "objection", "address": "10.0.0.1", "seconds": DAY}
    travel_to("2026-11-21 07:59:00")
    assert [allow(limit=2, **visit) for _ in range(3)] == [True, True, False]
    travel_to("2026-11-21 08:01:00")
    assert not allow(limit=2, **visit)
    travel_to("2026-11-21 23:59:59")
    assert not allow(limit=2, **visit)
    travel_to("2026-11-22 00:00:01")
    assert not counted(**visit)
    assert allow(limit=2, **visit)
