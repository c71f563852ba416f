"""Breaks Chinese text into lines on a grid of cells, with 禁则 and 标点挤压.

WeasyPrint justifies spaces only, so the lines are made here: each line knows its runs, which
punctuation is set at half width (OpenType `halt`), and the letter-spacing that fills the measure.
Rules: no closing mark, separator or connector begins a line; no opening mark ends one; —— and ……
are not torn apart; numbers and words stay whole (GB/T 15834, documents.md).
Widths are in em of the line's own type size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from notices.printing.faces import Role, advance, printable

OPENING = frozenset("“‘（〔《〈【「『［｛〖")
CLOSING = frozenset("，。、；：？！”’）〕》〉】」』］｝〗")
NO_START = CLOSING | frozenset("·・‧—－～…％‰℃°々＝＋×÷%)],.!?:;}=+")
NO_END = OPENING | frozenset("([{￥¥＄№")
HALVABLE = OPENING | CLOSING
_EPS = 1e-6
_WORD = re.compile(r"[!-~]+")
_LONG_WORD = 14.0
_PIECE = 6
_MOST_SQUEEZED = 3


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line that is set alike; ``half`` marks punctuation at half width."""

    text: str
    half: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A composed line. ``width`` in em without letter-spacing, ``gaps`` between its glyphs, ``full`` when justified."""

    runs: tuple[Run, ...]
    width: float
    gaps: int
    indent: float
    full: bool

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest thing a line break may not enter."""

    text: str
    width: float
    half_width: float | None = None
    space: bool = False

    @property
    def no_start(self) -> bool:
        return self.text[0] in NO_START and not self.text.startswith(("——", "……"))

    @property
    def no_end(self) -> bool:
        return self.text[-1] in NO_END


def _atoms(text: str, role: Role) -> list[_Atom]:
    out: list[_Atom] = []
    i = 0
    while i < len(text):
        char = text[i]
        word = _WORD.match(text, i)
        if word:
            out += _word_atoms(word[0], role)
            i = word.end()
            continue
        if text.startswith(("——", "……"), i):
            out.append(_Atom(text[i : i + 2], advance(char, role) * 2))
            i += 2
            continue
        width = advance(char, role)
        half = 0.5 if char in HALVABLE and width > 0.9 else None
        out.append(_Atom(char, width, half, space=char in " \u3000"))
        i += 1
    return out


def _word_atoms(word: str, role: Role) -> list[_Atom]:
    width = sum(advance(c, role) for c in word)
    if width <= _LONG_WORD:
        return [_Atom(word, width)]
    pieces = [word[i : i + _PIECE] for i in range(0, len(word), _PIECE)]
    return [_Atom(piece, sum(advance(c, role) for c in piece)) for piece in pieces]


def _adjacent_halves(atoms: Sequence[_Atom]) -> set[int]:
    """Marks that always lose their blank half because another mark stands beside it: ”。 》、 ：“ （（."""
    out: set[int] = set()
    for i in range(len(atoms) - 1):
        here, after = atoms[i], atoms[i + 1]
        if here.half_width is None or after.half_width is None:
            continue
        if here.text in CLOSING:
            out.add(i)
        elif after.text in OPENING:
            out.add(i + 1)
    return out


def compose(
    text: str, *, measure: float, role: Role = "fang", indent: float = 0.0, hang: float = 0.0
) -> list[Line]:
    """Lines of at most ``measure`` em. ``indent`` applies to the first line, ``hang`` to the others."""
    return list(_composed(text, measure, role, indent, hang))


@lru_cache(maxsize=8192)
def _composed(text: str, measure: float, role: Role, indent: float, hang: float) -> tuple[Line, ...]:
    """Remembered: the cells of lists repeat."""
    clean = printable(text, role).strip(" ")
    atoms = _atoms(clean, role)
    halved = _adjacent_halves(atoms)
    lines: list[Line] = []
    start = 0
    while start < len(atoms):
        if lines and atoms[start].space:
            start += 1
            continue
        lead = hang if lines else indent
        end, extra = _break(atoms, halved, start, measure - lead)
        lines.append(
            _line(atoms, (halved | extra) - {end - 1} | (extra & {end - 1}), start, end, lead, len(atoms))
        )
        start = end
    return tuple(lines) or (Line((), 0.0, 0, indent, full=False),)


