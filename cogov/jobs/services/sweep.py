"""The sweeper: picks up what was queued, lost or left behind. Safe to run from two places at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.utils import timezone

from cogov.jobs import states
from cogov.jobs.models import Job
from cogov.jobs.services.claim import free_lost_leases
from cogov.jobs.services.nudge import nudge
from cogov.jobs.services.run import run_job, wake_parent

_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep found: leases of dead workers, parents woken, jobs that are due now."""

    freed: int
    woken: int
    due: int


def sweep_jobs(*, wake_workers: bool = True) -> SweepResult:
    """Free lost leases, wake parents whose children are over, and nudge workers when jobs are due."""
    freed = free_lost_leases()
    waiting = Job.objects.filter(state=states.WAITING).order_by("pk").values_list("pk", flat=True)
    woken = sum(wake_parent(pk) for pk in list(waiting))
    due = Job.objects.runnable(timezone.now()).count()
    if due and wake_workers:
        nudge(times=due)
    return SweepResult(freed=freed, woken=woken, due=due)


def work_until_idle(*, seconds: float | None = None, heartbeat: bool = True) -> list[Job]:
    """Run due jobs in this process until none is left (or the time is up); returns those that were run."""
    end = None if seconds is None else time.monotonic() + seconds
    done: list[Job] = []
    while end is None or time.monotonic() < end:
        job = run_job(heartbeat=heartbeat)
        if job is None:
            break
        done.append(job)
    return done


def work_until_done(job: Job, *, heartbeat: bool = True) -> Job:
    """Work on ``job`` and its descendants here until it is over, beside whatever workers do; then return it.

    When another process has the work in hand, this one waits and takes it over should that process die.
    """
    while True:
        ran = run_job(below=job.pk, heartbeat=heartbeat)
        job.refresh_from_db()
        if job.is_final:
            return job
        if ran is None:
            sweep_jobs(wake_workers=False)
            time.sleep(_PAUSE_SECONDS)
