"""From the figures of a period to the document: snapshot, then the blocks that are printed.

The snapshot is plain JSON and is what a report *is*; document, page and spreadsheet are drawn from it alone,
so that a closed month looks the same for ever (design.md 3.8). Pure: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cogov.common.canonical import plain
from cogov.common.periods import Period, PeriodKind
from cogov.desk.registry import ChartSpec, Figure, SectionData, TableData
from notices.printing.content import (
    Block,
    ChartBlock,
    ChartSeries,
    Column,
    FigureGrid,
    FigureItem,
    Heading,
    Paragraph,
    Table,
)
from reports.rules import FigureFact, SectionFacts, compare_text, narrate, number_text, ordinal

VERSION = 1
_WORDS = {
    PeriodKind.MONTH: ("上月", "本月"),
    PeriodKind.QUARTER: ("上季度", "本季度"),
    PeriodKind.HALF_YEAR: ("上半年度", "本半年度"),
    PeriodKind.YEAR: ("上年", "本年"),
}
_GRID_COLUMNS = 3
_CHART_LINES, _MOST_LINES = 8, 20
_BULLETIN_FIGURES = 3
# Half of a SHA-256: 128 bits are beyond forging, and short enough to be compared by eye.
_HEAD = 32


def build_snapshot(
    *,
    level: str,
    code: str,
    name: str,
    period: Period,
    sections: Sequence[tuple[str, str, SectionData]],
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Freeze the sections ``(code, title, data)``. ``earlier`` is the snapshot of the period before: a figure
    whose app names no previous value is compared with what that report said."""
    before, whole = _WORDS[period.kind]
    frozen = [
        _freeze(section, title, data, _known_figures(earlier, section)) for section, title, data in sections
    ]
    facts = [
        SectionFacts(section["title"], tuple(_fact(f) for f in section["figures"])) for section in frozen
    ]
    return {
        "version": VERSION,
        "level": level,
        "code": code,
        "name": name,
        "period": period.key,
        "narrative": list(narrate(name, period.label, facts, before, whole)),
        "sections": frozen,
    }


def report_blocks(snapshot: Mapping[str, Any]) -> tuple[Block, ...]:
    """The full report: commentary first, then each section with figures, tables, charts and notes.

    Tables come before charts: they may break over pages, so that a chart never leaves half a page empty."""
    blocks: list[Block] = [Heading("一、总体情况", 1)]
    blocks += [Paragraph(text) for text in snapshot["narrative"]]
    before = _WORDS[Period.parse(snapshot["period"]).kind][0]
    shown = [section for section in snapshot["sections"] if not _is_empty(section)]
    for number, section in enumerate(shown, 2):
        blocks.append(Heading(f"{ordinal(number)}、{section['title']}", 1))
        blocks += _section_blocks(section, before)
    return tuple(blocks)


def bulletin_blocks(snapshot: Mapping[str, Any], chain: str, seal: str = "") -> tuple[Block, ...]:
    """The bulletin for the board: commentary, what there is of key figures, and the heads of the village's chain
    of notices and of the township's seals, so that paper on the wall exposes any later change (BEY-2)."""
    before = _WORDS[Period.parse(snapshot["period"]).kind][0]
    blocks: list[Block] = [Paragraph(text) for text in snapshot["narrative"]]
    for section in snapshot["sections"]:
        figures = [figure for figure in section["figures"] if number_of(figure["value"])]
        if figures:
            blocks.append(Heading(section["title"], 1))
            blocks.append(_grid(figures[:_BULLETIN_FIGURES], before))
    heads = [f"公示链首 {chain[:_HEAD]}"] if chain else []
    heads += [f"账目与操作记录封存 {seal[:_HEAD]}"] if seal else []
    if heads:
        blocks.append(Paragraph(f"防改动凭据：{'；'.join(heads)}。此前内容如有改动，即与凭据不符。"))
    return tuple(blocks)


def sections_of(snapshot: Mapping[str, Any]) -> list[tuple[str, SectionData]]:
    """The sections of a stored report as pages show them: ``(title, data)``."""
    return [(section["title"], _thaw(section)) for section in snapshot["sections"] if not _is_empty(section)]


def facts_of(snapshot: Mapping[str, Any], section: str) -> list[FigureFact]:
    """The figures of one section of a stored report."""
    return [
        _fact(figure)
        for found in snapshot["sections"]
        if found["code"] == section
        for figure in found["figures"]
    ]


def number_of(value: Any) -> int | Decimal | None:
    """A figure read back: integers as they are, decimals from {"decimal": "12.50"}, text is no number."""
    if isinstance(value, Mapping):
        return Decimal(str(value["decimal"]))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# -- freezing -----------------------------------------------------------------------------------


def _freeze(code: str, title: str, data: SectionData, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": code,
        "title": title,
        "figures": [_freeze_figure(figure, known) for figure in data.figures],
        "tables": [_freeze_table(table) for table in data.tables],
        "charts": [_freeze_chart(chart) for chart in data.charts],
        "notes": list(data.notes),
    }


