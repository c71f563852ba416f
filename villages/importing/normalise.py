"""Cells as villages fill them in -> the one way the registry writes them (VIL-7). Pure, no state but caches.

Functions take whatever a cell holds (text, a float from Excel, a date) and return clean text, or raise
``CellFault`` with a Chinese sentence that says what to put instead.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from cogov.common.text import normalize_name
from villages.importing.table import Cell

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\s+")
_QUOTED_FOR_SAFETY = re.compile(r"^['‘’`](?=[=+\-@|%\s\d])")
_WHOLE_FLOAT = re.compile(r"\d+\.0", re.ASCII)
_CSV_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_EMPTY_WORDS: Final = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "空", "null", "none", "nan", "n/a"}
)


class CellFault(ValueError):
    """A cell that can't be understood; the message is for the person who filled it in."""


def text_of(value: Cell) -> str:
    """Any cell as text: 3.0 and ``3.0`` -> ``3``, True -> ``是``, dates in ISO form, NFKC, invisible characters gone, ends trimmed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value) if value else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _clean(value: str) -> str:
    text = value
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text)
    match = _CSV_TEXT.match(text.strip())
    if match:
        text = match[1]
    text = _QUOTED_FOR_SAFETY.sub("", text.strip()).strip()
    return text[:-2] if _WHOLE_FLOAT.fullmatch(text) else text


def compact(value: Cell) -> str:
    """Text without any space inside: numbers, codes and short words."""
    return unicodedata.normalize("NFC", _BLANKS.sub("", text_of(value)))


def blank_word(text: str) -> bool:
    """Whether a cell says "nothing" in one of the ways people do: a dash, 无， /."""
    return text.lower() in _EMPTY_WORDS


def person_name(value: Cell) -> str:
    """张 三 -> 张三； 买买提・艾力 -> 买买提·艾力. Raises CellFault for what can't be a name."""
    text = normalize_name(text_of(value)).replace(".", "·").replace("‧", "·").replace("●", "·").strip("·")
    if text and (any(character.isdigit() for character in text) or len(text) > 50):
        raise CellFault("姓名中有数字或过长，请只填写姓名")
    if text and _NOT_IN_NAMES.search(text):
        raise CellFault("姓名中有不该出现的符号，请只填写姓名")
    return text


_NOT_IN_NAMES = re.compile(r"[=+@<>\"'/\\|*#%&;,:!?()\[\]{}]|\uFFFD")


def household_number(value: Cell) -> str:
    """3.0 -> ``3``; 沙坪-０１２ -> ``沙坪-012``; kept as typed otherwise. At most 20 characters."""
    text = compact(value)
    if isinstance(value, float) and not (value.is_integer() and abs(value) < 1e15):
        raise CellFault("户号不能是小数或过长的数字，请把这一列设为“文本”格式再填写")
    if text.endswith("户") and text[:-1].isdigit():
        text = text[:-1]
    if len(text) > 20:
        raise CellFault("户号过长，最多 20 个字")
    if text and not _HOUSEHOLD_NUMBER.fullmatch(text):
        raise CellFault("户号只能由汉字、字母、数字和短横线组成")
    return text


_HOUSEHOLD_NUMBER = re.compile(r"[\w\-#/.]+")

_DASHES = re.compile(r"[\s\-‐‑‒–—―−_.]")


