"""Caps that keep one upload under 300 MB of memory and 20 s (stack.md trap 10)."""

from __future__ import annotations

from typing import Final

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_ROWS: Final = 100_000
"""Rows with content in the sheet, title and header included; also the largest row number allowed."""
MAX_COLUMNS: Final = 100
MAX_CELLS: Final = 2_000_000
MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
"""All parts of one .xlsx together, counted while unpacking and never taken from what the file declares."""
MAX_SHARED_STRINGS_BYTES: Final = 48 * 1024 * 1024
MAX_PARTS: Final = 2_000
MAX_TEXT_BYTES: Final = 64 * 1024 * 1024
"""Text of one sheet after shared strings are filled in: one long text used in every cell is a bomb too."""
MAX_PROBLEMS: Final = 1_000
HEADER_SEARCH_ROWS: Final = 20
