"""What the registry knows already, as an import needs it: households, people, groups and tags of one village."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from villages.importing.normalise import CellFault, group_name
from villages.importing.plan import ImportPlan
from villages.importing.vocabulary import RESIDENT_TAGS
from villages.models import (
    ACTIVE_RESIDENT_STATES,
    Household,
    HouseholdKind,
    Resident,
    Tag,
    TagTarget,
    Village,
    VillageGroup,
)
from villages.services.import_changes import Changes, OldHousehold, OldResident

_FIRST_NAMED_SERIAL: Final = 101
_LAST_SERIAL: Final = 999
_MOST_NEW_TAGS: Final = 50
_RESIDENT_COLUMNS: Final = (
    "pk", "household_id", "name", "sex", "birth_date", "relation", "id_number_hash", "phone_hash", "political_status",
    "state",
)  # fmt: skip


@dataclass
class Known:
    """The village as it stands. ``by_household`` holds only households that the sheet names.

    ``held`` are the numbers of persons and groups that hold points (PNT-8): no family can have them.
    """

    households: dict[str, OldHousehold] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    planned_numbers: set[str] = field(default_factory=set)
    held: dict[str, str] = field(default_factory=dict)
    by_hash: dict[str, OldResident] = field(default_factory=dict)
    by_household: dict[int, list[OldResident]] = field(default_factory=lambda: defaultdict(list))
    household_tags: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    resident_tags: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def load_known(village: Village, plan: ImportPlan) -> Known:
    """Read the village once; a few queries whatever its size. May rename planned households (001 for 1)."""
    known = Known(planned_numbers=set(plan.households))
    rows = Household.holders.filter(village=village)
    for *row, kind in rows.values_list(*OldHousehold._fields, "kind"):
        old = OldHousehold(*row)
        if kind != HouseholdKind.FAMILY:
            known.held[old.number] = old.head_name
            continue
        known.households[old.number] = old
        known.numbers[old.pk] = old.number
    if not known.numbers:
        return known
    _match_numbers(known, plan)
    wanted = {old.pk for number, old in known.households.items() if number in known.planned_numbers}
    people = Resident.objects.filter(household__village=village).values_list(*_RESIDENT_COLUMNS)
    for record in people.iterator(chunk_size=5_000):
        resident = OldResident(*record)
        if resident.identity_hash:
            other = known.by_hash.get(resident.identity_hash)
            if other is None or other.state not in ACTIVE_RESIDENT_STATES:
                known.by_hash[resident.identity_hash] = resident
        if resident.household_id in wanted:
            known.by_household[resident.household_id].append(resident)
    home_tags = Household.tags.through.objects.filter(household__village=village)
    for household_id, tag_id in home_tags.values_list("household_id", "tag_id"):
        known.household_tags[household_id].add(tag_id)
    own_tags = Resident.tags.through.objects.filter(resident__household__village=village)
    for resident_id, tag_id in own_tags.values_list("resident_id", "tag_id"):
        known.resident_tags[resident_id].add(tag_id)
    return known


def _match_numbers(known: Known, plan: ImportPlan) -> None:
    """Excel turns 001 into 1: a plain number that is not known means the one household with the same value."""
    same_value: dict[int, list[str]] = defaultdict(list)
    for number in known.households:
        if number.isdecimal():
            same_value[int(number)].append(number)
    renamed = 0
    for number, planned in plan.households.items():
        if number in known.households or not number.isdecimal():
            continue
        found = same_value.get(int(number), [])
        if len(found) == 1 and found[0] not in known.planned_numbers:
            planned.number = found[0]
            known.planned_numbers.add(found[0])
            renamed += 1
    if renamed:
        plan.notes.append(f"有 {renamed} 个户号按系统中的写法处理（如 1 就是 001）")


def resolve_groups(village: Village, plan: ImportPlan, changes: Changes) -> None:
    """Match groups by serial or name; new ones get their number, named ones a serial out of its way."""
    known = changes.groups
    serials: dict[int, int] = {}
    for pk, serial, name in VillageGroup.objects.filter(village=village).values_list("pk", "serial", "name"):
        serials[serial] = pk
        known[_group_key(name) or name] = pk
    for serial, pk in serials.items():
        known.setdefault(str(serial), pk)
    groups = {planned.group.key: planned.group for planned in plan.households.values() if planned.group}
    new = [group for key, group in groups.items() if key not in known]
    used = {*serials, *(group.serial for group in new if group.serial is not None)}
    free = _FIRST_NAMED_SERIAL
    for group in new:
        if group.serial is not None:
            changes.new_groups[group.key] = (group.serial, group.label)
            continue
        while free in used:
            free += 1
        used.add(free)
        changes.new_groups[group.key] = (free, group.name)
    if any(serial > _LAST_SERIAL for serial, _ in changes.new_groups.values()):
        plan.problems.add(f"组别太杂：这个村的小组超过了 {_LAST_SERIAL} 个，请核对“组别”列")


def _group_key(name: str) -> str:
    try:
        parsed = group_name(name)
    except CellFault:
        return ""
    return parsed.key if parsed else ""


def resolve_tags(plan: ImportPlan, changes: Changes, *, may_add: bool) -> None:
    """Match tags by name. New ones join the list when ``may_add``, else they are problems of their cells."""
    known = {name: (pk, target) for pk, name, target in Tag.objects.values_list("pk", "name", "target")}
    column = plan.header.place("tags") if plan.header else ""
    members = (member for planned in plan.households.values() for member in planned.members if member.tags)
    for member in members:
        for word in member.tags:
            if word in changes.tags:
                continue
            if word in known:
                changes.tags[word] = known[word]
            elif not may_add:
                plan.problems.add(
                    f"标签“{word}”不在标签目录里；请核对写法，或请镇里先添加这个标签",
                    member.row,
                    column,
                    word,
                )
            elif len(changes.new_tags) >= _MOST_NEW_TAGS:
                plan.problems.add(
                    "新标签太多，请核对这一列是不是标签（多个用顿号“、”隔开）", member.row, column, word
                )
                return
            else:
                changes.new_tags.append(word)
                target = TagTarget.RESIDENT if word in RESIDENT_TAGS else TagTarget.HOUSEHOLD
                changes.tags[word] = (0, target.value)
