"""The permissions of this room, by role."""

from __future__ import annotations

from cogov.access.permissions import grant_all
from cogov.access.roles import Role


def register() -> None:
    grant_all(
        (
            Role.COUNTY_ADMIN,
            Role.TOWNSHIP_ADMIN,
            Role.DEPARTMENT,
            Role.TOWNSHIP_LEADER,
            Role.VILLAGE_CADRE,
            Role.VILLAGE_SECRETARY,
            Role.AUDITOR,
        ),
        "jobs.view_job",
    )
    grant_all((Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN), "jobs.manage_job")
