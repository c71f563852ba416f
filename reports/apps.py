from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    label = "reports"
    verbose_name = "报表"

    def ready(self) -> None:
        from reports import contributions

        contributions.register()
