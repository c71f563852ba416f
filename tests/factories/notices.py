"""A township with two villages, its people, and content that has all required parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cogov.access.models import Duty, User
from cogov.access.roles import Role
from notices.printing import content as model
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


NAMES = ("张三", "李小四", "王赟", "欧阳䶮", "雷昇", "汪堃祎")


def sample_content(
    title: str = "关于公布板坑村2026年10月积分情况的公示", rows: int = 6, **changes: Any
) -> model.NoticeContent:
    table = model.Table(
        (
            model.Column("名次", 6),
            model.Column("户主", 12, kind="name"),
            model.Column("组别", 10),
            model.Column("积分", 10, kind="number"),
        ),
        tuple((str(i + 1), NAMES[i % 6], f"{i % 4 + 1}组", str(100 - i)) for i in range(rows)),
        caption="板坑村2026年10月积分榜",
        unit="分",
    )
    values: dict[str, Any] = {
        "title": title,
        "blocks": (model.Paragraph("现将2026年10月积分情况公示如下，张三户名列第一。"), table),
        "signer": "",
        "addressee": "全体村民",
        "basis": ("《板坑村积分制管理办法》第三条",),
        "legal_basis": "《中华人民共和国村民委员会组织法》第三十五条",
        "calculation": "余额＝上月余额＋本月加分－本月扣分",
    }
    return model.NoticeContent(**{**values, **changes})


def sample_poster(rows: int = 12) -> model.PosterContent:
    return model.PosterContent(
        title="板坑村2026年10月积分红榜",
        columns=(
            model.Column("名次", 9),
            model.Column("户主", 15, kind="name"),
            model.Column("组别", 11),
            model.Column("积分", 13),
        ),
        rows=tuple((str(i + 1), NAMES[i % 6], f"{i % 4 + 1}组", str(100 - i)) for i in range(rows)),
        signer="",
        red_rows=10,
        subtitle="沙坪镇板坑村村民委员会",
        notes=("积分相同的名次并列。",),
    )
