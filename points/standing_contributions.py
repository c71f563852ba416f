"""What 明白纸, the year's end and the red and black lists contribute to the rooms below."""

from __future__ import annotations

from cogov.access.permissions import grant_all
from cogov.access.roles import Role
from cogov.desk import registry
from notices import kinds, visibility
from points import job_handlers, ledger_checks, sheet_sections, waiting
from points.contributions import READERS
from points.models import BlackListing, SheetBundle, YearEndRun
from points.public_lists import BLACK_LIST
from points.rankings import RANKING
from points.selectors.pending import pending_items
from points.selectors.year_end_proofs import year_ends_hold
from points.services.blacklist import not_public

__all__ = ["job_handlers", "register"]


def register() -> None:
    _sheets()
    _year_end()
    _black_list()
    for source in waiting.TODOS:
        registry.register_todo(source)


def _sheets() -> None:
    sheet_sections.register(
        sheet_sections.SheetSection("points.pending", "审核通过、正在公示，还没有入账", 10, pending_items)
    )
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


def _year_end() -> None:
    grant_all(READERS, "points.view_yearendrun")
    ledger_checks.register(
        ledger_checks.LedgerCheck("points.year_end", "年终处理与流水一一对应", year_ends_hold, 12)
    )
    grant_all((Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN), "points.draft_year_end")
    grant_all((Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER), "points.approve_year_end")
    registry.register_menu(
        registry.POINTS, [registry.MenuItem("年终处理", YearEndRun, order=55, icon="calendar")]
    )


def _black_list() -> None:
    grant_all(
        (Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.AUDITOR),
        "points.view_blacklisting",
    )
    grant_all((Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY), "points.propose_blacklist")
    grant_all((Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER), "points.decide_blacklist")
    kinds.register(BLACK_LIST)
    kinds.register(RANKING)
    visibility.register("points.black_list", not_public)
    registry.register_menu(registry.POINTS, [registry.MenuItem("黑榜", BlackListing, order=65, icon="scale")])
