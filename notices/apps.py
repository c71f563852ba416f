from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    label = "notices"
    verbose_name = "公示"

    def ready(self) -> None:
        from notices import contributions, kinds, own_kinds

        kinds.register_own()
        own_kinds.register_all()
        contributions.register()
