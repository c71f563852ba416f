"""A parent job with N children on two workers, against two plain processes doing the same CPU work (performance.md).

    .venv/bin/python bench/jobs_fanout.py [--sizes 52,103,206] [--rounds 3] [--milliseconds 600,50]

Starts a private PostgreSQL. Workers are forked processes that take jobs as Celery's do; each child has one step with
an effect in the database. Ratio = control time / jobs time: 1.0 would mean that the jobs cost nothing. Limit 0.85.
Also prints two workers against one on the largest size (at least 1.8). 600 ms is what the close of a village of 600
households costs (bench/county_close.py), 50 ms a very small task. Each ratio by the clock and by the processor time
of all processes, the database server's included.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
from bench.county_close import Cost, on_workers

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


def close_with_jobs(size: int, rounds: int, workers: int, key: str) -> Cost:
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
    cost = on_workers(lambda _number: work_until_idle(heartbeat=True), workers)
    job.refresh_from_db()
    if job.state != "done" or Job.objects.filter(parent=job, state="done").count() != size:
        raise SystemExit(f"the parent ended as {job.state}")
    return cost


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="52,103,206")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--milliseconds", default="600,50")
    options = parser.parse_args()
    from cogov.demo import servers

    with servers.postgresql() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        sizes = [int(size) for size in options.sizes.split(",")]
        passed = [
            measure(sizes, options.rounds, int(milliseconds))
            for milliseconds in options.milliseconds.split(",")
        ]
    raise SystemExit(0 if all(passed) else 1)


def measure(sizes: list[int], repeats: int, milliseconds: int) -> bool:
    """Tell the ratios of one size of task; False when the largest number of tasks is beyond the limit."""
    rounds = calibrate(milliseconds)
    print(f"tasks of {milliseconds} ms")
    passed = True
    for size in sizes:
        shares = (size - size // 2, size // 2)
        control, jobs = [], []
        for turn in range(repeats):
            control.append(on_workers(lambda number: burn(rounds * shares[number])))  # noqa: B023 - used at once
            jobs.append(close_with_jobs(size, rounds, 2, f"{milliseconds}-{size}-{turn}"))
        clock, cpu = (
            statistics.median(getattr(cost, what) for cost in control)
            / statistics.median(getattr(cost, what) for cost in jobs)
            for what in ("clock", "cpu")
        )
        passed = size != sizes[-1] or max(clock, cpu) >= LIMIT
        print(
            f"{size:4d} children: ratio {clock:.2f} by the clock, {cpu:.2f} by processor time (limit {LIMIT})",
            flush=True,
        )
    one = close_with_jobs(sizes[-1], rounds, 1, f"{milliseconds}-one")
    two = close_with_jobs(sizes[-1], rounds, 2, f"{milliseconds}-two")
    print(f"two workers are {one.clock / two.clock:.2f} times as fast as one (limit 1.8)", flush=True)
    return passed


if __name__ == "__main__":
    main()
