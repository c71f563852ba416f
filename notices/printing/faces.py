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

# Kai has narrow quotation marks and no `halt`; its punctuation comes from 仿宋.
_ASCII = ((0x20, 0x7E),)
_KAI = (
    (0x2E80, 0x2FFF),
    (0x3003, 0x3007),
    (0x3021, 0x303F),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_WIDE = ((0x2E80, 0xFFEF), (0x20000, 0x3FFFF))
_BEYOND_ASCII = ((0xA0, 0x3FFFF),)


@dataclass(frozen=True, slots=True)
class Face:
    """One @font-face: CSS family, file, and the code points it is allowed to set."""

    family: str
    file: str
    label: str
    ranges: tuple[tuple[int, int], ...]

    def allows(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)

    @property
    def css(self) -> str:
        spans = ",".join(f"U+{low:X}-{high:X}" for low, high in self.ranges)
        return (
            f"@font-face{{font-family:{self.family};src:url(cogov-font:/{self.file});unicode-range:{spans}}}"
        )


NUM = Face("PNum", "GCNum.ttf", "数字体", _ASCII)
NUM_BOLD = Face("PNumBold", "GCNumBold.ttf", "粗数字体", _ASCII)
FANG = Face("PFang", "GCFangSong.ttf", "仿宋", _BEYOND_ASCII)
KAI = Face("PKai", "GCKaiLight.ttf", "楷体", _KAI)
SONG_WIDE = Face("PSongWide", "GCSong.ttf", "宋体", _WIDE)
SONG = Face("PSong", "GCSong.ttf", "宋体", _BEYOND_ASCII)
HEI = Face("PHei", "GCHei.ttf", "黑体", _BEYOND_ASCII)
HEI_BOLD = Face("PHeiBold", "GCHeiBold.ttf", "粗黑体", _BEYOND_ASCII)
TITLE = Face("PTitle", "GCBiaoSong.ttf", "小标宋", _BEYOND_ASCII)
CHART = Face("GCHei", "GCHei.ttf", "黑体", ((0x20, 0x3FFFF),))
FACES = (CHART, NUM, NUM_BOLD, FANG, KAI, SONG_WIDE, SONG, HEI, HEI_BOLD, TITLE)

STACKS: dict[Role, tuple[Face, ...]] = {
    "fang": (NUM, FANG, KAI, SONG),
    "kai": (NUM, KAI, FANG, SONG),
    "song": (NUM, SONG_WIDE, FANG, SONG),
    "hei": (NUM_BOLD, HEI, SONG),
    "title": (NUM_BOLD, TITLE, SONG),
    "num": (NUM_BOLD, HEI_BOLD, SONG),
}
ROLE_LABELS: dict[Role, str] = {
    "fang": "仿宋", "kai": "楷体", "song": "宋体", "hei": "黑体", "title": "小标宋", "num": "粗黑体",
}  # fmt: skip


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
        if face.allows(code) and code in _advances(face.file):
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

    def messages(self) -> tuple[str, ...]:
        out = [
            f"“{char}”（U+{ord(char):04X}）在随附字体中没有字形，会印成{GETA}，请换字或改用同音通用字"
            for char in self.missing
        ]
        out += [f"“{char}”仿宋体没有，改用{label}印出" for char, label in self.fallbacks]
        return tuple(out)


def check_glyphs(pieces: Iterable[str], role: Role = "fang") -> GlyphReport:
    """Names the characters that the role's own face lacks, and those that no shipped face has."""
    missing: dict[str, None] = {}
    fallbacks: dict[str, str] = {}
    own = {NUM.family, NUM_BOLD.family, STACKS[role][1].family}
    for char in dict.fromkeys("".join(pieces)):
        if char in _INVISIBLE or char == "\u3000":
            continue
        face = face_for(char, role)
        if face is None:
            missing[char] = None
        elif face.family not in own:
            fallbacks[char] = face.label
    return GlyphReport(tuple(missing), tuple(fallbacks.items()))
