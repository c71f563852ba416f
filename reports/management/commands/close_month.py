from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.jobs import states
from cogov.jobs.selectors import job_status
from cogov.jobs.services import work_until_done
from reports.models import MonthClose
from reports.services import close_month


class Command(BaseCommand):
    help = (
        "月结：入账到期积分、排名，生成各村公示、通报、月报和乡镇月报。CODE 是村（12位）、乡镇（9位）或县（6位）的"
        "区划代码。可重复运行：已完成的不再重做，中断或失败的接着做。不加 --wait 时只提交任务，由后台执行；"
        "加 --wait 时在本进程中一起执行，直到结束，不需要 Redis。只有成功时退出码为 0。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="村、乡镇或县的区划代码")
        parser.add_argument("period", metavar="YYYY-MM", help="月份，如 2026-10")
        parser.add_argument("--wait", action="store_true", help="等到月结结束")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            close = close_month(
                actor=SystemActor("命令行"), code=options["code"], period=Period.parse(options["period"])
            )
        except CogovError as refusal:
            if options["json"]:
                self.stdout.write(
                    json.dumps({"state": "refused", "error": refusal.message}, ensure_ascii=False)
                )
            raise CommandError(refusal.message) from None
        if options["wait"] and close.job is not None:
            work_until_done(close.job)
        self._tell(close, as_json=options["json"])

    def _tell(self, close: MonthClose, *, as_json: bool) -> None:
        close.refresh_from_db()
        job = close.job
        if job is None:
            raise CommandError("月结任务不存在，请重新运行本命令。")
        job.refresh_from_db()
        status = job_status(job)
        failed = [
            f"{child.label}：{child.error}" for child in status.children if child.state == states.FAILED
        ]
        if as_json:
            report = {
                "code": close.code,
                "name": close.name,
                "period": close.period,
                "closed": close.state == "closed",
                "job": job.pk,
                "state": job.state,
                "children": status.children_total,
                "children_done": status.children_done,
                "failed": failed,
                "error": job.error,
                "outcome": close.outcome,
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write(f"{close}：{status.state_label}（任务 {job.pk}，{status.percent}%）")
            for line in failed:
                self.stdout.write(f"  没有完成：{line}")
        if job.state in states.UNSUCCESSFUL:
            raise CommandError(f"{close}没有完成：{job.error or status.state_label}")
