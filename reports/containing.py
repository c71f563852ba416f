"""Reports that contain a corrected one: they say something else now, too, and are named until they are corrected (RPT-1).

A township's report of a period contains those of its villages; a quarter's, half-year's or year's contains the months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cogov.common.periods import Period, PeriodKind
from reports.models import Report, ReportCorrection

_TOWNSHIP = 9


@dataclass(frozen=True, slots=True)
class Outdated:
    """``report``: the newest edition of a containing report; ``parts``: the newer editions of what it contains."""

    report: Report
    parts: tuple[Report, ...]
    correction: ReportCorrection | None

    @property
    def names(self) -> str:
        return "、".join(str(part) for part in self.parts)


def longer_periods(period: Period) -> tuple[Period, ...]:
    """The quarter, half-year and year that a month lies in; nothing for longer periods, which contain months alone."""
    if period.kind is not PeriodKind.MONTH:
        return ()
    return (
        Period.quarter(period.year, (period.number + 2) // 3),
        Period.half_year(period.year, (period.number + 5) // 6),
        Period.full_year(period.year),
    )


def corrected_parts(report: Report) -> list[Report]:
    """The newest editions of what ``report`` contains that came after it, in order of code and period."""
    period = Period.parse(report.period)
    inside = Q(pk__in=())
    if report.level == "township":
        inside |= Q(level="village", code__startswith=report.code, period=period.key)
    if period.kind is not PeriodKind.MONTH:
        inside |= Q(code=report.code, period__in=[month.key for month in period.months()])
    found = Report.objects.filter(inside, edition__gt=1, pk__gt=report.pk)
    newest = {(row.code, row.period): row for row in found.order_by("edition").select_related("notice")}
    return [newest[key] for key in sorted(newest)]


def outdated_reports(corrected: Iterable[Report]) -> list[Outdated]:
    """The reports that contain one of ``corrected`` and were made before it, the shorter periods first."""
    wanted = Q(pk__in=())
    for part in corrected:
        if part.level == "village":
            wanted |= Q(code=part.code[:_TOWNSHIP], period=part.period)
        keys = [period.key for period in longer_periods(Period.parse(part.period))]
        if keys:
            wanted |= Q(code=part.code, period__in=keys)
    newest = {
        (row.code, row.period): row
        for row in Report.objects.filter(wanted).order_by("edition").select_related("notice")
    }
    waiting = {
        row.report_id: row
        for row in ReportCorrection.objects.filter(report__in=newest.values(), edition__isnull=True)
    }
    found = []
    for report in newest.values():
        parts = corrected_parts(report)
        if parts:
            found.append(Outdated(report, tuple(parts), waiting.get(report.pk)))
    return sorted(found, key=lambda one: (len(Period.parse(one.report.period).months()), one.report.code))


def outdated_within(user: Any, perm: str) -> list[Outdated]:
    """What the places of a person have to correct because of editions that came later."""
    corrected = Report.objects.for_user(user, perm).filter(edition__gt=1)
    return [
        one
        for one in outdated_reports(corrected)
        if any(one.report.code.startswith(code) for code in user.scope_codes(perm))
    ]


def part_changes(parts: Sequence[Report]) -> list[list[str]]:
    """The lines of the table of old against new that name the corrected reports, with their numbers."""
    editions = {
        (row.code, row.period, row.edition): row.notice.number
        for row in Report.objects.filter(
            code__in={part.code for part in parts}, period__in={part.period for part in parts}
        ).select_related("notice")
    }
    return [
        [
            "所含报告",
            part.name + Period.parse(part.period).label,
            editions.get((part.code, part.period, part.edition - 1), "—"),
            part.notice.number,
        ]
        for part in parts
    ]


def reason_for(parts: Sequence[Report]) -> str:
    """The reason that is offered: which of the contained reports were corrected."""
    names = "、".join(part.name + Period.parse(part.period).label for part in parts[:5])
    more = f"等{len(parts)}份" if len(parts) > len(parts[:5]) else ""
    return f"所含的{names}{more}报告已更正"[:200]
