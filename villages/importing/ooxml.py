"""A look through an .xlsx before anything parses it: real sizes, real cell places, merges, cells without a value.

calamine builds a dense grid from the outermost cells, so one cell at XFD1048576 in a file of 4.6 KB would ask
for gigabytes. Everything here streams: parts are unpacked in pieces and counted, never trusted or held whole.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from villages.importing import limits
from villages.importing.table import MergedArea, column_letter, column_number, refuse

_CHUNK = 64 * 1024
_REFERENCE = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
_DAMAGED = "文件已损坏，打不开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
_TOO_LARGE = "文件解压后过大（超过 200 MB）,可能不是正常的户籍表。请只保留户籍数据，另存为 .xlsx 再上传"


class _Stop(Exception):
    """Raised inside expat callbacks to leave the parser; never leaves this module."""


@dataclass
class SheetScan:
    """What one sheet really holds. Places count from 1."""

    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    text_bytes: int = 0
    merged: list[MergedArea] = field(default_factory=list)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class BookScan:
    """Scans by sheet name, in the order of the book."""

    sheets: dict[str, SheetScan]


class _Parts:
    """The parts of the package, unpacked piece by piece against one common budget."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise refuse(_DAMAGED) from error
        self._data = data
        infos = self._zip.infolist()
        if len(infos) > limits.MAX_PARTS:
            raise refuse(_TOO_LARGE)
        self._infos = {info.filename.lstrip("/"): info for info in infos}
        self._left = limits.MAX_UNPACKED_BYTES

    def names(self) -> list[str]:
        return list(self._infos)

    def stream(self, name: str) -> Iterator[bytes]:
        """Pieces of one part. Counts what comes out, whatever the directory declares."""
        info = self._infos.get(name)
        if info is None:
            raise refuse(_DAMAGED)
        if info.flag_bits & 0x1:
            raise refuse("文件有密码保护，无法读取。请在 Excel 中取消密码后重新保存再上传")
        for piece in _unpack(self._data, info):
            self._left -= len(piece)
            if self._left < 0:
                raise refuse(_TOO_LARGE)
            yield piece

    def read(self, name: str, cap: int = 4 * 1024 * 1024) -> bytes:
        """A small part whole."""
        pieces = bytearray()
        for piece in self.stream(name):
            pieces += piece
            if len(pieces) > cap:
                raise refuse(_TOO_LARGE)
        return bytes(pieces)


def _unpack(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    header = data[info.header_offset : info.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise refuse(_DAMAGED)
    start = (
        info.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for offset in range(0, len(packed), _CHUNK):
            yield bytes(packed[offset : offset + _CHUNK])
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise refuse(_DAMAGED)
    engine = zlib.decompressobj(-15)
    try:
        for offset in range(0, len(packed), _CHUNK):
            piece = engine.decompress(packed[offset : offset + _CHUNK], _CHUNK)
            while piece:
                yield piece
                piece = engine.decompress(engine.unconsumed_tail, _CHUNK) if engine.unconsumed_tail else b""
        rest = engine.flush()
        if rest:
            yield rest
    except zlib.error as error:
        raise refuse(_DAMAGED) from error


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def no_doctype(*_args: object) -> None:
        raise _Stop

    parser.StartDoctypeDeclHandler = no_doctype
    return parser


def _feed(parser: expat.XMLParserType, pieces: Iterator[bytes]) -> None:
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, _Stop) as error:
        raise refuse(_DAMAGED) from error


def _relations(parts: _Parts, name: str, base: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (kind, part name)."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship":
            target = attributes.get("Target", "")
            path = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(base, target))
            )
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rsplit("/", 1)[-1], path)

    parser = _parser()
    parser.StartElementHandler = start
    _feed(parser, iter([parts.read(name)]))
    return found


def _sheet_names(parts: _Parts, name: str) -> list[tuple[str, str]]:
    """(sheet name, relation id) in the order of the book."""
    found: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            relation = next(
                (value for key, value in attributes.items() if _local(key) == "id" and ":" in key), ""
            )
            found.append((attributes.get("name", ""), relation))

    parser = _parser()
    parser.StartElementHandler = start
    _feed(parser, iter([parts.read(name)]))
    return found


def _shared_lengths(parts: _Parts, name: str) -> list[int]:
    """Bytes of each shared string."""
    lengths: list[int] = []
    taken = 0
    current = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal current
        if _local(tag) == "si":
            current = 0

    def end(tag: str) -> None:
        if _local(tag) == "si":
            lengths.append(current)

    def text(data: str) -> None:
        nonlocal current
        current += len(data) * 3

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for piece in parts.stream(name):
            taken += len(piece)
            if taken > limits.MAX_SHARED_STRINGS_BYTES:
                raise refuse(_TOO_LARGE)
            yield piece

    parser = _parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    _feed(parser, counted())
    return lengths


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
        tag = _local(tag)
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
        tag = _local(tag)
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
                raise _Stop
            self.scan.text_bytes += self._shared[index]
            if not self._shared[index]:
                self._has_value = False
        else:
            self.scan.text_bytes += len(self._text)
        if self.scan.text_bytes > limits.MAX_TEXT_BYTES:
            raise refuse("表中文字总量过大，可能不是正常的户籍表。请只保留户籍数据，另存为 .xlsx 再上传")

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


def scan_sheet(pieces: Iterator[bytes], shared: list[int]) -> SheetScan:
    """Stream one worksheet part. Raises InputError at the first thing that breaks a cap."""
    reader = _SheetReader(shared)
    parser = _parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    _feed(parser, pieces)
    return reader.scan


def is_xlsx(data: bytes) -> str:
    """Empty when ``data`` is an .xlsx package, else a Chinese sentence that says what it is."""
    parts = _Parts(data)
    names = set(parts.names())
    if "xl/workbook.xml" in names or any(name.startswith("xl/worksheets/") for name in names):
        return ""
    if "xl/workbook.bin" in names:
        return "这是 .xlsb 格式的文件，请在 Excel 中另存为 .xlsx 再上传"
    if "content.xml" in names:
        return "这是 .ods 格式的文件，请另存为 .xlsx 再上传"
    if any(name.startswith("word/") for name in names):
        return "这是 Word 文档，不是表格。请上传 .xlsx、.xls 或 .csv 文件"
    return "这是压缩包，不是表格。请解压后上传其中的 .xlsx、.xls 或 .csv 文件"


def scan_book(data: bytes) -> BookScan:
    """Scan every sheet of the book. Raises InputError with a message for the person who uploaded it."""
    parts = _Parts(data)
    root = _relations(parts, "_rels/.rels", "")
    book = next((path for kind, path in root.values() if kind == "officeDocument"), "xl/workbook.xml")
    base = posixpath.dirname(book)
    relations = _relations(parts, posixpath.join(base, "_rels", posixpath.basename(book) + ".rels"), base)
    shared_part = next((path for kind, path in relations.values() if kind == "sharedStrings"), "")
    shared = _shared_lengths(parts, shared_part) if shared_part in parts.names() else []
    sheets: dict[str, SheetScan] = {}
    for name, relation in _sheet_names(parts, book):
        kind, path = relations.get(relation, ("", ""))
        if kind == "worksheet":
            sheets[name] = scan_sheet(parts.stream(path), shared)
    if not sheets:
        raise refuse(_DAMAGED)
    return BookScan(sheets)
