"""What a worksheet really holds: places of cells, merges, values that are missing. The exact reading, by expat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from villages.importing import limits
from villages.importing.packages import Stop, feed, local_name, new_parser
from villages.importing.table import MergedArea, column_letter, column_number, refuse

_REFERENCE = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
TOO_MUCH_TEXT = "表中文字总量过大，可能不是正常的户籍表。请只保留户籍数据，另存为 .xlsx 再上传"


@dataclass
class SheetScan:
    """What one sheet really holds. Places count from 1."""

    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    text_bytes: int = 0
    merged: list[MergedArea] = field(default_factory=list)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


def check_place(row: int, column: int, cells: int) -> None:
    """Refuse a sheet whose content lies outside the caps; names the first place that does."""
    if row > limits.MAX_ROWS:
        raise refuse(
            f"表格太大：第 {row} 行还有内容({column_letter(column)}{row}),最多 {limits.MAX_ROWS:,} 行。"
            "请删除多余的行，或分村、分组导入",
            row=row,
            column=column_letter(column),
        )
    if column > limits.MAX_COLUMNS:
        raise refuse(
            f"表格太宽:{column_letter(column)}{row} 还有内容，最多 {limits.MAX_COLUMNS} 列。请删除多余的列",
            row=row,
            column=column_letter(column),
        )
    if cells > limits.MAX_CELLS:
        raise refuse("表格中的单元格太多。请只保留户籍数据再上传", row=row)


class _SheetReader:
    """Expat callbacks over one worksheet part."""

    def __init__(self, shared: list[int]) -> None:
        self.scan = SheetScan()
        self._shared = shared
        self._row = 0
        self._column = 0
        self._kind = ""
        self._has_value = False
        self._has_formula = False
        self._in_value = False
        self._text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local_name(tag)
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v" or tag == "t":
            self._in_value = True
            self._text = ""
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdigit() and len(number) <= 7 else self._row + 1
            self._column = 0
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.match(attributes.get("r", ""))
        if match:
            self._column = column_number(match[1])
            self._row = int(match[2])
        else:
            self._column += 1
        self._kind = attributes.get("t", "")
        self._has_value = self._has_formula = False

    def text(self, data: str) -> None:
        if self._in_value:
            self._text += data

    def end(self, tag: str) -> None:
        tag = local_name(tag)
        if tag == "v" or tag == "t":
            self._in_value = False
            if self._text:
                self._has_value = True
                self._count_text()
        elif tag == "c" and (self._has_value or self._has_formula):
            self._close_cell()

    def _count_text(self) -> None:
        if self._kind == "s":
            index = int(self._text) if self._text.isdigit() else -1
            if not 0 <= index < len(self._shared):
                raise Stop
            self.scan.text_bytes += self._shared[index]
            if not self._shared[index]:
                self._has_value = False
        else:
            self.scan.text_bytes += len(self._text)
        if self.scan.text_bytes > limits.MAX_TEXT_BYTES:
            raise refuse(TOO_MUCH_TEXT)

    def _close_cell(self) -> None:
        scan = self.scan
        scan.cells += 1
        scan.last_row = max(scan.last_row, self._row)
        scan.last_column = max(scan.last_column, self._column)
        check_place(self._row, self._column, scan.cells)
        if self._kind == "e":
            scan.broken[self._row, self._column] = (
                f"公式结果是错误值 {self._text[:20]},请改正公式或直接填写内容"
            )
        elif self._has_formula and not self._has_value and self._kind != "str":
            scan.broken[self._row, self._column] = (
                "公式没有计算结果，请在 Excel 中打开并保存一次，或把公式改成固定内容"
            )

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, finish = _REFERENCE.match(first), _REFERENCE.match(last or first)
        if begin and finish and len(self.scan.merged) < limits.MAX_ROWS:
            self.scan.merged.append(
                MergedArea(int(begin[2]), column_number(begin[1]), int(finish[2]), column_number(finish[1]))
            )


def shared_lengths(pieces: Iterator[bytes]) -> list[int]:
    """Bytes of each shared string, at most."""
    lengths: list[int] = []
    current = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal current
        if local_name(tag) == "si":
            current = 0

    def end(tag: str) -> None:
        if local_name(tag) == "si":
            lengths.append(current)
            if len(lengths) > limits.MAX_CELLS:
                raise refuse(TOO_MUCH_TEXT)

    def text(data: str) -> None:
        nonlocal current
        current += len(data) * 3

    parser = new_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    feed(parser, pieces)
    return lengths


def scan_sheet(pieces: Iterator[bytes], shared: list[int]) -> SheetScan:
    """Stream one worksheet part. Raises InputError at the first thing that breaks a cap."""
    reader = _SheetReader(shared)
    parser = new_parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    feed(parser, pieces)
    return reader.scan
