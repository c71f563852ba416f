"""What a handler holds while it works: exactly-once steps, progress, cancellation, children.

A handler is a plain function that may be started many times. Everything with an effect goes through
``ctx.step(name, fn)``; what is outside of steps must only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.common.canonical import plain
from cogov.common.errors import CogovError
from cogov.jobs import states
from cogov.jobs.models import Job, JobLog, JobStep
from cogov.jobs.registry import kind_of
from cogov.jobs.services.control import requeue
from cogov.jobs.services.enqueue import new_fields
from cogov.jobs.services.nudge import nudge_on_commit

_SPAWN_STEP = "spawn:"


class LeaseLost(Exception):
    """Another worker has taken the job over; this one must stop without writing."""


class JobCancelled(Exception):
    """Somebody asked to stop."""


class WaitForChildren(Exception):
    """The handler has nothing more to do until its children are over; it will be started again then."""


class ChildrenFailed(CogovError):
    """Some children did not succeed; the message names them and why."""


@dataclass(frozen=True, slots=True)
class ChildJob:
    """A child to be queued: identity, parameters, and the place it works on."""

    kind: str
    key: str
    label: str
    params: dict[str, Any] = field(default_factory=dict)
    township_code: str = ""
    village_code: str = ""


class JobContext:
    """Handed to the handler by the runner, which holds the lease ``owner`` on ``job``."""

    def __init__(self, job: Job, owner: str) -> None:
        self.job = job
        self.owner = owner
        # A job that nobody has begun before has no steps.
        done = JobStep.objects.filter(job=job) if job.begun_before else JobStep.objects.none()
        self._steps: dict[str, Any] = dict(done.values_list("name", "result"))

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.job.params)

    @property
    def actor(self) -> SystemActor:
        """Who signs what the job does; the person who asked for it is in the job's own audit event."""
        return SystemActor(f"{kind_of(self.job.kind).label}任务")

    def step(self, name: str, fn: Callable[[], Any]) -> Any:
        """Run ``fn`` once, whatever happens: its effect and the mark "done" commit together.

        Returns what ``fn`` returned (in JSON form), read from the mark when the step was done before.
        Raises JobCancelled before, LeaseLost when another worker has the job; then nothing is written.
        """
        if name in self._steps:
            return self._steps[name]
        self.check_cancelled()
        try:
            with transaction.atomic(durable=True):
                # The unique key comes first: a second runner waits here until the first commits, then fails.
                mark = JobStep.objects.create(job=self.job, name=name)
                result = plain(fn())
                if result is not None:
                    JobStep.objects.filter(pk=mark.pk).update(result=result)
                self._hold_lease(attempts=1)
        except IntegrityError:
            if JobStep.objects.filter(job=self.job, name=name).exists():
                raise LeaseLost from None
            raise
        self._steps[name] = result
        return result

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Show how far it is; also a sign of life. Raises LeaseLost."""
        self.job.progress_done, self.job.progress_total, self.job.message = done, total, message[:300]
        self._hold_lease(progress_done=done, progress_total=total, message=message[:300])

    def log(self, text: str, level: str = JobLog.Level.INFO) -> None:
        """A line for the person who watches; no personal data."""
        JobLog.objects.create(job=self.job, level=level, text=text[:500])

    def check_cancelled(self) -> None:
        """Raises JobCancelled when somebody asked to stop, LeaseLost when the job is no longer ours."""
        row = Job.objects.filter(pk=self.job.pk).values_list("cancel_requested", "lease_owner", "state").get()
        if row[0]:
            raise JobCancelled
        if row[1:] != (self.owner, states.RUNNING):
            raise LeaseLost

    # -- children ---------------------------------------------------------------------------------------

    def run_children(self, name: str, children: Iterable[ChildJob]) -> list[Job]:
        """Queue the children once (step ``name``), then go on only when all of them are over.

        No worker waits meanwhile: the last child wakes this job in the database. One failing child does not
        stop the others. Returns the children in order of creation; raises ChildrenFailed that names those
        that failed, WaitForChildren while there are open ones.
        """
        keys = self.step(f"{_SPAWN_STEP}{name}", lambda: self._spawn(list(children)))
        rows = list(Job.objects.filter(pk__in=keys).order_by("pk"))
        if any(row.state in states.OPEN for row in rows):
            raise WaitForChildren
        failed = [row for row in rows if row.state in states.UNSUCCESSFUL]
        if failed:
            named = "；".join(
                f"{row.label}（{row.error or states.JOB_STATES.states[row.state]}）" for row in failed
            )
            raise ChildrenFailed(f"{len(rows)}项中有{len(failed)}项没有完成：{named}")
        return rows

    def _spawn(self, children: list[ChildJob]) -> list[int]:
        """Insert the rows set-wise. A child that exists already (asked for on its own) is adopted."""
        Job.objects.bulk_create(
            [
                Job(
                    kind=child.kind,
                    key=child.key,
                    **new_fields(
                        actor=self.actor,
                        kind=child.kind,
                        params=child.params,
                        label=child.label,
                        township_code=child.township_code,
                        village_code=child.village_code,
                        parent=self.job,
                    ),
                )
                for child in children
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        wanted = {(child.kind, child.key) for child in children}
        found = Job.objects.filter(kind__in={k for k, _ in wanted}, key__in={key for _, key in wanted})
        rows = [job for job in found.order_by("pk") if (job.kind, job.key) in wanted]
        for job in rows:
            if job.parent_id is None:
                self._adopt(job.pk)
            elif job.parent_id != self.job.pk:
                raise CogovError(f"“{job.label}”已经属于另一项任务，请等它结束后再试。")
        nudge_on_commit(times=len(children))
        return [job.pk for job in rows]

    def _adopt(self, pk: int) -> None:
        """Make a job that was asked for on its own a child of this one; a failed one gets another chance."""
        job = Job.objects.select_for_update().get(pk=pk)
        job.parent = self.job
        job.save(update_fields=["parent"])
        if job.state in states.UNSUCCESSFUL:
            requeue(actor=self.actor, job=job)

    def _hold_lease(self, **values: Any) -> None:
        """Extend the lease, and write ``values`` with it, only while the job is ours."""
        ours = Job.objects.filter(pk=self.job.pk, lease_owner=self.owner, state=states.RUNNING)
        if not ours.update(lease_until=timezone.now() + states.LEASE, **values):
            raise LeaseLost
