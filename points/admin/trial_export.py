"""A trial run in money, and as a workbook: summary, every rule, every household whose sum would differ."""

from __future__ import annotations

import tempfile
from typing import Any
from urllib.parse import quote

from django.http import FileResponse

from cogov.audit.services import record
from cogov.common.money import from_fen
from cogov.common.periods import Period
from cogov.desk.export import XLSX, safe_cell
from cogov.desk.registry import Figure
from points.models import PointsRuleSet
from points.selectors.trial_money import TrialMoney, trial_money
from points.selectors.trials import Trial, try_out

_EVERYBODY = 100_000


def money_figures(trial: Trial, money: TrialMoney | None) -> list[Figure]:
    """What the draft would cost in yuan, and the fund it would be paid from."""
    if money is None:
        return []
    figures = [
        Figure(
            "试算折合", from_fen(money.cost(trial.after)), "元", previous=from_fen(money.cost(trial.before))
        ),
        Figure("增减折合", from_fen(money.cost(trial.change)), "元"),
    ]
    return figures if money.fund is None else [*figures, Figure("基金余额", from_fen(money.fund), "元")]


def _sheet(book: Any, title: str, head: list[str], rows: list[list[Any]]) -> None:
    from openpyxl.styles import Font

    sheet = book.create_sheet(title)
    sheet.append(head)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([safe_cell(value) for value in row])
    for letter, width in zip("ABCDEFG", (16, 28, 14, 12, 12, 12, 14), strict=True):
        sheet.column_dimensions[letter].width = width


def trial_workbook(*, actor: Any, rule_set: PointsRuleSet, first: Period, last: Period) -> FileResponse:
    """The workbook as a download; the export is recorded."""
    from openpyxl import Workbook

    trial, money = try_out(rule_set, first, last, most=_EVERYBODY), trial_money(rule_set)
    book = Workbook()
    book.remove(book.worksheets[0])
    summary: list[list[Any]] = [
        ["细则", str(rule_set)],
        ["期间", f"{first.label}至{last.label}"],
        ["登记（条）", trial.records],
        ["原发放（分）", trial.before],
        ["试算发放（分）", trial.after],
        ["增减（分）", trial.change],
        ["得分增加（户）", trial.gaining],
        ["得分减少（户）", trial.losing],
        *([f"{figure.label}（元）", figure.value] for figure in money_figures(trial, money)),
    ]
    _sheet(book, "汇总", ["项目", "结果"], summary)
    _sheet(
        book,
        "逐项对比",
        ["编号", "事项", "登记", "原得分", "试算得分", "增减"],
        [[r.code, r.name, r.records, r.before, r.after, r.change] for r in trial.rules],
    )
    _sheet(
        book,
        "逐户增减",
        ["村", "户", "组别", "原得分", "试算得分", "增减"],
        [
            [str(h.household.village), str(h.household), h.household.group.name, h.before, h.after, h.change]
            for h in [*trial.gainers, *reversed(trial.losers)]
        ],
    )
    file = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    record(
        actor=actor,
        action="points.export_trial",
        summary=f"导出试算：{rule_set}，{first.key}至{last.key}",
        obj=rule_set,
        after={"原发放": trial.before, "试算发放": trial.after},
    )
    response = FileResponse(file, content_type=XLSX)
    name = f"积分细则试算-{first.key}-{last.key}.xlsx"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
