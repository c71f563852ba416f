"""A plain table for the terminal in which Han characters take two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def pad(text: str, columns: int) -> str:
    """``text`` filled with spaces to ``columns``."""
    return text + " " * max(0, columns - width(text))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Header, a rule, rows; columns as wide as their widest cell."""
    widths = [max(width(line[index]) for line in (header, *rows)) for index in range(len(header))]
    lines = [
        "  ".join(pad(cell, size) for cell, size in zip(line, widths, strict=True))
        for line in (header, *rows)
    ]
    lines.insert(1, "  ".join("─" * size for size in widths))
    return "\n".join("  " + line.rstrip() for line in lines)
