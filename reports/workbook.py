"""The figures of a stored report as an .xlsx file: the same numbers as on the page, never computed anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from cogov.common.periods import Period
from cogov.desk.export import safe_cell
from reports.composition import fact_of, is_empty, number_of
from reports.rules import YEAR_AGO, compare_text, words_of

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_WIDTHS = (26, 14, 8, 14, 14, 34, 60)


def workbook_bytes(title: str, snapshot: Mapping[str, Any], base_url: str = "") -> bytes:
    """One sheet with the commentary, one per section; ``base_url`` stands before the links to the lists."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "总体情况"
    rows: list[list[Any]] = [[title], *[[text] for text in snapshot["narrative"]]]
    correction = snapshot.get("correction")
    if correction:
        rows += [
            [f"本版更正{correction['of']}。原因：{correction['reason']}"],
            ["部分", "项目", "原数", "更正为"],
        ]
        rows += [list(change) for change in correction["changes"]]
    _fill(sheet, rows, (90, 26, 26, 26))
    sheet["A1"].font = Font(bold=True, size=14)
    before = words_of(Period.parse(snapshot["period"]).kind)[0]
    for number, section in enumerate((s for s in snapshot["sections"] if not is_empty(s)), 1):
        name = _FORBIDDEN.sub(" ", f"{number} {section['title']}")[:31]
        _fill(book.create_sheet(name), _section_rows(section, before, base_url), _WIDTHS)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _section_rows(section: Mapping[str, Any], before: str, base_url: str) -> list[list[Any]]:
    rows: list[list[Any]] = [[section["title"]]]
    if section["figures"]:
        rows.append(["指标", "数值", "单位", before, YEAR_AGO, "比较", "明细"])
        for figure in section["figures"]:
            fact = fact_of(figure)
            value = figure["value"] if fact.value is None else fact.value
            link = f"{base_url}{figure['link']}" if figure["link"] else ""
            rows.append(
                [
                    fact.label,
                    value,
                    fact.unit,
                    fact.previous,
                    fact.last_year,
                    compare_text(fact, before),
                    link,
                ]
            )
    for table in section["tables"]:
        rows += [[], [table["caption"]], list(table["columns"])]
        rows += [
            [_cell(cell, numeric) for cell, numeric in zip(row, table["numeric"], strict=True)]
            for row in table["rows"]
        ] or [[table["empty"]]]
    for chart in section["charts"]:
        rows += [[], [chart["title"]], ["", *(series["name"] for series in chart["series"])]]
        rows += [
            [label, *(number_of(series["values"][index]) for series in chart["series"])]
            for index, label in enumerate(chart["labels"])
        ]
    return [*rows, [], *[[note] for note in section["notes"]]]


def _cell(text: str, numeric: bool) -> Any:
    """Cells of stored tables are text; those of columns of numbers become numbers again, to be calculated with."""
    return Decimal(text.replace(",", "")) if numeric and text else text


def _fill(sheet: Any, rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> None:
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    for row_number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is None or value == "":
                continue
            cell = sheet.cell(row_number, column, safe_cell(value))
            cell.alignment = Alignment(vertical="top", wrap_text=column == 1)
            if isinstance(value, str):
                cell.data_type = "s"
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
