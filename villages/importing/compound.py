"""Just enough of the compound file format (OLE2) to know what a ``D0 CF 11 E0`` file is, and to look through an .xls.

Needed because an encrypted .xlsx and an .xls begin with the same bytes, and because calamine asks for a dense
grid for the outermost cells of an .xls too. Sector chains are followed with a counter: a loop ends in an error.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from villages.importing import limits
from villages.importing.sheetscan import check_place
from villages.importing.table import refuse

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = "文件已损坏，打不开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
LOCKED = "文件有密码保护，无法读取。请在 Excel 中取消密码（文件 → 信息 → 保护工作簿）后重新保存再上传"
_END = 0xFFFFFFFE


@dataclass(frozen=True)
class _Entry:
    name: str
    start: int
    size: int


class CompoundFile:
    """Directory and streams of one compound file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or data[:8] != MAGIC:
            raise refuse(_DAMAGED)
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise refuse(_DAMAGED)
        self._size = 1 << shift
        fat_count, directory = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
        self._cutoff, mini_fat = struct.unpack_from("<II", data, 56)
        difat_start, difat_count = struct.unpack_from("<II", data, 68)
        self._fat = self._load_fat(fat_count, difat_start, difat_count)
        self._entries = self._load_directory(directory)
        self._mini_fat = self._words(self._chain(mini_fat)) if mini_fat < _END else ()
        root = next(iter(self._entries.values()), None)
        self._mini = self._chain(root.start) if root and root.start < _END else b""

    def names(self) -> set[str]:
        """Names of the storages and streams."""
        return set(self._entries)

    def stream(self, name: str) -> bytes:
        """One stream whole; it is never larger than the file."""
        entry = self._entries[name]
        if entry.size >= self._cutoff:
            return self._chain(entry.start)[: entry.size]
        pieces = bytearray()
        sector = entry.start
        for _ in range(len(self._mini_fat) + 1):
            if sector >= len(self._mini_fat):
                break
            pieces += self._mini[sector * 64 : sector * 64 + 64]
            sector = self._mini_fat[sector]
        return bytes(pieces[: entry.size])

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]

    @staticmethod
    def _words(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])

    def _load_fat(self, count: int, difat: int, difat_count: int) -> tuple[int, ...]:
        sectors = [number for number in struct.unpack_from("<109I", self._data, 76) if number < _END]
        for _ in range(min(difat_count, 1000)):
            if difat >= _END:
                break
            words = self._words(self._sector(difat))
            if not words:
                raise refuse(_DAMAGED)
            sectors += [number for number in words[:-1] if number < _END]
            difat = words[-1]
        return self._words(b"".join(self._sector(number) for number in sectors[: min(count, 100_000)]))

    def _chain(self, start: int) -> bytes:
        pieces: list[bytes] = []
        sector = start
        for _ in range(len(self._fat) + 1):
            if sector >= len(self._fat):
                break
            pieces.append(self._sector(sector))
            sector = self._fat[sector]
        else:
            raise refuse(_DAMAGED)
        return b"".join(pieces)

    def _load_directory(self, start: int) -> dict[str, _Entry]:
        data = self._chain(start)
        entries: dict[str, _Entry] = {}
        for offset in range(0, len(data) - 127, 128):
            length = struct.unpack_from("<H", data, offset + 64)[0]
            if not 2 <= length <= 64:
                continue
            name = data[offset : offset + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", data, offset + 116)
            entries.setdefault(name, _Entry(name, first, size))
        return entries


def describe(data: bytes) -> str:
    """Empty for a readable .xls, else a Chinese sentence that says why it can't be taken."""
    book = CompoundFile(data)
    names = book.names()
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        return LOCKED
    if "WordDocument" in names:
        return "这是 Word 文档，不是表格。请上传 .xlsx、.xls 或 .csv 文件"
    stream_name = next((name for name in ("Workbook", "Book", "WORKBOOK", "BOOK") if name in names), None)
    if stream_name is None:
        return "这不是表格文件。请上传 .xlsx、.xls 或 .csv 文件"
    _scan_records(book.stream(stream_name))
    return ""


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """(record type, offset of its body, length of its body)."""
    offset = 0
    total = len(stream)
    while offset + 4 <= total:
        kind, length = struct.unpack_from("<HH", stream, offset)
        yield kind, offset + 4, length
        offset += 4 + length


_FILEPASS, _SST, _CONTINUE, _LABELSST, _MULRK, _SHEET_BOF = 0x2F, 0xFC, 0x3C, 0xFD, 0xBD, 0x809
_CELLS = {0x06, 0x204, 0x203, 0x205, 0x27E, 0xD6, _LABELSST, 0x03, 0x04, 0x05, 0x406, 0x206}


def _scan_records(stream: bytes) -> None:
    """Check the real places of cells and the size of the text they stand for."""
    lengths: list[int] | None = None
    shared: list[bytes] = []
    in_shared = False
    cells = 0
    text_bytes = 0
    for kind, start, length in _records(stream):
        if kind == _FILEPASS:
            raise refuse(LOCKED)
        if kind == _SST:
            shared, in_shared = [stream[start : start + length]], True
            continue
        if kind == _CONTINUE and in_shared:
            shared.append(stream[start : start + length])
            continue
        in_shared = False
        if kind not in _CELLS and kind != _MULRK:
            continue
        if length < 6 or start + 4 > len(stream):
            raise refuse(_DAMAGED)
        row, column = struct.unpack_from("<HH", stream, start)
        cells += 1
        if kind == _MULRK:
            column = struct.unpack_from("<H", stream, start + length - 2)[0]
        check_place(row + 1, column + 1, cells)
        if kind == _LABELSST and length >= 10:
            if lengths is None:
                lengths = _shared_lengths(shared)
            index = struct.unpack_from("<I", stream, start + 6)[0]
            if index >= len(lengths):
                raise refuse(_DAMAGED)
            text_bytes += lengths[index]
            if text_bytes > limits.MAX_TEXT_BYTES:
                raise refuse("表中文字总量过大，可能不是正常的户籍表。请只保留户籍数据，另存为 .xlsx 再上传")


def _shared_lengths(pieces: list[bytes]) -> list[int]:
    """Bytes of each string of the shared table, which may break off anywhere between CONTINUE records."""
    if not pieces or len(pieces[0]) < 8:
        return []
    unique = struct.unpack_from("<I", pieces[0], 4)[0]
    lengths: list[int] = []
    index, offset = 0, 8

    def skip(count: int) -> None:
        nonlocal index, offset
        while count and index < len(pieces):
            step = min(count, len(pieces[index]) - offset)
            offset += step
            count -= step
            if count or offset >= len(pieces[index]):
                index, offset = index + 1, 0

    while len(lengths) < unique and index < len(pieces):
        piece = pieces[index]
        if offset + 3 > len(piece):
            index, offset = index + 1, 0
            continue
        characters, flags = struct.unpack_from("<HB", piece, offset)
        offset += 3
        runs = extra = 0
        if flags & 0x08:
            runs = struct.unpack("<H", piece[offset : offset + 2].ljust(2, b"\0"))[0]
            offset += 2
        if flags & 0x04:
            extra = struct.unpack("<I", piece[offset : offset + 4].ljust(4, b"\0"))[0]
            offset += 4
        lengths.append(characters * 3)
        left, width = characters, 2 if flags & 0x01 else 1
        while left and index < len(pieces):
            here = min(left, (len(pieces[index]) - offset) // width)
            offset += here * width
            left -= here
            if left:
                index, offset = index + 1, 1
                if index < len(pieces) and pieces[index]:
                    width = 2 if pieces[index][0] & 0x01 else 1
        skip(runs * 4 + extra)
    return lengths
