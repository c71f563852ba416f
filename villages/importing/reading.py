"""Open whatever a village uploads as tables of rows, or say in Chinese why it can't be opened.

What a file is, its bytes say; the extension is only used in messages. Nothing is parsed before it is known to fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from villages.importing import compound, delimited, limits, ooxml
from villages.importing.table import MergedArea, Row, SheetTable, refuse

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_FOREIGN = {
    b"%PDF": "这是 PDF 文件，不是表格",
    b"\x89PNG": "这是图片，不是表格",
    b"\xff\xd8\xff": "这是图片，不是表格",
    b"GIF8": "这是图片，不是表格",
    b"Rar!": "这是压缩包，不是表格",
    b"7z\xbc\xaf": "这是压缩包，不是表格",
    b"\x1f\x8b": "这是压缩包，不是表格",
}


def open_tables(data: bytes, *, filename: str = "") -> list[SheetTable]:
    """The visible sheets of an upload, in order. Raises InputError with at least one problem.

    Works for .xlsx, .xls and .csv; ``filename`` names the sheet of a .csv.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise refuse("文件是空的，没有任何内容")
    if len(data) > limits.MAX_FILE_BYTES:
        raise refuse(f"文件超过 {limits.MAX_FILE_BYTES // 1024 // 1024} MB,请分村、分组导入")
    for magic, meaning in _FOREIGN.items():
        if data.startswith(magic):
            raise refuse(meaning + "。请上传 .xlsx、.xls 或 .csv 文件")
    if data.startswith(b"PK"):
        return _open_xlsx(data)
    if data.startswith(compound.MAGIC):
        return _open_xls(data)
    return [delimited.read_delimited(data, filename or "csv")]


def _open_xlsx(data: bytes) -> list[SheetTable]:
    objection = ooxml.is_xlsx(data)
    if objection:
        raise refuse(objection)
    scan = ooxml.scan_book(data)
    book = _load(data)
    tables = []
    for meta in book.sheets_metadata:
        sheet = scan.sheets.get(meta.name)
        if sheet is None or not sheet.cells or not str(meta.visible).endswith(".Visible"):
            continue
        tables.append(_table(book, meta.name, tuple(sheet.merged), sheet.broken))
    return _some(tables)


def _open_xls(data: bytes) -> list[SheetTable]:
    objection = compound.describe(data)
    if objection:
        raise refuse(objection)
    book = _load(data)
    tables = []
    for meta in book.sheets_metadata:
        if not str(meta.visible).endswith(".Visible") or not str(meta.typ).endswith(".WorkSheet"):
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.start is None:
            continue
        merged = tuple(
            MergedArea(top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in (sheet.merged_cell_ranges or ())
        )
        tables.append(_table(book, meta.name, merged, {}))
    return _some(tables)


def _some(tables: list[SheetTable]) -> list[SheetTable]:
    if not tables:
        raise refuse("文件是空的，没有任何内容")
    return tables


def _load(data: bytes) -> CalamineWorkbook:
    import python_calamine as calamine  # slow to import: a cold start must not pay for it

    try:
        return calamine.CalamineWorkbook.from_filelike(BytesIO(data))
    except calamine.PasswordError as error:
        raise refuse(compound.LOCKED) from error
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise refuse("文件已损坏，打不开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传") from error


def _table(
    book: CalamineWorkbook, name: str, merged: tuple[MergedArea, ...], broken: dict[tuple[int, int], str]
) -> SheetTable:
    held: list[CalamineSheet] = []  # parsed at first use, once

    def rows() -> Iterator[Row]:
        import python_calamine as calamine

        if not held:
            try:
                held.append(book.get_sheet_by_name(name))
            except (calamine.CalamineError, ValueError, OSError) as error:
                raise refuse(
                    f"工作表“{name}”已损坏，读不出来。请用 Excel 打开后另存为 .xlsx 再上传"
                ) from error
        sheet = held[0]
        if sheet.start is None:
            return
        # calamine begins rows at 1 but columns at the first one in use
        offset = [""] * sheet.start[1]
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            yield number, (offset + cells if offset else cells)

    return SheetTable(name=name, rows=rows, merged=merged, broken=broken)
