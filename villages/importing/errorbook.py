"""The uploaded sheet once more, with the bad cells red and a last column that says what is wrong (VIL-7).

Rows stay where they were, so the corrected workbook can be uploaded as it is: the extra column is ignored.
Written row by row: memory does not grow with the file. Values stand as text, and none can act as a formula.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from cogov.common.errors import Problem
from villages.importing.headers import LABELS, Header
from villages.importing.safecells import cell_text, safe_text
from villages.importing.table import SheetTable, column_letter

COLUMN_TITLE = "错误说明"
_LIST_TITLE = "问题清单"


def write_error_book(
    target: str | Path | IO[bytes],
    problems: Sequence[Problem],
    table: SheetTable | None = None,
    header: Header | None = None,
) -> None:
    """Write the error workbook. Without ``table`` (the file could not be read) it holds the list of problems only."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    if table is not None and header is not None:
        _write_sheet(book, problems, table, header)
    _write_list(book, problems)
    book.save(target)


def _write_list(book: Any, problems: Sequence[Problem]) -> None:
    sheet = book.create_sheet(_LIST_TITLE)
    for letter, width in (("A", 8), ("B", 16), ("C", 26), ("D", 80)):
        sheet.column_dimensions[letter].width = width
    sheet.append([_styled(sheet, title, bold=True) for title in ("行号", "列", "填写的内容", "问题")])
    for problem in problems:
        sheet.append(
            [
                problem.row or "",
                safe_text(problem.column),
                safe_text(problem.value),
                safe_text(problem.message),
            ]
        )


def _write_sheet(book: Any, problems: Sequence[Problem], table: SheetTable, header: Header) -> None:
    messages: dict[int, list[str]] = defaultdict(list)
    marked: dict[int, set[int]] = defaultdict(set)
    positions = {title: position for position, title in header.titles.items()}
    positions |= {LABELS[name]: position for name, position in header.columns.items()}
    for problem in problems:
        if problem.row is not None:
            messages[problem.row].append(
                f"{problem.column}：{problem.message}" if problem.column else problem.message
            )
            marked[problem.row].add(positions.get(problem.column, 0))
    width = max(header.titles, default=1)
    sheet = book.create_sheet("请改正后重新上传" if table.name == _LIST_TITLE else _sheet_name(table.name))
    sheet.freeze_panes = f"A{header.row + 1}"
    for position in range(1, width + 1):
        sheet.column_dimensions[column_letter(position)].width = (
            22 if position == header.columns.get("identity") else 13
        )
        sheet.column_dimensions[column_letter(position)].number_format = "@"
    sheet.column_dimensions[column_letter(width + 1)].width = 70
    for cells in _rows(sheet, table, header, width, messages, marked):
        sheet.append(cells)


def _rows(
    sheet: Any,
    table: SheetTable,
    header: Header,
    width: int,
    messages: dict[int, list[str]],
    marked: dict[int, set[int]],
) -> Iterator[list[Any]]:
    for number, cells in table.rows():
        texts: list[Any] = [cell_text(cell) if cell not in (None, "") else None for cell in cells[:width]]
        if number == header.row or number in messages:
            texts += [None] * (width - len(texts))
            if number == header.row:
                texts = [_styled(sheet, text, bold=True) for text in texts]
                texts.append(_styled(sheet, COLUMN_TITLE, bold=True, fault=True))
            for position in marked.get(number, ()):
                if position:
                    plain = texts[position - 1]
                    texts[position - 1] = _styled(sheet, getattr(plain, "value", plain), fault=True)
            if number in messages:
                note = _styled(sheet, safe_text("；".join(messages[number])[:2_000]), fault=True)
                texts = [*texts[:width], note] if number != header.row else [*texts[:width], texts[width]]
        yield texts


def _styled(sheet: Any, text: Any, *, bold: bool = False, fault: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(sheet, value=text if text is not None else "")
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center")
    if fault:
        cell.fill = PatternFill("solid", start_color="FFF4B6B6", end_color="FFF4B6B6")
        cell.font = Font(bold=bold, color="FF9C0006")
    return cell


def _sheet_name(name: str) -> str:
    clean = "".join(character for character in name if character not in "[]:*?/\\'").strip()
    return clean[:31] or "户籍表"
