"""Only the sample section and step take part, whatever the other apps contribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cogov.desk import registry
from tests.factories.notices import Place
from tests.factories.reports import SAMPLE_SECTION, make_living_place, posting_step


@pytest.fixture
def place(db: None) -> Place:
    return make_living_place()


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The codes of the villages whose close step ran, in order; a code in ``refuse`` is refused."""
    from reports.sections import NOTICES

    calls: list[str] = []

    def post(actor: Any, village: Any, period: Any) -> dict[str, Any]:
        from cogov.common.errors import RuleError

        if village.code in REFUSED:
            raise RuleError("积分细则还没有公布")
        calls.append(village.code)
        return {"entries": 2}

    REFUSED.clear()
    monkeypatch.setattr(registry.township_close_steps, "_entries", {})
    monkeypatch.setattr(registry.close_steps, "_entries", {"sample.post": posting_step(post)})
    monkeypatch.setattr(registry.report_sections, "_entries", {"sample": SAMPLE_SECTION, "notices": NOTICES})
    yield calls


REFUSED: set[str] = set()


@pytest.fixture
def refused() -> set[str]:
    return REFUSED
