"""From the figures of a period to the snapshot, and back.

The snapshot is plain JSON and is what a report *is*; document, page and spreadsheet are drawn from it alone,
so that a closed month looks the same for ever (design.md 3.8). Pure: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from cogov.common.canonical import plain
from cogov.common.periods import Period
from cogov.desk.registry import ChartSpec, Figure, SectionData, TableData
from reports.rules import YEAR_AGO, FigureFact, SectionFacts, narrate, number_text, words_of

VERSION = 2


def build_snapshot(
    *,
    level: str,
    code: str,
    name: str,
    period: Period,
    sections: Sequence[tuple[str, str, SectionData]],
    earlier: Mapping[str, Any] | None = None,
    year_ago: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Freeze the sections ``(code, title, data)``. ``earlier`` and ``year_ago`` are the snapshots of the
    period before and of the same period last year: a figure whose app names no earlier value is compared with what
    that report said."""
    before, whole = words_of(period.kind)
    with_year = period.previous() != period.same_last_year()
    frozen = [
        _freeze(
            section,
            title,
            data,
            _known_figures(earlier, section),
            _known_figures(year_ago, section),
            with_year=with_year,
        )
        for section, title, data in sections
    ]
    facts = [
        SectionFacts(section["title"], tuple(fact_of(f) for f in section["figures"])) for section in frozen
    ]
    return {
        "version": VERSION,
        "level": level,
        "code": code,
        "name": name,
        "period": period.key,
        "narrative": list(narrate(name, period.label, facts, before, whole, YEAR_AGO if with_year else "")),
        "sections": frozen,
    }


def sections_of(snapshot: Mapping[str, Any]) -> list[tuple[str, SectionData]]:
    """The sections of a stored report as pages show them: ``(title, data)``."""
    return [(section["title"], _thaw(section)) for section in snapshot["sections"] if not is_empty(section)]


def stored_sections(snapshot: Mapping[str, Any]) -> dict[str, SectionData]:
    """The sections of a stored report by their code."""
    return {section["code"]: _thaw(section) for section in snapshot["sections"]}


def facts_of(snapshot: Mapping[str, Any], section: str) -> list[FigureFact]:
    """The figures of one section of a stored report."""
    return [
        fact_of(figure)
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


def _freeze(
    code: str,
    title: str,
    data: SectionData,
    known: Mapping[str, Any],
    known_last_year: Mapping[str, Any],
    *,
    with_year: bool,
) -> dict[str, Any]:
    figures = [_freeze_figure(figure, known) for figure in data.figures]
    for figure, frozen in zip(data.figures, figures, strict=True):
        own = None if figure.last_year is None else _value(figure.last_year)
        frozen["last_year"] = (
            (known_last_year.get(figure.label) if own is None else own) if with_year else None
        )
    return {
        "code": code,
        "title": title,
        "figures": figures,
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
        "links": list(table.links),
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


def fact_of(figure: Mapping[str, Any]) -> FigureFact:
    """One stored figure; reports of version 1 have no figure of last year."""
    value = number_of(figure["value"])
    text = number_text(value) if value is not None else str(figure["value"])
    return FigureFact(
        figure["label"],
        text,
        figure["unit"],
        value,
        number_of(figure["previous"]),
        number_of(figure.get("last_year")),
    )


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
                number_of(figure.get("last_year")),
            )
        )
    return SectionData(
        figures=figures,
        tables=[
            TableData(
                table["caption"], table["columns"], table["rows"], table["empty"], table.get("links", ())
            )
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


def is_empty(section: Mapping[str, Any]) -> bool:
    """Nothing to show under its heading."""
    return not (section["figures"] or section["tables"] or section["charts"] or section["notes"])


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[list[str]]:
    """What differs between two snapshots, as [section, what, old, new]; comparisons with other periods do not count."""
    out: list[list[str]] = []
    before = {section["code"]: section for section in old["sections"]}
    for section in new["sections"]:
        was = before.get(section["code"], {"figures": [], "tables": []})
        figures = {figure["label"]: _said(figure) for figure in was["figures"]}
        for figure in section["figures"]:
            if figures.get(figure["label"]) != _said(figure):
                out.append(
                    [section["title"], figure["label"], figures.get(figure["label"], "—"), _said(figure)]
                )
        tables = {table["caption"]: table["rows"] for table in was["tables"]}
        for table in section["tables"]:
            for number, (then, now) in enumerate(
                zip_longest(tables.get(table["caption"], []), table["rows"], fillvalue=[]), 1
            ):
                if then != now:
                    where = f"{table['caption']}第{number}行"
                    out.append([section["title"], where, "、".join(then) or "—", "、".join(now) or "—"])
    return out


def _said(figure: Mapping[str, Any]) -> str:
    fact = fact_of(figure)
    return f"{fact.text}{fact.unit}"
