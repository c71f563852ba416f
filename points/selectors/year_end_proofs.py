"""Proof of the year's end: every posted run has its entries, and no such entry stands without a run."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Sum

from points.models import PointsEntry, YearEndRun
from points.models.year_ends import POSTED


def year_ends_hold() -> Iterator[tuple[str, str]]:
    """(place, message) of every fault. Entries move to another village only with their household, by transfers."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    rows = (
        PointsEntry.objects.filter(kind__in=("carry", "clear"), source__startswith="yearend:")
        .order_by()
        .values("village", "source")
        .annotate(entries=Count("pk"), total=Sum("points"))
    )
    for row in rows.iterator():
        key = row["village"], row["source"].split(":")[1]
        entries, points = found.get(key, (0, 0))
        found[key] = entries + row["entries"], points - row["total"]
    for run in YearEndRun.objects.filter(state=POSTED).select_related("village").order_by("pk"):
        entries, points = found.pop((run.village_id, str(run.year)), (0, 0))
        if (entries, points) != (run.posted_entries, run.points):
            yield (
                str(run),
                f"入账 {run.posted_entries} 笔 {run.points} 分，流水是 {entries} 笔 {points} 分",
            )
    for (village, year), (entries, _) in sorted(found.items()):
        yield f"村 #{village} {year}年度", f"有 {entries} 笔年终流水，却没有已入账的年终处理"
