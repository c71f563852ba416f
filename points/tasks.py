"""Celery's side of the points system. Only workers import this: Celery takes a while to load."""

from __future__ import annotations

from celery import shared_task

from cogov.access.scope import SystemActor
from points.services import publicity
from points.services.market import cancelling


@shared_task(name="points.expire_bookings")
def expire_bookings() -> None:
    """Hourly from beat; each booking is given back in its own transaction, twice changes nothing."""
    cancelling.expire_bookings(actor=SystemActor("预约到期任务"))


@shared_task(name="points.post_cleared_lists")
def post_cleared_lists() -> None:
    """Nightly from beat: lists whose publicity is over and clean enter the ledger; each village by itself."""
    publicity.post_all_cleared(actor=SystemActor("公示期满入账任务"))
