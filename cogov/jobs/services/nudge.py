"""Waking workers. A nudge may be lost, doubled or late: the sweeper makes up for it (stack.md traps 1, 3, 4)."""

from __future__ import annotations

import logging

from django.db import transaction

RUN_TASK = "cogov.jobs.run"
_EXPIRES_SECONDS = 300
_MOST_AT_ONCE = 8
_log = logging.getLogger(__name__)


def nudge_on_commit(job_id: int | None = None, *, times: int = 1) -> None:
    """After the commit, tell workers that there is something to do. Never fails the caller."""
    transaction.on_commit(lambda: nudge(job_id, times=times), robust=True)


def nudge(job_id: int | None = None, *, times: int = 1) -> bool:
    """Send at most eight messages now; False when the broker could not be reached."""
    from cogov.celery import app  # noqa: PLC0415 - Celery is slow to import and not every process queues work

    try:
        for _ in range(min(times, _MOST_AT_ONCE)):
            app.send_task(RUN_TASK, args=[job_id], retry=False, expires=_EXPIRES_SECONDS, ignore_result=True)
    except Exception as error:
        _log.warning("broker not reachable (%s); the sweeper will start the job", type(error).__name__)
        return False
    return True
