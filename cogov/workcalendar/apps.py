from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _seed(*, using: str, **_: Any) -> None:
    from cogov.workcalendar.services.seeding import seed_if_empty

    seed_if_empty(using=using)


class WorkCalendarConfig(AppConfig):
    name = "cogov.workcalendar"
    label = "workcalendar"
    verbose_name = "工作日历"

    def ready(self) -> None:
        from cogov.workcalendar import grants

        grants.register()
        # Reference rows, made like Django's own content types: present after every migrate and every flush.
        post_migrate.connect(_seed, sender=self, dispatch_uid="cogov.workcalendar.seed")
