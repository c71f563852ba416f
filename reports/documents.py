"""The blocks that are printed of a snapshot: the full report, the bulletin. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cogov.common.periods import Period
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
from reports.composition import fact_of, is_empty, number_of
from reports.rules import YEAR_AGO, compare_text, number_text, ordinal, words_of

_GRID_COLUMNS = 3
_CHART_LINES, _MOST_LINES = 8, 20
_BULLETIN_FIGURES = 3
# Half of a SHA-256: 128 bits are beyond forging, and short enough to be compared by eye.
_HEAD = 32
CREDENTIALS = "防改动凭据："


def report_blocks(snapshot: Mapping[str, Any]) -> tuple[Block, ...]:
    """The full report: commentary first, then each section with figures, tables, charts and notes.

    Tables come before charts: they may break over pages, so that a chart never leaves half a page empty."""
    blocks: list[Block] = [Heading("一、总体情况", 1)]
    blocks += [Paragraph(text) for text in snapshot["narrative"]]
    before = words_of(Period.parse(snapshot["period"]).kind)[0]
    shown = [section for section in snapshot["sections"] if not is_empty(section)]
    for number, section in enumerate(shown, 2):
        blocks.append(Heading(f"{ordinal(number)}、{section['title']}", 1))
        blocks += _section_blocks(section, before)
    return tuple(blocks)


def bulletin_blocks(snapshot: Mapping[str, Any], chain: str, seal: str = "") -> tuple[Block, ...]:
    """The bulletin for the board: commentary, what there is of key figures, and the heads of the village's chain
    of notices and of the township's seals, so that paper on the wall exposes any later change (BEY-2)."""
    before = words_of(Period.parse(snapshot["period"]).kind)[0]
    blocks: list[Block] = [Paragraph(text) for text in snapshot["narrative"]]
    for section in snapshot["sections"]:
        figures = [figure for figure in section["figures"] if number_of(figure["value"])]
        if figures:
            blocks.append(Heading(section["title"], 1))
            blocks.append(_grid(figures[:_BULLETIN_FIGURES], before))
    heads = [f"公示链首 {chain[:_HEAD]}"] if chain else []
    heads += [f"账目与操作记录封存 {seal[:_HEAD]}"] if seal else []
    if heads:
        blocks.append(Paragraph(f"{CREDENTIALS}{'；'.join(heads)}。此前内容如有改动，即与凭据不符。"))
    return tuple(blocks)


def _section_blocks(section: Mapping[str, Any], before: str) -> list[Block]:
    blocks: list[Block] = []
    if section["figures"]:
        blocks.append(_grid(section["figures"], before))
        blocks += _year_table(section["figures"])
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


def _year_table(figures: Sequence[Mapping[str, Any]]) -> list[Block]:
    """This period against the same of last year, where there is anything to compare."""
    facts = [fact for fact in map(fact_of, figures) if fact.last_year is not None]
    if not facts:
        return []
    columns = (
        Column("指标", 10),
        Column("本期", 8, "right", "number"),
        Column(YEAR_AGO, 8, "right", "number"),
        Column("比较", 20),
    )
    rows = tuple(
        (
            f"{fact.label}（{fact.unit}）" if fact.unit else fact.label,
            fact.text,
            number_text(fact.last_year or 0),
            compare_text(fact.against_last_year, YEAR_AGO),
        )
        for fact in facts
    )
    return [Table(columns, rows, "与上年同期比较")]


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
        fact = fact_of(figure)
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
