"""Celery's side: two small tasks. They hold no state; losing or doubling them changes nothing."""

from __future__ import annotations

import contextlib

from celery import shared_task
from django.db import IntegrityError

from cogov.audit.seals import seal_everything
from cogov.jobs.services import run_job, sweep_jobs, work_until_idle
from cogov.jobs.services.nudge import RUN_TASK

# One message may lead to several jobs, but not so long that the broker takes the worker for dead.
_BUDGET_SECONDS = 60


@shared_task(name=RUN_TASK)
def run(job_id: int | None = None) -> None:
    """A nudge: run the named job when it is free, then whatever else is due."""
    if job_id is not None:
        run_job(job_id, heartbeat=True)
    work_until_idle(seconds=_BUDGET_SECONDS)


@shared_task(name="cogov.jobs.sweep")
def sweep() -> None:
    """Every half minute from beat; two beats do no harm."""
    sweep_jobs()


@shared_task(name="cogov.jobs.seal")
def seal() -> None:
    """Every night: seal what was written since the last seal. A second beat finds nothing new, or loses the number."""
    with contextlib.suppress(IntegrityError):
        seal_everything()
