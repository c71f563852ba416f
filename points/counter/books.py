"""The month's reconciliation: page and workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.money import from_fen
from cogov.common.periods import Period, PeriodKind
from cogov.desk.export import XLSX, ExportColumn, write_workbook
from points.counter.access import VIEW, counter_page
from points.counter.views import page
from points.market_rules import Line
from points.models import Supermarket
from points.selectors import market, market_liability


def _period(request: HttpRequest) -> Period:
    text = request.GET.get("period", "")
    if not text:
        return Period.month_of(timezone.localdate())
    try:
        period = Period.parse(text)
    except (RuleError, ValueError):
        raise Http404 from None
    if period.kind != PeriodKind.MONTH:
        raise Http404
    return period


def _shown(line: Line) -> dict[str, Any]:
    """Figures of a line as people read them: pieces and points as they are, money in yuan."""
    show: Callable[[int], Any] = from_fen if line.money else int
    return {
        "part": line.part,
        "label": line.label,
        "books": show(line.books),
        "papers": show(line.papers),
        "difference": show(line.difference),
        "holds": line.holds,
        "texts": [f"{show(figure):,}" for figure in (line.books, line.papers, line.difference)],
        "unit": "元" if line.money else "",
    }


@require_GET
@counter_page(VIEW, door=True)
def reconciliation(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """Points, goods and fund of a month; every difference is listed."""
    period = _period(request)
    found = market.reconcile(shop, period)
    context = {
        "title": "月末对账",
        "subtitle": f"{shop.name} · {period.label}",
        "found": found,
        "lines": [_shown(line) for line in found.lines],
        "goods": [{"row": row, "closing": f"{from_fen(row.closing_fen):,}"} for row in found.goods],
        "fund": _fund(found),
        "owed": market_liability.liability([shop.village.code], period, shop),
        "period": period,
        "earlier": period.previous(),
        "later": period.next() if period.end < timezone.localdate() else None,
    }
    return page(request, shop, "reconciliation", context)


def _fund(found: market.Reconciliation) -> list[tuple[str, str]]:
    if found.fund is None:
        return []
    month = found.fund
    flows = [
        ("月初余额", month.opening),
        ("拨入", month.allocated),
        ("收回", month.withdrawn),
        ("进货付款", month.purchases),
        ("兑换结算", month.settled),
        ("撤销退回", month.refunded),
        ("月末余额", month.closing),
    ]
    return [(label, f"{from_fen(fen):,}") for label, fen in flows]


_COLUMNS = tuple(
    ExportColumn(heading, lambda row, index=index: row[index], width)
    for index, (heading, width) in enumerate(
        (
            ("部分", 8),
            ("项目", 36),
            ("账面（期初）", 14),
            ("单据（本月增减）", 18),
            ("差异（期末）", 14),
            ("结果", 10),
        )
    )
)


def _rows(found: market.Reconciliation) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for line in map(_shown, found.lines):
        result = "相符" if line["holds"] else "不符"
        rows.append((line["part"], line["label"], line["books"], line["papers"], line["difference"], result))
    for row in found.goods:
        rows.append(
            ("库存件数", f"{row.name}（{row.unit}）", row.opening, row.closing - row.opening, row.closing, "")
        )
        change = from_fen(row.closing_fen - row.opening_fen)
        rows.append(
            ("库存金额", row.name, from_fen(row.opening_fen), change, from_fen(row.closing_fen), "元")
        )
    if found.fund is not None:
        month = found.fund
        change = from_fen(month.closing - month.opening)
        rows.append(("基金", month.name, from_fen(month.opening), change, from_fen(month.closing), "元"))
    return rows


@require_GET
@counter_page(VIEW)
def workbook(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """The same as an Excel file; recorded like every export."""
    period = _period(request)
    rows = _rows(market.reconcile(shop, period))
    file = io.BytesIO()
    title = f"{shop.name}{period.label}对账"
    write_workbook(file, title, _COLUMNS, rows)
    record(
        actor=request.user,
        action="desk.export_list",
        summary=f"导出{title} {len(rows)} 行",
        obj=shop,
        after={"行数": len(rows)},
    )
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{title}.xlsx')}"
    return response
