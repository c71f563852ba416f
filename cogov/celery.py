"""The Celery application. A task is only a nudge; the truth is the job table (cogov.jobs).

Beat is not needed for correctness either: two of them make no duplicates (jobs are unique by kind and key), and
without any, ``manage.py sweep_jobs`` and ``manage.py close_month`` do the same work.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init, worker_ready

from cogov.common.startup import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.demo")

app = Celery("cogov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.update(
    # A broker that is down must not hold a page: the job row is safe, the sweeper comes every half minute.
    broker_connection_timeout=2,
    task_publish_retry=False,
    # PDFs leave memory behind; a fresh process now and then keeps a worker below its limit (performance.md).
    worker_max_memory_per_child=400_000,
    beat_schedule={
        "seal-audit": {
            "task": "cogov.jobs.seal",
            "schedule": crontab(hour="2", minute="30"),
            "options": {"expires": 3600},
        },
        "sweep-jobs": {"task": "cogov.jobs.sweep", "schedule": 30.0, "options": {"expires": 25}},
        # Every day early, although months close on the 1st: a machine that was off then makes up for it.
        "close-last-month": {
            "task": "reports.close_last_month",
            "schedule": crontab(hour="0", minute="20"),
            "options": {"expires": 3600},
        },
        "escalate-objections": {
            "task": "notices.escalate_objections",
            "schedule": crontab(hour="6", minute="10"),
            "options": {"expires": 3600},
        },
        # Before the close of the month, so that what hung long enough stands in the month's books.
        "post-cleared-lists": {
            "task": "points.post_cleared_lists",
            "schedule": crontab(hour="0", minute="5"),
            "options": {"expires": 600},
        },
        "expire-bookings": {
            "task": "points.expire_bookings",
            "schedule": crontab(minute="25"),
            "options": {"expires": 3000},
        },
        "expire-imports": {
            "task": "villages.expire_imports",
            "schedule": crontab(minute="40"),
            "options": {"expires": 3000},
        },
    },
)


@worker_process_init.connect  # a process of the pool
@worker_ready.connect  # a worker without a pool of processes
def _loaded(**_: Any) -> None:
    keep_what_is_loaded()
