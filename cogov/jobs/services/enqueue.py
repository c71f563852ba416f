"""Putting work into the table, in the transaction of the business row that needs it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.canonical import plain
from cogov.jobs import registry, states
from cogov.jobs.models import Job
from cogov.jobs.services.control import below, requeue
from cogov.jobs.services.nudge import nudge_on_commit


def enqueue_job(
    *,
    actor: Actor,
    kind: str,
    key: str,
    params: dict[str, Any] | None = None,
    label: str = "",
    township_code: str = "",
    village_code: str = "",
    parent: Job | None = None,
) -> Job:
    """Queue a job and nudge a worker after the commit.

    The same ``(kind, key)`` gives the existing row: untouched when done, hurried while it is open, queued anew when
    it had failed or was cancelled (its finished steps stay finished). A broker that is down does not matter.
    Whether ``actor`` may ask for this work is decided by the service that calls.
    """
    fields = new_fields(
        actor=actor,
        kind=kind,
        params=params,
        label=label,
        township_code=township_code,
        village_code=village_code,
        parent=parent,
    )
    with transaction.atomic():
        job, created = Job.objects.get_or_create(kind=kind, key=key, defaults=fields)
        if created:
            record(
                actor=actor,
                action="jobs.enqueue",
                summary=f"提交后台任务：{job.label}",
                obj=job,
                after={"种类": kind, "标识": key},
            )
            nudge_on_commit(job.pk)
        else:
            job = Job.objects.select_for_update().get(pk=job.pk)
            if job.state in states.UNSUCCESSFUL:
                requeue(actor=actor, job=job)
            elif job.state in states.OPEN:
                _hurry(job)
    return job


def _hurry(job: Job) -> None:
    """Somebody asks again for work under way: whatever of it had trouble gets a fresh set of tries, at once."""
    ids = [job.pk, *(pk for level in below(job, states.OPEN) for pk in level)]
    troubled = Job.objects.filter(pk__in=ids, attempts__gt=0)
    troubled.filter(state=states.QUEUED).update(available_at=timezone.now())
    if troubled.update(attempts=0):
        job.refresh_from_db()
        nudge_on_commit(job.pk)


def new_fields(
    *,
    actor: Actor,
    kind: str,
    params: dict[str, Any] | None,
    label: str,
    township_code: str,
    village_code: str,
    parent: Job | None,
) -> dict[str, Any]:
    """The columns of a new row. Raises RuleError for an unknown kind, TypeError for params without JSON form."""
    return {
        "label": (label or registry.kind_of(kind).label)[:200],
        "params": plain(params or {}),
        "township_code": township_code or village_code[:9],
        "village_code": village_code,
        "parent": parent,
        "requested_by_id": actor.pk,
        "requested_by_name": actor.audit_name[:150],
        "available_at": timezone.now(),
    }
