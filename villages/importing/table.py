"""What every kind of file is read into: numbered rows, merged areas and cells that have no usable value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from cogov.common.errors import InputError, Problem

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Row = tuple[int, Sequence[Cell]]
"""The row number that Excel shows (from 1) and the cells from column A on."""


@dataclass(frozen=True, slots=True)
class MergedArea:
    """A merged area, all bounds counted from 1 and inclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def place(self) -> str:
        """``B5:C6``, as Excel writes it."""
        return f"{column_letter(self.left)}{self.top}:{column_letter(self.right)}{self.bottom}"


@dataclass(frozen=True)
class SheetTable:
    """One sheet, read lazily: ``rows()`` starts anew each time, so that a file is never held whole."""

    name: str
    rows: Callable[[], Iterator[Row]]
    merged: tuple[MergedArea, ...] = ()
    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column from 1) -> why the cell has no usable value: a formula never calculated, an error value."""
    names_sheet: bool = True
    """False for .csv, where a sheet's name would only confuse."""


def column_letter(number: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A -> 1, XFD -> 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def refuse(message: str, *, row: int | None = None, column: str = "", value: str = "") -> InputError:
    """An error about the file as a whole (or one place in it) that makes reading on useless."""
    return InputError(message, [Problem(message, row=row, column=column, value=value)])
