"""What this room contributes to the rooms below: permissions, seals, guards, proofs, cards, month close."""

from __future__ import annotations

from django.urls import reverse

from cogov.access.permissions import grant_all
from cogov.access.roles import Role
from cogov.audit import seals
from cogov.desk import registry
from cogov.desk.field import FieldTile, register_field_tile
from points import closing, holder_pages, ledger_checks, reporting
from points.field.access import returned_note
from points.models import (
    DeductionHearing,
    KioskDevice,
    PeriodStanding,
    PointsAccount,
    PointsEntry,
    PointsHolder,
    PointsMonth,
    PointsRecord,
    PointsRuleSet,
)
from points.selectors import proofs
from points.services import transfers
from villages import guards
from villages.selectors import fee_faults

READERS = (
    Role.COUNTY_ADMIN,
    Role.TOWNSHIP_ADMIN,
    Role.DEPARTMENT,
    Role.TOWNSHIP_LEADER,
    Role.VILLAGE_CADRE,
    Role.VILLAGE_SECRETARY,
    Role.GRID_HEAD,
    Role.GRID_WORKER,
    Role.AUDITOR,
)
_VIEWS = tuple(
    f"points.view_{name}"
    for name in (
        "pointsruleset",
        "pointsrule",
        "pointsactivity",
        "pointsrecord",
        "deductionhearing",
        "pointsaccount",
        "pointsholder",
        "pointsentry",
        "pointsmonth",
        "periodstanding",
    )
)


def register() -> None:
    _permissions()
    _ledger()
    _desk()
    guards.register_cancel_guard("points.balance", transfers.reasons_against_cancelling)
    guards.register_merge_hook("points.balance", transfers.carry_to_merged)


def _permissions() -> None:
    grant_all(READERS, *_VIEWS)
    grant_all(
        (Role.TOWNSHIP_ADMIN, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY),
        "points.draft_ruleset",
        "points.view_kioskdevice",
        "points.enrol_kiosk",
    )
    grant_all((Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_SECRETARY), "points.publish_ruleset")
    grant_all(
        (Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY, Role.GRID_HEAD, Role.GRID_WORKER),
        "points.record_points",
    )
    grant_all(
        (Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_CADRE),
        "points.review_points",
    )
    grant_all(
        (Role.VILLAGE_SECRETARY, Role.TOWNSHIP_ADMIN),
        "points.post_points",
        "points.reverse_entry",
    )
    grant_all((Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY), "points.use_cadre_pages")
    grant_all(
        (Role.GRID_HEAD, Role.GRID_WORKER, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY),
        "points.use_field_pages",
    )


def _ledger() -> None:
    seals.register_source(
        "points",
        "积分流水",
        lambda code: PointsEntry.objects.filter(village__township__code=code),
        model=PointsEntry,
    )
    for order, (code, label, run) in enumerate(
        (
            ("points.guards", "流水只增不改", proofs.guards_hold),
            ("points.digests", "流水未被改动", proofs.digests_hold),
            ("points.keys", "同一来源只入账一次，冲正相符", proofs.keys_hold),
            ("points.places", "流水与账户同村，依据的事项存在", proofs.places_hold),
            ("points.balances", "积分余额等于流水合计", proofs.balances_hold),
            ("points.years", "年度得分等于流水合计", proofs.years_hold),
            ("points.running", "每笔余额前后相接", proofs.running_balances_hold),
            ("points.records", "登记与流水一一对应", proofs.records_hold),
            ("points.standings", "月结与排名等于流水合计", proofs.standings_hold),
            ("points.rules", "已发布的细则未被改动", proofs.rule_sets_hold),
            ("villages.fees", "垃圾处理费账单等于流水合计", fee_faults),
        )
    ):
        ledger_checks.register(ledger_checks.LedgerCheck(code, label, run, order))


def _desk() -> None:
    registry.register_menu(
        registry.POINTS,
        [
            registry.MenuItem("积分审核", PointsRecord, order=10, icon="check"),
            registry.MenuItem("积分账户", PointsAccount, order=20, icon="card"),
            registry.MenuItem("个人户、集体户", PointsHolder, order=25, icon="users"),
            registry.MenuItem("积分流水", PointsEntry, order=30, icon="log"),
            registry.MenuItem("积分排名", PeriodStanding, order=40, icon="trophy"),
            registry.MenuItem("月结账", PointsMonth, order=50, icon="calendar"),
            registry.MenuItem("扣分申辩", DeductionHearing, order=60, icon="scale"),
            registry.MenuItem("积分细则", PointsRuleSet, order=70, icon="book"),
            registry.MenuItem("查询终端", KioskDevice, order=90, icon="qr"),
        ],
    )
    for order, (code, label) in enumerate(
        (
            ("home", "首页"),
            ("record", "登记积分"),
            ("activity", "活动签到"),
            ("mine", "我的登记"),
            ("notices", "公示打印"),
        ),
        start=1,
    ):
        registry.register_nav(
            registry.NavItem(f"points.{code}", label, f"village:{code}", "points.use_cadre_pages", order * 10)
        )
    registry.register_nav(
        registry.NavItem("points.field", "现场", "field:home", "points.use_field_pages", 100)
    )
    registry.register_menu(
        registry.TODO,
        [
            registry.MenuItem("村级工作", "village:home", "points.use_cadre_pages", order=50, icon="home"),
            registry.MenuItem("现场登记", "field:home", "points.use_field_pages", order=60, icon="camera"),
        ],
    )
    may_go = "points.use_field_pages"
    register_field_tile(
        FieldTile(
            "points.record",
            "登记积分",
            "选户、拍照、提交",
            "field_points:record",
            may_go,
            "camera",
            10,
            main=True,
        )
    )
    register_field_tile(
        FieldTile(
            "points.mine",
            "我登记的",
            "看看审核到哪一步",
            "field_points:mine",
            may_go,
            "tasks",
            20,
            note=returned_note,
        )
    )
    registry.register_job_outcome(
        registry.JobOutcome(
            "points.sheets",
            "下载 PDF",
            "points.print_sheets",
            lambda params: reverse("admin:points_sheetbundle_download", args=(params["bundle"],)),
        )
    )
    registry.register_job_outcome(
        registry.JobOutcome(
            "points.year_end",
            "看年终处理",
            "points.view_yearendrun",
            lambda params: reverse("admin:points_yearendrun_change", args=(params["run"],)),
        )
    )
    registry.register_searcher(
        registry.Searcher(
            "points.holders", "个人户、集体户", "points.view_pointsholder", holder_pages.search, order=20
        )
    )
    registry.register_card(reporting.CARD)
    registry.register_report_section(reporting.SECTION)
    for source in reporting.TODOS:
        registry.register_todo(source)
    for step in closing.STEPS:
        registry.register_close_step(step)
    for step in closing.TOWNSHIP_STEPS:
        registry.register_township_close_step(step)
