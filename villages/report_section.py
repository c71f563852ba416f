"""The registry's section of the periodic reports: population, changes of the period, tags (RPT-1)."""

from __future__ import annotations

from cogov.common.periods import Period
from cogov.desk.registry import ChartSpec, Figure, ReportScope, SectionData, TableData
from villages import rules
from villages.links import list_behind, village_ids
from villages.models import Township
from villages.selectors import event_counts, place_rows, policy_on, tag_counts

_CHANGES = (
    ("found", "立户"),
    ("split", "分户"),
    ("merge", "并户"),
    ("cancel", "销户"),
    ("transfer", "成员迁移"),
)


def build(scope: ReportScope, period: Period) -> SectionData:
    """Counts stand as at the moment of building; changes are those dated within the period."""
    rows = place_rows(scope.code)
    events = event_counts(scope.code, period.start, period.end)
    earlier = period.previous()
    before = event_counts(scope.code, earlier.start, earlier.end)
    households = sum(row.households for row in rows)
    registered = sum(row.registered for row in rows)
    actual = sum(row.actual for row in rows)
    changes = sum(events[kind] for kind, _ in _CHANGES)
    year_ago = period.same_last_year()
    then = event_counts(scope.code, year_ago.start, year_ago.end)
    villages = village_ids(scope.code)
    on_register = list_behind(
        "admin:villages_household_changelist",
        villages,
        village_key="village",
        state__in="registered,away",
    )
    place = "村民小组" if scope.level == "village" else "村（社区）"
    figures = [
        Figure("在册户数", households, "户", link=on_register),
        Figure("户籍人口", registered, "人", link=on_register),
        Figure("常住人口", actual, "人", link=on_register),
        Figure(
            "户籍变动",
            changes,
            "件",
            previous=sum(before[kind] for kind, _ in _CHANGES),
            last_year=sum(then[kind] for kind, _ in _CHANGES) or None,
            link=list_behind(
                "admin:villages_householdevent_changelist",
                villages,
                village_key="village",
                kind__in=",".join(kind for kind, _ in _CHANGES),
                happened_on__gte=period.start.isoformat(),
                happened_on__lte=period.end.isoformat(),
            ),
        ),
    ]
    tables = [
        TableData(
            f"各{place}户数与人口",
            (place, "户数", "外出户", "户籍人口", "常住人口"),
            [(row.name, row.households, row.away, row.registered, row.actual) for row in rows],
        )
    ]
    changed = [(label, events[kind]) for kind, label in _CHANGES if events[kind]]
    if changed:
        tables.append(TableData(f"{period.label}户籍变动", ("事项", "件数"), changed))
    tags = tag_counts(scope.code)
    if tags:
        tables.append(TableData("各类家庭", ("类别", "户数"), tags))
    charts = []
    if any(row.registered for row in rows):
        charts.append(
            ChartSpec(
                "bar",
                f"各{place}户籍人口与常住人口",
                [row.name for row in rows],
                [("户籍人口", [row.registered for row in rows]), ("常住人口", [row.actual for row in rows])],
                "人",
            )
        )
    return SectionData(figures=figures, tables=tables, charts=charts, notes=_notes(scope, period, actual))


def _notes(scope: ReportScope, period: Period, actual: int) -> list[str]:
    if scope.level != "village" or not actual:
        return []
    township = Township.objects.filter(code=scope.code[:9]).first()
    policy = policy_on(township, period.end) if township is not None else None
    needed = rules.cleaners_needed(actual, policy.people_per_cleaner if policy is not None else 300)
    return [f"按常住人口应配保洁员 {needed.value} 名（{needed.steps[0]}）。"]
