"""The faces we ship, which characters they have and how wide these are.

A role (仿宋, 楷体, …) is a stack of faces: the first one that has a character sets it. All faces share
vertical metrics, so a fall-back never moves the line grid. Characters that no shipped face has are
named by `check_glyphs` and printed as 〓, never as a box and never from a font of the machine
(which would make the bytes depend on it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

FONT_DIR = Path(__file__).resolve().parents[2] / "static" / "fonts"
Role = Literal["fang", "kai", "song", "hei", "title", "num"]
GETA = "〓"

# Fontconfig takes unicode-range as a promise that the face has every character in it, so a restricted face
# is registered with exactly the characters it has; the others carry no range and Pango asks the font itself.
_ASCII = ((0x20, 0x7E),)
_MARKS = (
    (0xB7, 0xB7),
    (0x2010, 0x203B),
    (0x3001, 0x3020),
    (0xFF01, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF65),
)


@dataclass(frozen=True, slots=True)
class Face:
    """One @font-face: CSS family, file, and the code points it is limited to (empty: all it has)."""

    family: str
    file: str
    label: str
    ranges: tuple[tuple[int, int], ...] = ()

    def has(self, code: int) -> bool:
        """Whether this face sets the character."""
        allowed = not self.ranges or any(low <= code <= high for low, high in self.ranges)
        return allowed and code in _advances(self.file)

    def css(self, url: str) -> str:
        """The rule; ``url`` is where the file is fetched."""
        limit = ""
        if self.ranges:
            limit = ";unicode-range:" + ",".join(f"U+{low:X}-{high:X}" for low, high in self._runs())
        return f"@font-face{{font-family:{self.family};src:url({url}){limit}}}"

    def _runs(self) -> list[tuple[int, int]]:
        """The characters of ``ranges`` that the file has, as runs."""
        runs: list[tuple[int, int]] = []
        for code in sorted(code for code in _advances(self.file) if self.has(code)):
            if runs and code == runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], code)
            else:
                runs.append((code, code))
        return runs


# The families end in P: a name that also stands inside one of the files would make Fontconfig mix them up.
NUM = Face("GCNumP", "GCNum.ttf", "数字体", _ASCII)
NUM_BOLD = Face("GCNumBoldP", "GCNumBold.ttf", "粗数字体", _ASCII)
MARK = Face("GCMarkP", "GCFangSong.ttf", "仿宋", _MARKS)
FANG = Face("GCFangSongP", "GCFangSong.ttf", "仿宋")
KAI = Face("GCKaiLightP", "GCKaiLight.ttf", "楷体")
SONG = Face("GCSongP", "GCSong.ttf", "宋体")
HEI = Face("GCHeiP", "GCHei.ttf", "黑体")
HEI_BOLD = Face("GCHeiBoldP", "GCHeiBold.ttf", "粗黑体")
TITLE = Face("GCBiaoSongP", "GCBiaoSong.ttf", "小标宋")
FACES = (NUM, NUM_BOLD, MARK, FANG, KAI, SONG, HEI, HEI_BOLD, TITLE)

# The marks of 楷 are narrow and cannot be halved, those of 宋 are uneven: both borrow the marks of 仿宋.
# Every stack ends in the three big faces, so that no character prints in one place and is missing in another.
STACKS: dict[Role, tuple[Face, ...]] = {
    "fang": (NUM, FANG, KAI, SONG),
    "kai": (NUM, MARK, KAI, SONG, FANG),
    "song": (NUM, MARK, SONG, KAI, FANG),
    "hei": (NUM_BOLD, HEI, SONG, KAI, FANG),
    "title": (NUM_BOLD, TITLE, SONG, KAI, FANG),
    "num": (NUM_BOLD, HEI_BOLD, SONG, KAI, FANG),
}
STRONG = (NUM, MARK, HEI, SONG, KAI, FANG)
"""Bold words within 仿宋: digits and marks as in the text around, so that the lines keep their measure."""
_OWN: dict[Role, Face] = {"fang": FANG, "kai": KAI, "song": SONG, "hei": HEI, "title": TITLE, "num": HEI_BOLD}
ROLES: tuple[Role, ...] = tuple(STACKS)


def font_family(role: Role) -> str:
    """The CSS value of the stack."""
    return ",".join(face.family for face in STACKS[role])


@cache
def _advances(file: str) -> dict[int, float]:
    """Code point -> advance in em, read once a process (some 60 ms for a big face)."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - keeps the start of a web worker cheap

    with TTFont(FONT_DIR / file, lazy=True) as font:
        metrics, units = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: metrics[name][0] / units for code, name in font.getBestCmap().items()}


@lru_cache(maxsize=32768)
def face_for(char: str, role: Role) -> Face | None:
    """The face that sets ``char``; None when no shipped face has it."""
    code = ord(char)
    for face in STACKS[role]:
        if face.has(code):
            return face
    return None


@lru_cache(maxsize=32768)
def advance(char: str, role: Role) -> float:
    """Width of one character in em."""
    face = face_for(char, role)
    return 1.0 if face is None else _advances(face.file)[ord(char)]


_INVISIBLE = frozenset("\n\r\t\u200b\ufeff")


def printable(text: str, role: Role) -> str:
    """``text`` with every character that no face has replaced by 〓, control characters dropped."""
    return "".join(
        char if char == "\u3000" or face_for(char, role) else GETA
        for char in text
        if char not in _INVISIBLE and ord(char) >= 0x20
    )


@dataclass(frozen=True, slots=True)
class GlyphReport:
    """``missing``: characters in no shipped face; ``fallbacks``: (character, face that will set it)."""

    missing: tuple[str, ...]
    fallbacks: tuple[tuple[str, str], ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """What cannot be printed, and therefore not be published."""
        return tuple(
            f"“{char}”（U+{ord(char):04X}）在随附字体中没有字形，会印成{GETA}，请换字或改用同音通用字"
            for char in self.missing
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What is printed in another face."""
        return tuple(f"“{char}”仿宋体没有，改用{label}印出" for char, label in self.fallbacks)


def check_glyphs(pieces: Iterable[str], role: Role = "fang") -> GlyphReport:
    """Names the characters that the role's own face lacks, and those that no shipped face has."""
    missing: dict[str, None] = {}
    fallbacks: dict[str, str] = {}
    own = {NUM.family, NUM_BOLD.family, MARK.family, _OWN[role].family}
    for char in dict.fromkeys("".join(pieces)):
        if char in _INVISIBLE or char == "\u3000":
            continue
        face = face_for(char, role)
        if face is None:
            missing[char] = None
        elif face.family not in own:
            fallbacks[char] = face.label
    return GlyphReport(tuple(missing), tuple(fallbacks.items()))
