"""Write what :mod:`villages.services.import_diff` found, set-wise, with its audit events. Call inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from cogov.access.encryption import encrypt_text, encrypt_texts, hasher
from cogov.access.scope import Actor
from cogov.audit.services import AuditDraft, record_many
from cogov.common.text import pinyin_initials
from villages.importing.vocabulary import HEAD
from villages.models import (
    Household,
    HouseholdState,
    PoliticalStatus,
    Relation,
    Resident,
    ResidentState,
    Sex,
    Tag,
    Village,
    VillageGroup,
)
from villages.rules import populations
from villages.services.derived import refresh_households
from villages.services.import_bulk import insert_rows, take_ids, update_rows
from villages.services.import_changes import (
    Changes,
    HouseholdChange,
    ResidentChange,
    household_state,
    resident_state,
)

_HOUSEHOLD_COLUMNS = (
    "id", "village_id", "number", "group_id", "head_id", "head_name", "head_initials", "address",
    "registered_population", "actual_population", "state", "cancelled_on", "created_at", "updated_at",
)  # fmt: skip
_RESIDENT_COLUMNS = (
    "id", "household_id", "name", "initials", "sex", "birth_date", "relation", "id_number", "id_number_hash",
    "phone", "phone_hash", "political_status", "skills", "state", "created_at", "updated_at",
)  # fmt: skip
_CHANGED_COLUMNS = (
    "id", "name", "initials", "sex", "birth_date", "relation", "political_status", "state", "updated_at",
)  # fmt: skip
_ENCRYPTED_TOGETHER = 5_000
_LABELS: dict[str, tuple[str, Any]] = {
    "name": ("姓名", None),
    "sex": ("性别", Sex),
    "birth_date": ("出生日期", None),
    "relation": ("与户主关系", Relation),
    "political_status": ("政治面貌", PoliticalStatus),
    "state": ("状态", ResidentState),
}


def write(*, actor: Actor, village: Village, changes: Changes, today: date, file_name: str) -> None:
    """Everything in ``changes``, in an order that no constraint minds."""
    _Writer(actor, village, changes, today, file_name).run()


class _Writer:
    def __init__(self, actor: Actor, village: Village, changes: Changes, today: date, file_name: str) -> None:
        self.actor, self.village, self.changes = actor, village, changes
        self.today, self.file_name = today, file_name
        # Once, in the form the column stores: turning a time into text 90,000 times takes a tenth of a second.
        self.now = str(connection.ops.adapt_datetimefield_value(timezone.now()))
        self.household_ids = {number: old.pk for number, old in changes.old_households.items()}
        self.head_ids: dict[str, int] = {}
        self.drafts: list[AuditDraft] = []

    def run(self) -> None:
        self._groups()
        self._tags()
        self._change_residents()
        self._take_ids()
        insert_rows(Household._meta.db_table, _HOUSEHOLD_COLUMNS, self._household_rows())
        insert_rows(Resident._meta.db_table, _RESIDENT_COLUMNS, self._resident_rows())
        self._tag_links()
        self._change_households()
        self._derive()
        record_many(self.drafts)

    def _groups(self) -> None:
        for key, (serial, name) in self.changes.new_groups.items():
            group = VillageGroup.objects.create(
                village=self.village,
                serial=serial,
                name=name,
                code=VillageGroup.code_for(self.village.code, serial),
            )
            self.changes.groups[key] = group.pk
            self.drafts.append(
                self._draft(
                    "villages.add_group",
                    f"导入时新建小组“{name}”",
                    group,
                    after={"名称": name, "序号": serial},
                )
            )

    def _tags(self) -> None:
        for word in self.changes.new_tags:
            _, target = self.changes.tags[word]
            tag, _ = Tag.objects.get_or_create(name=word, defaults={"target": target})
            self.changes.tags[word] = (tag.pk, tag.target)
            self.drafts.append(
                self._draft("villages.add_tag", f"导入时新建标签“{word}”", tag, after={"名称": word})
            )

    def _draft(
        self,
        action: str,
        summary: str,
        obj: Any,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> AuditDraft:
        return AuditDraft(
            actor=self.actor,
            action=action,
            summary=summary,
            obj=obj,
            township_code=self.village.code[:9],
            village_code=self.village.code,
            before=before,
            after=after,
            comment=f"导入文件：{self.file_name}",
        )

    def _take_ids(self) -> None:
        numbers = [planned.number for planned in self.changes.new_households]
        self.household_ids |= dict(zip(numbers, take_ids(Household, len(numbers)), strict=True))
        self.resident_ids = list(take_ids(Resident, len(self.changes.new_residents)))
        for pk, (planned, member, _) in zip(self.resident_ids, self.changes.new_residents, strict=True):
            if member.relation == HEAD and resident_state(member) not in ("moved", "deceased"):
                self.head_ids[planned.number] = pk

    def _household_rows(self) -> Iterator[tuple[Any, ...]]:
        for planned in self.changes.new_households:
            state = household_state(planned) or "registered"
            heads = planned.heads
            head_name = heads[0].name if heads else ""
            states = [resident_state(member) or "registered" for member in planned.members]
            registered, actual = populations(states)
            pk = self.household_ids[planned.number]
            group_id = self.changes.groups[planned.group.key] if planned.group else None
            yield (
                pk, self.village.pk, planned.number, group_id, self.head_ids.get(planned.number), head_name,
                pinyin_initials(head_name), planned.address, registered, actual, state,
                self.today if state == "cancelled" else None, self.now, self.now,
            )  # fmt: skip

    def _resident_rows(self) -> Iterator[tuple[Any, ...]]:
        hash_phone = hasher("phone")
        now, people = self.now, self.changes.new_residents
        for start in range(0, len(people), _ENCRYPTED_TOGETHER):
            some = people[start : start + _ENCRYPTED_TOGETHER]
            numbers = encrypt_texts([member.identity for _, member, _ in some])
            phones = encrypt_texts([member.phone for _, member, _ in some])
            ids = self.resident_ids[start : start + _ENCRYPTED_TOGETHER]
            for pk, (planned, member, digest), number, phone in zip(ids, some, numbers, phones, strict=True):
                yield (
                    pk, self.household_ids[planned.number], member.name, pinyin_initials(member.name), member.sex,
                    member.birth_date, member.relation, number, digest, phone, hash_phone(member.phone),
                    member.political_status or "masses", "", resident_state(member) or "registered", now, now,
                )  # fmt: skip

    def _change_residents(self) -> None:
        """Members who stop being head come first: a household has one head at any moment."""
        changed = self.changes.changed_residents
        table = Resident._meta.db_table
        rows = [self._changed_row(change) for change in changed]
        position = _CHANGED_COLUMNS.index("relation")
        update_rows(table, _CHANGED_COLUMNS, [row for row in rows if row[position] != HEAD])
        update_rows(table, _CHANGED_COLUMNS, [row for row in rows if row[position] == HEAD])
        update_rows(
            table,
            ("id", "id_number", "id_number_hash"),
            [
                (change.old.pk, encrypt_text(change.planned.identity), change.identity_hash)
                for change in changed
                if "identity_hash" in change.changed
            ],
        )
        update_rows(
            table,
            ("id", "phone", "phone_hash"),
            [
                (change.old.pk, encrypt_text(change.planned.phone), change.phone_hash)
                for change in changed
                if "phone_hash" in change.changed
            ],
        )
        self.drafts.extend(map(self._resident_draft, changed))

    def _changed_row(self, change: ResidentChange) -> tuple[Any, ...]:
        old, new, changed = change.old, change.planned, change.changed
        name = new.name if "name" in changed else old.name
        return (
            old.pk,
            name,
            pinyin_initials(name),
            new.sex if "sex" in changed else old.sex,
            new.birth_date if "birth_date" in changed else old.birth_date,
            new.relation if "relation" in changed else old.relation,
            new.political_status if "political_status" in changed else old.political_status,
            resident_state(new) if "state" in changed else old.state,
            self.now,
        )

    def _resident_draft(self, change: ResidentChange) -> AuditDraft:
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name in change.changed:
            if name in ("identity_hash", "phone_hash"):
                label = "身份证号" if name == "identity_hash" else "联系电话"
                before[label] = "原号码（已隐去）" if getattr(change.old, name) else "没有登记"
                after[label] = "新号码（已隐去）"
                continue
            label, choices = _LABELS[name]
            new = resident_state(change.planned) if name == "state" else getattr(change.planned, name)
            before[label] = _shown(choices, getattr(change.old, name))
            after[label] = _shown(choices, new)
        resident = Resident(pk=change.old.pk, name=change.planned.name)
        return self._draft(
            "villages.import_resident", f"导入更新居民 {change.planned.name}", resident, before, after
        )

    def _change_households(self) -> None:
        rows = []
        for change in self.changes.changed_households:
            old = change.old
            rows.append(
                (
                    old.pk,
                    self.changes.groups[change.group_key] if change.group_key else old.group_id,
                    change.address if change.address is not None else old.address,
                    change.state or old.state,
                    self.now,
                )
            )
            self.drafts.append(self._household_draft(change))
        update_rows(Household._meta.db_table, ("id", "group_id", "address", "state", "updated_at"), rows)

    def _household_draft(self, change: HouseholdChange) -> AuditDraft:
        names = {pk: key for key, pk in self.changes.groups.items()}
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        if change.group_key and change.planned.group:
            key = names.get(change.old.group_id, "")
            before["组别"] = f"{key}组" if key.isdigit() else key
            after["组别"] = change.planned.group.label
        if change.address is not None:
            before["住址"], after["住址"] = change.old.address, change.address
        if change.state:
            before["状态"] = _shown(HouseholdState, change.old.state)
            after["状态"] = _shown(HouseholdState, change.state)
        household = Household(pk=change.old.pk, number=change.old.number, head_name=change.old.head_name)
        return self._draft(
            "villages.import_household",
            f"导入更新户 {change.old.number} {change.old.head_name}",
            household,
            before,
            after,
        )

    def _tag_links(self) -> None:
        tags = self.changes.tags
        households = Household.tags.through
        insert_rows(
            households._meta.db_table,
            ("household_id", "tag_id"),
            [(self.household_ids[number], tags[word][0]) for number, word in self.changes.household_tags],
        )
        links = [(pk, tags[word][0]) for pk, word in self.changes.resident_tags]
        for pk, (_, member, _) in zip(self.resident_ids, self.changes.new_residents, strict=True):
            links += [(pk, tags[word][0]) for word in member.tags if tags[word][1] == "resident"]
        insert_rows(Resident.tags.through._meta.db_table, ("resident_id", "tag_id"), links)

    def _derive(self) -> None:
        """Heads and populations of households that existed and whose members changed."""
        touched = {
            change.old.household_id
            for change in self.changes.changed_residents
            if {"name", "relation", "state"} & set(change.changed)
        }
        touched |= {
            self.changes.old_households[planned.number].pk
            for planned, _, _ in self.changes.new_residents
            if planned.number in self.changes.old_households
        }
        refresh_households(touched)


def _shown(choices: Any, value: Any) -> Any:
    if choices is not None and value:
        return choices(value).label
    return value.isoformat() if isinstance(value, date) else value
