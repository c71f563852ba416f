"""Correcting a closed report: a later edition that prints old against new; the first stays as it was (RPT-1)."""

from __future__ import annotations

from dataclasses import replace

from django.db import IntegrityError, transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from notices.models import Notice
from notices.printing import content as model
from notices.services import draft_correction, publish_notice
from reports.composition import changes
from reports.containing import corrected_parts, part_changes
from reports.documents import CREDENTIALS
from reports.models import Report, ReportCorrection
from reports.selectors import latest_report
from reports.services.building import bulletin_content, report_content, save_edition
from reports.services.collecting import ReportPlace, collect_snapshot
from villages.models import Township, Village

CORRECT, PUBLISH = "reports.correct_report", "reports.publish_correction"


def draft_report_correction(*, actor: Actor, report: Report, reason: str) -> ReportCorrection:
    """Collect the figures anew and draft the correcting papers. Where contained reports were corrected, the table of
    old against new names them first.

    Raises AccessDenied, RuleError when nothing differs or the report is not the newest edition, ConflictError while
    another correction is under way.
    """
    authorize(actor, CORRECT, report.code)
    if not reason.strip():
        raise RuleError("更正必须写明原因。")
    period, place = Period.parse(report.period), place_of_report(report)
    newest = latest_report(report.code, period)
    if newest is None or newest.pk != report.pk:
        raise RuleError("这不是最新一版，请更正最新的一版。")
    snapshot = collect_snapshot(place, period, corrected=report.snapshot)
    changed = [*part_changes(corrected_parts(report)), *changes(report.snapshot, snapshot)]
    if not changed:
        raise RuleError("按现在的数据重新生成，内容与原报告相同，没有需要更正的地方。")
    snapshot["correction"] = {"of": report.notice.number, "reason": reason.strip(), "changes": changed}
    try:
        with transaction.atomic():
            notice = draft_correction(
                actor=actor,
                notice=report.notice,
                content=report_content(place, period, snapshot),
                reason=reason,
            )
            bulletin = _draft_bulletin(actor, report, place, period, snapshot, reason)
            correction = ReportCorrection.objects.create(
                report=report,
                reason=reason.strip(),
                snapshot=snapshot,
                notice=notice,
                bulletin=bulletin,
                drafted_by_id=actor.pk,
            )
            record(
                actor=actor,
                action="reports.draft_correction",
                summary=f"起草{correction}",
                obj=correction,
                after={"更正处": len(changed)},
                comment=reason,
            )
    except IntegrityError:
        raise ConflictError("这份报告已有一份更正在办理。") from None
    return correction


def publish_report_correction(*, actor: Actor, correction: ReportCorrection) -> Report:
    """A second person publishes the papers; the further edition stands from then on. Safe to repeat."""
    authorize(actor, PUBLISH, correction.report.code)
    with transaction.atomic():
        locked = ReportCorrection.objects.select_for_update().get(pk=correction.pk)
        if locked.edition is not None:
            return locked.edition
        if actor.pk is not None and actor.pk == locked.drafted_by_id:
            raise RuleError("起草更正的人不能自己发布，请另一人发布。")
        report = locked.report
        for paper in (locked.bulletin, locked.notice):
            # Somebody may have published the paper on the page of notices already.
            if paper is not None and not paper.is_public:
                publish_notice(actor=actor, notice=paper)
        edition = save_edition(
            actor=actor,
            place=place_of_report(report),
            period=Period.parse(report.period),
            snapshot=locked.snapshot,
            notice=Notice.objects.get(pk=locked.notice_id),
            bulletin=locked.bulletin or report.bulletin,
            edition=report.edition + 1,
            comment=locked.reason,
        )
        locked.edition = edition
        locked.save(update_fields=["edition"])
    return edition


def place_of_report(report: Report) -> ReportPlace:
    """The place that a report is about."""
    if report.level == "village":
        village = Village.objects.select_related("township").get(code=report.code)
        return ReportPlace(village.township, village)
    return ReportPlace(Township.objects.get(code=report.code))


def _draft_bulletin(
    actor: Actor, report: Report, place: ReportPlace, period: Period, snapshot: dict[str, object], reason: str
) -> Notice | None:
    """The bulletin's correction, when the bulletin itself says something else now; its heads stay as printed."""
    if report.bulletin is None:
        return None
    old = model.from_json(report.bulletin.snapshot.document["content"])
    heads = tuple(
        block
        for block in old.blocks
        if isinstance(block, model.Paragraph) and block.text.startswith(CREDENTIALS)
    )
    content = bulletin_content(place, period, snapshot, "", "")
    content = replace(content, blocks=(*content.blocks, *heads))
    own = tuple(block for block in old.blocks if block in content.blocks)
    if len(own) == len(content.blocks):
        return None
    return draft_correction(actor=actor, notice=report.bulletin, content=content, reason=reason)
