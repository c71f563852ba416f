"""Words villages use for relation, state and tags -> the registry's words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from villages.importing.normalise import CellFault, blank_word, compact, split_tags
from villages.importing.table import Cell

HEAD: Final = "head"

_RELATIONS: Final = {
    HEAD: "户主 本人 本户户主 户主本人 家长",
    "spouse": "配偶 妻 妻子 夫 丈夫 爱人 老婆 老公 之妻 之夫 内人 夫妻",
    "child": (
        "子女 儿子 女儿 子 女 儿 长子 次子 长女 次女 独生子 独生女 独子 独女 养子 养女 继子 继女 之子 之女 儿女 孩子 "
        "养子女 继子女 小儿 小女 幼子 幼女 其他儿子 其他女儿 养子或继子 养女或继女"
    ),
    "child_in_law": "子女的配偶 儿媳 女婿 媳 婿 媳妇 儿媳妇 上门女婿 子媳",
    "parent": "父母 父亲 母亲 父 母 爸爸 妈妈 爸 妈 继父 继母 养父 养母 之父 之母",
    "parent_in_law": "配偶的父母 公公 婆婆 公婆 岳父 岳母 岳父母 丈人 丈母 丈母娘 配偶父母",
    "grandchild": (
        "孙子女 孙子 孙女 孙 孙儿 孙女儿 外孙 外孙子 外孙女 外孙子女 曾孙 曾孙子 曾孙女 重孙 重孙女 重孙子 长孙 长孙女 "
        "孙子孙女 孙子或外孙子 孙女或外孙女"
    ),
    "grandparent": "祖父母 祖父 祖母 爷爷 奶奶 爷 奶 外祖父 外祖母 外公 外婆 姥爷 姥姥 曾祖父 曾祖母 外祖父母",
    "sibling": "兄弟姐妹 兄弟 姐妹 兄 弟 姐 妹 姊 哥 哥哥 弟弟 姐姐 妹妹 大哥 胞兄 胞弟 胞姐 胞妹 姊妹 兄妹",
    "other_kin": (
        "其他亲属 亲属 其他亲戚 亲戚 嫂 嫂子 弟媳 弟媳妇 弟妇 弟妹 姐夫 妹夫 侄 侄子 侄女 侄儿 堂侄 侄媳 外甥 外甥女 甥 甥女 "
        "伯父 叔父 伯伯 叔叔 伯 叔 伯母 婶 婶婶 姑 姑姑 姑妈 姨 姨妈 舅 舅舅 舅父 舅母 堂兄 堂弟 堂姐 堂妹 表兄 表弟 表姐 表妹 "
        "孙媳 孙媳妇 孙婿 孙女婿 外孙媳 外孙婿 外孙媳妇 其他"
    ),
    "not_kin": "非亲属 寄养 保姆 雇员 同住 其他非亲属 寄居 帮工",
}
"""Code of ``villages.models.Relation`` -> words for it."""
_RELATION_OF: Final = {word: code for code, words in _RELATIONS.items() for word in words.split()}

_MEN: Final = frozenset(
    [
        "儿子",
        "长子",
        "次子",
        "子",
        "儿",
        "养子",
        "继子",
        "独生子",
        "女婿",
        "父亲",
        "父",
        "孙子",
        "孙",
        "祖父",
        "爷爷",
        "外公",
        "岳父",
        "公公",
        "兄",
        "弟",
        "哥哥",
        "弟弟",
        "丈夫",
        "夫",
    ]
)
_WOMEN: Final = frozenset(
    [
        "女儿",
        "长女",
        "次女",
        "女",
        "养女",
        "继女",
        "独生女",
        "儿媳",
        "母亲",
        "母",
        "孙女",
        "祖母",
        "奶奶",
        "外婆",
        "岳母",
        "婆婆",
        "姐",
        "妹",
        "姐姐",
        "妹妹",
        "妻",
        "妻子",
    ]
)


def sex_of_relation(value: Cell) -> str:
    """What the word itself says (妻 -> female); used only where a row has neither sex nor identity number."""
    text = _ORDINAL.sub("", compact(value))
    return "male" if text in _MEN else "female" if text in _WOMEN else ""


_ORDINAL = re.compile(r"^(?:第?[大小一二三四五六七八九十长次幼\d]+|养|继|非婚生|之)(?=[子女儿孙媳婿])")


def relation(value: Cell) -> str:
    """长子 -> 儿子， 妻 -> 配偶， 本人 -> 户主； empty when blank. Raises CellFault for a word nobody knows."""
    return _relation(compact(value))


@lru_cache(maxsize=2048)
def _relation(text: str) -> str:
    if blank_word(text):
        return ""
    found = _RELATION_OF.get(text) or _RELATION_OF.get(_ORDINAL.sub("", text))
    if not found:
        found = _RELATION_OF.get(re.sub(r"^户主[的之]?|[(（].*$", "", text))
    if not found:
        raise CellFault(
            "与户主关系不认识，请填写：户主、配偶、儿子、女儿、儿媳、女婿、孙子、孙女、父亲、母亲、其他 等"
        )
    return found


_STATES: Final = {
    "registered": "在册 正常 在户 常住 在家 户在人在 在村 有效 在籍 户籍在册 在 正常户 现有 在册户 未注销",
    "away": "外出 外出务工 务工 流动 在外 外地 人户分离 户在人不在 不在家 外出户 举家外出 长期外出 流出",
    "cancelled": "注销 销户 已注销 已销户 户口注销 户籍注销 注销户",
    "moved": "迁出 已迁出 户口迁出 迁走",
    "deceased": "死亡 已故 去世 已死亡 亡故 已去世",
}
_STATE_OF: Final = {word: code for code, words in _STATES.items() for word in words.split()}


def state(value: Cell) -> str:
    """``registered``, ``away``, ``cancelled``, ``moved`` or ``deceased``; empty when blank. Raises CellFault otherwise."""
    text = compact(value)
    if blank_word(text):
        return ""
    try:
        return _STATE_OF[text]
    except KeyError:
        raise CellFault("户籍状态只能填“在册”“外出”“注销”（或“迁出”“死亡”）") from None


_POLITICAL: Final = {
    "masses": "群众 普通群众 一般群众 公民",
    "party": "中共党员 党员 共产党员 中国共产党党员 正式党员",
    "probationary": "中共预备党员 预备党员",
    "league": "共青团员 团员 共青团",
    "democratic": "民主党派 民革党员 民盟盟员 民建会员 民进会员 农工党党员 致公党党员 九三学社社员 无党派人士 无党派",
}
_POLITICAL_OF: Final = {word: code for code, words in _POLITICAL.items() for word in words.split()}


def political_status(value: Cell) -> str:
    """A code of ``villages.models.PoliticalStatus``; empty when blank. Raises CellFault otherwise."""
    text = compact(value)
    if blank_word(text):
        return ""
    try:
        return _POLITICAL_OF[text]
    except KeyError:
        raise CellFault("政治面貌请填写：群众、中共党员、中共预备党员、共青团员 或 民主党派") from None


POLITICAL_TAGS: Final = {"党员": "party", "预备党员": "probationary", "共青团员": "league"}
"""Among the tags, but a column of its own in the registry."""

RESIDENT_TAGS: Final = frozenset(
    [
        "残疾人",
        "退役军人",
        "党员",
        "留守儿童",
        "留守妇女",
        "空巢老人",
        "五老",
        "乡贤",
        "能人",
        "人才",
        "热心公益",
        "高龄老人",
        "孤儿",
        "重病",
        "精神障碍",
        "大学生",
        "志愿者",
        "村干部",
    ]
)
"""Tags that describe a person; a tag nobody has met before describes the household."""

_TAG_OF: Final = {
    word: name
    for name, words in {
        "低保": "低保 低保户 低保对象 城乡低保 农村低保 享受低保",
        "五保": "五保 五保户 特困 特困户 特困供养 特困人员 分散供养 集中供养 农村特困",
        "脱贫户": "脱贫户 脱贫 建档立卡 建档立卡户 建档立卡贫困户 贫困户 已脱贫户 脱贫人口",
        "监测户": "监测户 监测对象 防返贫监测户 边缘易致贫户 脱贫不稳定户 三类户 突发严重困难户",
        "党员中心户": "党员中心户 中心户",
        "空巢老人": "空巢老人 空巢 独居老人 空巢户",
        "留守儿童": "留守儿童 留守 留守小孩",
        "留守妇女": "留守妇女",
        "残疾人": "残疾人 残疾 残疾户 持证残疾人 残疾人家庭",
        "退役军人": "退役军人 退伍军人 退伍兵 转业军人 复员军人 退伍 退役",
        "军属": "军属 现役军属 军人家属",
        "烈属": "烈属 烈士家属 烈士遗属",
        "党员": "党员 中共党员 共产党员",
    }.items()
    for word in words.split()
}


def tags(value: Cell) -> tuple[str, ...]:
    """Tags in the registry's words, each once, in the order given; words of the village's own stay as they are."""
    return _tags(split_tags(value))


@lru_cache(maxsize=8192)
def _tags(words: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_TAG_OF.get(word, word) for word in words))
    if any(len(word) > 20 for word in found):
        raise CellFault("标签过长（每个最多 20 个字），多个标签请用顿号“、”隔开")
    return found
