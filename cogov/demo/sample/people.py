"""Invented people for the demo: plausible, deterministic, and nobody's.

The same village gives the same households on every machine. Identity numbers are valid by GB 11643 and unique in the
county, but invented; phones begin with 19900, which no operator has given out.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from villages.identity import check_character

HEADER = (
    "户号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "性别",
    "身份证号",
    "联系电话",
    "组别",
    "户籍状态",
    "人户标签",
)

_SURNAMES = (
    ["王"] * 14 + ["李"] * 12 + ["张"] * 11 + ["刘"] * 10 + ["陈"] * 10 + ["黄"] * 9 + ["汪"] * 8 + ["吴"] * 7
    + ["程"] * 7 + ["甘"] * 6 + ["庞"] * 6 + ["孙"] * 5 + ["杨"] * 5 + ["周"] * 5 + ["徐"] * 4 + ["胡"] * 4
    + ["熊"] * 4 + ["沈"] * 3 + ["饶"] * 3 + ["雷"] * 3 + ["龚"] * 2 + ["谌"] * 2 + ["单", "仇", "曾", "查", "解"]
    + ["欧阳", "上官", "尉迟", "龑", "牛"]
)  # fmt: skip
_MEN = "国 建 志 文 明 军 伟 强 勇 海 波 林 涛 平 华 刚 春 生 德 良 友 金 水 木 先 昌 继 正 祥 清 汉 楚 崇 阳 炳 火 和".split()
_WOMEN = "秀 英 玉 兰 桂 芳 春 梅 凤 珍 霞 丽 红 娟 燕 艳 琴 云 莲 菊 香 满 枝 细 金 银 翠 爱 莉 静 敏 慧 雪 月 巧".split()
_NEW_MEN = "子轩 浩宇 俊杰 宇航 梓豪 一鸣 博文 思源 泽楷 昊天 晨曦 明哲 嘉乐 天佑 宏博".split()
_NEW_WOMEN = "梓涵 欣怡 雨桐 诗琪 思琪 可馨 佳怡 语嫣 梦瑶 子墨 雅婷 若曦 一诺 芷若 心妍".split()
_RARE_MEN = ["喆", "昇", "赟", "祎", "堃", "彧", "䶮", "翀", "淼", "犇"]
_RARE_WOMEN = ["珺", "玥", "祎", "頔", "赟", "弢", "㛃", "朤"]

_HOUSEHOLD_TAGS = (
    ("脱贫户", 11),
    ("低保", 7),
    ("监测户", 2),
    ("五保", 1),
    ("党员中心户", 3),
    ("退役军人", 4),
    ("残疾人", 3),
)
_RESIDENT_TAGS = (("村民代表", 4), ("能人", 3), ("热心公益", 4), ("乡贤", 2), ("志愿者", 5))


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the household workbook."""

    relation: str
    name: str
    sex: str
    id_number: str
    phone: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One household of the workbook."""

    number: str
    group: str
    state: str
    people: tuple[Person, ...] = field(default=())


class Village:
    """The invented people of one village. ``index`` (0-249) is its place in the county: no two share a number."""

    def __init__(self, code: str, index: int, households: int, groups: int, today: date) -> None:
        self.code, self.index, self.count, self.groups, self.today = code, index, households, groups, today
        self._random = random.Random(f"cogov-{code}")  # noqa: S311 - a demo, not a secret
        self._given: dict[tuple[date, str], int] = {}

    def families(self) -> Iterator[Family]:
        for serial in range(1, self.count + 1):
            yield self._family(serial)

    def _family(self, serial: int) -> Family:
        rnd = self._random
        surname = rnd.choice(_SURNAMES)
        head_sex = "女" if rnd.random() < 0.14 else "男"
        head_age = int(min(88, max(26, rnd.gauss(54, 13))))
        people = [self._person("户主", surname, head_sex, head_age, phone=True)]
        married = rnd.random() < 0.82
        if married:
            other = "男" if head_sex == "女" else "女"
            people.append(
                self._person(
                    "配偶",
                    rnd.choice(_SURNAMES),
                    other,
                    head_age - rnd.randint(-3, 5),
                    phone=rnd.random() < 0.6,
                )
            )
        for index in range(rnd.choice((0, 1, 1, 2, 2, 3)) if head_age > 27 else 0):
            age = head_age - rnd.randint(22, 30) - 2 * index
            if age >= 0:
                people.append(
                    self._person(
                        "子女", surname, rnd.choice("男女"), age, phone=age > 17 and rnd.random() < 0.5
                    )
                )
        if head_age > 50 and married and rnd.random() < 0.4:
            age = head_age - rnd.randint(48, 54)
            if age >= 0:
                people.append(self._person("孙子女", surname, rnd.choice("男女"), age, phone=False))
        if head_age < 60 and rnd.random() < 0.3:
            people.append(
                self._person("父母", surname, rnd.choice("男女"), head_age + rnd.randint(22, 27), phone=False)
            )
        tags = [tag for tag, percent in _HOUSEHOLD_TAGS if rnd.random() * 100 < percent]
        if head_age >= 65 and len(people) <= 2:
            tags.append("空巢老人")
        first = people[0]
        people[0] = Person(
            first.relation,
            first.name,
            first.sex,
            first.id_number,
            first.phone,
            tuple(dict.fromkeys((*tags, *first.tags))),
        )
        state = "外出" if rnd.random() < 0.12 else "在册"
        return Family(
            f"{serial:03d}", f"{(serial - 1) * self.groups // self.count + 1}组", state, tuple(people)
        )

    def _person(self, relation: str, surname: str, sex: str, age: int, *, phone: bool) -> Person:
        rnd = self._random
        age = max(0, min(age, 97))
        born = self.today - timedelta(days=age * 365 + rnd.randint(20, 380))
        tags = tuple(tag for tag, percent in _RESIDENT_TAGS if age >= 20 and rnd.random() * 100 < percent)
        number = f"19900{rnd.randint(0, 999999):06d}" if phone else ""
        return Person(relation, self._name(surname, sex, age), sex, self._identity(born, sex), number, tags)

    def _name(self, surname: str, sex: str, age: int) -> str:
        rnd = self._random
        if age < 30:
            if rnd.random() < 0.08:
                return surname + rnd.choice(_RARE_MEN if sex == "男" else _RARE_WOMEN)
            return surname + rnd.choice(_NEW_MEN if sex == "男" else _NEW_WOMEN)
        pool = _MEN if sex == "男" else _WOMEN
        if rnd.random() < 0.02:
            return surname + rnd.choice(_RARE_MEN if sex == "男" else _RARE_WOMEN)
        return surname + (rnd.choice(pool) if rnd.random() < 0.18 else "".join(rnd.sample(pool, 2)))

    def _identity(self, born: date, sex: str) -> str:
        """A valid number nobody else has: each village owns two sequence numbers of every day and sex."""
        while self._given.get((born, sex), 0) == 2:
            born -= timedelta(days=1)
        used = self._given[born, sex] = self._given.get((born, sex), 0) + 1
        sequence = 2 * (2 * self.index + used - 1) + (1 if sex == "男" else 0)
        body = f"421223{born:%Y%m%d}{sequence:03d}"
        return body + check_character(body)


def workbook_csv(families: list[Family]) -> bytes:
    """The families as a village would keep them: one row per person, UTF-8 with a mark, as Excel saves it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for family in families:
        for person in family.people:
            writer.writerow(
                (
                    family.number,
                    family.people[0].name,
                    person.relation,
                    person.name,
                    person.sex,
                    person.id_number,
                    person.phone,
                    family.group,
                    family.state,
                    "、".join(person.tags),
                )
            )
    return text.getvalue().encode("utf-8-sig")
