from __future__ import annotations

from django.apps import AppConfig


class VillagesConfig(AppConfig):
    name = "villages"
    label = "villages"
    verbose_name = "户籍"

    def ready(self) -> None:
        from villages import contributions
        from villages.services import import_jobs  # noqa: F401 - registers the background jobs

        contributions.register()
