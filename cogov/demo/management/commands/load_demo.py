"""Load the sample data: through the same services that people use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.demo.sample.load import Loader
from cogov.demo.screen import enrol_screen
from villages.models import Household, Village


class Command(BaseCommand):
    help = (
        "装入演示数据：真实的崇阳县行政区划，虚构的住户（姓名、身份证号、电话都是编造的，每次相同）,"
        "若干个月的积分，各角色的账号。默认装入沙坪镇；只能装入空的系统。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--township", default="421223101", metavar="CODE", help="乡镇代码，默认沙坪镇 421223101"
        )
        where.add_argument("--county", metavar="CODE", help="全县：421223 崇阳县（206 个村，耗时较长）")
        parser.add_argument(
            "--households-per-village", type=int, default=120, metavar="N", help="每村户数，默认 120"
        )
        parser.add_argument(
            "--months", type=int, default=3, metavar="M", help="积分月数（已经结束的月份），默认 3"
        )
        parser.add_argument("--no-close", action="store_true", help="不做月结")

    def handle(self, *_args: Any, **options: Any) -> None:
        households, months = options["households_per_village"], options["months"]
        if not 1 <= households <= 2000 or not 0 <= months <= 12:
            raise CommandError("每村户数应在 1 到 2000 之间，月数应在 0 到 12 之间。")
        if Household.objects.exists():
            raise CommandError(
                "系统里已经有住户，演示数据只能装入空的系统。演示系统可用 manage.py demo --reset 重来。"
            )
        loader = Loader(
            actor=SystemActor("演示数据"),
            code=options["county"] or options["township"],
            households=households,
            today=timezone.localdate(),
            say=self.stdout.write if options["verbosity"] else lambda _text: None,
        )
        last = Period.month_of(loader.today).previous()
        periods = [last]
        while len(periods) < months:
            periods.insert(0, periods[0].previous())
        try:
            loader.run(periods if months else [], close=not options["no_close"])
        except CogovError as refusal:
            problems = "".join(f"\n  {problem}" for problem in getattr(refusal, "problems", ())[:5])
            raise CommandError(f"演示数据没有装完：{refusal}{problems}") from refusal
        folder = Path(settings.DATA_DIR)
        loader.staff.save(folder / "accounts.json")
        first = Village.objects.filter(code__startswith=loader.code).order_by("code").first()
        if first is not None:
            enrol_screen(actor=loader.actor, village=first, file=folder / "kiosk.json")
