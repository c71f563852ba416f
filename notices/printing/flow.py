"""Pages filled from top to bottom on the 22-line grid.

Every piece knows its height before it is drawn, so breaks are decided here and not by the renderer:
headings stay with what follows, tables repeat their head, the signature never stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from notices.printing import geometry as g
from notices.printing.sheet import Pen

Draw = Callable[[Pen, float], None]
_EPS = 0.01
_HEAD_PIECES = 3
"""Red heading, title and addressee, which stay where they are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something ``height`` points high; ``draw`` gets the pen and the top in page coordinates.

    ``split``: the same in two pieces, the second with as little as may stand at the head of a page."""

    height: float
    draw: Draw
    keep_next: bool = False
    is_text: bool = False
    split: Callable[[], tuple[Piece, Piece]] | None = None


@dataclass(slots=True)
class Flow:
    """The cursor ``y`` counts from the top of the frame (the first line box)."""

    pages: list[list[tuple[float, Piece]]] = field(default_factory=lambda: [[]])
    y: float = 0.0

    @property
    def left(self) -> float:
        return g.FRAME_HEIGHT - self.y

    def new_page(self) -> None:
        self.pages.append([])
        self.y = 0.0

    def _place(self, piece: Piece) -> None:
        self.pages[-1].append((self.y, piece))
        self.y += piece.height

    def add(self, piece: Piece) -> None:
        """Place on this page, or on the next one together with the headings that must not stay behind."""
        if piece.height > self.left + _EPS and self.pages[-1]:
            self.break_page()
        self._place(piece)

    def break_page(self) -> None:
        """A new page that begins with the headings left at the foot of this one."""
        carried = self._take_kept()
        self.new_page()
        for kept in carried:
            self._place(kept)

    def skip(self, height: float) -> None:
        """White space; swallowed by the end of a page."""
        if self.y > _EPS:
            self.y = min(self.y + height, g.FRAME_HEIGHT)

    def snap(self) -> None:
        """Back to the grid after a table."""
        lines = -(-(self.y - _EPS) // g.PITCH)
        self.y = min(max(lines, 0) * g.PITCH, g.FRAME_HEIGHT)

    def _take_kept(self) -> list[Piece]:
        out: list[Piece] = []
        page = self.pages[-1]
        while len(page) > 1 and page[-1][1].keep_next:
            out.insert(0, page.pop()[1])
        return out

    def add_last(self, pieces: Sequence[Piece], *, reserve: float = 0.0) -> None:
        """The signature block: moves to a new page as a whole, taking along two lines of text, or the end of a table."""
        height = sum(piece.height for piece in pieces) + reserve
        if height > self.left + _EPS and self.pages[-1]:
            page = self.pages[-1]
            taken: list[Piece] = []
            while len(taken) < 2 and len(page) > _HEAD_PIECES and page[-1][1].is_text:
                taken.insert(0, page.pop()[1])
            taken = taken or self._take_end(height)
            self.new_page()
            for piece in taken:
                self._place(piece)
            self.snap()
        for piece in pieces:
            self._place(piece)

    def _take_end(self, height: float) -> list[Piece]:
        """The last rows of a table, or a whole figure with its heading, where ``height`` fits below it."""
        page = self.pages[-1]
        top, last = page[-1]
        room = g.FRAME_HEIGHT - height - g.PITCH
        if last.split is not None:
            stays, goes = last.split()
            if goes.height <= room:
                page[-1] = (top, stays)
                return [goes]
        elif last.height <= room and len(page) > (2 if len(self.pages) == 1 else 1):
            page.pop()
            return [*self._take_kept(), last]
        return []
