"""Rules of the registry, pure: no clock, no database. Sources are named beside each rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from cogov.common.errors import Problem
from cogov.common.money import Fen, format_yuan
from cogov.common.text import normalize_name, normalize_text
from villages.identity import OLDEST_YEARS, IdentityFault, mask_identity, parse_identity

REGISTERED, AWAY, MOVED, DECEASED = "registered", "away", "moved", "deceased"
ACTIVE = (REGISTERED, AWAY)
HEAD = "head"
ADULT = 18

_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}|\d{7,8}", re.ASCII)


# --- people (VIL-3) ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResidentDraft:
    """A person as somebody typed him. ``id_number`` and ``phone`` are bare: never print this object."""

    name: str
    relation: str
    sex: str = ""
    birth_date: date | None = None
    id_number: str = ""
    phone: str = ""
    political_status: str = "masses"
    skills: str = ""
    state: str = REGISTERED
    tags: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<ResidentDraft>"


def check_resident(draft: ResidentDraft, *, today: date) -> tuple[ResidentDraft, list[Problem]]:
    """The draft in clean form (number upper case, birth date and sex from the number) and what is wrong with it."""
    problems: list[Problem] = []
    name = normalize_name(draft.name)
    if not name:
        problems.append(Problem("请填写姓名", column="姓名"))
    elif len(name) > 50:
        problems.append(Problem("姓名太长，最多 50 个字", column="姓名"))
    number = re.sub(r"\s", "", normalize_text(draft.id_number)).upper()
    sex, birth_date = draft.sex, draft.birth_date
    if number:
        try:
            identity = parse_identity(number, today=today)
        except IdentityFault as fault:
            problems.append(Problem(str(fault), column="身份证号", value=mask_identity(number)))
        else:
            if sex and sex != identity.sex:
                problems.append(Problem("性别与身份证号不一致，请核对", column="性别"))
            if birth_date and birth_date != identity.birth_date:
                problems.append(Problem("出生日期与身份证号不一致，请核对", column="出生日期"))
            sex, birth_date = identity.sex, identity.birth_date
    if not sex:
        problems.append(Problem("请选择性别", column="性别"))
    problems.extend(birth_date_problems(birth_date, today=today))
    phone = re.sub(r"[\s\-—()]", "", normalize_text(draft.phone))
    phone = phone.removeprefix("+86")
    if phone and not _PHONE.fullmatch(phone):
        problems.append(Problem("联系电话应为 11 位手机号或带区号的固定电话", column="联系电话"))
    clean = replace(
        draft,
        name=name,
        id_number=number,
        phone=phone,
        sex=sex,
        birth_date=birth_date,
        skills=normalize_text(draft.skills),
    )
    return clean, problems


def birth_date_problems(birth_date: date | None, *, today: date) -> list[Problem]:
    """A birth date is not in the future and not older than any person alive."""
    if birth_date is None:
        return []
    if birth_date > today:
        return [Problem("出生日期晚于今天", column="出生日期")]
    if birth_date.year < today.year - OLDEST_YEARS:
        return [Problem(f"出生日期早于 {today.year - OLDEST_YEARS} 年，不合常理", column="出生日期")]
    return []


def age_on(birth_date: date, day: date) -> int:
    """Completed years; somebody born on 29 February has his birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def is_adult(birth: date | None, on: date) -> bool:
    """Known to be eighteen or older on a day; an unknown birth date is no proof."""
    return birth is not None and age_on(birth, on) >= ADULT


def is_minor(birth: date | None, on: date) -> bool:
    """Known to be younger than eighteen on a day: never named in public (PNT-5)."""
    return birth is not None and not is_adult(birth, on)


def eighteen_before(day: date) -> date:
    """Whoever was born on that day or before is an adult on ``day``."""
    try:
        return day.replace(year=day.year - ADULT)
    except ValueError:  # 29 February
        return day.replace(year=day.year - ADULT, day=28)


def populations(states: Iterable[str]) -> tuple[int, int]:
    """(registered, actual): who is away is registered but not there; who moved or died is neither."""
    listed = list(states)
    return sum(state in ACTIVE for state in listed), listed.count(REGISTERED)


# --- relations to the head (VIL-2, VIL-3) ----------------------------------------------------------------------

