"""Chinese punctuation for paper and large screens: explanations are stored with plain , ; : ( ) and shown full width."""

from __future__ import annotations

import re

_HAN = r"[\u2e80-\u9fff\u3000-\u303f\uf900-\ufaff“”‘’》《〔〕\U00020000-\U0003ffff]"
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）"}
_AFTER = re.compile(rf"(?<={_HAN})([,;:?!()])")
_BEFORE = re.compile(rf"([,;:?!()])(?={_HAN})")


def chinese(text: str) -> str:
    """Punctuation that touches a Han character becomes full width.

    >>> chinese("本月上限 20 分,已得 15 分,计 5 分")
    '本月上限 20 分，已得 15 分，计 5 分'
    """

    def full(match: re.Match[str]) -> str:
        return _FULL[match[1]]

    return _BEFORE.sub(full, _AFTER.sub(full, text))
