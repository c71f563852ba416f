from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    label = "notices"
    verbose_name = "公示"

    def ready(self) -> None:
        from notices import contributions, kinds

        kinds.register_own()
        contributions.register()