# What a member is to the new head, by what the new head was to the old one; None: nobody can tell from here.
_SEEN_FROM: Mapping[str, Mapping[str, str]] = {
    "spouse": {
        "head": "spouse", "child": "child", "child_in_law": "child_in_law", "parent": "parent_in_law",
        "parent_in_law": "parent", "grandchild": "grandchild",
    },
    "child": {
        "head": "parent", "spouse": "parent", "child": "sibling", "parent": "grandparent",
        "parent_in_law": "grandparent",
    },
    "child_in_law": {"head": "parent_in_law", "spouse": "parent_in_law"},
    "parent": {
        "head": "child", "spouse": "child_in_law", "child": "grandchild", "parent": "spouse", "sibling": "child",
        "grandparent": "parent",
    },
    "parent_in_law": {"head": "child_in_law", "spouse": "child", "child": "grandchild", "parent_in_law": "spouse"},
    "grandchild": {"head": "grandparent", "spouse": "grandparent"},
    "grandparent": {"head": "grandchild", "parent": "child", "grandparent": "spouse"},
    "sibling": {
        "head": "sibling", "parent": "parent", "grandparent": "grandparent", "sibling": "sibling",
    },
}  # fmt: skip


def relations_under(relations: Mapping[int, str], new_head: int) -> tuple[dict[int, str], frozenset[int]]:
    """Relations to ``new_head``, and whose relation nobody can derive (set to 其他亲属, to be checked by a person).

    ``relations`` maps resident ids to their relation to the old head.
    """
    table = _SEEN_FROM.get(relations[new_head], {})
    derived: dict[int, str] = {}
    doubtful: set[int] = set()
    for resident, relation in relations.items():
        if resident == new_head:
            derived[resident] = HEAD
        elif relation == "not_kin" or relations[new_head] == "not_kin":
            derived[resident] = "not_kin"
        elif relation in table:
            derived[resident] = table[relation]
        else:
            derived[resident] = "other_kin"
            doubtful.add(resident)
    if relations[new_head] == HEAD:
        return dict(relations), frozenset()
    return derived, frozenset(doubtful)


def split_reasons(
    *,
    active: Collection[int],
    leaving: Collection[int],
    new_head: int,
    old_head: int | None,
    successor: int | None,
) -> list[str]:
    """Why a household can't be split like this; empty when it can (VIL-2)."""
    reasons = []
    if not leaving:
        reasons.append("请选择分出去的成员")
    if not set(leaving) <= set(active):
        reasons.append("分出去的成员须是本户在册或外出的成员")
    if leaving and set(active) <= set(leaving):
        reasons.append("不能把全部成员都分出去，原户至少要留一人")
    if new_head not in leaving:
        reasons.append("新户的户主须在分出去的成员里")
    if old_head is not None and old_head in leaving:
        if successor is None:
            reasons.append("原户主也分出去时，须选一位留下的成员接任原户户主")
        elif successor not in active or successor in leaving:
            reasons.append("接任原户户主的须是留在原户的成员")
    elif successor is not None and successor != old_head:
        reasons.append("原户主没有分出去，不用另选户主；要换户主请用“变更户主”")
    return reasons


# --- numbers ---------------------------------------------------------------------------------------------------


def next_number(taken: Iterable[str]) -> str:
    """The number after the highest plain one in use, at its width: 001, 002 -> 003; none yet -> 001."""
    plain = [number for number in taken if number.isascii() and number.isdigit()]
    if not plain:
        return "001"
    highest = max(plain, key=int)
    return str(int(highest) + 1).zfill(len(highest))


# --- derived duties (VIL-8) --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explained:
    """A number with the steps that led to it, in Chinese a resident can read."""

    value: int
    steps: tuple[str, ...]


def cleaners_needed(population: int, people_per_cleaner: int = 300) -> Explained:
    """One cleaner per 300 people, rounded up [001]: 1,104 people need 4."""
    if population < 0 or people_per_cleaner < 1:
        raise ValueError("population >= 0 and people_per_cleaner >= 1")
    count = -(-population // people_per_cleaner)
    return Explained(
        count, (f"人口 {population} 人 ÷ 每名保洁员 {people_per_cleaner} 人，有余数进一 = {count} 名",)
    )


def rubbish_fee(persons: int, fen_per_person_month: Fen, months: int = 12) -> Explained:
    """Fee of a household in fen [000-2 §22]: 4 people at 1 yuan for a year owe 48 yuan."""
    if persons < 0 or fen_per_person_month < 0 or not 1 <= months <= 12:
        raise ValueError("persons >= 0, fee >= 0, 1 <= months <= 12")
    due = persons * fen_per_person_month * months
    return Explained(
        due,
        (
            f"{persons} 人 × 每人每月 {format_yuan(fen_per_person_month)} × {months} 个月 = {format_yuan(due)}",
        ),
    )


def fee_match(*, due: Fen, paid: Fen, matched: Fen, percent: int) -> Explained:
    """What the township still adds (先交后补): nothing before everything is paid, then ``percent`` of it, in whole fen."""
    if paid < due or due == 0:
        return Explained(0, ("没有交清，暂不补助",))
    owed = paid * percent // 100
    rest = max(0, owed - matched)
    return Explained(
        rest, (f"实缴 {format_yuan(paid)} × {percent}% = {format_yuan(owed)}，已补助 {format_yuan(matched)}",)
    )
