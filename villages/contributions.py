"""What this room contributes to the rooms below it: permissions, menu, cards, things to do, search, report section."""

from __future__ import annotations

from cogov.audit import seals
from cogov.common.money import format_yuan
from cogov.desk import registry
from villages import desk_pages, grants, guards, report_section
from villages.models import HouseholdEvent, RubbishFee, RubbishFeeEntry
from villages.selectors import arrears


def register() -> None:
    grants.register()
    guards.register_cancel_guard("villages.rubbish_fee", _unpaid_fees)
    _register_menu()
    seals.register_source(
        "villages.events",
        "户籍变动",
        lambda code: HouseholdEvent.objects.filter(household__village__township__code=code),
        model=HouseholdEvent,
    )
    seals.register_source(
        "villages.fees",
        "垃圾处理费流水",
        lambda code: RubbishFeeEntry.objects.filter(fee__household__village__township__code=code),
        model=RubbishFeeEntry,
    )
    registry.register_places(
        registry.PlaceSource(desk_pages.place_choices, desk_pages.place_name, desk_pages.place_names)
    )
    registry.register_searcher(
        registry.Searcher("villages", "户", "villages.view_household", desk_pages.search, order=10)
    )
    registry.register_card(
        registry.DashboardCard(
            "villages.population",
            "户籍人口",
            20,
            "villages.view_household",
            desk_pages.population_card,
            wide=True,
        )
    )
    registry.register_card(
        registry.DashboardCard(
            "villages.fees", "垃圾处理费", 60, "villages.view_rubbishfee", desk_pages.fee_card
        )
    )
    registry.register_todo(
        registry.TodoSource(
            "villages.gaps", "户籍待补", "villages.change_household", desk_pages.todo, order=60
        )
    )
    registry.register_report_section(
        registry.ReportSection("villages.registry", "户籍与人口", 10, report_section.build, stock=True)
    )


def _register_menu() -> None:
    item = registry.MenuItem

    def entry(label: str, model: str, order: int, icon: str) -> registry.MenuItem:
        return item(label, f"admin:villages_{model}_changelist", f"villages.view_{model}", order, icon)

    registry.register_menu(
        registry.REGISTER,
        [
            entry("户", "household", 10, "home"),
            entry("居民", "resident", 20, "users"),
            entry("户籍变动", "householdevent", 28, "history"),
            entry("人才库", "talentbank", 30, "star"),
            entry("组织", "organisation", 40, "users"),
            entry("组织建设标准", "organisationstandard", 42, "check"),
            entry("组织类型", "organisationkind", 44, "folder"),
            entry("村（社区）", "village", 50, "map"),
            entry("村民小组", "villagegroup", 60, "map"),
            entry("垃圾处理费", "rubbishfee", 70, "scale"),
            entry("环卫收费标准", "sanitationpolicy", 75, "file"),
            entry("户卡", "householdcard", 80, "card"),
            entry("户籍导入", "importbatch", 25, "upload"),
            entry("标签", "tag", 85, "badge"),
            entry("亲属申报", "staffresident", 90, "shield"),
        ],
    )


def _unpaid_fees(household: object) -> list[str]:
    """A household that still owes the rubbish fee can't be cancelled."""
    owed = arrears(RubbishFee.objects.filter(household=household)).order_by("year")
    return [f"{fee.year}年垃圾处理费还欠 {format_yuan(fee.arrears_fen)}，请先缴清或办理免缴" for fee in owed]
