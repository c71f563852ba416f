"""The workbook a village fills in: drop-down lists, text columns, examples marked as such, a page of notes (VIL-7)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from villages.importing.headers import LABELS, REQUIRED, TEMPLATE_FIELDS

_LAST_ROW = 5_000
_WIDTHS = (10, 14, 14, 14, 8, 24, 16, 12, 12, 28)
_RELATION_CHOICES = (
    "户主", "配偶", "儿子", "女儿", "儿媳", "女婿", "孙子", "孙女", "父亲", "母亲", "祖父", "祖母", "兄弟", "姐妹", "其他亲属", "非亲属",
)  # fmt: skip
_STATE_CHOICES = ("在册", "外出", "注销")
_EXAMPLES = (
    ("示例1", "张三", "户主", "张三", "男", "（18位号码）", "13800000000", "2组", "在册", "低保、退役军人"),
    ("示例1", "张三", "配偶", "李四", "女", "（18位号码）", "", "2组", "外出", ""),
)
_PROMPTS = {
    "number": "本村内不重复。同一户的每个人填同一个户号。",
    "head_name": "可以不填；填了要与“与户主关系”是“户主”的那一行一致。",
    "relation": "每户有且只有一个“户主”。",
    "name": "每人一行，只填姓名。",
    "sex": "有身份证号的可以不填。",
    "identity": "18 位。这一列已设为文本格式，不会被改成 4.2E+17；请不要改回“常规”。",
    "phone": "手机号，或带区号的固定电话。一格一个。",
    "group": "如“2组”，或组的名称（如“张家湾”）。同一户只能在一个组。",
    "state": "不填就是“在册”。",
    "tags": "如“低保、残疾人”，多个用顿号“、”隔开。",
}
_NOTES = (
    ("怎么填", ""),
    (
        "1",
        "在“户籍信息”表中填写，每人一行，从示例下面开始填。示例行（户号以“示例”开头）不会导入，可以删掉也可以留着。",
    ),
    ("2", "表头（列名）不要改；列的先后可以调整，可以增加自己的列，多出的列不会导入。"),
    ("3", "不要合并单元格。同一户的每一行都要填户号。"),
    ("4", "一个文件里只要有一处错误，就整个文件都不导入；系统会给出标红的表，改好后重新上传即可。"),
    ("5", "同一个文件导入两次，第二次不会有任何变化；改了内容再导入，只更新改过的人和户。"),
    ("6", "表里没有的人和户不会被删除。迁出、死亡、销户请在“户籍状态”中填写，或在系统中办理。"),
    ("", ""),
    ("各列说明", ""),
)


def write_template(target: str | Path | IO[bytes], *, groups: Sequence[str] = (), village: str = "") -> None:
    """Write the template. ``groups`` (names of the village's groups) become a drop-down list."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "户籍信息"
    _write_head(sheet, village)
    _write_lists(book, sheet, groups)
    _write_notes(book.create_sheet("填写说明"))
    book.save(target)


def _write_head(sheet: Any, village: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    count = len(TEMPLATE_FIELDS)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=count)
    sheet["A1"] = f"{village}户籍信息表" if village else "户籍信息表"
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A1"].alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 30
    line = Side(style="thin", color="FFBFBFBF")
    for position, name in enumerate(TEMPLATE_FIELDS, start=1):
        cell = sheet.cell(row=2, column=position, value=LABELS[name] + ("*" if name in REQUIRED else ""))
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", start_color="FFB3261E", end_color="FFB3261E")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.border = Border(left=line, right=line, top=line, bottom=line)
        note = Comment(_PROMPTS[name], "CoGov")
        note.width, note.height = 260, 90
        cell.comment = note
        letter = cell.column_letter
        sheet.column_dimensions[letter].width = _WIDTHS[position - 1]
        sheet.column_dimensions[letter].number_format = "@"
        for row, example in enumerate(_EXAMPLES, start=3):
            sample = sheet.cell(row=row, column=position, value=example[position - 1] or None)
            sample.number_format = "@"
            sample.font = Font(italic=True, color="FF7F7F7F")
            sample.fill = PatternFill("solid", start_color="FFF2F2F2", end_color="FFF2F2F2")
        for row in range(5, 305):
            sheet.cell(row=row, column=position).number_format = "@"
    sheet.row_dimensions[2].height = 24
    sheet.freeze_panes = "A3"


def _write_lists(book: Any, sheet: Any, groups: Sequence[str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = book.create_sheet("选项")
    lists.sheet_state = "hidden"
    choices: dict[str, tuple[Sequence[str], bool]] = {
        "relation": (_RELATION_CHOICES, False),
        "sex": (("男", "女"), True),
        "state": (_STATE_CHOICES, True),
        "group": (tuple(groups), False),
    }
    for column, (name, (words, strict)) in enumerate(choices.items(), start=1):
        letter = sheet.cell(row=2, column=TEMPLATE_FIELDS.index(name) + 1).column_letter
        if not words:
            continue
        for row, word in enumerate(words, start=1):
            lists.cell(row=row, column=column, value=word)
        source = lists.cell(row=1, column=column).column_letter
        rule = DataValidation(
            type="list",
            formula1=f"选项!${source}$1:${source}${len(words)}",
            allow_blank=True,
            showErrorMessage=True,
        )
        rule.errorTitle, rule.error = "请从列表中选择", "可选：" + "、".join(words)[:200]
        rule.errorStyle = "stop" if strict else "warning"
        rule.promptTitle, rule.prompt = LABELS[name], _PROMPTS[name]
        rule.showInputMessage = True
        rule.add(f"{letter}3:{letter}{_LAST_ROW}")
        sheet.add_data_validation(rule)
    identity = DataValidation(type="textLength", operator="equal", formula1="18", allow_blank=True)
    identity.errorTitle, identity.error = "身份证号", "身份证号应为 18 位"
    identity.errorStyle = "warning"
    identity.showErrorMessage = True
    letter = sheet.cell(row=2, column=TEMPLATE_FIELDS.index("identity") + 1).column_letter
    identity.add(f"{letter}5:{letter}{_LAST_ROW}")
    sheet.add_data_validation(identity)


def _write_notes(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width = 14
    sheet.column_dimensions["B"].width = 100
    for left, right in _NOTES:
        sheet.append([left, right])
        if left and not right:
            sheet.cell(row=sheet.max_row, column=1).font = Font(bold=True, size=14)
    for name in TEMPLATE_FIELDS:
        sheet.append([LABELS[name] + ("（必填列）" if name in REQUIRED else ""), _PROMPTS[name]])
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
