"""Accounts of the demo: one for every role at the township's first village, and two people in every other village."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from cogov.access.models import User
from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.access.services import create_user
from villages.models import Township, Village

# Printed at start-up and meant to be known: the demo holds invented people only.
PASSWORD = "Gongtong-Dizao-2026"  # noqa: S105 - see above


@dataclass(frozen=True, slots=True)
class Account:
    """One line of accounts.json (cogov.demo.installation reads it)."""

    username: str
    password: str
    role: str
    scope: str
    url: str


@dataclass(frozen=True, slots=True)
class VillageStaff:
    """Who records and who reviews in a village."""

    cadre: User
    secretary: User


class Staff:
    """Creates the accounts and remembers them for the table that the demo prints."""

    def __init__(self, actor: SystemActor, since: date) -> None:
        self.actor, self.since = actor, since
        self.accounts: list[Account] = []

    def person(
        self,
        username: str,
        full_name: str,
        role: Role,
        code: str,
        scope: str,
        *,
        shown: bool,
        url: str = "/admin/",
    ) -> User:
        """An account with one duty; ``shown`` ones are printed at start-up."""
        user = create_user(
            actor=self.actor,
            username=username,
            full_name=full_name,
            password=PASSWORD,
            role=role,
            scope_code=code,
            department="农办" if role == Role.DEPARTMENT else "",
            starts_on=self.since,
            must_change_password=False,
        )
        if shown:
            self.accounts.append(Account(username, PASSWORD, Role(role).label, scope, url))
        return user

    def county(self, code: str, name: str) -> None:
        self.person("xian", "县管理员", Role.COUNTY_ADMIN, code, name, shown=True)

    def township(self, township: Township, suffix: str, *, shown: bool) -> tuple[User, User]:
        """The township's people; returns who drafts and who publishes."""
        code, name = township.code, township.name
        admin = self.person(
            f"zhenban{suffix}", f"{name}办李主任", Role.TOWNSHIP_ADMIN, code, name, shown=shown
        )
        leader = self.person(
            f"lingdao{suffix}", f"{name}王书记", Role.TOWNSHIP_LEADER, code, name, shown=shown
        )
        self.person(f"nongban{suffix}", f"{name}农办陈干事", Role.DEPARTMENT, code, name, shown=shown)
        self.person(f"jiwei{suffix}", f"{name}纪委周同志", Role.AUDITOR, code, name, shown=shown)
        return admin, leader

    def village(self, village: Village, suffix: str, *, shown: bool) -> VillageStaff:
        code, name = village.code, village.name
        cadre = self.person(
            f"cun{suffix}", f"{name}村干部", Role.VILLAGE_CADRE, code, name, shown=shown, url="/village/"
        )
        secretary = self.person(
            f"shuji{suffix}", f"{name}书记", Role.VILLAGE_SECRETARY, code, name, shown=shown
        )
        return VillageStaff(cadre, secretary)

    def helpers(self, village: Village, group_code: str) -> None:
        """The remaining roles, at the village that the demo shows."""
        code, name = village.code, village.name
        self.person("jiandao", f"{name}尖刀班", Role.ACCEPTANCE_TEAM, code, name, shown=True)
        self.person("wanggezhang", f"{name}网格长", Role.GRID_HEAD, code, name, shown=True, url="/field/")
        self.person(
            "wanggeyuan",
            f"{name}网格员",
            Role.GRID_WORKER,
            group_code,
            f"{name}1组",
            shown=True,
            url="/field/",
        )
        self.person("chaoshi", f"{name}积分超市管理员", Role.KEEPER, code, name, shown=True, url="/counter/")

    def save(self, file: Path) -> None:
        """Write accounts.json for its owner only."""
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump([asdict(account) for account in self.accounts], stream, ensure_ascii=False, indent=1)
