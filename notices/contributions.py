"""What this room adds to the rooms below it: permissions of the roles."""

from __future__ import annotations

from cogov.access.permissions import grant, grant_all
from cogov.access.roles import Role

_VIEW = (
    "notices.view_notice",
    "notices.view_objection",
    "notices.view_issuerprofile",
    "notices.view_postingevidence",
)


def register() -> None:
    """Called once, from AppConfig.ready()."""
    everybody = (
        Role.COUNTY_ADMIN,
        Role.TOWNSHIP_ADMIN,
        Role.DEPARTMENT,
        Role.TOWNSHIP_LEADER,
        Role.VILLAGE_CADRE,
        Role.VILLAGE_SECRETARY,
        Role.AUDITOR,
    )
    grant_all(everybody, *_VIEW)
    writers = (Role.TOWNSHIP_ADMIN, Role.DEPARTMENT, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)
    grant_all(writers, "notices.draft_notice", "notices.check_notice")
    publishers = (Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_SECRETARY)
    grant_all(publishers, "notices.publish_notice", "notices.answer_objection")
    village = (Role.TOWNSHIP_ADMIN, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)
    grant_all(village, "notices.post_notice", "notices.register_objection")
    grant(Role.TOWNSHIP_ADMIN, "notices.change_issuerprofile")
