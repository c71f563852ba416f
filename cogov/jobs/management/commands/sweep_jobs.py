from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.jobs import states
from cogov.jobs.services import sweep_jobs, work_until_idle


class Command(BaseCommand):
    help = (
        "清扫后台任务：收回已中断的执行者手中的任务，唤醒子任务都已结束的上级任务，"
        "并在本进程中把到期的任务逐个做完（不需要 Redis 或 Celery）。可随时重复运行。"
        "有任务失败时退出码为 1。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wake-only", action="store_true", help="只通知后台执行者，不在本进程中执行")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sweep_jobs(wake_workers=options["wake_only"])
        ran = [] if options["wake_only"] else work_until_idle()
        failed = sorted({job.label for job in ran if job.state == states.FAILED})
        report = {
            "freed": found.freed,
            "woken": found.woken,
            "due": found.due,
            "ran": len(ran),
            "failed": failed,
        }
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write(
                f"收回中断任务 {found.freed} 项，唤醒上级任务 {found.woken} 项，"
                f"到期 {found.due} 项，执行 {len(ran)} 次，失败 {len(failed)} 项。"
            )
        if failed:
            raise CommandError("失败的任务：" + "、".join(failed))
