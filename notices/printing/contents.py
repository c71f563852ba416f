"""The page of contents that a long document begins with. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import unescape

from notices.printing.a4 import layout_a4
from notices.printing.content import (
    Block,
    ChartBlock,
    Column,
    FigureGrid,
    Heading,
    NoticeContent,
    PageBreak,
    Table,
)
from notices.printing.imprint import Imprint

LONG_PAGES = 8
"""A document with more pages than these begins with its contents (ours)."""
_COLUMNS = (Column("目录", 40, "left"), Column("页码", 6, "right", "number"))
_SURELY_SHORT = 90  # lines of the grid; eight pages hold 176
_TAGS = re.compile(r"<[^>]+>")


def with_contents(content: NoticeContent) -> NoticeContent:
    """The document with its contents when it is long; laid out once to see, and once more to know the folios."""
    plain = without_contents(content)
    if _least_lines(plain) < _SURELY_SHORT or len(_pages(plain)) <= LONG_PAGES:
        return plain
    titles = [block.text for block in plain.blocks if isinstance(block, Heading) and block.level == 1]
    trial = replace(plain, blocks=_listed(plain.blocks, dict.fromkeys(titles, 0)))
    found: dict[str, int] = {}
    for number, text in enumerate(_pages(trial), 1):
        found.update({title: number for title in titles if title in text})
    return replace(plain, blocks=_listed(plain.blocks, {title: found[title] for title in titles}))


def without_contents(content: NoticeContent) -> NoticeContent:
    """The document without the page of contents that :func:`with_contents` put before it."""
    first = content.blocks[0] if content.blocks else None
    if not isinstance(first, Table) or [c.title for c in first.columns] != [c.title for c in _COLUMNS]:
        return content
    rest = content.blocks[1:]
    return replace(content, blocks=rest[1:] if rest and isinstance(rest[0], PageBreak) else rest)


def _listed(blocks: Sequence[Block], pages: Mapping[str, int]) -> tuple[Block, ...]:
    rows = tuple((title, str(page)) for title, page in pages.items())
    return (Table(_COLUMNS, rows), PageBreak(), *blocks)


def _least_lines(content: NoticeContent) -> int:
    """A cheap lower estimate of the document's length in lines of the grid."""
    lines = 0
    for block in content.blocks:
        if isinstance(block, Table):
            lines += len(block.rows) // 2
        elif isinstance(block, ChartBlock):
            lines += block.lines
        elif isinstance(block, FigureGrid):
            lines += len(block.items)
        else:
            lines += 1
    return lines


def _pages(content: NoticeContent) -> list[str]:
    """The text of each page as it will be laid out; what publication adds stands after the last heading."""
    printout = layout_a4(content, Imprint(issuer="", heading="—", number="—"))
    return [unescape(_TAGS.sub("", page)) for page in printout.pages]
