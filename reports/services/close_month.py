"""The month close (RPT-2): one job per place and month; villages are children that run side by side.

Every part is a step of a job: killed half way and resumed, or asked for twice, the result is the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.seals import seal_township
from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.periods import Period, PeriodKind
from cogov.desk.registry import CloseStep, close_steps, township_close_steps
from cogov.jobs.models import Job
from cogov.jobs.registry import job_handler
from cogov.jobs.services import ChildJob, JobContext, enqueue_job
from reports.models import MonthClose
from reports.rules import report_name
from reports.selectors import Place, place_of, townships_in_use, unclosed_months, villages_to_close
from reports.services.building import publish_report
from reports.services.collecting import ReportPlace
from reports.services.telling import tell_done, telling_failure
from reports.states import CLOSE_STATES
from villages.models import Township, Village

PERMISSION = "reports.close_month"
KINDS = {
    "village": "reports.close_village",
    "township": "reports.close_township",
    "county": "reports.close_county",
}
# The same handlers under another name, so that progress pages and signatures say what is being made.
LONGER_KINDS = {
    "village": "reports.report_village",
    "township": "reports.report_township",
    "county": "reports.report_county",
}


def close_month(*, actor: Actor, code: str, period: Period) -> MonthClose:
    """Ask for the close of a village, township or county; safe to repeat.

    Raises AccessDenied, and RuleError for an unknown place, one without households, or a month not yet over.
    """
    place = place_of(code)
    authorize(actor, PERMISSION, code)
    if place is None:
        raise RuleError(f"没有区划代码为“{code}”的村、乡镇或县；村12位、乡镇9位、县6位。")
    if period.kind is not PeriodKind.MONTH:
        raise RuleError("月结按月进行，请写成 2026-10 的形式。")
    if period.end >= timezone.localdate():
        raise RuleError(f"{period.label}还没有结束，{period.next().start:%Y年%m月%d日}起才能月结。")
    return _ask(actor, place, period)


def make_report(*, actor: Actor, code: str, period: Period) -> MonthClose:
    """Ask for the quarterly, half-year or annual report of a village, township or county; safe to repeat.

    A township's comes with those of its villages. Raises AccessDenied, and RuleError for an unknown place, a period
    that is not over, or one whose months are not all closed.
    """
    place = place_of(code)
    authorize(actor, PERMISSION, code)
    if place is None:
        raise RuleError(f"没有区划代码为“{code}”的村、乡镇或县；村12位、乡镇9位、县6位。")
    if period.kind is PeriodKind.MONTH:
        raise RuleError(
            "月报由月结生成，请办理月结（close_month）；这里写成 2026-Q3、2026-H1 或 2026 的形式。"
        )
    if period.end >= timezone.localdate():
        raise RuleError(f"{period.label}还没有结束，{period.next().start:%Y年%m月%d日}起才能生成报告。")
    if place.level != "county":
        _require_closed_months(place.code, place.name, period)
    return _ask(actor, place, period)


def _require_closed_months(code: str, name: str, period: Period) -> None:
    missing = unclosed_months(code, period)
    if missing:
        months = "、".join(month.label for month in missing)
        raise RuleError(f"{name}还有月份没有月结，先办理后再生成{report_name(period.kind)}：{months}。")


def _ask(actor: Actor, place: Place, period: Period) -> MonthClose:
    """The row and its job, once."""
    code = place.code
    if not _has_households(place):
        raise RuleError(f"{place.name}还没有录入住户，没有可以月结的内容。")
    with transaction.atomic():
        close, _ = MonthClose.objects.get_or_create(
            code=code, period=period.key, defaults={"level": place.level, "name": place.name}
        )
        close = MonthClose.objects.select_for_update().get(pk=close.pk)
        job = enqueue_job(
            actor=actor,
            kind=_kinds(period)[place.level],
            key=job_key(code, period),
            params={"code": code, "period": period.key},
            label=str(close),
            township_code=code[:9],  # for a county its six digits, so that county duties cover the job
            village_code=code if place.level == "village" else "",
        )
        if close.job_id != job.pk:
            close.job = job
            close.save(update_fields=["job"])
    return close


def _kinds(period: Period) -> dict[str, str]:
    return KINDS if period.kind is PeriodKind.MONTH else LONGER_KINDS


def job_key(code: str, period: Period) -> str:
    return f"{code}:{period.key}"


def close_village(ctx: JobContext) -> dict[str, Any]:
    """Everything of one village: for a month what every app has to post, then the report."""
    village = Village.objects.select_related("township").get(code=ctx.params["code"])
    period = Period.parse(ctx.params["period"])
    monthly = period.kind is PeriodKind.MONTH
    if not monthly:
        _require_closed_months(village.code, village.name, period)
    steps: list[CloseStep] = list(close_steps) if monthly else []
    outcome: dict[str, Any] = {}
    for number, step in enumerate(steps):
        ctx.progress(number, len(steps) + 1, step.label)
        outcome[step.code] = ctx.step(f"close:{step.code}", partial(_logged, ctx, step, village, period))
    ctx.progress(len(steps), len(steps) + 1, f"生成{'通报与' if monthly else ''}{report_name(period.kind)}")
    place = ReportPlace(village.township, village)
    outcome["report"] = ctx.step("report", lambda: _finish(ctx, place, period, dict(outcome)))
    ctx.progress(len(steps) + 1, len(steps) + 1, "已完成")
    return outcome


def close_township(ctx: JobContext) -> dict[str, Any]:
    """The villages side by side; then, once all are closed, the township's own report and the seal."""
    township = Township.objects.get(code=ctx.params["code"])
    period = Period.parse(ctx.params["period"])
    villages = villages_to_close(township.code)
    children = [_child("village", village.code, village.name, period) for village in villages]
    ctx.run_children("villages", children)
    monthly = period.kind is PeriodKind.MONTH
    if not monthly:
        _require_closed_months(township.code, township.name, period)
    done = "都已月结" if monthly else "的报告都已生成"
    ctx.step("told", lambda: ctx.log(f"{len(children)}个村（社区）{done}"))
    outcome: dict[str, Any] = {"villages": len(children)}
    for step in township_close_steps if monthly else ():
        outcome[step.code] = ctx.step(f"close:{step.code}", partial(_logged, ctx, step, township, period))
    ctx.progress(1, 2, f"生成全镇{report_name(period.kind)}")
    place = ReportPlace(township)
    outcome["report"] = ctx.step("report", lambda: _finish(ctx, place, period, dict(outcome)))
    # Not a step: sealing takes a table lock of its own, and sealing twice only makes an empty difference.
    outcome["seal"] = _seal(township.code)
    return outcome


