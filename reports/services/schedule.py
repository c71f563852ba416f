"""The close that starts by itself: on the first days of a month for the month before."""

from __future__ import annotations

import logging

from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from cogov.common.periods import Period
from reports.models import MonthClose
from reports.selectors import townships_in_use
from reports.services.close_month import close_month

# A machine that was switched off on the 1st makes up for it; later a person decides.
LAST_DAY = 7
_log = logging.getLogger(__name__)


def close_last_month() -> list[MonthClose]:
    """Ask for the close of every township in use; those that are closed or running are left alone."""
    today = timezone.localdate()
    if today.day > LAST_DAY:
        return []
    period = Period.month_of(today).previous()
    asked: list[MonthClose] = []
    for township in townships_in_use():
        try:
            asked.append(close_month(actor=SystemActor("定时月结"), code=township.code, period=period))
        except CogovError as refusal:
            _log.warning("close of %s not started: %s", township.code, refusal.message)
    return asked
