"""Reading jobs: the status that pages and commands show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from cogov.jobs import states
from cogov.jobs.models import Job, JobLog

_LOG_TAIL = 20


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """One line per child, the unfinished first."""

    id: int
    label: str
    state: str
    state_label: str
    error: str


@dataclass(frozen=True, slots=True)
class JobStatus:
    """Everything the progress bar needs. ``percent`` is a whole number, 100 only when done."""

    id: int
    kind: str
    label: str
    state: str
    state_label: str
    final: bool
    percent: int
    message: str
    error: str
    result: Any
    log: list[dict[str, str]]
    children: list[ChildStatus]
    children_total: int
    children_done: int
    can_cancel: bool
    can_resume: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def job_status(job: Job, *, log_lines: int = _LOG_TAIL, most_children: int = 300) -> JobStatus:
    """The status of one job in four queries, whatever its number of children."""
    counts = dict(Job.objects.filter(parent=job).values_list("state").annotate(Count("pk")))
    total, done = sum(counts.values()), counts.get(states.DONE, 0)
    over = sum(counts.get(state, 0) for state in states.FINAL)
    children = Job.objects.filter(parent=job).order_by("pk")[:most_children] if total else []
    rank = {states.FAILED: 0, states.CANCELLED: 1, states.RUNNING: 2, states.WAITING: 3, states.QUEUED: 4}
    lines = reversed(JobLog.objects.filter(job=job).order_by("-pk")[:log_lines])
    allowed = {move.name for move in states.JOB_STATES.allowed(job.state)}
    message = job.message
    if job.state in states.OPEN and total:
        message = f"子任务 {over}/{total}" + (
            f"，{counts[states.FAILED]}项失败" if counts.get(states.FAILED) else ""
        )
    return JobStatus(
        id=job.pk,
        kind=job.kind,
        label=job.label,
        state=job.state,
        state_label="正在取消"
        if job.cancel_requested and not job.is_final
        else states.JOB_STATES.states[job.state],
        final=job.is_final,
        percent=_percent(job, over, total),
        message=message,
        error=job.error,
        result=job.result,
        log=[{"at": line.at.isoformat(), "level": line.level, "text": line.text} for line in lines],
        children=[
            ChildStatus(c.pk, c.label, c.state, states.JOB_STATES.states[c.state], c.error)
            for c in sorted(children, key=lambda c: (rank.get(c.state, 9), c.pk))
        ],
        children_total=total,
        children_done=done,
        can_cancel="cancel" in allowed and not job.cancel_requested,
        can_resume="resume" in allowed,
    )


def _percent(job: Job, children_over: int, children_total: int) -> int:
    """Children count ninety parts of a hundred, the work around them the rest."""
    if job.state == states.DONE:
        return 100
    if children_total:
        return min(99, 5 + 90 * children_over // children_total)
    if job.progress_total:
        return min(99, 100 * job.progress_done // job.progress_total)
    return 0
