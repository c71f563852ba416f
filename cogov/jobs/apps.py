from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "cogov.jobs"
    label = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        from cogov.jobs import grants

        grants.register()
