"""Producing a report: the frozen snapshot, and the documents published from it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

from cogov.access.scope import Actor
from cogov.audit.models import Seal
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.periods import Period, PeriodKind
from notices import kinds
from notices.models import ChainHead, Notice
from notices.printing.a4 import layout_a4
from notices.printing.content import ChartBlock, FigureGrid, NoticeContent, Table
from notices.printing.imprint import Imprint
from notices.services import issue_notice
from reports.documents import bulletin_blocks, headings, report_blocks, with_contents
from reports.models import Report
from reports.rules import report_name
from reports.selectors import latest_report
from reports.services.collecting import ReportPlace, collect_snapshot

BULLETIN = kinds.NoticeKind(
    "village_bulletin",
    "月度通报",
    series_village="通报",
    series_township="通报",
    objection_workdays=0,
    order=25,
)
PERIOD_REPORT = kinds.NoticeKind(
    "period_report",
    "季报、半年报和年报",
    series_village="报告",
    series_township="报告",
    objection_workdays=0,
    posting_days=0,
    order=31,
)
# A longer report begins with a page of contents (issue C item 6).
LONG_PAGES = 8
_SURELY_SHORT = 90  # lines of the grid; eight pages hold 176
_TAGS = re.compile(r"<[^>]+>")


def publish_report(*, actor: Actor, place: ReportPlace, period: Period) -> Report:
    """Freeze the period of a place and publish its documents; the report there is when it was done before.

    For a month a village gets a bulletin for its board and the report; otherwise there is the report alone.
    Call inside a transaction.
    """
    existing = latest_report(place.code, period)
    if existing is not None:
        return existing
    snapshot = collect_snapshot(place, period)
    monthly = period.kind is PeriodKind.MONTH
    bulletin = _publish_bulletin(actor, place, period, snapshot) if place.village and monthly else None
    kind = kinds.MONTHLY_REPORT if monthly else PERIOD_REPORT
    notice = _publish(actor, place, period, kind.code, report_content(place, period, snapshot))
    return save_edition(
        actor=actor, place=place, period=period, snapshot=snapshot, notice=notice, bulletin=bulletin
    )


def save_edition(
    *,
    actor: Actor,
    place: ReportPlace,
    period: Period,
    snapshot: dict[str, Any],
    notice: Notice,
    bulletin: Notice | None,
    edition: int = 1,
    comment: str = "",
) -> Report:
    """The report's row, with its audit event."""
    report = Report.build(
        level=place.level,
        code=place.code,
        name=place.name,
        period=period.key,
        edition=edition,
        snapshot=snapshot,
        content_digest=digest(snapshot),
        notice=notice,
        bulletin=bulletin,
    )
    report.save()
    record(
        actor=actor,
        action="reports.publish_report",
        summary=f"生成{report}（{notice.number}）",
        obj=report,
        after={"内容摘要": report.content_digest, "文号": notice.number},
        comment=comment,
    )
    return report


def report_content(place: ReportPlace, period: Period, snapshot: dict[str, Any]) -> NoticeContent:
    """The document of a report, with a page of contents when it is long."""
    office = f"{place.township.name}共同缔造办公室"
    name = report_name(period.kind)
    if place.village:
        title, addressee = f"{place.name}{period.label}{name}", office
    else:
        title, addressee = f"{place.name}{period.label}共同缔造工作{name}", "各村（社区）"
    content = NoticeContent(
        title=title, addressee=addressee, blocks=report_blocks(snapshot), signer="", printed_by=office
    )
    return _with_contents(content)


def bulletin_content(
    place: ReportPlace, period: Period, snapshot: dict[str, Any], chain: str, seal: str
) -> NoticeContent:
    """What a village hangs on its board."""
    return NoticeContent(
        title=f"{place.name}{period.label}工作通报",
        addressee="全体村民",
        blocks=bulletin_blocks(snapshot, chain, seal),
        signer="",
    )


def _with_contents(content: NoticeContent) -> NoticeContent:
    """Laid out once to see how long it is and again with the contents, whose folios are then known."""
    if _least_lines(content) < _SURELY_SHORT or len(_pages(content)) <= LONG_PAGES:
        return content
    titles = [heading.text for heading in headings(content.blocks)]
    trial = replace(content, blocks=with_contents(content.blocks, dict.fromkeys(titles, 0)))
    found: dict[str, int] = {}
    for number, text in enumerate(_pages(trial), 1):
        found.update({title: number for title in titles if title in text})
    return replace(content, blocks=with_contents(content.blocks, found))


def _least_lines(content: NoticeContent) -> int:
    """A cheap lower estimate of the document's length in lines of the grid."""
    lines = 0
    for block in content.blocks:
        if isinstance(block, Table):
            lines += len(block.rows) // 2
        elif isinstance(block, ChartBlock):
            lines += block.lines
        elif isinstance(block, FigureGrid):
            lines += len(block.items)
        else:
            lines += 1
    return lines


def _pages(content: NoticeContent) -> list[str]:
    """The text of each page as it will be laid out; what publication adds stands after the last heading."""
    printout = layout_a4(content, Imprint(issuer="", heading="—", number="—"))
    return [unescape(_TAGS.sub("", page)) for page in printout.pages]


def _publish_bulletin(actor: Actor, place: ReportPlace, period: Period, snapshot: dict[str, Any]) -> Notice:
    chain = ChainHead.objects.filter(code=place.code).values_list("head", flat=True).first() or ""
    seal = Seal.objects.filter(township_code=place.township.code).order_by("-number").first()
    content = bulletin_content(place, period, snapshot, chain, seal.head if seal else "")
    return _publish(actor, place, period, BULLETIN.code, content)


def _publish(actor: Actor, place: ReportPlace, period: Period, kind: str, content: NoticeContent) -> Notice:
    return issue_notice(
        actor=actor,
        kind=kind,
        village=place.village,
        township=place.township,
        period=period,
        subject_key=f"{place.code}:{period.key}",
        content=content,
    )
