"""The section that reports adds by itself: what was published in the period (NTC-1)."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from django.urls import reverse

from cogov.common.periods import Period
from cogov.desk.registry import ChartSpec, Figure, ReportScope, ReportSection, SectionData, TableData
from notices import kinds, states
from notices.models import Notice, Objection
from villages.links import list_behind, village_ids

_LISTED = 15


def _published(scope: ReportScope, period: Period) -> list[tuple[str, str, str, str]]:
    """(kind, number, title, day) of what was published by the place in the period, in order."""
    rows = Notice.objects.filter(
        state__in=states.PUBLIC, published_at__date__gte=period.start, published_at__date__lte=period.end
    )
    if scope.level == "village":
        rows = rows.filter(village__code=scope.code)
    else:
        rows = rows.filter(township__code__startswith=scope.code)
    found = rows.order_by("published_at", "pk").values_list("kind", "number", "title", "publicity_start")
    return [
        (kind, number, title, f"{day.month}月{day.day}日" if day else "")
        for kind, number, title, day in found
    ]


def _objections(scope: ReportScope, period: Period) -> tuple[int, int]:
    """(received in the period, of these still open)."""
    rows = Objection.objects.filter(
        received_at__date__gte=period.start,
        received_at__date__lte=period.end,
        notice__township__code__startswith=scope.code[:9],
    )
    if scope.level == "village":
        rows = rows.filter(notice__village__code=scope.code)
    return rows.count(), rows.filter(state=states.OPEN).count()


def published_list(scope: ReportScope, period: Period, **filters: str) -> str:
    """The list of what was published in the period; the township's own papers belong to no village."""
    chosen = {
        "state__in": ",".join(states.PUBLIC),
        "published_at__date__gte": period.start.isoformat(),
        "published_at__date__lte": period.end.isoformat(),
        **filters,
    }
    if scope.level == "village":
        return list_behind("admin:notices_notice_changelist", village_ids(scope.code), **chosen)
    return f"{reverse('admin:notices_notice_changelist')}?{urlencode(chosen, safe=',')}"


def objections_list(scope: ReportScope, period: Period, **filters: str) -> str:
    """The list of what was objected in the period."""
    chosen = {
        "received_at__date__gte": period.start.isoformat(),
        "received_at__date__lte": period.end.isoformat(),
        **filters,
    }
    if scope.level == "village":
        return list_behind(
            "admin:notices_objection_changelist",
            village_ids(scope.code),
            village_key="notice__village__in",
            **chosen,
        )
    return f"{reverse('admin:notices_objection_changelist')}?{urlencode(chosen, safe=',')}"


def build_notices(scope: ReportScope, period: Period) -> SectionData:
    """Counts, kinds and the list itself, so that every figure has its list behind it."""
    now, before = _published(scope, period), _published(scope, period.previous())
    then = _published(scope, period.same_last_year())
    received, still_open = _objections(scope, period)
    figures = [
        Figure(
            "发布公示",
            len(now),
            "份",
            previous=len(before),
            last_year=len(then) or None,
            link=published_list(scope, period),
        ),
        Figure(
            "收到异议",
            received,
            "件",
            previous=_objections(scope, period.previous())[0],
            last_year=_objections(scope, period.same_last_year())[0] if then else None,
            link=objections_list(scope, period),
        ),
        Figure("待答复异议", still_open, "件", link=objections_list(scope, period, state__exact=states.OPEN)),
    ]
    if not now:
        return SectionData(figures=figures)
    counts = sorted(
        Counter(kinds.label_of(kind) for kind, *_ in now).items(), key=lambda pair: (-pair[1], pair[0])
    )
    if scope.level != "village":
        table = TableData("公示种类", ("种类", "份数"), [list(pair) for pair in counts])
        chart = ChartSpec("bar", "各类公示", [k for k, _ in counts], [("份数", [n for _, n in counts])], "份")
        return SectionData(figures=figures, tables=[table], charts=[chart])
    rows = [(number, title, day) for _, number, title, day in now[:_LISTED]]
    notes = [f"仅列前{_LISTED}份，其余{len(now) - _LISTED}份见公示栏。"] if len(now) > _LISTED else []
    return SectionData(
        figures=figures, tables=[TableData("公示清单", ("文号", "标题", "日期"), rows)], notes=notes
    )


NOTICES = ReportSection("notices", "公示公开", 90, build_notices)
