"""What a checked workbook would change in a village (VIL-7): compare in memory, ask across villages set-wise.

Blank cells change nothing and tags are only added, so that what staff entered by hand survives an older workbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from cogov.access.encryption import hasher
from villages.identity import mask_identity
from villages.importing.plan import ImportPlan, PlannedHousehold, PlannedResident
from villages.importing.vocabulary import HEAD
from villages.models import ACTIVE_RESIDENT_STATES, Village
from villages.services.import_bulk import stage_texts
from villages.services.import_changes import (
    GONE,
    Changes,
    HouseholdChange,
    OldHousehold,
    OldResident,
    ResidentChange,
    household_state,
    resident_state,
    split_tags,
)
from villages.services.import_known import load_known, resolve_groups, resolve_tags


def compare(village: Village, plan: ImportPlan, *, new_tags: bool = True) -> Changes:
    """Fill a :class:`Changes`; whatever the registry objects to is added to ``plan.problems``.

    ``new_tags``: whether a tag that the township's list does not have may be added to it.
    """
    return _Comparison(village, plan, new_tags).run()


class _Comparison:
    def __init__(self, village: Village, plan: ImportPlan, new_tags: bool) -> None:
        self.village, self.plan, self.may_add_tags = village, plan, new_tags
        self.changes = Changes()
        self.hash_identity = hasher("identity")
        self.hash_phone = hasher("phone")
        self.taken: set[int] = set()
        self.unknown: dict[str, PlannedResident] = {}
        self.known = load_known(village, plan)
        self.changes.old_households = self.known.households

    def problem(self, message: str, row: int, name: str, value: str = "") -> None:
        column = self.plan.header.place(name) if self.plan.header else ""
        self.plan.problems.add(message, row, column, value)

    def run(self) -> Changes:
        resolve_groups(self.village, self.plan, self.changes)
        resolve_tags(self.plan, self.changes, may_add=self.may_add_tags)
        if self.plan.problems:
            return self.changes
        for planned in self.plan.households.values():
            self._household(planned)
        self._elsewhere()
        self._notes()
        return self.changes

    def _household(self, planned: PlannedHousehold) -> None:
        state = household_state(planned)
        self._check_head_state(planned, state)
        old = self.changes.old_households.get(planned.number)
        if old is None:
            if planned.number in self.known.held:
                whose = self.known.held[planned.number]
                self.problem(
                    f"{planned.number} 是“{whose}”记积分的编号，不是家庭户的户号，请换一个户号",
                    planned.row,
                    "number",
                )
                return
            self.changes.new_households.append(planned)
            for member in planned.members:
                self._new_resident(planned, member, self.hash_identity(member.identity))
            self._household_tags(planned, None)
            return
        if old.state == "cancelled" or state == "cancelled":
            if old.state != state:
                self._refuse_state(planned, old)
            return
        change = HouseholdChange(old, planned)
        if planned.group is not None and self.changes.groups.get(planned.group.key) != old.group_id:
            change.group_key = planned.group.key
        if planned.address and planned.address != old.address:
            change.address = planned.address
        if state and state != old.state:
            change.state = state
        if change.group_key or change.address or change.state:
            self.changes.changed_households.append(change)
            self._mark(planned)
        self._members(planned, old)
        self._household_tags(planned, old)

    def _check_head_state(self, planned: PlannedHousehold, state: str) -> None:
        heads = planned.heads
        if state != "cancelled" and heads and heads[0].state in GONE:
            self.problem(
                "户主已注销、迁出或死亡，但户里还有其他人，请把“户主”改为仍在册的人", heads[0].row, "state"
            )

    def _refuse_state(self, planned: PlannedHousehold, old: OldHousehold) -> None:
        if old.state == "cancelled":
            text = f"户号 {planned.number} 在系统中已注销，不能用导入恢复，请在“户籍”中办理“恢复户籍”"
        else:
            text = f"户号 {planned.number} 在系统中是在册户，销户要在“户籍”中办理“销户”（须核对积分、户卡等）"
        self.problem(text, planned.row, "state")

    def _mark(self, planned: PlannedHousehold) -> None:
        """A change of the household counts on its head's row."""
        heads = planned.heads
        self.changes.changed_rows.add(heads[0].row if heads else planned.row)

    def _members(self, planned: PlannedHousehold, old: OldHousehold) -> None:
        hashes = [self.hash_identity(member.identity) for member in planned.members]
        waiting: list[tuple[PlannedResident, str]] = []
        for member, digest in zip(planned.members, hashes, strict=True):
            found = self.known.by_hash.get(digest) if digest else None
            if found is not None and found.household_id == old.pk and found.pk not in self.taken:
                self.taken.add(found.pk)
                self._resident(member, found, digest)
            else:
                waiting.append((member, digest))
        for member, digest in waiting:
            candidate = self._namesake(old, member, digest)
            if candidate is None:
                self._new_resident(planned, member, digest)
            else:
                self.taken.add(candidate.pk)
                self._resident(member, candidate, digest)
        self._other_heads(planned, old)

    def _namesake(self, old: OldHousehold, member: PlannedResident, digest: str) -> OldResident | None:
        """Who in the household this row means when the number does not say: same name, then birth date or relation."""
        if digest and digest in self.known.by_hash:
            return None
        best: OldResident | None = None
        for resident in self.known.by_household.get(old.pk, ()):
            if resident.name != member.name or resident.pk in self.taken:
                continue
            same_day = resident.birth_date == member.birth_date
            if resident.identity_hash and digest and resident.relation != member.relation:
                continue
            if same_day or resident.relation == member.relation:
                if same_day and resident.relation == member.relation:
                    return resident
                best = best or resident
        return best

    def _other_heads(self, planned: PlannedHousehold, old: OldHousehold) -> None:
        heads = planned.heads
        for resident in self.known.by_household.get(old.pk, ()):
            if (
                resident.relation == HEAD
                and resident.state in ACTIVE_RESIDENT_STATES
                and resident.pk not in self.taken
                and heads
            ):
                self.problem(
                    f"户号 {planned.number} 在系统中的户主是“{resident.name}”，表里没有这个人；"
                    "请把他也写进表里（写明现在与户主的关系），或先在系统中变更户主",
                    heads[0].row, "relation", heads[0].name,
                )  # fmt: skip

    def _new_resident(self, planned: PlannedHousehold, member: PlannedResident, digest: str) -> None:
        if digest and member.state not in GONE:
            found = self.known.by_hash.get(digest)
            if found is not None and found.state in ACTIVE_RESIDENT_STATES:
                number = self.known.numbers.get(found.household_id, "")
                self.problem(
                    f"这个人（身份证号）已登记在本村户号 {number}，不能再登记在户号 {planned.number}；"
                    "请核对，或先在系统中办理成员迁移",
                    member.row, "identity", _masked(member),
                )  # fmt: skip
                return
            self.unknown[digest] = member
        self.changes.new_residents.append((planned, member, digest))
        self.changes.created += 1

    def _resident(self, member: PlannedResident, old: OldResident, digest: str) -> None:
        state = resident_state(member)
        if old.state not in ACTIVE_RESIDENT_STATES and state in ACTIVE_RESIDENT_STATES:
            self.problem(
                f"“{member.name}”在系统中已登记为{'死亡' if old.state == 'deceased' else '迁出'}，不能用导入恢复，请在系统中办理",
                member.row, "state",
            )  # fmt: skip
            return
        phone_hash = self.hash_phone(member.phone)
        changed = tuple(_differences(member, old, digest, phone_hash, state))
        if "identity_hash" in changed:
            self.unknown[digest] = member
        if changed:
            self.changes.changed_residents.append(ResidentChange(old, member, digest, phone_hash, changed))
            self.changes.changed_rows.add(member.row)
        if member.tags:
            _, words = split_tags(self.changes, member.tags)
            have = self.known.resident_tags.get(old.pk, set())
            for word in words:
                if self.changes.tags[word][0] not in have:
                    self.changes.resident_tags.append((old.pk, word))
                    self.changes.changed_rows.add(member.row)

    def _household_tags(self, planned: PlannedHousehold, old: OldHousehold | None) -> None:
        words = dict.fromkeys(
            word
            for member in planned.members
            if member.tags
            for word in split_tags(self.changes, member.tags)[0]
        )
        have = self.known.household_tags.get(old.pk, set()) if old is not None else set()
        for word in words:
            if self.changes.tags[word][0] not in have:
                self.changes.household_tags.append((planned.number, word))
                if old is not None:
                    self._mark(planned)

    def _elsewhere(self) -> None:
        """Set-wise: who of the new people is already registered in another village. Doesn't say where."""
        if not self.unknown:
            return
        table = stage_texts(self.unknown)
        states = ", ".join(["%s"] * len(ACTIVE_RESIDENT_STATES))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT staged.value FROM {table} AS staged JOIN villages_resident AS resident "  # noqa: S608 - our own names
                f"ON resident.id_number_hash = staged.value AND resident.state IN ({states}) "
                "JOIN villages_household AS household ON household.id = resident.household_id "
                "WHERE household.village_id <> %s",
                [*ACTIVE_RESIDENT_STATES, self.village.pk],
            )
            found = [row[0] for row in cursor.fetchall()]
        for digest in found:
            member = self.unknown[digest]
            self.problem(
                "这个人（身份证号）已登记在其他村，请核对；如已迁来，请先请镇里办理迁移",
                member.row,
                "identity",
                _masked(member),
            )

    def _notes(self) -> None:
        notes = self.plan.notes
        if self.changes.new_groups:
            names = "、".join(label for _, label in sorted(self.changes.new_groups.values()))
            notes.append(f"将新建小组：{names[:300]}")
        if self.changes.new_tags:
            notes.append("将新建标签：" + "、".join(self.changes.new_tags))
        missing = sum(
            1
            for number, old in self.changes.old_households.items()
            if number not in self.known.planned_numbers and old.state != "cancelled"
        )
        if missing:
            notes.append(f"系统中有 {missing} 户不在表里，不会改动")


def _differences(
    member: PlannedResident, old: OldResident, digest: str, phone_hash: str, state: str
) -> Iterator[str]:
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("name", member.name, old.name),
        ("sex", member.sex, old.sex),
        ("birth_date", member.birth_date, old.birth_date),
        ("relation", member.relation, old.relation),
        ("identity_hash", digest, old.identity_hash),
        ("phone_hash", phone_hash, old.phone_hash),
        ("political_status", member.political_status, old.political_status),
        ("state", state, old.state),
    )
    for name, new, before in pairs:
        if new and new != before:
            yield name


def _masked(member: PlannedResident) -> str:
    return mask_identity(member.identity)