def close_county(ctx: JobContext) -> dict[str, Any]:
    """Every township that has households; each closes by itself, a failing one is named and stops nobody."""
    code, period = ctx.params["code"], Period.parse(ctx.params["period"])
    children = [
        _child("township", township.code, township.name, period) for township in townships_in_use(code)
    ]
    ctx.run_children("townships", children)
    outcome = {"townships": len(children)}
    ctx.step("closed", lambda: _mark_closed(ctx.actor, code, period, outcome))
    return outcome


def _logged(ctx: JobContext, step: CloseStep, place: Village | Township, period: Period) -> dict[str, Any]:
    """The step with its line in the log, which is written once as well."""
    result = step.run(ctx.actor, place, period)
    ctx.log(f"{step.label}：完成")
    return result


def _child(level: str, code: str, name: str, period: Period) -> ChildJob:
    return ChildJob(
        kind=_kinds(period)[level],
        key=job_key(code, period),
        label=f"{name}{period.label}{_task(period)}",
        params={"code": code, "period": period.key},
        township_code=code[:9],
        village_code=code if len(code) == 12 else "",
    )


def _task(period: Period) -> str:
    return "月结" if period.kind is PeriodKind.MONTH else report_name(period.kind)


def _finish(ctx: JobContext, place: ReportPlace, period: Period, outcome: dict[str, Any]) -> dict[str, Any]:
    """Publish the report and mark the month as closed, together."""
    report = publish_report(actor=ctx.actor, place=place, period=period)
    ctx.log(
        f"生成{report_name(period.kind)} {report.notice.number}"
        + (f"、通报 {report.bulletin.number}" if report.bulletin else "")
    )
    told = {"id": report.pk, "number": report.notice.number, "digest": report.content_digest}
    _mark_closed(ctx.actor, place.code, period, {**outcome, "report": told}, job=ctx.job)
    return told


def _mark_closed(
    actor: Actor, code: str, period: Period, outcome: dict[str, Any], job: Job | None = None
) -> None:
    place = place_of(code)
    if place is None:
        raise RuleError(f"区划代码“{code}”已不存在。")
    close, _ = MonthClose.objects.get_or_create(
        code=code, period=period.key, defaults={"level": place.level, "name": place.name, "job": job}
    )
    close = MonthClose.objects.select_for_update().get(pk=close.pk)
    move = CLOSE_STATES.move(close.state, "close")
    close.state, close.closed_at, close.outcome = move.target, timezone.now(), outcome
    close.save(update_fields=["state", "closed_at", "outcome"])
    tell_done(close)
    record(
        actor=actor,
        action="reports.close_month",
        summary=f"{close}完成",
        obj=close,
        after={"状态": CLOSE_STATES.states[move.target]},
    )


def _seal(township_code: str) -> dict[str, Any]:
    seal = seal_township(township_code)
    return {"number": seal.number, "head": seal.head} if seal else {}


def _has_households(place: Place) -> bool:
    if place.level == "village":
        return any(village.code == place.code for village in villages_to_close(place.code[:9]))
    if place.level == "township":
        return bool(villages_to_close(place.code))
    return bool(townships_in_use(place.code))


def register_handlers() -> None:
    """Called once from AppConfig.ready()."""
    handlers = {"village": close_village, "township": close_township, "county": close_county}
    names = {"village": "村", "township": "乡镇", "county": "全县"}
    for level, handler in handlers.items():
        job_handler(KINDS[level], f"{names[level]}月结")(telling_failure(handler))
        job_handler(LONGER_KINDS[level], f"{names[level]}报告")(telling_failure(handler))
