"""Figures, tables and charts: what dashboard cards and report sections are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Number = Decimal | int


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline number, ``link`` a URL to its list. ``previous`` is the same number one period earlier,
    ``last_year`` that of the same period a year ago; None when there is nothing to compare with."""

    label: str
    value: Number | str
    unit: str = ""
    previous: Number | None = None
    link: str = ""
    note: str = ""
    last_year: Number | None = None

    @property
    def change(self) -> Number | None:
        """Difference to the previous period, or None when either side is not a number."""
        if self.previous is None or isinstance(self.value, str):
            return None
        return self.value - self.previous


@dataclass(frozen=True, slots=True)
class TableData:
    """A small table; cells are ready-made text or numbers. ``links``: for each row the URL that its first cell opens."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "没有数据"
    links: Sequence[str] = ()

    def linked_rows(self) -> list[tuple[str, Sequence[Any]]]:
        """Every row with its link, or ""."""
        links = [*self.links, *[""] * (len(self.rows) - len(self.links))]
        return list(zip(links, self.rows, strict=True))

    def head(self) -> list[tuple[str, bool]]:
        """Column headings, each with whether its cells are numbers."""
        return list(zip(self.columns, self.numeric_columns(), strict=True))

    def numeric_columns(self) -> tuple[bool, ...]:
        """True per column when every cell of it is a number, so that templates can align it right."""
        return tuple(
            bool(self.rows)
            and all(
                isinstance(row[index], int | Decimal) and not isinstance(row[index], bool)
                for row in self.rows
            )
            for index in range(len(self.columns))
        )


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart drawn by ``cogov.common.charts``: kind is "bar", "line" or "ring".

    ``series`` is a sequence of ``(name, values)``; a ring uses the first series only.
    """

    kind: str
    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[Number]]]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SectionData:
    """Content of one section of a monthly, quarterly or annual report."""

    figures: Sequence[Figure] = ()
    tables: Sequence[TableData] = ()
    charts: Sequence[ChartSpec] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CardData(SectionData):
    """Content of one dashboard card; ``link`` leads to the list behind it."""

    link: str = ""
    link_label: str = "查看全部"

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to show yet."""
        return not (self.figures or self.tables or self.charts or self.notes)
