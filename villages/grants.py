"""Who may do what in the registry; where is the duty's scope."""

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
_EDITORS = (Role.TOWNSHIP_ADMIN, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)
_PLACES = ("township", "village", "villagegroup", "tag", "organisationkind")
_PEOPLE = ("household", "resident", "householdevent")
_SOCIETY = (
    "organisation",
    "organisationmember",
    "organisationstandard",
    "standarditem",
    "villagestandard",
    "standardevidence",
    "talentbank",
    "sanitationpolicy",
    "rubbishfee",
    "rubbishfeeentry",
)


def _views(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"villages.view_{name}" for name in names)


def register() -> None:
    grant_all(_READERS, *_views(_PLACES), *_views(_PEOPLE), *_views(_SOCIETY))
    grant(Role.KEEPER, *_views(_PLACES))
    grant_all(
        _EDITORS,
        "villages.add_household",
        "villages.change_household",
        "villages.restructure_household",
        "villages.add_resident",
        "villages.change_resident",
        "villages.add_villagegroup",
        "villages.change_villagegroup",
        "villages.import_households",
        "villages.view_importbatch",
        "villages.view_householdcard",
        "villages.issue_card",
        "villages.add_organisation",
        "villages.change_organisation",
        "villages.choose_standards",
        "villages.add_standardevidence",
        "villages.open_rubbishfee",
        "villages.record_rubbishfee",
    )
    grant_all(
        (Role.TOWNSHIP_ADMIN, Role.VILLAGE_SECRETARY),
        "villages.exempt_rubbishfee",
        "villages.reverse_rubbishfee",
        "villages.view_staffresident",
        "villages.declare_staff",
    )
    grant(
        Role.AUDITOR,
        "villages.view_staffresident",
        "villages.view_householdcard",
        "villages.view_importbatch",
    )
    grant_all(
        (Role.TOWNSHIP_ADMIN, Role.DEPARTMENT), "villages.match_rubbishfee", "villages.add_sanitationpolicy"
    )
    grant_all((Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER), "villages.publish_sanitationpolicy")
    grant_all(
        (Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN),
        "villages.change_village",
        "villages.change_township",
        "villages.add_tag",
        "villages.change_tag",
        "villages.add_talentbank",
        "villages.change_talentbank",
        "villages.add_organisationstandard",
        "villages.change_organisationstandard",
        "villages.add_organisationkind",
        "villages.change_organisationkind",
    )
