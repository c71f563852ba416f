"""Import a village's household workbook (VIL-7): all or nothing, and the second time nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize, within
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem
from villages.importing.errorbook import write_error_book
from villages.importing.plan import ImportPlan
from villages.importing.reading import open_tables
from villages.importing.validation import build_plan, village_key
from villages.models import Household, Village
from villages.services.import_changes import Changes
from villages.services.import_diff import compare
from villages.services.import_write import write

PERMISSION = "villages.import_households"


@dataclass(frozen=True)
class ImportResult:
    """What a file did, or would do. Rows count residents; a changed household counts on its head's row."""

    rows: int = 0
    households: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: tuple[Problem, ...] = ()
    error_count: int = 0
    applied: bool = False
    notes: tuple[str, ...] = ()
    plan: ImportPlan | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        return not self.errors

    def to_json(self) -> dict[str, Any]:
        """The object that ``import_households --json`` prints (issue A)."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "errors": [
                {
                    "row": problem.row,
                    "column": problem.column,
                    "value": problem.value,
                    "message": problem.message,
                }
                for problem in self.errors
            ],
            "applied": self.applied,
        }


class _Refused(Exception):
    """Leaves the transaction; never leaves this module."""


def check_households(
    *, actor: Actor, village: Village, data: bytes, file_name: str, today: date | None = None
) -> ImportResult:
    """What importing the file would do; writes nothing. Raises AccessDenied."""
    authorize(actor, PERMISSION, village.code)
    plan = read_plan(village, data, file_name, today or timezone.localdate())
    if plan.problems:
        return _refused(plan)
    with transaction.atomic():
        changes = compare(village, plan, new_tags=_may_add_tags(actor, village))
    return _refused(plan) if plan.problems else _result(plan, changes, applied=False)


def import_households(
    *, actor: Actor, village: Village, data: bytes, file_name: str, today: date | None = None
) -> ImportResult:
    """Import the file, or nothing of it when ``errors`` is not empty. Raises AccessDenied.

    One audit event for the file, and one for every household and resident that existed and changes.
    """
    authorize(actor, PERMISSION, village.code)
    today = today or timezone.localdate()
    plan = read_plan(village, data, file_name, today)
    if plan.problems:
        return _refused(plan)
    try:
        with transaction.atomic():
            # Two imports of one village go one after the other; edits of its households wait for the end.
            Village.objects.select_for_update().get(pk=village.pk)
            list(
                Household.objects.select_for_update().filter(village=village).order_by("pk").values_list("pk")
            )
            changes = compare(village, plan, new_tags=_may_add_tags(actor, village))
            if plan.problems:
                raise _Refused
            result = _result(plan, changes, applied=True)
            if not changes.is_empty:
                write(actor=actor, village=village, changes=changes, today=today, file_name=file_name)
            _record_file(actor, village, data, file_name, result)
    except _Refused:
        return _refused(plan)
    except IntegrityError:
        plan.problems.add("导入时另有人登记了表中的人或户，没有写入任何内容。请重新导入一次")
        return _refused(plan)
    return result


def _may_add_tags(actor: Actor, village: Village) -> bool:
    """Tags are one list for everybody: only who keeps the list adds to it."""
    return within(actor.scope_codes("villages.add_tag"), village.code)


def read_plan(village: Village, data: bytes, file_name: str, today: date) -> ImportPlan:
    """The checked content of a file; a file that can't be opened is a plan with problems."""
    names = frozenset(filter(None, (village_key(village.name), village_key(village.official_name))))
    try:
        return build_plan(open_tables(data, filename=file_name), today=today, village_names=names)
    except InputError as error:
        plan = ImportPlan()
        plan.problems.extend(list(error.problems) or [Problem(error.message)])
        return plan


def save_error_book(target: str | Path | IO[bytes], result: ImportResult) -> None:
    """The error workbook of a refused file (VIL-7)."""
    plan = result.plan
    write_error_book(target, result.errors, plan.table if plan else None, plan.header if plan else None)


def _refused(plan: ImportPlan) -> ImportResult:
    return ImportResult(
        rows=plan.rows,
        households=len(plan.households),
        errors=plan.problems.all(),
        error_count=plan.problems.total,
        notes=tuple(plan.notes),
        plan=plan,
    )


def _result(plan: ImportPlan, changes: Changes, *, applied: bool) -> ImportResult:
    return ImportResult(
        rows=plan.rows,
        households=len(plan.households),
        created=changes.created,
        updated=changes.updated,
        unchanged=plan.rows - changes.created - changes.updated,
        applied=applied,
        notes=tuple(plan.notes),
        plan=plan,
    )


def _record_file(actor: Actor, village: Village, data: bytes, file_name: str, result: ImportResult) -> None:
    record(
        actor=actor,
        action="villages.import_households",
        summary=(
            f"导入{village.name}户籍表“{file_name[:80]}”：{result.rows} 行，新增 {result.created}，"
            f"更新 {result.updated}，不变 {result.unchanged}"
        ),
        obj=village,
        after={
            "文件": file_name[:200],
            "文件摘要": hashlib.sha256(data).hexdigest(),
            "户数": result.households,
            "行数": result.rows,
            "新增": result.created,
            "更新": result.updated,
            "不变": result.unchanged,
        },
    )
