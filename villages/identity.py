"""Citizen identity numbers by GB 11643-1999: structure, check digit, birth date, sex. Pure Python.

A number is 6 digits of region, 8 of birth date, 3 of sequence (odd for men, even for women) and a check
character by ISO 7064 MOD 11-2. Numbers of 15 digits, out of use since 2013, are refused with a message of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import Final

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS: Final = "10X98765432"
_OFFSET: Final = 48 * sum(WEIGHTS)
MALE, FEMALE = "male", "female"
OLDEST_YEARS: Final = 130

_PROVINCES: Final = {
    1: "12345",
    2: "123",
    3: "1234567",
    4: "123456",
    5: "01234",
    6: "12345",
    7: "1",
    8: "123",
}
PROVINCES: Final = frozenset([f"{region}{part}" for region, parts in _PROVINCES.items() for part in parts])
"""First two digits in use; 81, 82, 83 stand on residence permits of Hong Kong, Macao and Taiwan residents.
A leading 9 marks the permanent residence card of a foreigner (2017 and later)."""

_SHAPE = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_OLD_SHAPE = re.compile(r"[1-9]\d{14}", re.ASCII)
_EXPONENT = re.compile(r"\d(?:\.\d+)?E\+?1[4-7]", re.ASCII | re.IGNORECASE)


class IdentityFault(ValueError):
    """What is wrong with a number, as a Chinese sentence without the number itself."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A number that passed every check, and what it says."""

    number: str
    birth_date: date
    sex: str


def check_character(body: str) -> str:
    """The 18th character for the 17 digits of ``body``."""
    return CHECK_CHARACTERS[(sum(map(mul, WEIGHTS, body.encode())) - _OFFSET) % 11]


def parse_identity(number: str, *, today: date) -> Identity:
    """Check a clean number of 18 characters (upper-case X). Raises IdentityFault.

    ``today`` bounds the birth date; the caller passes it because rules have no clock.
    """
    if not _SHAPE.fullmatch(number):
        raise IdentityFault(_shape_fault(number))
    if check_character(number[:17]) != number[17]:
        if number.endswith("000"):
            raise IdentityFault(ROUNDED)
        raise IdentityFault("身份证号的校验码（最后一位）不对，请核对是否抄错或漏了数字")
    if number[:2] not in PROVINCES and number[0] != "9":
        raise IdentityFault("身份证号开头的地区代码不存在")
    try:
        birth_date = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdentityFault("身份证号中的出生日期不存在") from None
    if birth_date > today:
        raise IdentityFault("身份证号中的出生日期晚于今天")
    if birth_date.year < today.year - OLDEST_YEARS:
        raise IdentityFault(f"身份证号中的出生日期早于 {today.year - OLDEST_YEARS} 年，不合常理")
    return Identity(number, birth_date, MALE if number[16] in "13579" else FEMALE)


ROUNDED: Final = (
    "身份证号被 Excel 改成了数字，末几位已经丢失。请先把这一列设为“文本”格式，再重新填写完整的 18 位号码"
)


def _shape_fault(number: str) -> str:
    if _EXPONENT.fullmatch(number):
        return ROUNDED
    if _OLD_SHAPE.fullmatch(number):
        return "这是 15 位旧身份证号，请填写 18 位号码"
    if re.fullmatch(r"[\dX]+", number, re.ASCII) and len(number) != 18:
        return f"身份证号应为 18 位，现在是 {len(number)} 位"
    return "身份证号只能是 17 位数字加一位数字或 X"


def mask_identity(text: str) -> str:
    """For messages: the first three characters and the last one, ``421**************X``; short texts wholly masked."""
    if len(text) < 8:
        return "*" * len(text)
    return text[:3] + "*" * (len(text) - 4) + text[-1]
