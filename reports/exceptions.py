"""What a report lists as not being as it should be: counts, what to do, and the list behind each. Nobody's name."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.db.models import QuerySet

from cogov.common.periods import Period
from cogov.desk.registry import (
    ExceptionItem,
    ExceptionSource,
    ReportScope,
    SectionData,
    TableData,
    exception_sources,
)
from notices import states
from notices.models import Notice, Objection
from points.models import PointsRecord
from points.states import SUBMITTED
from reports.rules import FigureFact, compare_text, jumps
from reports.sections import objections_list, published_list
from villages.links import list_behind, village_ids
from villages.models import Household
from villages.selectors import headless

TITLE = "需要关注的事项"


def build_exceptions(
    scope: ReportScope, period: Period, facts: Sequence[FigureFact], before: str
) -> SectionData:
    """Every exception of the period: what the sources know, then the figures that moved most."""
    found = [item for source in exception_sources for item in source.build(scope, period)]
    rows: list[tuple[str, str, str]] = [
        (item.what, f"{item.count}{item.unit}", item.detail) for item in found
    ]
    links = [item.link for item in found]
    rows += [
        ("数据变动较大", f"{fact.label}{fact.text}{fact.unit}", compare_text(fact, before) + "，请核实原因")
        for fact in jumps(facts)
    ]
    if not rows:
        return SectionData(notes=["本期没有需要关注的事项。"])
    return SectionData(tables=[TableData(TITLE, ("事项", "数量", "说明"), rows, links=links)])


def _of_place(rows: QuerySet[Notice], scope: ReportScope) -> QuerySet[Notice]:
    if scope.level == "village":
        return rows.filter(village__code=scope.code)
    return rows.filter(township__code=scope.code)


def _notices(scope: ReportScope, period: Period) -> list[ExceptionItem]:
    """Papers of the period without a photo of the board, and objections whose ten days ran out unanswered."""
    items = []
    published = Notice.objects.filter(
        state=states.PUBLISHED,
        needs_evidence=True,
        evidence__isnull=True,
        published_at__date__range=(period.start, period.end),
    )
    bare = _of_place(published, scope).count()
    if bare:
        link = published_list(scope, period)
        items.append(ExceptionItem("公示没有张贴照片", bare, "份", "张贴后登记照片，公示期才算数", link))
    late = Objection.objects.filter(
        received_at__date__range=(period.start, period.end),
        state=states.OPEN,
        answer_due__lte=period.end,
        notice__in=_of_place(Notice.objects.all(), scope).values("pk"),
    ).count()
    if late:
        link = objections_list(scope, period, state__exact=states.OPEN)
        items.append(
            ExceptionItem("异议逾期未答复", late, "件", "未答复的异议使后面的入账和兑付不能进行", link)
        )
    return items


def _points(scope: ReportScope, period: Period) -> list[ExceptionItem]:
    """Deeds of the period that nobody has reviewed."""
    months = period.months()
    waiting = PointsRecord.objects.filter(
        state=SUBMITTED,
        period__gte=months[0].key,
        period__lte=months[-1].key,
        village__code__startswith=scope.code,
    ).count()
    if not waiting:
        return []
    link = list_behind(
        "admin:points_pointsrecord_changelist",
        village_ids(scope.code),
        state__exact=SUBMITTED,
        period__gte=months[0].key,
        period__lte=months[-1].key,
    )
    return [ExceptionItem("积分登记没有审核", waiting, "笔", "没有计入本期积分，审核后记入当月", link)]


def _registry(scope: ReportScope, period: Period) -> list[ExceptionItem]:
    """Households that have members but no head."""
    rows = Household.objects.filter(village__code__startswith=scope.code)
    count = headless(rows).count()
    if not count:
        return []
    query = urlencode({"gap": "headless"})
    link = f"{list_behind('admin:villages_household_changelist', village_ids(scope.code), village_key='village')}&{query}"
    return [ExceptionItem("没有登记户主的户", count, "户", "补登户主后，公示才能写明户主", link)]


SOURCES = (
    ExceptionSource("notices", 10, _notices),
    ExceptionSource("points", 20, _points),
    ExceptionSource("registry", 30, _registry),
)
