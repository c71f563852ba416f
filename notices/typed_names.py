"""Names of residents that somebody typed into free text: hidden on public pages, those of minors kept off paper.

documents.md, masking; NTC-4. A village's register has some thousand names: one query and a look into a set for every two,
three, four characters of the text, whatever its length.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from cogov.common.errors import Problem
from cogov.common.text import mask_name
from notices import rules
from notices.printing import content as model
from villages.models import Resident, Village

_LEAST = 2
_WORDS = frozenset(
    "安康 安全 安心 白云 成功 成果 成就 程序 方案 方便 方法 方圆 高兴 公平 国庆 和平 和气 黄金 解放 金山 平安 平和 平均 万元 文化 "
    "文明 温泉 温馨 幸福 元旦 时间 于是 有关 余额 全体 全面 周边 周期 周年 常年 常用 高度 高山 关于 关注 干净 项目 项下".split()
)
"""Words of notices that begin like a surname: a resident called so is not looked for."""


@dataclass(frozen=True, slots=True)
class TypedNames:
    """Names that stand in a text, longest first, and those of them that can only be a minor's."""

    names: tuple[str, ...] = ()
    minors: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What the publisher is told of the names; empty without any."""
        shown = "、".join(f"{name}（{mask_name(name)}）" for name in self.names)
        return f"正文写有村民姓名：{shown}，电视公告栏、自助机和网上只显示括号里的" if shown else ""

    @property
    def problem(self) -> Problem | None:
        """Anything of a minor never stands on paper (documents.md)."""
        if not self.minors:
            return None
        text = f"写有未成年人姓名：{'、'.join(self.minors)}，不能公示，请改写，如“某某户的子女”"
        return Problem(text, column="正文")


def resident_names(village: Village) -> frozenset[str]:
    """Names of everybody who is or was registered in the village. One query."""
    rows = Resident.objects.filter(household__village=village).order_by().values_list("name", flat=True)
    return frozenset(name for name in rows.distinct() if len(name) >= _LEAST) - _WORDS


def names_typed(content: model.NoticeContent, names: Set[str]) -> frozenset[str]:
    """Which of ``names`` stand in the text, its tables and its title; not in columns of names, which are hidden anyway."""
    lengths = {len(name) for name in names}
    return frozenset(
        found
        for text in _texts(content)
        for length in lengths
        for start in range(len(text) - length + 1)
        if (found := text[start : start + length]) in names
    )


def look_up(content: model.NoticeContent, village: Village, today: date) -> TypedNames:
    """What the publisher of a village's notice has to know. Two queries, or one where nobody is named."""
    known = resident_names(village)
    listed = {cell for column in _name_columns(content) for cell in column}
    typed = names_typed(content, known)
    wanted = typed | (listed & known)
    if not wanted:
        return TypedNames()
    births: dict[str, list[date | None]] = {}
    bearers = Resident.objects.filter(household__village=village, name__in=wanted).order_by()
    for name, born in bearers.values_list("name", "birth_date"):
        births.setdefault(name, []).append(born)
    minors = [name for name, born in births.items() if rules.only_a_minors(name, born, today)]
    return TypedNames(_ordered(typed), _ordered(minors))


def _ordered(names: Set[str] | list[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _texts(content: model.NoticeContent) -> list[str]:
    out = [content.title, content.addressee, content.calculation, *content.basis, *content.attachments]
    for block in content.blocks:
        if isinstance(block, model.Paragraph | model.Heading):
            out.append(block.text)
        elif isinstance(block, model.Table):
            plain = [i for i, column in enumerate(block.columns) if column.kind != "name"]
            out += [block.caption, block.note, *(row[i] for row in block.rows for i in plain)]
    return out


def _name_columns(content: model.NoticeContent) -> list[list[str]]:
    return [
        [row[i].strip() for row in block.rows]
        for block in content.blocks
        if isinstance(block, model.Table)
        for i, column in enumerate(block.columns)
        if column.kind == "name"
    ]
