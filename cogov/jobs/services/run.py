"""Running one job: take it, call its handler, write down how it ended."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from cogov.common.canonical import plain
from cogov.common.errors import CogovError
from cogov.jobs import states
from cogov.jobs.models import Job, JobLog
from cogov.jobs.registry import kind_of
from cogov.jobs.services.claim import Heartbeat, claim
from cogov.jobs.services.context import JobCancelled, JobContext, LeaseLost, WaitForChildren
from cogov.jobs.services.nudge import nudge_on_commit

_log = logging.getLogger(__name__)


def run_job(job_id: int | None = None, *, below: int | None = None, heartbeat: bool = False) -> Job | None:
    """Run ``job_id`` if it is due and free, or else the next due job; returns it as it stands afterwards, or None.

    Never raises for a failing handler: the failure is in the row. ``heartbeat`` keeps the lease from a thread.
    """
    taken = claim(job_id, below=below)
    if taken is None:
        return None
    job, owner = taken
    try:
        with Heartbeat(job.pk, owner) if heartbeat else nullcontext():
            _run(job, owner)
    except LeaseLost:
        _log.warning("job %s was taken over by another worker", job.pk)
    job.refresh_from_db()  # also its parent: one may have adopted it meanwhile
    if job.parent_id is not None and job.is_final:
        wake_parent(job.parent_id)
    return job


def wake_parent(parent_id: int) -> bool:
    """Queue a waiting parent again once none of its children is open. Whoever comes last does it, exactly once."""
    open_children = Job.objects.filter(parent_id=parent_id, state__in=states.OPEN)
    with transaction.atomic():
        woken = Job.objects.filter(~Exists(open_children), pk=parent_id, state=states.WAITING).update(
            state=states.QUEUED, available_at=timezone.now(), attempts=0
        )
        if woken:
            nudge_on_commit(parent_id)
    return bool(woken)


def _run(job: Job, owner: str) -> None:
    context = JobContext(job, owner)
    try:
        if job.cancel_requested:
            raise JobCancelled
        result = kind_of(job.kind).handler(context)
    except LeaseLost:
        raise
    except JobCancelled:
        _settle(job, owner, "cancel", message="已取消")
    except WaitForChildren:
        _settle(job, owner, "wait")
        wake_parent(job.pk)
    except CogovError as error:
        # A rule refuses: trying again without a change would be refused again.
        _settle(job, owner, "fail", error=error.message)
    except Exception as error:
        _failed_try(job, owner, error)
    else:
        _settle(job, owner, "finish", result=plain(result), message="已完成")


def _failed_try(job: Job, owner: str, error: Exception) -> None:
    """A fault of the program or of the machine: wait and try again, a few times."""
    _log.exception("job %s (%s) failed in try %s", job.pk, job.kind, job.attempts)
    job.refresh_from_db(fields=["attempts"])
    where = f"{type(error).__name__}，位置 {_place()}"
    if job.attempts >= states.MAX_ATTEMPTS:
        _settle(
            job, owner, "fail", error=f"程序出错，已试{job.attempts}次：{where}。请把此信息告诉系统维护员。"
        )
        return
    wait = states.back_off(job.attempts)
    JobLog.objects.create(
        job=job,
        level=JobLog.Level.WARNING,
        text=f"第{job.attempts}次未成（{where}），{int(wait.total_seconds())}秒后再试"[:500],
    )
    _settle(job, owner, "try_again", available_at=timezone.now() + wait)


def _settle(job: Job, owner: str, move: str, **values: Any) -> None:
    """Leave the running state, only while the lease is ours. Raises LeaseLost."""
    target = states.JOB_STATES.move(states.RUNNING, move).target
    final: dict[str, Any] = {"finished_at": timezone.now()} if target in states.FINAL else {}
    if target == states.DONE and job.progress_total:
        final["progress_done"] = job.progress_total
    if "error" in values:
        values["error"] = values["error"][:1000]
    with transaction.atomic():
        ours = Job.objects.filter(pk=job.pk, lease_owner=owner, state=states.RUNNING)
        if not ours.update(state=target, lease_owner="", lease_until=None, **final, **values):
            raise LeaseLost
        if target in states.FINAL:
            level = JobLog.Level.ERROR if target == states.FAILED else JobLog.Level.INFO
            text = values.get("error") or states.JOB_STATES.states[target]
            JobLog.objects.create(job=job, level=level, text=text[:500])


def _place() -> str:
    """File and line where the error arose; its text may hold personal data and stays in the server log."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "未知"
