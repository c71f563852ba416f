"""The fixture of the notices tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.notices import Place, make_place


@pytest.fixture
def place(db: Any) -> Place:
    return make_place()
