"""Give back what was booked at the supermarket and not fetched in time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cogov.access.scope import SystemActor
from points.services.market.cancelling import expire_bookings


class Command(BaseCommand):
    help = "把逾期未取的预约退回：积分、商品、基金一起退。可以重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        count = expire_bookings(actor=SystemActor("预约到期任务"))
        self.stdout.write(f"退回 {count} 份逾期预约")
