"""Starts a real Celery worker, queues a job with children, waits for it: ``python -m tests.jobs.celery_run``.

The settings are the demo's; database, broker and data directory come from the environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import django

PATIENCE_SECONDS = 60


def main() -> None:
    django.setup()
    from cogov.access.scope import SystemActor
    from cogov.jobs.models import Job, JobLog
    from cogov.jobs.services import enqueue_job
    from tests.jobs import handlers

    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "cogov.celery", "worker"),
            *("-P", "threads", "-c", "2", "-I", handlers.__name__, "-l", "ERROR"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        job = enqueue_job(actor=SystemActor("测试"), kind="test.root", key="1")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not job.is_final and time.monotonic() < deadline and worker.poll() is None:
            time.sleep(0.1)
            job.refresh_from_db()
    finally:
        worker.terminate()
        worker.wait(30)
    effects = JobLog.objects.filter(text__startswith="effect").count()
    report = {"state": job.state, "result": job.result, "effects": effects, "jobs": Job.objects.count()}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
