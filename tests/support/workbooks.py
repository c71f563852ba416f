"""Workbooks for import tests, built in memory: good, ugly and hostile."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from villages.identity import check_character

HEADER = [
    "户号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "性别",
    "身份证号",
    "联系电话",
    "组别",
    "户籍状态",
    "人户标签",
]
NUMBER, HEAD, RELATION, NAME, SEX, IDENTITY, PHONE, GROUP, STATE, TAGS = range(10)


def identity(born: date = date(1980, 5, 17), sequence: int = 1, region: str = "421223") -> str:
    """A valid, invented number; an odd sequence is a man's."""
    body = f"{region}{born:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def family(number: str = "1", *, group: str = "2组", first: int = 1) -> list[list[Any]]:
    """Three rows: head, wife, son."""
    people = (
        ("户主", "张三", "男", identity(date(1960, 1, 2), first * 2 - 1), "13800138000"),
        ("配偶", "李四妹", "女", identity(date(1962, 3, 4), first * 2), ""),
        ("儿子", "张小三", "男", identity(date(1990, 5, 6), first * 2 - 1), "13900139000"),
    )
    return [
        [number, "张三", relation, name, sex, card, phone, group, "在册", ""]
        for relation, name, sex, card, phone in people
    ]


def with_cells(rows: Sequence[Sequence[Any]], changes: dict[tuple[int, int], Any]) -> list[list[Any]]:
    """A copy of ``rows`` with some cells replaced, by (index of the row, column)."""
    copy = [list(row) for row in rows]
    for (row, column), value in changes.items():
        copy[row][column] = value
    return copy


def xlsx(
    rows: Iterable[Sequence[Any]],
    *,
    header: Sequence[str] | None = tuple(HEADER),
    above: Sequence[Sequence[Any]] = (),
    merges: Sequence[str] = (),
    title: str = "户籍",
) -> bytes:
    """An .xlsx; row 1 is the header unless rows stand ``above`` it."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in above:
        sheet.append(list(row))
    if header is not None:
        sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    for area in merges:
        sheet.merge_cells(area)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def xls(rows: Iterable[Sequence[Any]], *, header: Sequence[str] = tuple(HEADER), title: str = "") -> bytes:
    """An Excel 97-2003 workbook, with a merged title row when there is a ``title``."""
    import xlwt

    book = xlwt.Workbook(encoding="gbk")
    sheet = book.add_sheet("户籍")
    start = 0
    if title:
        sheet.write_merge(0, 0, 0, len(header) - 1, title)
        start = 1
    for number, row in enumerate([header, *rows], start=start):
        for column, value in enumerate(row):
            if value not in (None, ""):
                sheet.write(number, column, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def csv(
    rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8", header: Sequence[str] = tuple(HEADER)
) -> bytes:
    import csv as writers

    target = io.StringIO()
    writer = writers.writer(target)
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue().encode(encoding)


def package(sheet: bytes | Iterable[bytes], *, shared: bytes | Iterable[bytes] = b"") -> bytes:
    """An .xlsx around the XML of one worksheet (and of the shared strings), for files no program would write."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}">'
            f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
            '<sheet name="户籍" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}">'
            f'<Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        for name, content in (("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", shared)):
            if not content:
                continue
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, bytes) else content:
                    part.write(piece)
    return target.getvalue()


def sheet_xml(body: bytes | Iterable[bytes]) -> Iterable[bytes]:
    """A worksheet part around ``<row>`` elements."""
    yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    if isinstance(body, bytes):
        yield body
    else:
        yield from body
    yield b"</sheetData></worksheet>"


def inline_row(number: int, values: Sequence[str]) -> bytes:
    cells = "".join(
        f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for column, value in enumerate(values)
    )
    return f'<row r="{number}">{cells}</row>'.encode()


def compound_file(streams: dict[str, bytes]) -> bytes:
    """A minimal OLE2 file with the given streams: what Excel writes around an encrypted workbook."""
    sector, end, free, fat_mark = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    fat: list[int] = [fat_mark]
    content = bytearray()
    entries = []
    for name, data in streams.items():
        padded = data.ljust(max(4096, -(-len(data) // sector) * sector), b"\0")
        start = len(fat)
        count = len(padded) // sector
        fat.extend([*range(start + 1, start + count), end])
        content += padded
        entries.append((name, start, len(padded)))
    directory_start = len(fat)

    def entry(name: str, kind: int, start: int, size: int, child: int = free, right: int = free) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(raw), kind, 1, free, right, child)
            + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, end, 0, child=1)
    for index, (name, start, size) in enumerate(entries, start=1):
        directory += entry(name, 2, start, size, right=index + 1 if index < len(entries) else free)
    directory = directory.ljust(-(-len(directory) // sector) * sector, b"\0")
    fat.extend([*range(directory_start + 1, directory_start + len(directory) // sector), end])
    fat += [free] * (128 - len(fat))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
        + struct.pack("<IIIIIIIIII", 0, 1, directory_start, 0, 4096, end, 0, end, 0, 0)
    )  # fmt: skip
    header += struct.pack("<108I", *[free] * 108)
    return header[:512].ljust(512, b"\xff") + struct.pack("<128I", *fat[:128]) + bytes(content) + directory
