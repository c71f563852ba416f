"""What close_month and make_report share: asking, waiting, telling how it went."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.desk.inbox import deliver_waiting
from cogov.jobs import states
from cogov.jobs.selectors import job_status
from cogov.jobs.services import work_until_done
from reports.models import MonthClose


class AskingCommand(BaseCommand):
    """``ask(actor=, code=, period=)`` queues the work and returns its row."""

    ask: ClassVar[Callable[..., MonthClose]]
    period_help = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="村、乡镇或县的区划代码")
        parser.add_argument("period", metavar="PERIOD", help=self.period_help)
        parser.add_argument("--wait", action="store_true", help="等到结束")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            close = type(self).ask(
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
            deliver_waiting()
        self._tell(close, as_json=options["json"])

    def _tell(self, close: MonthClose, *, as_json: bool) -> None:
        close.refresh_from_db()
        job = close.job
        if job is None:
            raise CommandError("任务不存在，请重新运行本命令。")
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
