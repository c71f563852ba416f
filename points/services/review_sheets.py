"""Printing the paper of the review group (PNT-8)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from notices.printing.weasy import pdf_bytes
from points.models import PointsRecord
from points.printing.review_sheet import layout_review_sheet
from points.selectors.review_sheets import review_sheet

PRINT = "points.review_points"
MOST = 1000
_LEFT_OUT = ("draft", "withdrawn", "rejected", "reversed")


def print_review_sheet(*, actor: Actor, records: Iterable[PointsRecord]) -> bytes:
    """The records' sheet as PDF; one village, at most 1,000 records. The printing is recorded.

    Raises AccessDenied, RuleError (nothing to deliberate on, several villages, too many), PrintingUnavailable.
    """
    ids = [row.pk for row in records]
    rows = list(
        PointsRecord.objects.filter(pk__in=ids)
        .exclude(state__in=_LEFT_OUT)
        .select_related("household__group", "household__head", "village", "rule")
        .order_by("pk")[: MOST + 1]
    )
    if not rows:
        raise RuleError("选中的登记里没有可以评议的")
    if len(rows) > MOST:
        raise RuleError(f"一张评议表最多 {MOST:,} 笔，请按月份分开打印")
    villages = {row.village_id: row.village for row in rows}
    if len(villages) > 1:
        raise RuleError("评议表按村打印，请先筛选一个村")
    (village,) = villages.values()
    authorize(actor, PRINT, village.code)
    months = sorted({row.period for row in rows})
    label = Period.parse(months[0]).label if len(months) == 1 else ""
    today = timezone.localdate()
    with transaction.atomic():
        sheet = review_sheet(village, label, rows)
        data = pdf_bytes(layout_review_sheet(sheet, today.isoformat()))
        record(
            actor=actor,
            action="points.print_review_sheet",
            summary=f"打印积分评议签字表：{village}{label} {len(sheet.lines)} 户 {sheet.records} 笔 {sheet.points} 分",
            obj=village,
            after={"月份": months, "笔数": sheet.records, "积分": sheet.points},
        )
    return data
