"""Audit: who did what, when, to what, with before and after."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _install(*, app_config: AppConfig, using: str, **_: Any) -> None:
    from django.db import connections

    from cogov.audit.guards import install_for_app

    install_for_app(connections[using], app_config)


class AuditConfig(AppConfig):
    name = "cogov.audit"
    label = "audit"
    verbose_name = "操作日志"

    def ready(self) -> None:
        from cogov.audit import seals
        from cogov.audit.models import AuditEvent

        # SQLite drops triggers when Django rebuilds a table, so they are made anew after every migrate.
        post_migrate.connect(_install, dispatch_uid="cogov.audit.guards")
        seals.register_source(
            "audit", "操作日志", lambda code: AuditEvent.objects.filter(township_code=code), model=AuditEvent
        )
