"""Reading closes and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from cogov.common.periods import Period
from notices import kinds
from notices.models import Notice
from notices.states import PUBLISHED
from reports.models import LEVELS, MonthClose, Report
from reports.states import CLOSED
from villages.models import Household, Township, Village

LEVEL_LABELS = dict(LEVELS)
_MONTH_KEY = len("2026-10")


@dataclass(frozen=True, slots=True)
class Place:
    """A village, a township or a county that can be closed."""

    level: str
    code: str
    name: str


def place_of(code: str) -> Place | None:
    """The place behind a division code of 6, 9 or 12 digits; None when it is not registered."""
    if len(code) == 12:
        village = Village.objects.filter(code=code).first()
        return Place("village", code, village.name) if village else None
    if len(code) == 9:
        township = Township.objects.filter(code=code).first()
        return Place("township", code, township.name) if township else None
    if len(code) == 6:
        name = Township.objects.filter(county_code=code).values_list("county", flat=True).first()
        return Place("county", code, name) if name else None
    return None


def townships_in_use(county_code: str = "") -> list[Township]:
    """Townships with registered households: only they have months to close."""
    households = Household.objects.filter(village__township=OuterRef("pk"))
    found = Township.objects.filter(Exists(households)).order_by("code")
    return list(found.filter(county_code=county_code) if county_code else found)


def villages_to_close(township_code: str) -> list[Village]:
    """The villages of a township that have registered households."""
    households = Household.objects.filter(village=OuterRef("pk"))
    return list(Village.objects.filter(Exists(households), township__code=township_code).order_by("code"))


def villages_in_use(codes: tuple[str, ...]) -> int:
    """How many villages with households lie within these scopes."""
    inside = Q(pk__in=[])
    for code in codes:
        inside |= Q(code__startswith=code[:12])
    households = Household.objects.filter(village=OuterRef("pk"))
    return Village.objects.filter(inside, Exists(households)).count()


def latest_report(code: str, period: Period) -> Report | None:
    """The newest edition for a place and period."""
    return Report.objects.filter(code=code, period=period.key).order_by("-edition").first()


def earlier_snapshot(code: str, period: Period) -> dict[str, Any] | None:
    """What the report of the period before said; None when there is none."""
    report = latest_report(code, period.previous())
    return report.snapshot if report else None


def month_reports(code: str, period: Period) -> list[Report]:
    """The newest edition of each month's report of a place within a longer period, in order of time."""
    keys = [month.key for month in period.months()]
    newest = {
        row.period: row for row in Report.objects.filter(code=code, period__in=keys).order_by("edition")
    }
    return [newest[key] for key in keys if key in newest]


def unclosed_months(code: str, period: Period) -> list[Period]:
    """The months of a longer period that the place has still to close, from its first closed month on; all of them
    when it never closed one."""
    done = set(MonthClose.objects.filter(code=code, state=CLOSED).values_list("period", flat=True))
    months = [key for key in done if len(key) == _MONTH_KEY and "Q" not in key and "H" not in key]
    first = min(months, default="")
    return [month for month in period.months() if month.key not in done and month.key >= first]


def papers_to_print(code: str, period: Period) -> list[tuple[Notice, str]]:
    """(notice, layout) of everything in force of a place and period, the township's own first, then by village and kind.

    Papers without a period of their own (上级通知, 会议通知) belong to the period in which they were published.
    """
    place = Q(village__code=code) if len(code) == 12 else Q(township__code=code)
    loose = Q(period="", published_at__date__gte=period.start, published_at__date__lte=period.end)
    rows = (
        Notice.objects.filter(place, Q(period=period.key) | loose, state=PUBLISHED)
        .select_related("township", "village", "snapshot")
        .order_by("pk")
    )
    order = {kind.code: number for number, kind in enumerate(kinds.all_kinds())}
    papers: list[tuple[Notice, str]] = []
    for notice in sorted(rows, key=lambda row: (row.issuer_code, order.get(row.kind, len(order)), row.pk)):
        papers.append((notice, "a4"))
        if notice.snapshot.document.get("poster"):
            papers.append((notice, "poster"))
    return papers


def village_reports(township_code: str, period: Period) -> list[Report]:
    """The newest edition of each village's report, in order of code."""
    rows = Report.objects.filter(level="village", code__startswith=township_code, period=period.key)
    newest: dict[str, Report] = {}
    for row in rows.order_by("code", "edition"):
        newest[row.code] = row
    return list(newest.values())


def is_closed(code: str, period: Period) -> bool:
    """Whether the close of this place and month is done; a village also by its own close."""
    return MonthClose.objects.filter(code=code, period=period.key, state=CLOSED).exists()


def closable_places(codes: tuple[str, ...]) -> list[Place]:
    """The counties, townships and villages with households within these scopes, each above its parts."""
    places: list[Place] = []
    counties: dict[str, str] = {}
    for township in townships_in_use():
        villages = villages_to_close(township.code)
        inside = [village for village in villages if any(village.code.startswith(code) for code in codes)]
        if any(township.county_code.startswith(code) for code in codes):
            counties[township.county_code] = township.county
        if any(township.code.startswith(code) for code in codes):
            places.append(Place("township", township.code, township.name))
        places += [Place("village", village.code, f"{township.name}{village.name}") for village in inside]
    return [*(Place("county", code, name) for code, name in sorted(counties.items())), *places]


def documents_of(close: MonthClose) -> list[Report]:
    """The reports that a close of this place produced, the place's own first."""
    rows = Report.objects.filter(code__startswith=close.code, period=close.period)
    return list(rows.select_related("notice", "bulletin").order_by("code", "-edition"))
