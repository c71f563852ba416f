"""The workbooks that villages fill in: a sign-in sheet with every household on it, and a list of deeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from points.models import PointsRule
from points.selectors.holders import wording
from villages.importing.safecells import safe_text
from villages.models import Household, HouseholdKind, Village

_Columns = Sequence[tuple[str, int]]
SIGNIN: _Columns = (("户号", 10), ("组别", 12), ("户主", 14), ("签到", 8), ("数量", 8), ("备注", 30))
DEEDS: _Columns = (("日期", 13), ("户号", 10), ("户主", 14), ("事项编号", 12), ("数量", 8), ("说明", 40))
_DEED_ROWS = 500
_HEADER = 3


def _spoken(columns: _Columns, kind: str) -> _Columns:
    """The columns of a table for families, in the words for another kind of holder (PNT-8)."""
    if kind == HouseholdKind.FAMILY:
        return columns
    words = wording(kind)
    new = {"户号": f"{words.title}编号", "户主": words.head}
    return [(new.get(title, title), 14 if title == "户号" else width) for title, width in columns]


def signin_book(village: Village, homes: Sequence[Household], kind: str = HouseholdKind.FAMILY) -> bytes:
    """A sheet to print and to fill in: all who have the points, boxes for ticks and quantities."""
    columns = _spoken(SIGNIN, kind)
    book, sheet = _book("签到表", f"{village}活动签到表", columns)
    _hint(
        sheet,
        village,
        columns,
        f"到场的在“签到”打√；次数、工日不是 1 的写在“数量”；没到的留空。{columns[0][0]}不要改。填好后传到“活动签到—用 Excel 签到表”。",
    )
    for home in homes:
        sheet.append([safe_text(v) for v in (home.number, home.group.name, home.head_name, "", "", "")])
    _finish(sheet, len(homes), columns)
    _choice(sheet, "D", '"√"', len(homes))
    _whole(sheet, "E", len(homes))
    return _bytes(book)


def deeds_book(
    village: Village,
    homes: Sequence[Household],
    rules: Sequence[PointsRule],
    today: date,
    kind: str = HouseholdKind.FAMILY,
) -> bytes:
    """A list to write deeds into, with the codes of the rules and the holders on sheets of their own."""
    columns = _spoken(DEEDS, kind)
    number, head = columns[1][0], columns[2][0]
    names = "户" if kind == HouseholdKind.FAMILY else wording(kind).title
    book, sheet = _book("积分登记", f"{village}积分登记表", columns)
    _hint(
        sheet,
        village,
        columns,
        f"一行记一{wording(kind).unit}的一件事。日期写成 {today.isoformat()}；事项编号见“细则”表，{number}见“{names}”表；数量不写就是 1。{head}可以不填，用来核对。",
    )
    for _ in range(_DEED_ROWS):
        sheet.append([None] * len(columns))
    _finish(sheet, _DEED_ROWS, columns)
    last = max(len(rules), 1) + 1
    _choice(sheet, "D", f"细则!$A$2:$A${last}", _DEED_ROWS)
    _whole(sheet, "E", _DEED_ROWS)
    _list(
        book,
        "细则",
        (("编号", 10), ("事项", 44), ("单位", 8), ("分值", 8)),
        [(r.code, r.name, r.unit, r.points if not r.deducts else -r.points) for r in rules],
    )
    _list(
        book,
        names,
        ((number, 14), ("组别", 14), (head, 14)),
        [(h.number, h.group.name, h.head_name) for h in homes],
    )
    return _bytes(book)


def _book(name: str, title: str, columns: Sequence[tuple[str, int]]) -> tuple[Any, Any]:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = name
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    sheet["A1"].font = Font(size=18, bold=True)
    sheet["A1"].alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 32
    return book, sheet


def _hint(sheet: Any, village: Village, columns: _Columns, text: str) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.append([f"{text}　村代码 {village.code}"])
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=len(columns))
    sheet["A2"].font = Font(size=10, color="FF595959")
    sheet["A2"].alignment = Alignment(wrap_text=True, vertical="center")
    sheet.row_dimensions[2].height = 42
    sheet.append([title for title, _ in columns])


def _finish(sheet: Any, rows: int, columns: Sequence[tuple[str, int]]) -> None:
    """Widths, text format, lines, the head on every printed page."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    thin = Side(style="thin", color="FFBFBFBF")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    for index, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for cells in sheet.iter_rows(min_row=_HEADER, max_row=_HEADER + rows, max_col=len(columns)):
        for cell in cells:
            cell.border = box
            cell.alignment = Alignment(horizontal="center", vertical="center")
            cell.number_format = "@" if cell.row > _HEADER else "General"
            if cell.row == _HEADER:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor="FFF3E9E7")
        sheet.row_dimensions[cells[0].row].height = 22
    sheet.freeze_panes = f"A{_HEADER + 1}"
    sheet.print_title_rows = f"1:{_HEADER}"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _choice(sheet: Any, column: str, source: str, rows: int) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
    rule.add(f"{column}{_HEADER + 1}:{column}{_HEADER + max(rows, 1)}")
    sheet.add_data_validation(rule)


def _whole(sheet: Any, column: str, rows: int) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="whole", operator="between", formula1="1", formula2="1000", allow_blank=True)
    rule.errorTitle, rule.error = "数量", "请填 1 到 1000 的整数"
    rule.errorStyle, rule.showErrorMessage = "warning", True
    places = f"{column}{_HEADER + 1}:{column}{_HEADER + max(rows, 1)}"
    rule.add(places)
    sheet.add_data_validation(rule)
    for (cell,) in sheet[places]:
        cell.number_format = "General"


def _list(book: Any, name: str, columns: Sequence[tuple[str, int]], rows: Sequence[tuple[Any, ...]]) -> None:
    from openpyxl.styles import Font

    sheet = book.create_sheet(name)
    sheet.append([title for title, _ in columns])
    for index, (_, width) in enumerate(columns):
        sheet.column_dimensions["ABCDEF"[index]].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([safe_text(value) for value in row])
    sheet.freeze_panes = "A2"


def _bytes(book: Any) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()
