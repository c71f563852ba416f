"""Who hears how a close or report went: those of the place and whoever asked for it. Nothing is mailed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.urls import reverse

from cogov.access.models import User
from cogov.common.canonical import digest
from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.desk.inbox import notify, people_at
from cogov.jobs.services import JobContext
from reports.models import MonthClose
from reports.rules import report_name

VIEW = "reports.view_monthclose"
Handler = Callable[[JobContext], "dict[str, Any] | None"]


def tell_done(close: MonthClose) -> None:
    """Call in the transaction that finishes the close: both are there or neither."""
    name = report_name(Period.parse(close.period).kind)
    body = {
        "village": f"本村{name}已经生成，可以在打印间打印、张贴、报送。",
        "township": f"{close.outcome.get('villages', 0)}个村（社区）都已完成，全镇{name}已经生成。",
        "county": f"{close.outcome.get('townships', 0)}个乡镇都已完成。",
    }[close.level]
    notify(
        users=_people(close),
        title=f"{close}完成",
        body=body,
        link=_page(close),
        key=f"reports.done:{close.code}:{close.period}",
    )


def telling_failure(handler: Handler) -> Handler:
    """The handler; when a rule refuses or children failed, the people hear it with the names and reasons.

    A village that fails under its township is named in the township's message. The same failure is told once.
    """

    @wraps(handler)
    def told(ctx: JobContext) -> dict[str, Any] | None:
        try:
            return handler(ctx)
        except CogovError as failure:
            close = MonthClose.objects.filter(code=ctx.params["code"], period=ctx.params["period"]).first()
            if close is not None:
                with transaction.atomic():
                    notify(
                        users=_people(close),
                        title=f"{close}没有完成",
                        body=failure.message,
                        link=_page(close),
                        key=f"reports.failed:{close.code}:{close.period}:{digest(failure.message)[:16]}",
                    )
            raise

    return told


def _people(close: MonthClose) -> list[User]:
    asked = close.job.requested_by if close.job is not None else None
    return [*people_at(VIEW, close.code), *([asked] if asked is not None else [])]


def _page(close: MonthClose) -> str:
    return reverse("admin:reports_monthclose_change", args=[close.pk])
