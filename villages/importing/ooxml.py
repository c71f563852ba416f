"""A look through an .xlsx before anything parses it: real sizes, real cell places, merges, cells without a value.

calamine builds a dense grid from the outermost cells, so one cell at XFD1048576 in a file of 4.6 KB would ask
for gigabytes. Everything here streams: parts are unpacked in pieces and counted, never trusted or held whole.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from villages.importing import quickscan
from villages.importing.packages import DAMAGED, Parts, feed, local_name, new_parser
from villages.importing.sheetscan import SheetScan, scan_sheet, shared_lengths
from villages.importing.table import refuse


@dataclass(frozen=True)
class BookScan:
    """Scans by sheet name, in the order of the book."""

    sheets: dict[str, SheetScan]


def is_xlsx(data: bytes) -> str:
    """Empty when ``data`` is an .xlsx package, else a Chinese sentence that says what it is."""
    parts = Parts(data)
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
    parts = Parts(data)
    root = _relations(parts, "_rels/.rels", "")
    book = next((path for kind, path in root.values() if kind == "officeDocument"), "xl/workbook.xml")
    base = posixpath.dirname(book)
    relations = _relations(parts, posixpath.join(base, "_rels", posixpath.basename(book) + ".rels"), base)
    shared_part = next((path for kind, path in relations.values() if kind == "sharedStrings"), "")
    shared: list[int] = []
    if shared_part in parts.names():
        quick = quickscan.shared_lengths(parts.stream(shared_part))
        shared = quick if quick is not None else shared_lengths(parts.stream(shared_part))
    sheets: dict[str, SheetScan] = {}
    for name, relation in _sheet_names(parts, book):
        kind, path = relations.get(relation, ("", ""))
        if kind == "worksheet":
            scan = quickscan.scan_sheet(parts.stream(path), shared)
            sheets[name] = scan if scan is not None else scan_sheet(parts.stream(path), shared)
    if not sheets:
        raise refuse(DAMAGED)
    return BookScan(sheets)


def _relations(parts: Parts, name: str, base: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (kind, part name)."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "Relationship":
            target = attributes.get("Target", "")
            path = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(base, target))
            )
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rsplit("/", 1)[-1], path)

    parser = new_parser()
    parser.StartElementHandler = start
    feed(parser, iter([parts.read(name)]))
    return found


def _sheet_names(parts: Parts, name: str) -> list[tuple[str, str]]:
    """(sheet name, relation id) in the order of the book."""
    found: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "sheet":
            relation = next(
                (value for key, value in attributes.items() if local_name(key) == "id" and ":" in key), ""
            )
            found.append((attributes.get("name", ""), relation))

    parser = new_parser()
    parser.StartElementHandler = start
    feed(parser, iter([parts.read(name)]))
    return found
