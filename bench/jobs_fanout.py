"""A parent job with N children on two workers, against two plain processes doing the same CPU work (performance.md).

    .venv/bin/python bench/jobs_fanout.py [--sizes 52,103,206] [--rounds 3] [--milliseconds 150]

Starts a private PostgreSQL. Workers are forked processes that take jobs as Celery's do; each child has one step with
an effect in the database. Ratio = control time / jobs time: 1.0 would mean that the jobs cost nothing. Limit 0.85.
Also prints two workers against one on the largest size (at least 1.8).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
LIMIT = 0.85


def burn(rounds: int) -> None:
    """CPU work of a fixed amount."""
    data = b"x" * 1024
    for _ in range(rounds):
        data = hashlib.sha512(data).digest() * 16


def calibrate(milliseconds: int) -> int:
    """How many rounds take so long on this machine."""
    start = time.perf_counter()
    burn(2000)
    return max(1, int(2000 * milliseconds / 1000 / (time.perf_counter() - start)))


def together(bodies: list[Callable[[], object]]) -> float:
    """Seconds until all of them, each in a process of its own, are done."""
    from django.db import connections

    connections.close_all()
    start = time.perf_counter()
    children = []
    for body in bodies:
        child = os.fork()
        if child == 0:
            body()
            connections.close_all()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return time.perf_counter() - start


def close_with_jobs(size: int, rounds: int, workers: int, key: str) -> float:
    """One parent and ``size`` children, from the queued row to the closed parent."""
    from cogov.access.scope import SystemActor
    from cogov.jobs import registry
    from cogov.jobs.models import Job
    from cogov.jobs.services import ChildJob, JobContext, enqueue_job, run_job, work_until_idle

    def child(ctx: JobContext) -> None:
        burn(rounds)
        ctx.step("effect", lambda: ctx.log("done"))

    def parent(ctx: JobContext) -> dict[str, int]:
        children = [ChildJob("bench.child", f"{key}:{n}", f"{n}") for n in range(size)]
        return {"children": len(ctx.run_children("all", children))}

    for kind, handler in (("bench.child", child), ("bench.parent", parent)):
        registry._kinds[kind] = registry.JobKind(kind, kind, handler)
    job = enqueue_job(actor=SystemActor("bench"), kind="bench.parent", key=key)
    run_job(job.pk)  # the fan-out itself is part of nobody's parallel work; it is counted below
    seconds = together([lambda: work_until_idle(heartbeat=True)] * workers)
    job.refresh_from_db()
    if job.state != "done" or Job.objects.filter(parent=job, state="done").count() != size:
        raise SystemExit(f"the parent ended as {job.state}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="52,103,206")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--milliseconds", type=int, default=150)
    options = parser.parse_args()
    from cogov.demo import servers

    with servers.postgresql() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(
            [int(size) for size in options.sizes.split(",")], options.rounds, calibrate(options.milliseconds)
        )


def measure(sizes: list[int], repeats: int, rounds: int) -> None:
    failed = False
    for size in sizes:
        control, jobs = [], []
        for turn in range(repeats):
            shares = (size - size // 2, size // 2)
            control.append(together([partial(burn, rounds * share) for share in shares]))
            jobs.append(close_with_jobs(size, rounds, 2, f"{size}-{turn}"))
        ratio = statistics.median(control) / statistics.median(jobs)
        failed |= size == sizes[-1] and ratio < LIMIT
        print(
            f"{size:4d} children: control {statistics.median(control):6.2f} s, jobs {statistics.median(jobs):6.2f} s, "
            f"ratio {ratio:.2f} (limit {LIMIT})"
        )
    one = close_with_jobs(sizes[-1], rounds, 1, "one")
    two = close_with_jobs(sizes[-1], rounds, 2, "two")
    print(f"two workers are {one / two:.2f} times as fast as one (limit 1.8)")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
