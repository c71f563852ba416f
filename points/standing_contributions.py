"""What 明白纸, the year's end and the red and black lists contribute to the rooms below."""

from __future__ import annotations

from cogov.access.permissions import grant_all
from cogov.access.roles import Role
from cogov.desk import registry
from points import tasks
from points.contributions import READERS
from points.models import SheetBundle

__all__ = ["register", "tasks"]


def register() -> None:
    _sheets()


def _sheets() -> None:
    grant_all(READERS, "points.view_sheetbundle")
    grant_all(
        (
            Role.TOWNSHIP_ADMIN,
            Role.VILLAGE_CADRE,
            Role.VILLAGE_SECRETARY,
            Role.GRID_HEAD,
            Role.GRID_WORKER,
        ),
        "points.print_sheets",
    )
    registry.register_menu(
        registry.POINTS, [registry.MenuItem("我家明白纸", SheetBundle, order=25, icon="printer")]
    )
    registry.register_nav(
        registry.NavItem("points.sheets", "明白纸", "village:sheets", "points.use_cadre_pages", 55)
    )
