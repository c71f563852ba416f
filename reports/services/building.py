"""Producing a report: figures from every app, the frozen snapshot, and the documents published from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cogov.access.scope import Actor
from cogov.audit.models import Seal
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.periods import Period
from cogov.desk.registry import ReportScope, SectionData, TableData, report_sections
from notices import kinds
from notices.models import ChainHead, Notice
from notices.printing.content import NoticeContent
from notices.services import draft_notice, publish_notice
from reports.composition import build_snapshot, bulletin_blocks, facts_of, report_blocks
from reports.models import Report
from reports.selectors import earlier_snapshot, latest_report, village_reports
from villages.models import Township, Village

BULLETIN = kinds.NoticeKind(
    "village_bulletin",
    "月度通报",
    series_village="通报",
    series_township="通报",
    objection_workdays=0,
    order=25,
)
_SHOWN_IN_COMPARISON = 5


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """Whose report it is; ``village`` None for the township's own."""

    township: Township
    village: Village | None = None

    @property
    def level(self) -> str:
        return "village" if self.village else "township"

    @property
    def code(self) -> str:
        return str((self.village or self.township).code)

    @property
    def name(self) -> str:
        return str((self.village or self.township).name)


def publish_report(*, actor: Actor, place: ReportPlace, period: Period) -> Report:
    """Freeze the period of a place and publish its documents; the report there is when it was done before.

    A village gets a bulletin for its board and the report, a township the report. Call inside a transaction.
    """
    existing = latest_report(place.code, period)
    if existing is not None:
        return existing
    snapshot = build_snapshot(
        level=place.level,
        code=place.code,
        name=place.name,
        period=period,
        sections=_sections(place, period),
        earlier=earlier_snapshot(place.code, period),
    )
    bulletin = _publish_bulletin(actor, place, period, snapshot) if place.village else None
    notice = _publish(
        actor, place, period, kinds.MONTHLY_REPORT.code, _report_content(place, period, snapshot)
    )
    report = Report.build(
        level=place.level,
        code=place.code,
        name=place.name,
        period=period.key,
        edition=1,
        snapshot=snapshot,
        content_digest=digest(snapshot),
        notice=notice,
        bulletin=bulletin,
    )
    report.save()
    record(
        actor=actor,
        action="reports.publish_report",
        summary=f"生成{place.name}{period.label}月报（{notice.number}）",
        obj=report,
        after={"内容摘要": report.content_digest, "文号": notice.number},
    )
    return report


def _sections(place: ReportPlace, period: Period) -> list[tuple[str, str, SectionData]]:
    scope = ReportScope(place.level, place.code, place.name)
    sections = [(section.code, section.title, section.build(scope, period)) for section in report_sections]
    if place.village is None:
        sections.append(("comparison", "各村情况", _comparison(place.code, period)))
    return sections


def _comparison(township_code: str, period: Period) -> SectionData:
    """The first figure of every section, village by village, from the villages' own closed reports."""
    reports = village_reports(township_code, period)
    if not reports:
        return SectionData()
    heads: list[tuple[str, str, str]] = []
    for section in reports[0].snapshot["sections"]:
        facts = [fact for fact in facts_of(reports[0].snapshot, section["code"]) if fact.value is not None]
        if facts and len(heads) < _SHOWN_IN_COMPARISON:
            heads.append((section["code"], facts[0].label, facts[0].unit))
    rows: list[list[Any]] = []
    for report in reports:
        row: list[Any] = [report.name]
        for code, label, _ in heads:
            row.append(next((f.value for f in facts_of(report.snapshot, code) if f.label == label), None))
        rows.append(row)
    columns = ["村（社区）", *(f"{label}（{unit}）" if unit else label for _, label, unit in heads)]
    return SectionData(tables=[TableData("各村主要数据", columns, rows)])


def _report_content(place: ReportPlace, period: Period, snapshot: dict[str, Any]) -> NoticeContent:
    office = f"{place.township.name}共同缔造办公室"
    if place.village:
        title, addressee = f"{place.name}{period.label}月报", office
    else:
        title, addressee = f"{place.name}{period.label}共同缔造工作月报", "各村（社区）"
    return NoticeContent(
        title=title, addressee=addressee, blocks=report_blocks(snapshot), signer="", printed_by=office
    )


def _publish_bulletin(actor: Actor, place: ReportPlace, period: Period, snapshot: dict[str, Any]) -> Notice:
    chain = ChainHead.objects.filter(code=place.code).values_list("head", flat=True).first() or ""
    seal = Seal.objects.filter(township_code=place.township.code).order_by("-number").first()
    content = NoticeContent(
        title=f"{place.name}{period.label}工作通报",
        addressee="全体村民",
        blocks=bulletin_blocks(snapshot, chain, seal.head if seal else ""),
        signer="",
    )
    return _publish(actor, place, period, BULLETIN.code, content)


def _publish(actor: Actor, place: ReportPlace, period: Period, kind: str, content: NoticeContent) -> Notice:
    draft = draft_notice(
        actor=actor,
        kind=kind,
        village=place.village,
        township=place.township,
        period=period,
        subject_key=f"{place.code}:{period.key}",
        content=content,
    )
    return draft if draft.is_public else publish_notice(actor=actor, notice=draft)
