"""What points contribute to the desk: dashboard card, to-do list, section of the periodic reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone

from cogov.common.periods import Period
from cogov.desk.registry import (
    CardData,
    ChartSpec,
    DashboardCard,
    Figure,
    ReportScope,
    ReportSection,
    SectionData,
    TableData,
    TodoItem,
    TodoSource,
)
from points.models import (
    Category,
    DeductionHearing,
    PeriodStanding,
    PointsMonth,
    PointsRecord,
    PointsRuleSet,
    RecordSource,
)
from points.selectors import figures as figs
from points.selectors import pending
from points.states import APPROVED, CLOSED, SUBMITTED
from villages.links import list_behind, village_ids
from villages.models import Village

_TOP = 10
_LABELS = dict(Category.choices)


def _figures(codes: list[str], period: Period) -> list[Figure]:
    now, before = figs.period_figures(codes, period), figs.period_figures(codes, period.previous())
    return [
        Figure("发放积分", now.issued, "分", previous=before.issued),
        Figure("兑换积分", now.redeemed, "分", previous=before.redeemed),
        Figure("扣减积分", now.deducted, "分", previous=before.deducted),
        Figure(*_taking_part(now), previous=before.participants),
        Figure("参与率", now.participation, "%", previous=before.participation),
    ]


def _taking_part(now: figs.PeriodFigures) -> tuple[str, int, str]:
    """Label, figure and unit; persons and groups that hold points are no households (PNT-8)."""
    return ("参与户头数", now.participants, "个") if now.mixed else ("参与户数", now.participants, "户")


# The kind of entries behind each figure.
_BEHIND = {
    "发放积分": "earn",
    "兑换积分": "redeem",
    "扣减积分": "deduct",
    "参与户数": "earn",
    "参与率": "earn",
}


def _report_figures(scope: ReportScope, period: Period) -> list[Figure]:
    """The same with the figures of a year ago, if there were entries then, and the entries behind each."""
    months, year_ago, villages = period.months(), period.same_last_year(), village_ids(scope.code)
    told = bool(figs.entries_of(year_ago).filter(figs.places_filter([scope.code])).exists())
    then = [figure.value for figure in _figures([scope.code], year_ago)] if told else [None] * len(_BEHIND)
    return [
        replace(
            figure,
            last_year=old if isinstance(old, int) else None,
            link=list_behind(
                "admin:points_pointsentry_changelist",
                villages,
                kind__exact=_BEHIND.get(figure.label, "earn"),
                period__gte=months[0].key,
                period__lte=months[-1].key,
            ),
        )
        for figure, old in zip(_figures([scope.code], period), then, strict=True)
    ]


def build_section(scope: ReportScope, period: Period) -> SectionData:
    """Issued, redeemed, participation; the items and the households or villages behind them."""
    codes = [scope.code]
    items = figs.top_rules(codes, period, _TOP)
    if not items:
        return SectionData(figures=_report_figures(scope, period), notes=["本期没有发放积分。"])
    categories = figs.by_category(codes, period)
    tables = [
        TableData(
            "积分主要事项",
            ("事项", "发放积分", "户数"),
            [(item.label, item.points, item.households) for item in items],
        )
    ]
    charts = [
        ChartSpec(
            "ring",
            "各类积分",
            [_LABELS.get(code, code) for code, _ in categories],
            [("积分", [points for _, points in categories])],
            "分",
        )
    ]
    if scope.level == "village":
        tables.append(_best_households(scope, period))
    else:
        villages = figs.by_village(codes, period)
        tables.append(
            TableData(
                "各村积分",
                ("村（社区）", "发放积分", "参与户数"),
                [(item.label, item.points, item.households) for item in villages],
            )
        )
        charts.append(
            ChartSpec(
                "bar",
                "各村发放积分",
                [item.label for item in villages],
                [("积分", [item.points for item in villages])],
                "分",
            )
        )
    return SectionData(figures=_report_figures(scope, period), tables=tables, charts=charts)


def _best_households(scope: ReportScope, period: Period) -> TableData:
    """The best ten by what they gained; equal scores share a rank, so that there may be up to thirty rows."""
    return TableData(
        "积分前列",
        ("名次", "组别", "户号", "积分"),
        _ranked(scope.code, period) or _counted(scope.code, period),
        empty="没有得分的户",
    )


def _ranked(code: str, period: Period) -> list[tuple[int, str, str, int]]:
    """As the village's standings say, which are final once the period's last month is closed."""
    last = PointsMonth.objects.filter(village__code=code, period=period.months()[-1].key, state=CLOSED)
    if not last.exists():
        return []
    rows = PeriodStanding.objects.filter(
        figs.in_force(figs.last_day(period), "account__household__"),
        village__code=code,
        period=period.key,
        score__gt=0,
        rank_village__lte=_TOP,
    ).order_by("rank_village", "account__household__number")
    return list(
        rows.values_list("rank_village", "group__name", "account__household__number", "score")[: 3 * _TOP]
    )


def _counted(code: str, period: Period) -> list[tuple[int, str, str, int]]:
    """From the entries: for open months, and for halves of a year, which are not ranked."""
    best = list(
        figs.entries_of(period)
        .filter(figs.places_filter([code]), figs.in_force(figs.last_day(period), "account__household__"))
        .order_by()
        .values_list("account__household__group__name", "account__household__number")
        .annotate(gained=Sum("score"))
        .filter(gained__gt=0)
        .order_by("-gained", "account__household__number")[: 3 * _TOP]
    )
    ranked = [
        (1 + sum(other > gained for _, _, other in best), group, number, gained)
        for group, number, gained in best
    ]
    return [row for row in ranked if row[0] <= _TOP]


def build_card(user: Any, period: Period) -> CardData:
    """This month in the user's scope."""
    codes = list(user.scope_codes("points.view_pointsentry"))
    trend = figs.monthly_trend(codes, period)
    return CardData(
        figures=_figures(codes, period)[:4],
        charts=[
            ChartSpec(
                "line",
                "近六个月",
                [f"{month.number}月" for month, _, _ in trend],
                [("发放", [issued for _, issued, _ in trend]), ("兑换", [used for _, _, used in trend])],
                "分",
            )
        ],
        link=reverse("admin:points_pointsentry_changelist"),
        link_label="查看积分流水",
    )


