"""What people may do to a job: cancel it, start it again, hurry it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.jobs import states
from cogov.jobs.models import Job, JobLog
from cogov.jobs.services.nudge import nudge_on_commit

PERMISSION = "jobs.manage_job"


def cancel_job(*, actor: Actor, job: Job, reason: str = "") -> Job:
    """Stop a job and its children. What is done stays done; a running one stops before its next step.

    Raises AccessDenied, and TransitionError when the job is over already.
    """
    authorize(actor, PERMISSION, job.scope_code)
    with transaction.atomic():
        job = _locked(job)
        states.JOB_STATES.move(job.state, "cancel")
        _cancel_row(job)
        for level in below(job, states.OPEN):
            for child in Job.objects.select_for_update().filter(pk__in=level).order_by("pk"):
                _cancel_row(child)
        record(
            actor=actor,
            action="jobs.cancel",
            summary=f"取消后台任务：{job.label}",
            obj=job,
            comment=reason.strip(),
        )
    return job


def resume_job(*, actor: Actor, job: Job) -> Job:
    """Queue a failed or cancelled job again, with its failed children; finished steps are not repeated.

    Raises AccessDenied, and TransitionError when the job is not over or was successful.
    """
    authorize(actor, PERMISSION, job.scope_code)
    with transaction.atomic():
        job = _locked(job)
        requeue(actor=actor, job=job)
    return job


def retry_job(*, actor: Actor, job: Job) -> Job:
    """Try now: a waiting try is brought forward, a failed job is resumed. Raises as `resume_job`."""
    authorize(actor, PERMISSION, job.scope_code)
    with transaction.atomic():
        job = _locked(job)
        if job.state in states.UNSUCCESSFUL:
            requeue(actor=actor, job=job)
            return job
        states.JOB_STATES.move(job.state, "hurry")
        job.available_at = timezone.now()
        job.save(update_fields=["available_at"])
        record(actor=actor, action="jobs.retry", summary=f"立即重试后台任务：{job.label}", obj=job)
        nudge_on_commit(job.pk)
    return job


def requeue(*, actor: Actor, job: Job) -> None:
    """Move a locked, unsuccessful job and its unsuccessful children back into the queue."""
    states.JOB_STATES.move(job.state, "resume")
    before = {"状态": states.JOB_STATES.states[job.state], "原因": job.error}
    fresh = {
        "state": states.QUEUED,
        "available_at": timezone.now(),
        "attempts": 0,
        "cancel_requested": False,
        "lease_owner": "",
        "lease_until": None,
        "error": "",
        "message": "",
        "finished_at": None,
    }
    for name, value in fresh.items():
        setattr(job, name, value)
    job.save(update_fields=list(fresh))
    levels = below(job, states.UNSUCCESSFUL)
    children = sum(Job.objects.filter(pk__in=level).update(**fresh) for level in levels)
    more = f"，含{children}项子任务" if children else ""
    JobLog.objects.create(job=job, text=f"由{actor.audit_name}重新开始{more}")
    record(
        actor=actor, action="jobs.resume", summary=f"重新开始后台任务：{job.label}", obj=job, before=before
    )
    nudge_on_commit(job.pk, times=1 + children)


def _locked(job: Job) -> Job:
    row: Job = Job.objects.select_for_update().get(pk=job.pk)
    return row


def below(job: Job, wanted: tuple[str, ...]) -> list[list[int]]:
    """The descendants in one of the ``wanted`` states, level by level."""
    levels: list[list[int]] = []
    parents = [job.pk]
    while parents:
        rows = list(Job.objects.filter(parent_id__in=parents).order_by("pk").values_list("pk", "state"))
        levels.append([pk for pk, state in rows if state in wanted])
        parents = [pk for pk, _ in rows]
    return levels


def _cancel_row(job: Job) -> None:
    """A running job is only asked to stop: its worker owns it until then."""
    job.cancel_requested = True
    if job.state != states.RUNNING:
        job.state, job.finished_at, job.message = states.CANCELLED, timezone.now(), "已取消"
    job.save(update_fields=["cancel_requested", "state", "finished_at", "message"])
    JobLog.objects.create(job=job, level=JobLog.Level.WARNING, text="收到取消要求")
