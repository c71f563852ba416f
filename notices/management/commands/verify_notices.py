"""Recompute every digest and chain."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notices.services.verifying import verify_notices


class Command(BaseCommand):
    help = "重算每份公示的内容摘要和公示链；有改动时指出第一份有问题的公示，退出码非零"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", metavar="CODE", default="", help="只查一个乡镇（9位）或村（12位）")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify_notices(options["code"])
        if options["json"]:
            summary = {
                "intact": result.intact,
                "chains": result.chains,
                "notices": result.notices,
                "first_bad": result.problems[0] if result.problems else "",
                "problems": result.problems[:100],
            }
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
        elif result.intact:
            self.stdout.write(f"{result.chains} 条公示链、{result.notices} 份公示全部相符")
        if not result.intact:
            raise CommandError(f"公示被改动过，第一处：{result.problems[0]}（共 {len(result.problems)} 处）")
