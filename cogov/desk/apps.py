"""App configurations: the desk itself, and Django's admin with the desk as its default site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskConfig(AppConfig):
    """The desk: registries, dashboard, menu, guided actions."""

    name = "cogov.desk"
    label = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Contribute the desk's own menu items, filters and system checks."""
        from cogov.desk import (  # noqa: F401 - import registers checks and filters
            checks,
            contributions,
            filters,
            inbox,
            notifiers,
        )

        contributions.register()
        notifiers.register_notifier(notifiers.InAppNotifier())
        inbox.register()


class DeskAdminConfig(AdminConfig):
    """Django's admin; ``admin.site`` is a DeskSite."""

    default_site = "cogov.desk.site.DeskSite"
