"""The Celery application. A task is only a nudge; the truth is the job table (cogov.jobs)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.demo")

app = Celery("cogov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
