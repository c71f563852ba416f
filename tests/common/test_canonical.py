from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cogov.common.canonical import canonical_json, digest


def test_one_content_has_one_spelling() -> None:
    assert canonical_json({"b": [1, "村"], "a": Decimal("90.50")}) == '{"a":"90.50","b":[1,"村"]}'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_the_same_instant_is_spelt_alike_in_every_zone() -> None:
    beijing = datetime(2026, 10, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert canonical_json(beijing) == canonical_json(datetime(2026, 10, 1, tzinfo=UTC))
    assert canonical_json(date(2026, 10, 1)) == '"2026-10-01"'


@pytest.mark.parametrize("value", [0.1, datetime(2026, 10, 1), object(), {"x": {1, 2}}])  # noqa: DTZ001 - the case
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
