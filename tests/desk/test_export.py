from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from cogov.desk.export import ExportColumn, safe_cell, write_workbook


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_cells_keep_their_kind() -> None:
    assert safe_cell(None) == ""
    assert safe_cell(True) == "是"
    assert safe_cell(-3) == -3
    assert safe_cell(Decimal("1.5")) == Decimal("1.5")
    assert safe_cell(dt.date(2026, 10, 1)) == dt.date(2026, 10, 1)
    assert safe_cell(dt.datetime(2026, 10, 1, 1, 30, tzinfo=dt.UTC)) == "2026-10-01 09:30"
    assert safe_cell("421223199001011234") == "421223199001011234"


def test_a_workbook_with_numbers_as_text() -> None:
    rows = [SimpleNamespace(number="0012", group=SimpleNamespace(name="=一组"), head=None)]
    columns = [
        ExportColumn("户号", "number"),
        ExportColumn("组别", "group.name"),
        ExportColumn("户主", "head.name"),
        ExportColumn("人数", lambda row: 3),
    ]
    file = BytesIO()
    assert write_workbook(file, "户籍", columns, rows) == 1
    sheet = load_workbook(BytesIO(file.getvalue())).active
    assert [cell.value for cell in sheet[1]] == ["户号", "组别", "户主", "人数"]
    assert [cell.value for cell in sheet[2]] == ["0012", "'=一组", None, 3]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "n", "n"]
