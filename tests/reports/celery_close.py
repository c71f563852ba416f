"""A county's close whose Celery worker is killed inside a village: ``python -m tests.reports.celery_close``.

The settings are the demo's; database, broker and data directory come from the environment. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

PATIENCE_SECONDS = 90


def start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "cogov.celery", "worker"),
            *("-P", "prefork", "-c", "1", "-I", "tests.reports.blocking_step", "-l", "ERROR"),
            *("--without-mingle", "--without-gossip"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for(done: Callable[[], object], worker: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline or worker.poll() is not None:
            raise SystemExit("the worker did not get there")
        time.sleep(0.1)


def main() -> None:
    django.setup()
    from cogov.access.scope import SystemActor
    from cogov.audit.models import AuditEvent
    from cogov.common.periods import Period
    from cogov.jobs.models import Job
    from cogov.jobs.services import sweep_jobs
    from notices.models import Notice
    from notices.services.verifying import verify_notices
    from reports.models import MonthClose, Report
    from reports.services import close_month
    from tests.factories.reports import make_living_place
    from tests.reports.blocking_step import BLOCKED, MARK

    make_living_place()
    mark = Path(os.environ["COGOV_DATA_DIR"]) / MARK
    first = start_worker()
    close = close_month(actor=SystemActor("测试"), code="421223", period=Period.month(2026, 10))
    wait_for(mark.exists, first)
    inside = Job.objects.get(kind="reports.close_village", village_code=BLOCKED)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    half = AuditEvent.objects.filter(action="sample.effect", village_code=BLOCKED).count()
    second = start_worker()

    def closed() -> bool:
        sweep_jobs()  # what beat does every half minute: the dead worker's job is free at once
        close.refresh_from_db()
        return close.state == "closed"

    try:
        wait_for(closed, second)
    finally:
        os.killpg(second.pid, signal.SIGTERM)
        second.wait(30)
    effects = AuditEvent.objects.filter(action="sample.effect").order_by("village_code")
    report = {
        "inside": inside.state,
        "half_done": half,
        "closes": sorted(MonthClose.objects.values_list("code", "state")),
        "effects": list(effects.values_list("village_code", flat=True)),
        "reports": sorted(Report.objects.values_list("code", flat=True)),
        "numbers": sorted(Notice.objects.values_list("number", flat=True)),
        "intact": verify_notices().intact,
        "taken_over": inside.logs.filter(text__contains="接着执行").count(),
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