def _width(atoms: Sequence[_Atom], halved: set[int], start: int, end: int) -> float:
    """The last atom stands at full width unless it was squeezed on purpose: its neighbour is on the next line."""
    total = 0.0
    for i in range(start, end):
        atom = atoms[i]
        total += atom.half_width if i in halved and atom.half_width is not None else atom.width
    return total


def _legal(atoms: Sequence[_Atom], start: int, k: int) -> bool:
    return k >= len(atoms) or (k > start and not atoms[k].no_start and not atoms[k - 1].no_end)


def _break(atoms: Sequence[_Atom], halved: set[int], start: int, limit: float) -> tuple[int, set[int]]:
    """Where the line that begins at ``start`` ends, and what must be squeezed for it."""
    total, k = 0.0, start
    while k < len(atoms):
        atom = atoms[k]
        width = atom.half_width if k in halved and atom.half_width is not None else atom.width
        if total + width > limit + _EPS:
            break
        total += width
        k += 1
    if k == start < len(atoms):
        return start + 1, set()
    if k < len(atoms) and not _legal(atoms, start, k):
        ahead = k + 1
        while ahead < len(atoms) and not _legal(atoms, start, ahead) and ahead - k < 3:
            ahead += 1
        if _legal(atoms, start, ahead):
            squeezed = _squeeze(atoms, halved, start, ahead, limit)
            if squeezed is not None:
                return ahead, squeezed
        back = k
        while back > start and not _legal(atoms, start, back):
            back -= 1
        k = back if back > start else k
    full = _width(atoms, halved - {k - 1}, start, k)
    if full > limit + _EPS:
        return k, {k - 1}
    return k, set()


def _squeeze(atoms: Sequence[_Atom], halved: set[int], start: int, end: int, limit: float) -> set[int] | None:
    """The fewest marks to halve so that ``start:end`` fits; the end of the line first, then from the back."""
    extra: set[int] = set()
    width = _width(atoms, halved - {end - 1}, start, end)
    order = [end - 1, *range(end - 2, start - 1, -1)]
    for i in order:
        if width <= limit + _EPS or len(extra) > _MOST_SQUEEZED:
            break
        half = atoms[i].half_width
        if half is None or (i in halved and i != end - 1):
            continue
        if i == end - 1 and atoms[i].text in OPENING:
            continue
        extra.add(i)
        width -= atoms[i].width - half
    return extra if width <= limit + _EPS and len(extra) <= _MOST_SQUEEZED else None


def _line(atoms: Sequence[_Atom], halved: set[int], start: int, end: int, indent: float, total: int) -> Line:
    last = end
    while last > start and atoms[last - 1].space and atoms[last - 1].text == " ":
        last -= 1
    runs: list[Run] = []
    glyphs = 0
    for i in range(start, last):
        atom = atoms[i]
        half = i in halved and atom.half_width is not None
        glyphs += len(atom.text)
        if runs and runs[-1].half == half:
            runs[-1] = Run(runs[-1].text + atom.text, half)
        else:
            runs.append(Run(atom.text, half))
    width = _width(atoms, halved, start, last)
    return Line(tuple(runs), width, max(glyphs - 1, 0), indent, full=end < total)


def balanced(text: str, *, measure: float, role: Role = "title") -> list[str]:
    """A title in as few lines as fit, each about as long as the others, the lower ones not longer (no hourglass)."""
    out: list[str] = []
    for part in text.split("\n"):
        lines = compose(part, measure=measure, role=role)
        if len(lines) == 1:
            out.append(lines[0].text)
            continue
        width = sum(advance(c, role) for c in part)
        target = width / len(lines)
        best = lines
        trial = target
        while trial < measure:
            candidate = compose(part, measure=trial, role=role)
            if len(candidate) <= len(lines):
                best = candidate
                break
            trial += 0.5
        out += [line.text for line in best]
    return out
