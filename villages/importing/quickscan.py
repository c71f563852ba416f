"""The same questions as :mod:`sheetscan`, answered by regular expressions in a sixth of the time.

Only for plain XML as Excel, WPS and openpyxl write it: no comments, sections or prefixes, every cell with its place
first, no formulas and no errors. At the first thing out of the ordinary the answer is None, and the exact reading is
asked instead; a file can at worst make itself slower. Cells without a value count as cells here, so a sheet that
breaks a cap is left to the exact reading too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from villages.importing import limits
from villages.importing.packages import TOO_LARGE
from villages.importing.sheetscan import SheetScan
from villages.importing.table import MergedArea, column_number, refuse

_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"')
_ANY_CELL = re.compile(rb"<c[\s/>]")
_SHARED = re.compile(rb'<c r="[A-Z]{1,3}\d+"[^>]* t="s"[^>]*><v>(\d{1,9})</v>')
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})"')
_STRANGE = (b"<!", b":c ", b":c>", b":row", b"<f", b't="e"', b"t='", b"r='")
_ROW_END = b"</row>"
_LONGEST_ROW = 1024 * 1024


def scan_sheet(pieces: Iterator[bytes], shared: list[int]) -> SheetScan | None:
    """As ``sheetscan.scan_sheet``, or None when the exact reading is needed."""
    scan = SheetScan()
    rest = b""
    for piece in pieces:
        block = rest + piece
        end = block.rfind(_ROW_END)
        if end < 0:
            if len(block) > _LONGEST_ROW:
                return None
            rest = block
            continue
        end += len(_ROW_END)
        if not _read_rows(block[:end], scan, shared):
            return None
        rest = block[end:]
    if not scan.cells or _ANY_CELL.search(rest) or any(mark in rest for mark in _STRANGE):
        return None
    merges = _MERGE.findall(rest)
    if len(merges) != rest.count(b"mergeCell ") or len(merges) > limits.MAX_ROWS:
        return None
    for left, top, right, bottom in merges:
        scan.merged.append(
            MergedArea(int(top), column_number(left.decode()), int(bottom), column_number(right.decode()))
        )
    return scan


def _read_rows(block: bytes, scan: SheetScan, shared: list[int]) -> bool:
    """Count whole rows; False when they are not plain, or too many, too far out or too long."""
    if any(mark in block for mark in _STRANGE):
        return False
    cells = _CELL.findall(block)
    references = block.count(b't="s"')
    indexes = _SHARED.findall(block)
    if len(cells) != len(_ANY_CELL.findall(block)) or len(indexes) != references:
        return False
    if cells:
        scan.last_row = max(scan.last_row, *(int(row) for row in {row for _, row in cells}))
        scan.last_column = max(
            scan.last_column, *(column_number(name.decode()) for name in {name for name, _ in cells})
        )
    scan.cells += len(cells)
    try:
        scan.text_bytes += len(block) + sum(map(shared.__getitem__, map(int, indexes)))
    except IndexError:
        return False
    return (
        scan.cells <= limits.MAX_CELLS
        and scan.last_row <= limits.MAX_ROWS
        and scan.last_column <= limits.MAX_COLUMNS
        and scan.text_bytes <= limits.MAX_TEXT_BYTES
    )


def shared_lengths(pieces: Iterator[bytes]) -> list[int] | None:
    """As ``sheetscan.shared_lengths`` but counting mark-up too, or None when the exact reading is needed."""
    lengths: list[int] = []
    rest = b""
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > limits.MAX_SHARED_STRINGS_BYTES:
            raise refuse(TOO_LARGE)
        block = rest + piece
        if b"<!" in block or b"<si/" in block or b":si" in block or len(block) > _LONGEST_ROW:
            return None
        *whole, rest = block.split(b"</si>")
        lengths += map(len, whole)
    return None if b"<si" in rest else lengths
