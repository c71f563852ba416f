"""The gate: the one place other apps ask whether the publicity of a subject is over and clean (BEY-3).

Every condition is a guard of its own in ``GUARDS``; a payment or posting that is blocked names all that fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from cogov.common.errors import RuleError
from cogov.common.workdays import CalendarUnknown
from notices import kinds, selectors, states
from notices.models import Notice


@dataclass(frozen=True, slots=True)
class GateResult:
    """``open`` when publicity is over and clean; otherwise ``reasons`` in Chinese."""

    open: bool
    reasons: tuple[str, ...]
    notice: Notice | None = None


def objections_until(notice: Notice) -> date | None:
    """The last day for objections, counted from the posting where that is asked for. Raises CalendarUnknown."""
    if notice.publicity_end is None or not notice.terms.needs_evidence:
        return notice.publicity_end
    return selectors.objections_until(notice, selectors.posted_on(notice))


def _published(notice: Notice, _day: date) -> str:
    return "" if notice.state == states.PUBLISHED else f"{notice.number}已不是现行公示"


def _period_over(notice: Notice, day: date) -> str:
    try:
        end = objections_until(notice)
    except CalendarUnknown as unknown:
        return unknown.message
    if end is None or end == date.max or day > end:
        return ""
    return f"{notice.number}的公示期到{end.year}年{end.month}月{end.day}日才结束"


def _evidence_kept(notice: Notice, _day: date) -> str:
    missing = notice.terms.needs_evidence and not notice.evidence.exists()
    return f"{notice.number}没有张贴照片" if missing else ""


def _answered(notice: Notice, _day: date) -> str:
    waiting = notice.objections.filter(state=states.OPEN).count()
    return f"{notice.number}有{waiting}件异议未答复" if waiting else ""


def _none_upheld(notice: Notice, _day: date) -> str:
    upheld = notice.objections.filter(upheld=True).exists()
    return f"{notice.number}的异议成立，须先发更正公示" if upheld else ""


def _no_correction_pending(notice: Notice, _day: date) -> str:
    pending = notice.corrections.filter(state__in=states.PENDING).exists()
    return f"{notice.number}正在更正，更正公示还没有发布" if pending else ""


Guard = Callable[[Notice, date], str]
GUARDS: tuple[Guard, ...] = (
    _published,
    _period_over,
    _evidence_kept,
    _answered,
    _none_upheld,
    _no_correction_pending,
)


def gate_of(notice: Notice, today: date | None = None) -> GateResult:
    """The gate for a notice that the caller holds."""
    day = today or timezone.localdate()
    reasons = tuple(reason for guard in GUARDS if (reason := guard(notice, day)))
    return GateResult(not reasons, reasons, notice)


def gate(*, kind: str, subject_key: str, today: date | None = None) -> GateResult:
    """Whether the publicity of this subject is over and clean. Raises RuleError for an unknown kind."""
    label = kinds.get(kind).label
    found = Notice.objects.filter(kind=kind, subject_key=subject_key)
    notice = found.filter(state=states.PUBLISHED).order_by("-id").first()
    if notice is not None:
        return gate_of(notice, today)
    withdrawn = found.filter(state=states.WITHDRAWN).order_by("-id").first()
    if withdrawn is not None:
        return GateResult(False, (f"{withdrawn.number}已撤回，须重新公示",), withdrawn)
    return GateResult(False, (f"{label}尚未发布",))


def require_gate(*, kind: str, subject_key: str, today: date | None = None) -> Notice:
    """The notice whose publicity is over and clean. Raises RuleError with every reason against it."""
    result = gate(kind=kind, subject_key=subject_key, today=today)
    if not result.open or result.notice is None:
        raise RuleError("公示未完成，不能办理", result.reasons)
    return result.notice
