"""A separate process for the tests of dying workers: ``python -m tests.jobs.worker SCENARIO``; prints one JSON object.

Workers are forked and really killed (SIGKILL) at exact places, with all database connections of their own.
The effects are rows of the job log, so that "once" can be counted in the database.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

STEPS = 6
# Where each worker dies: inside a step after its effect, or between steps after the commit.
DEATHS = (("inside", 2), ("after", 3), ("inside", 5), ("inside", 6))


def main(scenario: str) -> None:
    django.setup()
    from django.db import connections

    from cogov.access.scope import SystemActor
    from cogov.jobs import registry
    from cogov.jobs.models import Job, JobLog
    from cogov.jobs.services import JobContext, enqueue_job, sweep_jobs, work_until_idle

    plan: dict[str, Any] = {"death": None}

    def die_if(place: str, number: int) -> None:
        if plan["death"] == (place, number):
            os.kill(os.getpid(), signal.SIGKILL)

    def work(ctx: JobContext) -> dict[str, int]:
        for number in range(1, STEPS + 1):

            def effect(number: int = number) -> int:
                JobLog.objects.create(job=ctx.job, text=f"effect {ctx.job.key} {number}")
                die_if("inside", number)
                return number

            ctx.step(f"step {number}", effect)
            die_if("after", number)
        return {"steps": STEPS}

    registry.job_handler("test.work", "测试")(work)
    if scenario in UNGUARDED:
        JobContext.step = UNGUARDED[scenario]  # type: ignore[method-assign]

    def fork(body: Callable[[], object]) -> int:
        connections.close_all()
        child = os.fork()
        if child == 0:
            body()
            connections.close_all()
            os._exit(0)
        return child

    actor = SystemActor("测试")
    keys = [str(number) for number in range(20 if scenario == "race" else 1)]
    for key in keys:
        enqueue_job(actor=actor, kind="test.work", key=key)
    killed = 0
    if scenario == "race":
        workers = [fork(lambda: work_until_idle(heartbeat=False)) for _ in range(4)]
        for worker in workers:
            os.waitpid(worker, 0)
    else:
        for death in (*DEATHS, None):
            plan["death"] = death
            _, status = os.waitpid(fork(lambda: work_until_idle(heartbeat=False)), 0)
            killed += os.WIFSIGNALED(status)
            sweep_jobs(wake_workers=False)
            sweep_jobs(wake_workers=False)
    effects = Counter(JobLog.objects.filter(text__startswith="effect").values_list("text", flat=True))
    wanted = {f"effect {key} {number}" for key in keys for number in range(1, STEPS + 1)}
    report = {
        "killed": killed,
        "states": sorted(Job.objects.values_list("state", flat=True)),
        "attempts": sorted(set(Job.objects.values_list("attempts", flat=True))),
        "once": sum(effects[name] == 1 for name in wanted),
        "doubled": sum(effects[name] > 1 for name in wanted),
        "lost": sum(effects[name] == 0 for name in wanted),
    }
    sys.stdout.write(json.dumps(report))


def _effect_first(ctx: Any, name: str, fn: Callable[[], Any]) -> Any:
    """The control: the effect commits, the mark follows in a transaction of its own."""
    from cogov.jobs.models import JobStep

    if not JobStep.objects.filter(job=ctx.job, name=name).exists():
        fn()
        JobStep.objects.create(job=ctx.job, name=name)
        ctx._hold_lease(attempts=1)


def _mark_first(ctx: Any, name: str, fn: Callable[[], Any]) -> Any:
    """The other control: marked as done before the effect, which dies with its worker."""
    from django.db import transaction

    from cogov.jobs.models import JobStep

    if not JobStep.objects.filter(job=ctx.job, name=name).exists():
        JobStep.objects.create(job=ctx.job, name=name)
        ctx._hold_lease(attempts=1)
        with transaction.atomic():
            fn()


UNGUARDED = {"effect-first": _effect_first, "mark-first": _mark_first}

if __name__ == "__main__":
    main(sys.argv[1])
