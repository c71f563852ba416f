"""The parts that a kind of notice must have before it is published (NTC-1). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cogov.common.errors import Problem
from notices.printing import content as model

PartKind = Literal[
    "section", "columns", "word", "basis", "calculation", "objection", "addressee", "legal_basis", "limit"
]
_BLANK = re.compile(r"【填[^】]*】")


@dataclass(frozen=True, slots=True)
class Part:
    """One required part.

    ``section``: a heading that contains one of ``words``, with something below it; ``columns``: a table that has a
    column for each of ``words`` (alternatives by /); ``word``: one of ``words`` stands in the text; ``limit``: the text
    is no longer than ``words`` says.
    """

    kind: PartKind
    label: str
    words: tuple[str, ...] = ()


BASIS = Part("basis", "公示依据（决议、办法条款或法律）")
CALCULATION = Part("calculation", "计算办法说明")
OBJECTION = Part("objection", "异议受理地点和电话")
NO_TELEPHONE = (
    "没有异议受理电话，不能发布：请乡镇管理员在“公示 → 发文机关”里填上办公电话"
    "（填在乡镇那一行，各村通用；村里另有电话的，填在村那一行）"
)
ADDRESSEE = Part("addressee", "主送对象")
LEGAL_BASIS = Part("legal_basis", "公开依据（可以公布名单的法律或村规民约）")
_FIELDS: dict[str, str] = {
    "basis": "依据",
    "calculation": "计算办法",
    "objection": "异议受理",
    "addressee": "主送",
    "legal_basis": "公开依据",
}


def section(*words: str) -> Part:
    return Part("section", words[0], words)


def columns(*words: str) -> Part:
    return Part("columns", f"表格（{'、'.join(word.split('/')[0] for word in words)}）", words)


def word(label: str, *words: str) -> Part:
    return Part("word", label, words or (label,))


def at_most(characters: int) -> Part:
    """A text that has to stand on one sheet."""
    return Part("limit", f"正文不超过{characters}字", (str(characters),))


def missing_parts(content: model.NoticeContent, parts: Sequence[Part]) -> tuple[Problem, ...]:
    """What is missing, each with the place where it belongs; also blanks of the template that nobody filled in."""
    problems = [problem for part in parts if (problem := _missing(content, part)) is not None]
    blanks = dict.fromkeys(found for text in model.texts(content) for found in _BLANK.findall(text))
    problems += [Problem(f"还有空没有填：{blank}", column="正文") for blank in blanks]
    return tuple(problems)


def _missing(content: model.NoticeContent, part: Part) -> Problem | None:
    if part.kind == "section":
        found, message, column = (
            _has_section(content, part.words),
            f"缺少“{part.label}”一节，或者这一节是空的",
            "正文",
        )
    elif part.kind == "columns":
        found, message, column = _has_columns(content, part.words), f"缺少{part.label}", "正文"
    elif part.kind == "limit":
        length = sum(len(block.text) for block in content.blocks if isinstance(block, model.Paragraph))
        found, message, column = length <= int(part.words[0]), f"{part.label}，现有{length}字", "正文"
    elif part.kind == "word":
        text = "".join(model.texts(content))
        found, message, column = any(w in text for w in part.words), f"正文没有写明{part.label}", "正文"
    elif part.kind == "objection":
        where = content.objection
        found = where is not None and bool(where.place and where.telephone)
        message = NO_TELEPHONE if where is not None and where.place else "缺少异议受理地点"
        column = _FIELDS[part.kind]
    else:
        value = getattr(content, part.kind)
        found, message, column = bool(value), f"缺少{part.label}", _FIELDS[part.kind]
    return None if found else Problem(message, column=column)


def _has_section(content: model.NoticeContent, words: Sequence[str]) -> bool:
    blocks = content.blocks
    for i, block in enumerate(blocks[:-1]):
        if not isinstance(block, model.Heading) or not any(w in block.text for w in words):
            continue
        after = blocks[i + 1]
        deeper = isinstance(after, model.Heading) and after.level > block.level
        if deeper or not isinstance(after, model.Heading | model.PageBreak):
            return True
    return False


def _has_columns(content: model.NoticeContent, words: Sequence[str]) -> bool:
    return any(
        isinstance(block, model.Table)
        and block.rows
        and all(any(w in c.title for w in group.split("/") for c in block.columns) for group in words)
        for block in content.blocks
    )
