"""Celery's side: what the calendar asks for. Losing or doubling a task changes nothing."""

from __future__ import annotations

from celery import shared_task

from cogov.access.scope import SystemActor
from notices.services import escalate_overdue


@shared_task(name="notices.escalate_objections")
def escalate_objections() -> None:
    """Every morning from beat: objections without an answer after ten days go to the township."""
    escalate_overdue(actor=SystemActor("异议督办"))
