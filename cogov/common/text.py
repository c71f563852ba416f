"""Text as people type it: normalisation, pinyin initials for search, masked names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"[\s\u3000\u200b-\u200f\ufeff]+")
_NAME_SPACES = _SPACES

# Surnames that a dictionary of common readings gets wrong (stack.md, pinyin).
SURNAME_READINGS: dict[str, str] = {
    "单": "s", "仇": "q", "曾": "z", "查": "z", "区": "o", "解": "x", "任": "r", "盖": "g", "朴": "p", "洗": "x",
    "冼": "x", "乐": "y", "尉": "w", "秘": "b", "宓": "m", "员": "y", "缪": "m", "种": "c", "重": "c", "晟": "c",
    "翟": "z", "折": "s", "黑": "h", "召": "s", "那": "n", "纪": "j", "覃": "q", "燕": "y", "谌": "c", "逄": "p",
    "牟": "m", "葛": "g", "隗": "w", "邢": "x", "应": "y", "过": "g", "华": "h", "卜": "b", "沈": "s", "石": "s",
    "长": "z", "车": "c", "褚": "c", "柏": "b", "贾": "j", "藏": "z", "臧": "z", "訾": "z", "夏": "x", "盛": "s",
    "尹": "y", "阚": "k", "么": "y", "繁": "p", "适": "k", "恽": "y", "哈": "h", "撒": "s", "瞿": "q", "佴": "n",
}  # fmt: skip
_COMPOUND_READINGS: dict[str, str] = {
    "尉迟": "yc",
    "万俟": "mq",
    "长孙": "zs",
    "澹台": "tt",
    "单于": "cy",
    "令狐": "lh",
}


def normalize_text(value: str) -> str:
    """NFKC (full-width digits and letters become half-width), runs of space become one, ends trimmed."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", value)).strip()


def normalize_name(value: str) -> str:
    """A person's name without the spaces that villages put in for alignment (张 三 -> 张三); keeps the · of minorities."""
    text = unicodedata.normalize("NFKC", value.replace("•", "·").replace("・", "·"))
    return unicodedata.normalize("NFC", _NAME_SPACES.sub("", text))


@lru_cache(maxsize=65536)
def pinyin_initials(name: str) -> str:
    """``单小芳`` -> ``sxf``: the initials people type to find a name. Unknown characters are left out."""
    from pypinyin import Style, lazy_pinyin  # 0.2 s: only where names are written

    clean = normalize_name(name).replace("·", "")
    if not clean:
        return ""
    for surname, initials in _COMPOUND_READINGS.items():
        if clean.startswith(surname):
            rest = lazy_pinyin(clean[len(surname) :], style=Style.FIRST_LETTER, errors="ignore")
            return (initials + "".join(rest)).lower()[:32]
    head = SURNAME_READINGS.get(clean[0])
    letters = lazy_pinyin(
        clean, style=Style.FIRST_LETTER, errors=lambda chars: "".join(c for c in chars if c.isalnum())
    )
    joined = "".join(letters).lower()
    return ((head + joined[1:]) if head else joined)[:32]


def mask_name(name: str) -> str:
    """张三 -> 张*, 张小三 -> 张*三, 欧阳小三 -> 欧**三 (NTC: names as the notice type allows)."""
    clean = normalize_name(name)
    if len(clean) <= 1:
        return clean or "*"
    if len(clean) == 2:
        return clean[0] + "*"
    return clean[0] + "*" * (len(clean) - 2) + clean[-1]


_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_PERSONAL = re.compile(
    rf"(?<!\d)(?:\d{{6}}(?:18|19|20)\d\d{_DAY}\d{{3}}[\dXx]|\d{{8}}{_DAY}\d{{3}}|1[3-9]\d{{9}})(?![\dXx])"
)


def holds_personal_number(text: str) -> bool:
    """Whether somebody's identity or mobile number stands in a text, however it was typed: it never goes in an address.

    The day of birth in it tells it from the number of a place or of a receipt.

    >>> holds_personal_number("李 421223198001011234"), holds_personal_number("421223 19800101 123x")
    (True, True)
    >>> holds_personal_number("421223101001-000024"), holds_personal_number("0012-2 张三")
    (False, False)
    """
    plain = normalize_text(text)
    return bool(_PERSONAL.search(plain) or _PERSONAL.search(re.sub(r"[\s-]", "", plain)))
