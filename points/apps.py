from __future__ import annotations

from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "points"
    label = "points"
    verbose_name = "积分"

    def ready(self) -> None:
        from points import contributions, market_contributions, standing_contributions

        contributions.register()
        market_contributions.register()
        standing_contributions.register()
