"""Columns that follow from others: head, head's name and initials, populations. Set-wise, for services and imports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cogov.common.text import pinyin_initials
from villages import rules
from villages.models import Household, Resident

_COLUMNS = ("head_id", "head_name", "head_initials", "registered_population", "actual_population")
_CHUNK = 500


def refresh_households(household_ids: Iterable[int]) -> int:
    """Bring the derived columns of these households up to date; returns how many rows changed.

    Call inside the transaction of the change; the households are locked by the caller.
    """
    wanted = sorted(set(household_ids))
    changed = 0
    for start in range(0, len(wanted), _CHUNK):
        changed += _refresh(wanted[start : start + _CHUNK])
    return changed


def _refresh(ids: list[int]) -> int:
    members: defaultdict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    rows = Resident.objects.filter(household_id__in=ids).values_list(
        "household_id", "pk", "name", "relation", "state"
    )
    for household_id, pk, name, relation, state in rows.order_by("pk"):
        members[household_id].append((pk, name, relation, state))
    stale = []
    for household in Household.objects.filter(pk__in=ids).order_by("pk"):
        before = tuple(getattr(household, column) for column in _COLUMNS)
        own = members[household.pk]
        head = next((row for row in own if row[2] == rules.HEAD and row[3] in rules.ACTIVE), None)
        if head is not None:
            household.head_id, household.head_name = head[0], head[1]
        else:
            household.head_id = None
            if household.is_active:
                household.head_name = ""
        household.head_initials = pinyin_initials(household.head_name)
        household.registered_population, household.actual_population = rules.populations(
            row[3] for row in own
        )
        if before != tuple(getattr(household, column) for column in _COLUMNS):
            stale.append(household)
    Household.objects.bulk_update(stale, [c.removesuffix("_id") for c in _COLUMNS], batch_size=_CHUNK)
    return len(stale)
