"""A village's register as a workbook in the columns of the import template; recorded, and masked unless a reason is given."""

from __future__ import annotations

from typing import IO, Any

from django.db import transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem
from villages.importing.headers import LABELS
from villages.models import HouseholdState, Resident, Village
from villages.models.residents import ACTIVE_RESIDENT_STATES

PERMISSION = "villages.view_resident"
REVEAL_PERMISSION = "access.reveal_personal_data"


def export_roster(
    *, actor: Actor, village: Village, target: IO[bytes], reveal: bool = False, reason: str = ""
) -> int:
    """Write the workbook; returns the number of people. Raises AccessDenied, and InputError without a reason."""
    authorize(actor, PERMISSION, village.code)
    if reveal:
        authorize(actor, REVEAL_PERMISSION, village.code)
        if not reason.strip():
            raise InputError("没有导出", [Problem("导出完整号码须写明用途", column="reason")])
    people = (
        Resident.objects.filter(household__village=village, state__in=ACTIVE_RESIDENT_STATES)
        .exclude(household__state=HouseholdState.CANCELLED)
        .select_related("household__group")
        .prefetch_related("tags", "household__tags")
        .order_by("household__group__serial", "household__number", "pk")
    )
    with transaction.atomic():
        count = _write(people, target, village.name, reveal)
        record(
            actor=actor,
            action="villages.export_roster",
            summary=f"导出{village.name}户籍表 {count} 人" + ("（完整号码）" if reveal else ""),
            obj=village,
            after={"人数": count, "完整号码": reveal},
            comment=reason.strip()[:200],
        )
    return count


def _write(people: Any, target: IO[bytes], title: str, reveal: bool) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    from villages.resources import RosterResource  # noqa: PLC0415 - import-export is slow to load

    data = RosterResource(reveal=reveal).export(people)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("户籍信息")
    sheet.freeze_panes = "A2"
    for position, heading in enumerate(data.headers or ()):
        sheet.column_dimensions[chr(65 + position)].width = 24 if heading == LABELS["identity"] else 14

    def cell(value: Any, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, value=str(value))
        made.data_type, made.number_format = "s", "@"  # identity numbers stay text
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(heading, bold=True) for heading in data.headers or ()])
    for row in data:
        sheet.append([cell(value) if value not in (None, "") else None for value in row])
    book.save(target)
    return len(data)
