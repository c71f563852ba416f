"""Comma-separated text as villages export it: UTF-8 with or without a mark, GBK / GB18030, or Excel's UTF-16 text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from villages.importing import limits
from villages.importing.sheetscan import check_place
from villages.importing.table import Row, SheetTable, refuse

_NOT_A_SHEET = "这不是表格文件，无法识别。请上传 .xlsx、.xls 或 .csv 文件"
_ALLOWED_CONTROLS = frozenset("\t\n\r\x0b\x0c\x1a")


def decode(data: bytes) -> str:
    """Text of a .csv in whichever encoding it was saved. Raises InputError when it is not text."""
    if data.startswith(codecs.BOM_UTF8):
        encodings = ["utf-8-sig"]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\x00" in data:
        raise refuse(_NOT_A_SHEET)
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(character) < 32 and character not in _ALLOWED_CONTROLS for character in set(text)):
            raise refuse(_NOT_A_SHEET)
        return text
    raise refuse("文件的文字编码无法识别。请在 Excel 中另存为“CSV UTF-8”或 .xlsx 再上传")


def _delimiter(text: str) -> str:
    head = "\n".join(text.split("\n", limits.HEADER_SEARCH_ROWS)[: limits.HEADER_SEARCH_ROWS])
    counts = {mark: head.count(mark) for mark in (",", "\t", ";")}
    return max(counts, key=lambda mark: counts[mark])


def _records(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as error:
        raise refuse(
            f"第 {number + 1} 行附近格式有误（可能缺少引号）,请在 Excel 中另存为 .xlsx 再上传", row=number + 1
        ) from error


def read_delimited(data: bytes, name: str) -> SheetTable:
    """A .csv as a table. Row numbers are those Excel shows, also when a quoted cell has line breaks."""
    text = decode(data)
    if not text.strip():
        raise refuse("文件是空的，没有任何内容")
    if text.lstrip()[:200].lower().startswith(("<html", "<!doctype", "<table", "<?xml")):
        raise refuse("这是网页格式的文件（常见于系统导出的 .xls）。请用 Excel 打开后另存为 .xlsx 再上传")
    if text.count("\n") > limits.MAX_ROWS * 3:
        raise refuse(
            f"表格太大：有 {text.count(chr(10)):,} 行，最多 {limits.MAX_ROWS:,} 行。请分村、分组导入"
        )
    delimiter = _delimiter(text)
    cells = 0
    columns = 0
    for number, record in _records(text, delimiter):
        filled = len(record)
        while filled and not record[filled - 1].strip():
            filled -= 1
        if filled:
            cells += filled
            columns = max(columns, filled)
            check_place(number, filled, cells)
    if columns < 2:
        raise refuse(_NOT_A_SHEET)
    return SheetTable(name=name, rows=lambda: _records(text, delimiter), names_sheet=False)
