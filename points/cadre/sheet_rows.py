"""What an uploaded table says: who is to get points for what, and every row that cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from cogov.common.errors import Problem
from points.cadre.selectors import households
from points.cadre.sheet_reading import (
    Faults,
    Head,
    Neighbours,
    data_rows,
    find_head,
    quantity_of,
    require_village,
    signed_in,
)
from points.models import PointsRecord, PointsRule, RecordSource
from points.selectors.holders import kind_of, kind_of_rules, wording
from points.selectors.rules import rules_on
from points.services.holders import open_newcomers
from points.services.importing import REPEATED, Deed, known_deeds, rule_refusal
from points.states import REJECTED, RETURNED, WITHDRAWN
from villages.importing.normalise import CellFault, any_date, text_of
from villages.importing.reading import open_tables
from villages.importing.table import Cell, SheetTable
from villages.models import Household, Village

NOTE_LENGTH = 200


@dataclass(slots=True)
class Reading:
    """A table as understood: what can be recorded, what is wrong, who was not there, what is recorded already."""

    deeds: list[Deed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    bad_rows: int = 0
    absent: int = 0
    known: list[tuple[Deed, str]] = field(default_factory=list)


class _Reader:
    """One file on its way to a :class:`Reading`."""

    def __init__(
        self, user: Any, village: Village, data: bytes, filename: str, required: Sequence[str], kind: str
    ) -> None:
        tables: list[SheetTable] = open_tables(data, filename=filename)
        self.table, self.head = find_head(tables, required, kind)
        require_village(self.table, self.head, village)
        self.user, self.village = user, village
        self._homes: dict[str, Neighbours] = {}
        self.faults = Faults()
        self.result = Reading()
        self._seen: dict[tuple[int, str, date], int] = {}

    def fault(self, message: str, row: int, name: str, cells: Sequence[Cell]) -> None:
        value = self.head.cell(cells, name) if name in self.head.columns else ""
        self.faults.add(message, row, self.head.title(name), value)

    def household(self, row: int, cells: Sequence[Cell], kind: str) -> Household | None:
        """Whom the row means, among the holders of the kind that has the points on its day (PNT-8)."""
        if kind not in self._homes:
            open_newcomers(actor=self.user, village=self.village, kind=kind)
            self._homes[kind] = Neighbours(households(self.user, self.village, kind), kind)
        home, message, name = self._homes[kind].find(self.head, cells, self.village)
        if home is None:
            self.fault(message, row, name, cells)
        return home

    def quantity(self, row: int, cells: Sequence[Cell], unit: str) -> int | None:
        """The quantity of a row, 1 when it has none, None with a fault when it is no good."""
        try:
            return quantity_of(self.head.cell(cells, "quantity"), unit) or 1
        except CellFault as fault:
            self.fault(str(fault), row, "quantity", cells)
            return None

    def take(self, deed: Deed, cells: Sequence[Cell], repeated: str) -> None:
        key = deed.household.pk, deed.rule.code, deed.occurred_on
        first = self._seen.setdefault(key, deed.row)
        if first != deed.row:
            self.fault(repeated.format(first), deed.row, "number", cells)
        else:
            self.result.deeds.append(deed)

    def done(self) -> Reading:
        result = self.result
        result.deeds = [deed for deed in result.deeds if deed.row not in self.faults.rows]
        result.problems, result.bad_rows = self.faults.sorted(), len(self.faults.rows)
        return result


def read_signin(
    *, user: Any, village: Village, rule: PointsRule, held_on: date, data: bytes, filename: str
) -> Reading:
    """A sign-in sheet. Without columns 签到 and 数量 everybody in it was there. Raises InputError for the file itself."""
    kind = kind_of(rule.rule_set)
    reader = _Reader(user, village, data, filename, ("number",), kind)
    counted = {"signed", "quantity"} & set(reader.head.columns)
    for row, cells in data_rows(reader.table, reader.head, reader.faults):
        if counted and not _present(reader, row, cells):
            continue
        home = reader.household(row, cells, kind)
        quantity = reader.quantity(row, cells, rule.unit)
        if home is not None and quantity is not None:
            deed = Deed(home, rule, quantity, held_on, row=row)
            reader.take(deed, cells, f"与第{{}}行是同一{wording(kind).each}，请合并成一行，数量相加")
    result = reader.done()
    _part_known(result, village, rule, held_on)
    return result


def _present(reader: _Reader, row: int, cells: Sequence[Cell]) -> bool:
    head: Head = reader.head
    signed = signed_in(head.cell(cells, "signed"))
    blank = not text_of(head.cell(cells, "quantity"))
    if signed is False and not blank:
        reader.fault("签到写的是没到，数量却不是空的，请改一处", row, "quantity", cells)
        return False
    if signed or not blank:
        return True
    reader.result.absent += 1
    return False


def _part_known(result: Reading, village: Village, rule: PointsRule, held_on: date) -> None:
    """Set aside whoever has signed in for the same thing on that day: the sheet of yesterday under another name."""
    rows = (
        PointsRecord.objects.filter(
            village=village, source=RecordSource.ACTIVITY, occurred_on=held_on, rule__code=rule.code
        )
        .exclude(state__in=(WITHDRAWN, REJECTED, RETURNED))
        .values_list("household_id", "activity__name")
    )
    done = dict(rows)
    result.known = [(d, f"当天的“{done[d.household.pk]}”") for d in result.deeds if d.household.pk in done]
    result.deeds = [deed for deed in result.deeds if deed.household.pk not in done]


def read_deeds(*, user: Any, village: Village, data: bytes, filename: str) -> Reading:
    """A list of deeds: date, household, rule, quantity, note. Raises InputError for the file itself."""
    rules = _Rules(user, village)
    reader = _Reader(user, village, data, filename, ("date", "number", "rule"), rules.kind(None))
    for row, cells in data_rows(reader.table, reader.head, reader.faults):
        day, rule = _day(reader, row, cells), None
        home = reader.household(row, cells, rules.kind(day))
        if day is not None:
            rule, message, column = rules.find(text_of(reader.head.cell(cells, "rule")), day)
            if message:
                reader.fault(message, row, column, cells)
        quantity = reader.quantity(row, cells, rule.unit if rule else "")
        note = text_of(reader.head.cell(cells, "note"))
        if len(note) > NOTE_LENGTH:
            reader.fault(f"说明超过 {NOTE_LENGTH} 个字，请写短些", row, "note", cells)
        if home is not None and rule is not None and day is not None and quantity is not None:
            reader.take(Deed(home, rule, quantity, day, note, row), cells, REPEATED)
    result = reader.done()
    known = known_deeds(result.deeds)
    result.known = [
        (d, f"以前的表格（{known[d.source_key]}）") for d in result.deeds if d.source_key in known
    ]
    result.deeds = [deed for deed in result.deeds if deed.source_key not in known]
    return result


def _day(reader: _Reader, row: int, cells: Sequence[Cell]) -> date | None:
    try:
        day = any_date(reader.head.cell(cells, "date"))
    except CellFault as fault:
        reader.fault(str(fault).replace("1990", "2026"), row, "date", cells)
        return None
    if day is None:
        reader.fault("没有填日期", row, "date", cells)
    return day


class _Rules:
    """The rules that this person may import under, asked once a day of the file."""

    def __init__(self, user: Any, village: Village) -> None:
        self.user, self.village = user, village
        self._by_day: dict[date, dict[str, PointsRule]] = {}
        self._refusals: dict[tuple[int, date], str] = {}

    def kind(self, day: date | None) -> str:
        """Who has the points on a day; today's where the row names no day."""
        return kind_of_rules(self._on(day or timezone.localdate()).values())

    def _on(self, day: date) -> dict[str, PointsRule]:
        if day not in self._by_day:
            found = list(rules_on(self.village, day))
            self._by_day[day] = {rule.name: rule for rule in found} | {
                rule.code.upper(): rule for rule in found
            }
        return self._by_day[day]

    def find(self, text: str, day: date) -> tuple[PointsRule | None, str, str]:
        """The rule by code or name; why it cannot be used then, and the field that is at fault."""
        if not text:
            return None, "没有填事项编号", "rule"
        rules = self._on(day)
        if not rules:
            return None, f"{self.village}在{day:%Y年%m月%d日}还没有发布积分细则", "date"
        rule = rules.get(text.upper()) or rules.get(text)
        if rule is None:
            return (
                None,
                f"{day:%Y年%m月%d日}有效的细则里没有“{text[:20]}”，请填编号，如 {next(iter(rules.values())).code}",
                "rule",
            )
        about = rule.pk, day
        if about not in self._refusals:
            self._refusals[about] = rule_refusal(self.user, rule, self.village, day)
        refusal = self._refusals[about]
        return rule, refusal, "date" if "日期" in refusal else "rule"
