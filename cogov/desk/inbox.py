"""Telling people: written with the business row, delivered once by a job, read in the message box."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from cogov.access.models import Duty, User
from cogov.access.permissions import roles_with
from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from cogov.desk.models import Message, Outbox
from cogov.desk.notifiers import NotDelivered, notifier_of, notifiers
from cogov.jobs import states
from cogov.jobs.models import Job
from cogov.jobs.registry import job_handler
from cogov.jobs.services import JobContext, enqueue_job, run_job

DELIVER = "desk.deliver"
_log = logging.getLogger(__name__)


class DeliveryIncomplete(Exception):
    """Some messages did not go out; the job is tried again for these."""


def people_at(perm: str, code: str) -> list[User]:
    """Who holds ``perm`` by a duty today at exactly this place (not above it): those whose own matter it is."""
    today = timezone.localdate()
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    duties = Duty.objects.filter(
        running, scope_code=code, role__in=roles_with(perm), starts_on__lte=today
    ).values("user_id")
    return list(User.objects.filter(pk__in=duties, is_active=True).order_by("pk"))


def notify(*, users: Iterable[User], title: str, key: str, body: str = "", link: str = "") -> int:
    """Put a message into the outbox for every user and channel; returns how many are new.

    Call it in the transaction of what it tells about: both are there or neither. The same ``key`` reaches a person
    once per channel, however often it is told. ``link`` is an address of our own.
    """
    batch = uuid4().hex
    with transaction.atomic():
        rows = [
            Outbox(
                channel=notifier.code,
                user=user,
                title=title[:120],
                body=body[:500],
                link=link[:300],
                key=key[:160],
                batch=batch,
            )
            for user in {user.pk: user for user in users}.values()
            for notifier in notifiers()
            if notifier.accepts(user)
        ]
        Outbox.objects.bulk_create(rows, ignore_conflicts=True)
        new = Outbox.objects.filter(batch=batch).count()
        if new:
            enqueue_job(
                actor=SystemActor("消息"),
                kind=DELIVER,
                key=batch,
                params={"batch": batch},
                label=f"送达消息：{title}",
            )
    return new


def deliver(ctx: JobContext) -> dict[str, Any]:
    """Every message of a batch, each in a step of its own; a channel that fails does not stop the others."""
    rows = Outbox.objects.filter(batch=ctx.params["batch"], delivered_at__isnull=True)
    pending = list(rows.order_by("pk").values_list("pk", flat=True))
    failed = 0
    for pk in pending:
        try:
            ctx.step(f"deliver:{pk}", partial(_deliver, pk))
        except CogovError as refusal:
            failed += 1
            Outbox.objects.filter(pk=pk).update(error=refusal.message[:200])
    if failed:
        raise DeliveryIncomplete(f"{failed} of {len(pending)} messages")
    return {"delivered": len(pending)}


def _deliver(pk: int) -> None:
    row = Outbox.objects.select_for_update().get(pk=pk)
    if row.delivered_at is not None:
        return
    _send(row)
    row.delivered_at, row.error = timezone.now(), ""
    row.save(update_fields=["delivered_at", "error"])


def _send(row: Outbox) -> None:
    """By its channel. A gateway that breaks in a way of its own is one that could not take the message now."""
    try:
        notifier_of(row.channel).send(row)
    except (CogovError, DatabaseError):
        raise
    except Exception as fault:
        _log.exception("channel %s could not deliver message %s", row.channel, row.pk)
        raise NotDelivered(f"渠道出错（{type(fault).__name__}），稍后再试") from fault


def deliver_waiting() -> int:
    """Deliver here what waits, for a command that runs without workers; returns how many jobs it ran."""
    waiting = list(
        Job.objects.filter(kind=DELIVER, state=states.QUEUED).order_by("pk").values_list("pk", flat=True)
    )
    return sum(run_job(pk) is not None for pk in waiting)


def unread_count(user: Any) -> int:
    """For the bell."""
    return Message.objects.for_user(user).unread().count()


def mark_read(user: Any, pk: int | None = None) -> int:
    """Mark one message, or all, of this user; returns how many were unread. Reading again changes nothing."""
    rows = Message.objects.for_user(user).unread()
    if pk is not None:
        rows = rows.filter(pk=pk)
    return int(rows.update(read_at=timezone.now()))


def register() -> None:
    """Called once from AppConfig.ready()."""
    job_handler(DELIVER, "送达消息")(deliver)