def waiting_for_review(user: Any) -> list[TodoItem]:
    """Submitted records that somebody else recorded: what households claim themselves in a line of its own."""
    rows = (
        PointsRecord.objects.for_user(user, "points.review_points")
        .filter(state=SUBMITTED)
        .exclude(recorder_id=user.pk)
    )
    url = reverse("admin:points_pointsrecord_changelist") + "?state__exact=submitted"
    claim = Q(source=RecordSource.CLAIM)
    found = rows.aggregate(
        claims=Count("pk", filter=claim),
        claims_since=Min("submitted_at", filter=claim),
        others=Count("pk", filter=~claim),
        others_since=Min("submitted_at", filter=~claim),
    )
    lines = (("others", "积分登记待审核", url), ("claims", "农户自报待审核", f"{url}&source__exact=claim"))
    return [
        TodoItem(title, link, found[name], _since(found[f"{name}_since"]), tone="warn")
        for name, title, link in lines
        if found[name]
    ]


def _since(when: datetime | None) -> str:
    return f"最早提交于 {timezone.localtime(when):%m月%d日}" if when else ""


def review_days(user: Any) -> list[TodoItem]:
    """From the village's day of deliberation on: what the group still has to deliberate on (PNT-8)."""
    today = timezone.localdate()
    rows = PointsRecord.objects.for_user(user, "points.review_points").filter(
        state=SUBMITTED,
        village__points_rule_sets__state="published",
        village__points_rule_sets__review_day__lte=today.day,
    )
    counts = (
        rows.order_by("village").values("village", "village__name").annotate(count=Count("pk", distinct=True))
    )
    url = reverse("admin:points_pointsrecord_changelist")
    return [
        TodoItem(
            f"{row['village__name']}{today.month}月积分评议",
            f"{url}?state__exact=submitted&village__id__exact={row['village']}",
            count=row["count"],
            detail="到了评议日：打印评议签字表，评议后在审核里办理",
        )
        for row in counts
    ]


def waiting_elsewhere(user: Any) -> list[TodoItem]:
    """Drafts of rules to publish, deductions whose household has to be told or decided on."""
    items = []
    drafts = (
        PointsRuleSet.objects.for_user(user, "points.publish_ruleset")
        .filter(state="draft")
        .exclude(drafted_by_id=user.pk)
        .count()
    )
    if drafts:
        url = reverse("admin:points_pointsruleset_changelist") + "?state__exact=draft"
        items.append(TodoItem("积分细则草案待发布", url, count=drafts))
    untold = (
        PointsRecord.objects.for_user(user, "points.record_points")
        .filter(state=APPROVED, rule__sign="deduct", hearing__isnull=True)
        .count()
    )
    if untold:
        url = reverse("admin:points_pointsrecord_changelist") + "?state__exact=approved"
        items.append(TodoItem("扣分待告知农户", url, count=untold, tone="warn"))
    hearings = (
        DeductionHearing.objects.for_user(user, "points.review_points")
        .filter(state__in=("notified", "replied"))
        .exclude(notified_by_id=user.pk)
        .count()
    )
    if hearings:
        url = reverse("admin:points_deductionhearing_changelist")
        items.append(TodoItem("扣分申辩待决定", url, count=hearings))
    return items


def lists_in_the_way(user: Any) -> list[TodoItem]:
    """Lists that hung long enough and still can't be posted: no photo, an objection, a correction that is due."""
    today = timezone.localdate()
    found = Village.objects.for_user(user, "points.post_points").filter(
        points_records__state=APPROVED, points_records__listed_period__gt=""
    )
    items = []
    for village in found.distinct().order_by("code"):
        for state in pending.list_states(village, today):
            notice = state.notice
            if state.clear or notice is None or notice.publicity_end is None or notice.publicity_end >= today:
                continue
            url = reverse("admin:notices_notice_change", args=(notice.pk,))
            items.append(
                TodoItem(
                    f"{village}{state.period.label}积分不能入账",
                    url,
                    count=state.records,
                    detail="；".join(state.reasons)[:120],
                    tone="warn",
                )
            )
    return items


CARD = DashboardCard("points", "积分", 30, "points.view_pointsentry", build_card, wide=True)
SECTION = ReportSection("points", "积分制", 30, build_section)
TODOS = (
    TodoSource("points.review", "积分审核", "points.review_points", waiting_for_review, 30),
    TodoSource("points.lists", "积分公示", "points.post_points", lists_in_the_way, 32),
    TodoSource("points.review_day", "积分评议", "points.review_points", review_days, 29),
    TodoSource("points.more", "积分细则与扣分", "points.view_pointsrecord", waiting_elsewhere, 31),
)
