"""The search box in the head: every registered searcher looks within the user's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cogov.common.text import normalize_text
from cogov.desk import registry

MAX_LENGTH = 64
PER_SEARCHER = 10


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The hits of one searcher."""

    label: str
    hits: Sequence[registry.SearchHit]


def search(user: Any, text: str) -> list[HitGroup]:
    """Hits by searcher; nothing for an empty text."""
    wanted = normalize_text(text)[:MAX_LENGTH]
    if not wanted:
        return []
    groups = []
    for searcher in registry.searchers:
        if searcher.permission and not user.has_perm(searcher.permission):
            continue
        hits = searcher.search(user, wanted, PER_SEARCHER)
        if hits:
            groups.append(HitGroup(searcher.label, hits))
    return groups
