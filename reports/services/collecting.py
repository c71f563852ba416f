"""The sections of a place and period, from every app, and the frozen snapshot of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cogov.common.periods import Period, PeriodKind
from cogov.desk.registry import ChartSpec, ReportScope, SectionData, TableData, report_sections
from reports.composition import build_snapshot, fact_of, facts_of, number_of, stored_sections
from reports.exceptions import TITLE, build_exceptions
from reports.rules import LEAST_HOUSEHOLDS, Contestant, number_text, rank_per_household, words_of
from reports.selectors import earlier_snapshot, latest_report, month_reports, village_reports
from villages.models import Township, Village

_SHOWN_IN_COMPARISON = 5
_POINTS, _HOUSEHOLDS = "发放积分", "在册户数"


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """Whose report it is; ``village`` None for the township's own."""

    township: Township
    village: Village | None = None

    @property
    def level(self) -> str:
        return "village" if self.village else "township"

    @property
    def code(self) -> str:
        return str((self.village or self.township).code)

    @property
    def name(self) -> str:
        return str((self.village or self.township).name)


def collect_snapshot(
    place: ReportPlace, period: Period, *, corrected: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a report made now would say. With the snapshot that is ``corrected``, what happened in the period is
    counted anew, and what stood at the close stays as it was."""
    scope = ReportScope(place.level, place.code, place.name)
    old = stored_sections(corrected) if corrected else {}
    sections = []
    for section in report_sections:
        data = section.build(scope, period)
        if section.code in old:
            data = _keep_stock(data, old[section.code], whole=section.stock)
        sections.append((section.code, section.title, data))
    year_ago = latest_report(place.code, period.same_last_year())

    def freeze(parts: list[tuple[str, str, SectionData]]) -> dict[str, Any]:
        return build_snapshot(
            level=place.level,
            code=place.code,
            name=place.name,
            period=period,
            sections=parts,
            earlier=earlier_snapshot(place.code, period),
            year_ago=year_ago.snapshot if year_ago else None,
        )

    # Exceptions look at the figures with what they are compared with, as the report prints them.
    first = freeze(sections)
    facts = [fact_of(figure) for section in first["sections"] for figure in section["figures"]]
    exceptions = old.get("exceptions") or build_exceptions(scope, period, facts, words_of(period.kind)[0])
    sections.append(("exceptions", TITLE, exceptions))
    if period.kind is not PeriodKind.MONTH:
        sections.append(("months", "各月情况", _by_month(place.code, period)))
    if place.village is None:
        sections.append(("comparison", "各村情况", _comparison(place.code, period)))
    return freeze(sections)


def _keep_stock(new: SectionData, old: SectionData, *, whole: bool) -> SectionData:
    then = {figure.label: figure for figure in old.figures}
    figures = [
        replace(figure, value=then[figure.label].value)
        if figure.previous is None and figure.label in then
        else figure
        for figure in new.figures
    ]
    return replace(old if whole else new, figures=figures)


def _by_month(code: str, period: Period) -> SectionData:
    """The first figure of every section, month by month, from the closed monthly reports."""
    snapshots = [(Period.parse(report.period), report.snapshot) for report in month_reports(code, period)]
    if not snapshots:
        return SectionData()
    heads = _heads(snapshots[0][1])
    rows = [[f"{month.number}月", *_values(snapshot, heads)] for month, snapshot in snapshots]
    table = TableData("各月主要数据", ["月份", *_titles(heads)], rows)
    _, label, unit = heads[0] if heads else ("", "", "")
    values = [number_of(row[1]) for row in rows] if heads else []
    known = [value for value in values if value is not None]
    charts = []
    if len(known) == len(rows) > 1:
        charts.append(
            ChartSpec("line", f"各月{label}", [str(row[0]) for row in rows], [(label, known)], unit)
        )
    return SectionData(tables=[table], charts=charts)


def _comparison(township_code: str, period: Period) -> SectionData:
    """The first figure of every section, village by village, from the villages' own closed reports; and a ranking."""
    reports = village_reports(township_code, period)
    if not reports:
        return SectionData()
    heads = _heads(reports[0].snapshot)
    rows = [[report.name, *_values(report.snapshot, heads)] for report in reports]
    tables = [TableData("各村主要数据", ["村（社区）", *_titles(heads)], rows)]
    contestants = [
        Contestant(report.name, points, int(households))
        for report in reports
        if (points := _figure(report.snapshot, _POINTS)) is not None
        and (households := _figure(report.snapshot, _HOUSEHOLDS)) is not None
    ]
    if not contestants:
        return SectionData(tables=tables)
    placings = rank_per_household(contestants)
    tables.append(
        TableData(
            "各村户均积分排名",
            ("名次", "村（社区）", "发放积分", "在册户数", "户均积分"),
            [
                (
                    str(placing.rank or "—"),
                    placing.contestant.name,
                    placing.contestant.total,
                    placing.contestant.households,
                    f"{placing.mean:.2f}",
                )
                for placing in placings
            ],
        )
    )
    note = (
        "排名办法：户均积分＝本期发放积分÷在册户数，四舍五入保留两位小数，由高到低排列，数值相同的名次并列；"
        f"在册不足{number_text(LEAST_HOUSEHOLDS)}户的村只列数据、不排名次。"
    )
    return SectionData(tables=tables, notes=[note])


def _heads(snapshot: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(section, label, unit) of the first number of each section, five at most."""
    heads: list[tuple[str, str, str]] = []
    for section in snapshot["sections"]:
        facts = [fact for fact in facts_of(snapshot, section["code"]) if fact.value is not None]
        if facts and len(heads) < _SHOWN_IN_COMPARISON:
            heads.append((section["code"], facts[0].label, facts[0].unit))
    return heads


def _titles(heads: list[tuple[str, str, str]]) -> list[str]:
    return [f"{label}（{unit}）" if unit else label for _, label, unit in heads]


def _values(snapshot: dict[str, Any], heads: list[tuple[str, str, str]]) -> list[Any]:
    return [
        next((fact.value for fact in facts_of(snapshot, code) if fact.label == label), None)
        for code, label, _ in heads
    ]


def _figure(snapshot: dict[str, Any], label: str) -> Any:
    """A figure by its label, whichever section it stands in."""
    for section in snapshot["sections"]:
        for fact in facts_of(snapshot, section["code"]):
            if fact.label == label:
                return fact.value
    return None
