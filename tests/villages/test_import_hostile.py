"""Files that are no spreadsheet, can't be opened, or mean harm (issue A, Bad input): Chinese messages, little memory, little time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from cogov.common.errors import InputError
from tests.support import workbooks as wb
from villages.importing import limits
from villages.importing.reading import open_tables

ROOT = Path(__file__).resolve().parents[2]


def refusal(data: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(InputError) as caught:
        for table in open_tables(data, filename=name):
            for _ in table.rows():
                pass
    assert caught.value.problems
    return caught.value.problems[0].message


def zipped(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def password_xls() -> bytes:
    """A BIFF stream whose second record is FILEPASS."""
    stream = b"\x09\x08\x10\x00" + b"\0" * 16 + b"\x2f\x00\x36\x00" + b"\1" * 0x36 + b"\x0a\x00\x00\x00"
    return wb.compound_file({"Workbook": stream})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "文件是空的"),
        (b"\n\n  \r\n", "文件是空的"),
        (b"\0" * 5000, "文件是空的"),
        (wb.xlsx([], header=None), "文件是空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "图片"),
        (b"\xff\xd8\xff\xe0....", "图片"),
        (b"Rar!\x1a\x07\x00", "压缩包"),
        (b"hello world", "不是表格文件"),
        (bytes(range(256)) * 20, "不是表格文件"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "不是表格文件"),
        (b"<html><body><table><tr><td>1</td></tr></table>", "网页格式"),
        (b"PK\x03\x04 nothing", "已损坏"),
        (wb.xlsx(wb.family())[:-200], "已损坏"),
        (zipped(readme_dot_txt=b"x"), "压缩包"),
        (zipped(word__document_dot_xml=b"<w/>"), "Word"),
        (zipped(content_dot_xml=b"<o/>"), ".ods"),
        (zipped(xl__workbook_dot_bin=b"x"), ".xlsb"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "已损坏"),
        (wb.compound_file({"WordDocument": b"x" * 100}), "Word"),
        (wb.compound_file({"Something": b"x" * 100}), "不是表格文件"),
        (wb.compound_file({"EncryptionInfo": b"x" * 200, "EncryptedPackage": b"y" * 5000}), "密码保护"),
        (password_xls(), "密码保护"),
        ("户号,姓名\n1,张三".encode("gbk") + b"\xff\xff", "编码无法识别"),
        ('户号,姓名\n1,"' .encode() + b"x" * 200_000, "格式有误"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_said(data: bytes, message: str) -> None:
    assert message in refusal(data)


def test_a_part_with_a_password_inside_the_archive() -> None:
    data = bytearray(wb.xlsx(wb.family()))
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        at, offset = 0, 8 if mark == b"PK\x01\x02" else 6
        while (at := data.find(mark, at)) >= 0:
            data[at + offset] |= 1
            at += 4
    assert "密码保护" in refusal(bytes(data))


def test_a_document_type_is_refused() -> None:
    lol = b'<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + b"".join(
        wb.sheet_xml(wb.inline_row(1, ["&b;"]))
    )
    assert "已损坏" in refusal(wb.package(lol))


def test_a_shared_string_that_does_not_exist() -> None:
    assert "已损坏" in refusal(wb.package(wb.sheet_xml(b'<row r="1"><c r="A1" t="s"><v>7</v></c></row>')))


def test_the_file_may_be_twenty_megabytes() -> None:
    assert "20 MB" in refusal(b"a,b\n" * (limits.MAX_FILE_BYTES // 4 + 1))


def test_too_many_columns() -> None:
    row = b'<row r="1"><c r="A1"><v>1</v></c><c r="ZZ1"><v>1</v></c></row>'
    assert "ZZ1 还有内容" in refusal(wb.package(wb.sheet_xml(row)))


def test_cells_without_references_are_counted_too() -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * 150 + b"</row>"
    assert "最多 100 列" in refusal(wb.package(wb.sheet_xml(row)))


def test_empty_formatted_cells_far_out_do_no_harm() -> None:
    rows = wb.inline_row(1, wb.HEADER) + b"".join(
        wb.inline_row(2 + index, [str(cell) for cell in row]) for index, row in enumerate(wb.family())
    )
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    tables = open_tables(wb.package(wb.sheet_xml(rows + far)))
    assert len(list(tables[0].rows())) == 4


def far_cell() -> bytes:
    return wb.package(
        wb.sheet_xml(wb.inline_row(1, wb.HEADER) + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    )


def many_rows() -> bytes:
    def body() -> Iterator[bytes]:
        yield wb.inline_row(1, wb.HEADER)
        for start in range(2, 500_001, 1000):
            numbers = range(start, start + 1000)
            yield b"".join(
                [b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (number, number) for number in numbers]
            )

    return wb.package(wb.sheet_xml(body()))


def many_lines() -> bytes:
    return b"\xe6\x88\xb7\xe5\x8f\xb7,x\n" + b"1,2\n" * 500_000


def bomb() -> bytes:
    def body() -> Iterator[bytes]:
        for _ in range(260):
            yield b" " * 1_000_000

    return wb.package(wb.sheet_xml(body()))


def lying_bomb() -> bytes:
    """The same bomb whose directory declares a few bytes only."""
    data = bytearray(bomb())
    at = data.rfind(b"PK\x01\x02", 0, data.find(b"sharedStrings.xml", len(data) - 400))
    at = data.rfind(b"PK\x01\x02", 0, at) if b"sheet1" not in data[at : at + 80] else at
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def shared_string_bomb() -> bytes:
    """One text of 30,000 characters that stands in 100,000 cells: small on disk, 3 GB when filled in."""
    shared = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 30_000
        + b"</t></si></sst>"
    )

    def body() -> Iterator[bytes]:
        for number in range(1, 50_001):
            yield f'<row r="{number}"><c r="A{number}" t="s"><v>0</v></c><c r="B{number}" t="s"><v>0</v></c></row>'.encode()

    return wb.package(wb.sheet_xml(body()), shared=shared)


def merge_bomb() -> bytes:
    def pieces() -> Iterator[bytes]:
        yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        yield wb.inline_row(1, wb.HEADER) + wb.inline_row(2, [str(cell) for cell in wb.family()[0]])
        yield b"</sheetData><mergeCells>"
        for number in range(2, 90_000):
            yield f'<mergeCell ref="A{number}:XFD1048576"/>'.encode()
        yield b"</mergeCells></worksheet>"

    return wb.package(pieces())


def far_xls() -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, 1)
    sheet.write(65_535, 255, 1)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def shared_string_xls() -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row in range(5_000):
        sheet.write(row, 0, "户" * 30_000)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


HOSTILE = {
    "far_cell": (far_cell, "XFD1048576"),
    "many_rows": (many_rows, "最多 100,000 行"),
    "many_lines": (many_lines, "最多 100,000 行"),
    "bomb": (bomb, "解压后过大"),
    "lying_bomb": (lying_bomb, "解压后过大|已损坏"),
    "shared_string_bomb": (shared_string_bomb, "文字总量过大"),
    "merge_bomb": (merge_bomb, "合并单元格"),
    "far_xls": (far_xls, "IV65536"),
    "shared_string_xls": (shared_string_xls, "文字总量过大"),
}
_READ = """
    import resource, sys
    from datetime import date
    from pathlib import Path
    from cogov.common.errors import InputError
    from villages.importing.reading import open_tables
    from villages.importing.validation import build_plan
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    try:
        problems = build_plan(open_tables(Path(sys.argv[1]).read_bytes()), today=date(2026, 11, 22)).problems.all()
    except InputError as error:
        problems = error.problems
    print(problems[0].message)
    status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent before exec
    print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.parametrize("make,message", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_take_little_memory_and_time(make: object, message: str, tmp_path: Path) -> None:
    import re

    file = tmp_path / "hostile"
    file.write_bytes(make())  # type: ignore[operator]
    done = subprocess.run(  # the limits hold for the child only
        [sys.executable, "-W", "error", "-c", textwrap.dedent(_READ), str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    said, peak = done.stdout.strip().splitlines()[-2:]
    assert re.search(message, said), said
    assert int(peak) < 200, f"{peak} MB"
