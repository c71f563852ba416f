from __future__ import annotations

from django.apps import AppConfig


class VillagesConfig(AppConfig):
    name = "villages"
    label = "villages"
    verbose_name = "户籍"

    def ready(self) -> None:
        from villages import (
            contributions,
            tasks,  # noqa: F401 - registers the background jobs
        )

        contributions.register()
