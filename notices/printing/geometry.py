"""The numbers of the paper (documents.md), in points unless the name says mm."""

from __future__ import annotations

MM = 72 / 25.4

# A4 official document, GB/T 9704-2012
A4_WIDTH, A4_HEIGHT = 210 * MM, 297 * MM
TOP, LEFT = 37 * MM, 28 * MM
TEXT_WIDTH, TEXT_HEIGHT = 156 * MM, 225 * MM
LINES, CELLS = 22, 28
BODY = 16.0
PITCH = (TEXT_HEIGHT - BODY) / (LINES - 1)
HALF_LEADING = (PITCH - BODY) / 2
FRAME_TOP = TOP - HALF_LEADING
"""Top of line box 1: its em then touches 37 mm."""
FRAME_HEIGHT = LINES * PITCH
SPACING = (TEXT_WIDTH - CELLS * BODY) / (CELLS - 1)
"""Letter-spacing that sets 28 characters from the left edge of the 版心 exactly to its right edge."""
CELL = BODY + SPACING
HEAD_LINES = 10
"""Red heading, number and red rule take ten lines of the first page; the title begins on the eleventh."""
HEADING_TOP = TOP + 35 * MM
HEADING_SIZE = 42.0
RED = "#e60012"
RULE_GAP, RULE_HEIGHT = 4 * MM, 0.5 * MM
NUMBER_LINE = 7
TITLE_SIZE = 22.0
RULE_TOP = TOP + NUMBER_LINE * PITCH + BODY + RULE_GAP
TITLE_TOP = RULE_TOP + RULE_HEIGHT + 2 * PITCH
"""Two blank lines below the red rule; within half a millimetre of the grid."""
TABLE_SIZE, TABLE_LEADING = 12.0, 15.0
ROW = PITCH * 2 / 3
TABLE_RULE, POSTER_RULE = 0.5, 0.75
"""Collapsed borders add to the height of a row."""
FOLIO_SIZE = 14.0
FOLIO_GAP = 7 * MM
IMPRINT_SIZE, IMPRINT_PITCH = 14.0, 24.0
IMPRINT_THICK, IMPRINT_THIN = 0.35 * MM, 0.25 * MM
QR_A4 = 24 * MM

# A3 notice-board poster
A3_WIDTH, A3_HEIGHT = 297 * MM, 420 * MM
POSTER_MARGIN = 10.5 * MM
POSTER_ROW = 12.8 * MM
POSTER_TEXT = 28.0
POSTER_QR = 48 * MM
POSTER_ROWS, POSTER_ROWS_LANDSCAPE = 20, 11
POSTER_RED = "#d7000f"

# A5 landscape receipt, 80 mm receipt roll, A4 sheet of cards (ID-1)
A5_LONG, A5_SHORT = 210 * MM, 148 * MM
ROLL_WIDTH, ROLL_MARGIN = 80 * MM, 4 * MM
CARD_WIDTH, CARD_HEIGHT = 85.6 * MM, 54 * MM
CARD_COLUMNS, CARD_ROWS = 2, 5
SMALLEST = 11.0
"""Type on receipts and cards is never smaller (documents.md)."""


def pt(value: float) -> str:
    """A length for CSS: three decimals, no exponent, no trailing zeros; the same on every machine."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{'0' if text in ('-0', '') else text}pt"
