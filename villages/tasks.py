"""Celery's side of the registry."""

from __future__ import annotations

from celery import shared_task

from villages.services.import_batches import expire_batches


@shared_task(name="villages.expire_imports")
def expire_imports() -> None:
    """Hourly from beat: uploads that nobody decided on, and stray files, are deleted; two beats do no harm."""
    expire_batches()
