"""The permissions of this room, by role."""

from __future__ import annotations

from cogov.access.permissions import grant, grant_all
from cogov.access.roles import Role


def register() -> None:
    admins = (Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN)
    grant_all(
        admins,
        "access.view_user",
        "access.add_user",
        "access.change_user",
        "access.view_duty",
        "access.add_duty",
        "access.change_duty",
        "access.reveal_personal_data",
        "audit.view_auditevent",
        "audit.view_seal",
    )
    grant_all((Role.TOWNSHIP_LEADER, Role.AUDITOR), "audit.view_auditevent", "audit.view_seal")
    grant_all(
        (Role.VILLAGE_SECRETARY, Role.VILLAGE_CADRE), "access.reveal_personal_data", "audit.view_auditevent"
    )
    grant(Role.AUDITOR, "access.view_user", "access.view_duty")
