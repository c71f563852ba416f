"""Producing a report: the frozen snapshot, and the documents published from it."""

from __future__ import annotations

from typing import Any

from cogov.access.scope import Actor
from cogov.audit.models import Seal
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.periods import Period, PeriodKind
from notices import kinds
from notices.models import ChainHead, Notice
from notices.printing.content import NoticeContent
from notices.printing.contents import with_contents
from notices.services import issue_notice
from reports.documents import bulletin_blocks, report_blocks
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
    contents=True,
)


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
    return with_contents(content)


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
