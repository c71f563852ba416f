from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "cogov.access"
    label = "access"
    verbose_name = "人员与权限"

    def ready(self) -> None:
        from cogov.access import grants

        grants.register()
