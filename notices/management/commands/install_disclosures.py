"""Put the general catalogue of three-affairs disclosure into townships."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.access.scope import SystemActor
from notices.services.disclosing import install_catalogue
from villages.models import Township


class Command(BaseCommand):
    help = "为乡镇装入三务公开通用目录；已有的事项不动，重复执行不会重复装入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", metavar="CODE", default="", help="只装一个乡镇（9位）")
        parser.add_argument(
            "--from", dest="start", metavar="YYYY-MM-DD", default="", help="从何时起公开，默认今天"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            start = date.fromisoformat(options["start"]) if options["start"] else None
        except ValueError as error:
            raise CommandError(f"日期“{options['start']}”应写成 2026-01-31 的形式") from error
        townships = Township.objects.filter(code__startswith=options["code"]).order_by("code")
        if not townships:
            raise CommandError(f"没有代码为“{options['code']}”的乡镇")
        for township in townships:
            count = install_catalogue(actor=SystemActor("装入公开目录"), township=township, starts_on=start)
            self.stdout.write(f"{township}：装入 {count} 项")
