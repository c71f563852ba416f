"""Seal everything written since the last seal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cogov.audit.seals import seal_everything


class Command(BaseCommand):
    help = "封存：对每个乡镇自上次封存以来的操作日志和账本行计算摘要，并与上一号封存相连。可随时运行；定时任务每天运行一次。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        for seal in seal_everything():
            self.stdout.write(
                f"{seal.township_code or '系统'} 第{seal.number}号 {seal.row_count} 行 {seal.head}"
            )
