"""Post the lists whose publicity is over and clean; what beat does every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cogov.access.scope import SystemActor
from points.services.publicity import post_all_cleared


class Command(BaseCommand):
    """Safe to run at any time; whatever is still in its publicity period stays where it is."""

    help = (
        "公示期满、没有未了异议的拟入账积分入账（每天凌晨自动执行，也可以手动执行，重复执行不会重复入账）。"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = post_all_cleared(actor=SystemActor("公示期满入账命令"))
        for code, count in done.items():
            self.stdout.write(f"{code}：入账 {count} 笔")
        if not done:
            self.stdout.write("没有公示中的拟入账积分。")
