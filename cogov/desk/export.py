"""Lists as Excel files: text stays text, formulas are disarmed, personal values stay masked, and it is recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import FileResponse
from django.utils import timezone

from cogov.access.roles import TOWNSHIP, VILLAGE
from cogov.audit.services import record
from cogov.common.errors import RuleError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_LIMIT = 100_000
PAGE = 1000
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its heading, and an attribute path ("group.name") or a function of the row; width in characters."""

    heading: str
    value: str | Callable[[Any], Any]
    width: int = 16

    def of(self, row: Model) -> Any:
        """The cell of one row."""
        if callable(self.value):
            return self.value(row)
        current: Any = row
        for name in self.value.split("."):
            if current is None:
                return None
            display = getattr(current, f"get_{name}_display", None)
            current = display() if display is not None else getattr(current, name)
            if callable(current) and not isinstance(current, type):
                current = current()
        return current


def safe_cell(value: Any) -> Any:
    """A value that a spreadsheet shows and never runs: text that starts like a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if timezone.is_aware(value) else value
    if isinstance(value, date):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_ACTIVE) else text


def write_workbook(file: Any, title: str, columns: Sequence[ExportColumn], rows: Iterable[Any]) -> int:
    """Write one sheet into a binary file; returns the number of rows below the heading."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    head = []
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
        cell = WriteOnlyCell(sheet, column.heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="F3E9E7")
        head.append(cell)
    sheet.append(head)
    count = 0
    for row in rows:
        cells = []
        for column in columns:
            value = safe_cell(column.of(row))
            cell = WriteOnlyCell(sheet, value if value != "" else None)
            if isinstance(value, str) and value:
                cell.data_type = "s"
                cell.number_format = "@"
            cells.append(cell)
        sheet.append(cells)
        count += 1
    book.save(file)
    return count


def in_pages(rows: QuerySet[Any], prepare: Callable[[Sequence[Any]], None] | None) -> Iterator[Any]:
    """Rows one by one, read in pages; ``prepare`` fetches for each page what its columns need."""
    rest = rows.iterator(chunk_size=PAGE)
    while page := list(islice(rest, PAGE)):
        if prepare is not None:
            prepare(page)
        yield from page


def export_response(
    *,
    actor: Any,
    title: str,
    columns: Sequence[ExportColumn],
    rows: QuerySet[Any],
    prepare: Callable[[Sequence[Any]], None] | None = None,
) -> FileResponse:
    """The rows as a download; more than ROW_LIMIT rows are refused with RuleError."""
    if rows.order_by()[: ROW_LIMIT + 1].count() > ROW_LIMIT:
        raise RuleError(f"一次最多导出 {ROW_LIMIT:,} 行，请先筛选")
    file = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the response closes it
    with transaction.atomic():
        count = write_workbook(file, title, columns, in_pages(rows, prepare))
        record(
            actor=actor,
            action="desk.export_list",
            summary=f"导出{title} {count} 行",
            **home_place(actor),
            after={"列": [column.heading for column in columns], "行数": count},
        )
    file.seek(0)
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{title}-{stamp}.xlsx')}"
    return response


def home_place(actor: Any) -> dict[str, str]:
    """Where an action without an object is logged: township and village of the actor's first duty below county."""
    codes = (
        sorted(duty.scope_code for duty in actor.active_duties()) if hasattr(actor, "active_duties") else []
    )
    code = next((code for code in codes if len(code) >= TOWNSHIP), "")
    return {"township_code": code[:TOWNSHIP], "village_code": code[:VILLAGE] if len(code) >= VILLAGE else ""}
