from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cogov.workcalendar.services import seed_calendar


class Command(BaseCommand):
    help = "从 chinesecalendar 补录尚未录入年份的节假日与调休；已录入的年份不改动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        years = seed_calendar()
        if options["json"]:
            self.stdout.write(json.dumps({"added_years": years}))
        elif years:
            self.stdout.write(f"已录入 {years[0]} 至 {years[-1]} 年，共 {len(years)} 年。")
        else:
            self.stdout.write("没有需要补录的年份。")
