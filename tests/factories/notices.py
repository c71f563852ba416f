"""A township with two villages and its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cogov.access.models import Duty, User
from cogov.access.roles import Role
from tests.factories.issuers import give_telephone
from villages.models import Township, Village


@dataclass
class Place:
    """沙坪镇 with 板坑村 and 大集村; a clerk, two secretaries, a cadre, an auditor."""

    township: Township
    village: Village
    other: Village
    clerk: User
    leader: User
    cadre: User
    secretary: User
    stranger: User
    auditor: User


def person(name: str, role: Role, code: str) -> User:
    user = User.objects.create_user(name, "pw", full_name=name)
    Duty.objects.create(user=user, role=role, scope_code=code, starts_on=date(2024, 1, 1))
    return user


def make_place() -> Place:
    township = Township.objects.create(
        code="421223101",
        name="沙坪镇",
        province="湖北省",
        city="咸宁市",
        county_code="421223",
        county="崇阳县",
    )
    give_telephone(township)
    village = Village.objects.create(
        code="421223101201", township=township, name="板坑村", official_name="板坑村村委会"
    )
    other = Village.objects.create(
        code="421223101202", township=township, name="大集村", official_name="大集村村委会"
    )
    return Place(
        township,
        village,
        other,
        person("clerk", Role.TOWNSHIP_ADMIN, township.code),
        person("leader", Role.TOWNSHIP_LEADER, township.code),
        person("cadre", Role.VILLAGE_CADRE, village.code),
        person("secretary", Role.VILLAGE_SECRETARY, village.code),
        person("stranger", Role.VILLAGE_SECRETARY, other.code),
        person("auditor", Role.AUDITOR, township.code),
    )
