"""What this room contributes to the rooms below it: permissions, menu, dashboard cards, report sections."""

from __future__ import annotations

from cogov.access.permissions import grant, grant_all
from cogov.access.roles import Role

_READERS = (
    Role.COUNTY_ADMIN,
    Role.TOWNSHIP_ADMIN,
    Role.DEPARTMENT,
    Role.TOWNSHIP_LEADER,
    Role.VILLAGE_CADRE,
    Role.VILLAGE_SECRETARY,
    Role.ACCEPTANCE_TEAM,
    Role.GRID_HEAD,
    Role.GRID_WORKER,
    Role.AUDITOR,
)
_PLACES = tuple(f"villages.view_{name}" for name in ("township", "village", "villagegroup", "tag"))
_PEOPLE = tuple(f"villages.view_{name}" for name in ("household", "resident"))
_EDITORS = (Role.TOWNSHIP_ADMIN, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)


def register() -> None:
    grant_all(_READERS, *_PLACES, *_PEOPLE)
    grant(Role.KEEPER, *_PLACES)
    grant_all(
        _EDITORS,
        "villages.add_household",
        "villages.change_household",
        "villages.add_resident",
        "villages.change_resident",
        "villages.add_villagegroup",
        "villages.change_villagegroup",
        "villages.restructure_household",
        "villages.import_households",
        "villages.issue_card",
    )
    grant_all((Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN), "villages.change_village", "villages.change_township")
