"""Celery's side of the reports."""

from __future__ import annotations

from celery import shared_task

from reports.services import close_last_month


@shared_task(name="reports.close_last_month")
def start_close_of_last_month() -> None:
    """Daily from beat; two beats start one close, because the job is unique by place and month."""
    close_last_month()