def identity_number(value: Cell) -> str:
    """Digits with an upper-case X, without the spaces and dashes people put in. Says when Excel has rounded it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if number >= 1e15:
            raise CellFault(_ROUNDED)
        text = text_of(value)
    else:
        text = text_of(value)
    text = text.upper()
    if _EXPONENT.fullmatch(text.replace(" ", "")):
        raise CellFault(_ROUNDED)
    text = _DASHES.sub("", text).replace("×", "X").replace("Х", "X").replace("╳", "X")
    return "" if blank_word(text) else text


_EXPONENT = re.compile(r"\d(?:\.\d+)?E\+?\d{2}", re.ASCII)
_ROUNDED = "身份证号被 Excel 改成了数字（如 4.2E+17），末几位已经丢失。请先把这一列设为“文本”格式，再重新填写完整的 18 位号码"

_PHONE_NOISE = re.compile(r"[\s\-‐‑‒–—―−_()（）.]")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(?:0\d{2,3})?[2-9]\d{6,7}", re.ASCII)


def phone(value: Cell) -> str:
    """138-0013-8000, +86 138 0013 8000, 13800138000.0 -> ``13800138000``; landlines with or without area code."""
    text = text_of(value)
    if blank_word(text):
        return ""
    digits = _PHONE_NOISE.sub("", text)
    if digits.startswith("+86"):
        digits = digits[3:]
    elif digits.startswith(("0086", "086")) and len(digits) > 13:
        digits = digits[digits.index("86") + 2 :]
    elif digits.startswith("86") and len(digits) == 13:
        digits = digits[2:]
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    if re.search(r"[、,;/，；]", text):
        raise CellFault("一格只能填一个电话号码")
    raise CellFault("电话应是 11 位手机号，或带区号的固定电话")


_NUMERALS = {character: index for index, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_GROUP_WORDS = r"(?:村民小组|村民组|生产小组|生产队|小组|组|社|队)"
_GROUP = re.compile(
    rf"第?(?P<number>\d{{1,3}}|[零〇一二两三四五六七八九十廿百]{{1,5}}){_GROUP_WORDS}?(?P<name>[(（].*[)）])?"
)
_ONLY_NUMBER = re.compile(rf"第?[\d.]+{_GROUP_WORDS}?")
_TRAILING_NUMERAL = re.compile(rf"第?([零〇一二两三四五六七八九十廿]{{1,4}})({_GROUP_WORDS})$")


def chinese_number(text: str) -> int | None:
    """一 -> 1, 十二 -> 12, 二十 -> 20, 廿一 -> 21, 一百零五 -> 105; None when it is not a number."""
    if text.isdigit():
        return int(text)
    text = text.replace("廿", "二十")
    total, current = 0, 0
    for character in text:
        if character == "百":
            total, current = total + (current or 1) * 100, 0
        elif character == "十":
            total, current = total + (current or 1) * 10, 0
        elif character in _NUMERALS:
            current = _NUMERALS[character]
        else:
            return None
    return total + current


@dataclass(frozen=True, slots=True)
class GroupName:
    """A village group as written: its serial where it has one (二组， 第2村民小组 -> 2), else its name (张家湾)."""

    serial: int | None
    name: str

    @property
    def key(self) -> str:
        """Equal for every way to write one group."""
        return str(self.serial) if self.serial is not None else self.name

    @property
    def label(self) -> str:
        return f"{self.serial}组" if self.serial is not None else self.name


@lru_cache(maxsize=4096)
def _group(text: str) -> GroupName | None:
    if not text:
        return None
    match = _GROUP.fullmatch(text)
    if match:
        serial = chinese_number(match["number"])
        if serial is not None and 0 < serial < 1000:
            return GroupName(serial, "")
        raise CellFault("组别应是 1 到 999 的数字，或组的名称")
    if _ONLY_NUMBER.fullmatch(text):
        raise CellFault("组别应是 1 到 999 的数字，或组的名称")
    name = _TRAILING_NUMERAL.sub(lambda found: f"{chinese_number(found[1])}{found[2]}", text)
    if len(name) > 30 or not re.fullmatch(r"[\w·\-()（）]+", name):
        raise CellFault("组别应写成“2组”或组的名称（如“张家湾”）")
    return GroupName(None, name)


def group_name(value: Cell) -> GroupName | None:
    """二组， 2组， 第2组， 第二村民小组， 2.0 -> group 2; 张家湾 -> itself; None when blank."""
    text = compact(value)
    return None if blank_word(text) else _group(text)


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
_PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_EXCEL_EPOCH = date(1899, 12, 30)


def any_date(value: Cell) -> date | None:
    """A date cell, text like 1990年1月2日 / 1990-1-2 / 1990.01.02 / 19900102, or Excel's serial number; None when blank."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 1 < value < 73_415:
        return _EXCEL_EPOCH + timedelta(days=int(value))
    text = text_of(value).replace("。", ".")
    text = re.sub(r"\s*([-/.年月日])\s*", r"\1", text)
    if blank_word(text):
        return None
    match = _DATE.fullmatch(text) or _PACKED_DATE.fullmatch(text)
    if not match:
        raise CellFault("日期请写成 1990-01-02 或 1990年1月2日")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellFault("这个日期不存在，请核对") from None


SEXES: Final = {
    "男": "male", "男性": "male", "m": "male", "male": "male", "1": "male",
    "女": "female", "女性": "female", "f": "female", "female": "female", "2": "female",
}  # fmt: skip


def sex(value: Cell) -> str:
    """``male``, ``female`` or empty. Raises CellFault otherwise."""
    text = compact(value).lower()
    if blank_word(text):
        return ""
    try:
        return SEXES[text]
    except KeyError:
        raise CellFault("性别只能填“男”或“女”") from None


_TAG_MARKS = re.compile(r"[、,;/|，；。\s+]+")


@lru_cache(maxsize=8192)
def _split(text: str) -> tuple[str, ...]:
    parts = dict.fromkeys(part for part in _TAG_MARKS.split(text) if part and not blank_word(part))
    return tuple(parts)


def split_tags(value: Cell) -> tuple[str, ...]:
    """低保、残疾人；党员 -> (低保， 残疾人， 党员): any of 、 , ; / | or a space between, each once, in order."""
    return _split(text_of(value))
