"""What an import would change, as data between :mod:`import_diff`, which finds it, and :mod:`import_write`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from villages.importing.plan import PlannedHousehold, PlannedResident
from villages.models import TagTarget

GONE: Final = frozenset({"cancelled", "moved", "deceased"})


class OldHousehold(NamedTuple):
    pk: int
    number: str
    group_id: int
    address: str
    state: str
    head_name: str


class OldResident(NamedTuple):
    pk: int
    household_id: int
    name: str
    sex: str
    birth_date: date | None
    relation: str
    identity_hash: str
    phone_hash: str
    political_status: str
    state: str


@dataclass(slots=True)
class HouseholdChange:
    """New values of an existing household; None leaves a column as it is."""

    old: OldHousehold
    planned: PlannedHousehold
    group_key: str | None = None
    address: str | None = None
    state: str | None = None


@dataclass(slots=True)
class ResidentChange:
    """A row that differs from its resident. ``changed`` names the fields."""

    old: OldResident
    planned: PlannedResident
    identity_hash: str
    phone_hash: str
    changed: tuple[str, ...]


@dataclass
class Changes:
    """Everything that would be written. Empty lists: the file changes nothing."""

    groups: dict[str, int] = field(default_factory=dict)
    new_groups: dict[str, tuple[int, str]] = field(default_factory=dict)
    tags: dict[str, tuple[int, str]] = field(default_factory=dict)
    new_tags: list[str] = field(default_factory=list)
    old_households: dict[str, OldHousehold] = field(default_factory=dict)
    new_households: list[PlannedHousehold] = field(default_factory=list)
    changed_households: list[HouseholdChange] = field(default_factory=list)
    new_residents: list[tuple[PlannedHousehold, PlannedResident, str]] = field(default_factory=list)
    changed_residents: list[ResidentChange] = field(default_factory=list)
    household_tags: list[tuple[str, str]] = field(default_factory=list)
    resident_tags: list[tuple[int, str]] = field(default_factory=list)
    changed_rows: set[int] = field(default_factory=set)
    created: int = 0

    @property
    def updated(self) -> int:
        return len(self.changed_rows)

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.changed_rows or self.new_households)


def household_state(planned: PlannedHousehold) -> str:
    """``cancelled`` when every member is gone, else what the head's row says; empty when it says nothing."""
    if all(member.state in GONE for member in planned.members):
        return "cancelled"
    heads = planned.heads
    return heads[0].state if heads and heads[0].state in ("registered", "away") else ""


def resident_state(member: PlannedResident) -> str:
    """A member of a cancelled household has moved out of it."""
    return "moved" if member.state == "cancelled" else member.state


def split_tags(changes: Changes, words: Iterable[str]) -> tuple[list[str], list[str]]:
    """(tags of the household, tags of the person) by what each tag is for."""
    household: list[str] = []
    person: list[str] = []
    for word in words:
        (person if changes.tags[word][1] == TagTarget.RESIDENT else household).append(word)
    return household, person