def _freeze_figure(figure: Figure, known: Mapping[str, Any]) -> dict[str, Any]:
    previous = _value(figure.previous) if figure.previous is not None else known.get(figure.label)
    return {
        "label": figure.label,
        "value": _value(figure.value),
        "unit": figure.unit,
        "previous": previous,
        "link": figure.link,
        "note": figure.note,
    }


def _freeze_table(table: TableData) -> dict[str, Any]:
    numeric = table.numeric_columns()
    return {
        "caption": table.caption,
        "columns": list(table.columns),
        "numeric": list(numeric),
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "empty": table.empty,
    }


def _freeze_chart(chart: ChartSpec) -> dict[str, Any]:
    return {
        "kind": chart.kind,
        "title": chart.title,
        "labels": list(chart.labels),
        "series": [{"name": name, "values": [_value(v) for v in values]} for name, values in chart.series],
        "unit": chart.unit,
    }


def _value(value: Any) -> Any:
    return {"decimal": plain(value)} if isinstance(value, Decimal) else plain(value)


def _cell(cell: Any) -> str:
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return number_text(cell)
    return "" if cell is None else str(plain(cell))


def _known_figures(earlier: Mapping[str, Any] | None, section: str) -> dict[str, Any]:
    if earlier is None:
        return {}
    return {
        figure["label"]: figure["value"]
        for found in earlier["sections"]
        if found["code"] == section
        for figure in found["figures"]
        if number_of(figure["value"]) is not None
    }


def _fact(figure: Mapping[str, Any]) -> FigureFact:
    value = number_of(figure["value"])
    text = number_text(value) if value is not None else str(figure["value"])
    return FigureFact(figure["label"], text, figure["unit"], value, number_of(figure["previous"]))


def _thaw(section: Mapping[str, Any]) -> SectionData:
    figures = []
    for figure in section["figures"]:
        value = number_of(figure["value"])
        figures.append(
            Figure(
                figure["label"],
                figure["value"] if value is None else value,
                figure["unit"],
                number_of(figure["previous"]),
                figure["link"],
                figure["note"],
            )
        )
    return SectionData(
        figures=figures,
        tables=[
            TableData(table["caption"], table["columns"], table["rows"], table["empty"])
            for table in section["tables"]
        ],
        charts=[
            ChartSpec(
                chart["kind"],
                chart["title"],
                chart["labels"],
                [
                    (row["name"], [number_of(value) or 0 for value in row["values"]])
                    for row in chart["series"]
                ],
                chart["unit"],
            )
            for chart in section["charts"]
        ],
        notes=section["notes"],
    )


# -- printing -----------------------------------------------------------------------------------


def _is_empty(section: Mapping[str, Any]) -> bool:
    return not (section["figures"] or section["tables"] or section["charts"] or section["notes"])


def _section_blocks(section: Mapping[str, Any], before: str) -> list[Block]:
    blocks: list[Block] = []
    if section["figures"]:
        blocks.append(_grid(section["figures"], before))
    for table in section["tables"]:
        blocks.append(_table(table))
    for chart in section["charts"]:
        series = tuple(
            ChartSeries(row["name"], tuple(number_of(value) for value in row["values"]))
            for row in chart["series"]
        )
        labels = tuple(chart["labels"])
        lines = _chart_lines(chart["kind"], labels, len(series))
        blocks.append(ChartBlock(chart["kind"], chart["title"], labels, series, chart["unit"], lines))
    blocks += [Paragraph(note) for note in section["notes"]]
    return blocks


def _chart_lines(kind: str, labels: Sequence[str], series: int) -> int:
    """Text lines that a chart needs: long names under bars lay them on their side, one below the other."""
    longest = max((len(label) for label in labels), default=0)
    if kind != "bar" or longest * 12 <= 370 / max(len(labels), 1) - 4:
        return _CHART_LINES
    height = (
        len(labels) * (15 * series + 12) + 72
    )  # points at full size; three quarters are still easy to read
    return min(max(_CHART_LINES, -(-height * 3 // (4 * 29))), _MOST_LINES)


def _grid(figures: Sequence[Mapping[str, Any]], before: str) -> FigureGrid:
    items = []
    for figure in figures:
        fact = _fact(figure)
        items.append(
            FigureItem(fact.label, fact.text, fact.unit, compare_text(fact, before) or figure["note"])
        )
    columns = 2 if len(items) == 4 else _GRID_COLUMNS
    return FigureGrid(tuple(items), min(columns, max(len(items), 1)))


def _table(table: Mapping[str, Any]) -> Block:
    if not table["rows"]:
        return Paragraph(f"{table['caption']}：{table['empty']}。")
    columns = []
    for index, title in enumerate(table["columns"]):
        longest = max([len(title), *(len(row[index]) for row in table["rows"])])
        number = table["numeric"][index]
        columns.append(
            Column(
                title,
                min(max(longest, 4), 16),
                "right" if number else "center",
                "number" if number else "text",
            )
        )
    return Table(tuple(columns), tuple(tuple(row) for row in table["rows"]), table["caption"])
