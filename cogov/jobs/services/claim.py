"""Taking a job: one worker gets it, also when many ask at once (skip locked on PostgreSQL, one writer on SQLite)."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from cogov.jobs import states
from cogov.jobs.models import Job, JobLog, JobQuerySet


def new_owner() -> str:
    """A lease owner, unique for each run: host, process, its start time, and a random part."""
    return f"{socket.gethostname()[:50]}:{os.getpid()}:{_started(os.getpid())}:{secrets.token_hex(6)}"


def owner_is_gone(owner: str) -> bool:
    """Whether the process behind a lease certainly no longer runs: known only on the same host."""
    parts = owner.split(":")
    if len(parts) != 4 or parts[0] != socket.gethostname()[:50]:
        return False
    started = _started(int(parts[1]))
    return started != parts[2]


def claim(job_id: int | None = None, *, below: int | None = None) -> tuple[Job, str] | None:
    """Take ``job_id``, or the next due job (only that job and its descendants when ``below`` is given).

    None when there is nothing to take. A job that was taken too often without progress is failed here.
    """
    while True:
        with transaction.atomic():
            now = timezone.now()
            # Two questions rather than one with OR: each is answered by its own small index.
            job = _first(Job.objects.due(now), job_id, below) or _first(Job.objects.lost(now), job_id, below)
            if job is None:
                return None
            if job.attempts >= states.MAX_TAKEN:
                _give_up(job)
                continue
            owner = new_owner()
            if job.state == states.RUNNING:
                JobLog.objects.create(job=job, level=JobLog.Level.WARNING, text="上一个执行者中断，接着执行")
            states.JOB_STATES.move(job.state, "claim")
            job.state, job.lease_owner, job.lease_until = states.RUNNING, owner, now + states.LEASE
            job.attempts += 1
            job.begun_before = job.started_at is not None
            job.started_at = job.started_at or now
            job.save(update_fields=["state", "lease_owner", "lease_until", "attempts", "started_at"])
            return job, owner


def _first(rows: JobQuerySet, job_id: int | None, below: int | None) -> Job | None:
    """The first of these rows that nobody holds, locked."""
    if job_id is not None:
        rows = rows.filter(pk=job_id)
    elif below is not None:
        rows = rows.filter(pk__in=tree(below))
    job: Job | None = (
        rows.select_for_update(skip_locked=True, of=("self",)).order_by("available_at", "pk").first()
    )
    return job


def free_lost_leases() -> int:
    """End the leases of dead processes on this host at once, instead of waiting for their time to run out."""
    now = timezone.now()
    running = Job.objects.filter(state=states.RUNNING, lease_until__gte=now).values_list("pk", "lease_owner")
    freed = 0
    for pk, owner in running:
        if owner_is_gone(owner):
            freed += Job.objects.filter(pk=pk, state=states.RUNNING, lease_owner=owner).update(
                lease_until=now - timedelta(seconds=1)
            )
    return freed


def tree(root: int) -> list[int]:
    """The ids of a job and all its descendants."""
    ids, level = [root], [root]
    while level:
        level = list(Job.objects.filter(parent_id__in=level).values_list("pk", flat=True))
        ids += level
    return ids


class Heartbeat:
    """Extends a lease from a thread of its own while the handler computes."""

    def __init__(self, job_id: int, owner: str) -> None:
        self._job_id, self._owner = job_id, owner
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{job_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(states.HEARTBEAT_SECONDS):
            try:
                held = Job.objects.filter(
                    pk=self._job_id, lease_owner=self._owner, state=states.RUNNING
                ).update(lease_until=timezone.now() + states.LEASE)
            except Exception:  # noqa: S112 - a busy database is asked again; the lease outlives several beats
                continue
            finally:
                connection.close()
            if not held:
                return


def _give_up(job: Job) -> None:
    job.state, job.finished_at = states.FAILED, timezone.now()
    job.error = (
        job.error or f"连续{job.attempts}次中断，没有进展，已停止。请联系系统维护员查看日志后再重新开始。"
    )
    job.lease_owner, job.lease_until = "", None
    job.save(update_fields=["state", "finished_at", "error", "lease_owner", "lease_until"])
    JobLog.objects.create(job=job, level=JobLog.Level.ERROR, text=job.error[:500])


def _started(pid: int) -> str:
    """The start time of a process in clock ticks since boot; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
