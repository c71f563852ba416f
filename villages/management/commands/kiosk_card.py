"""manage.py kiosk_card VILLAGE_CODE HOUSEHOLD_NO [--json]"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from villages.models import Household
from villages.services import show_card


class Command(BaseCommand):
    help = "户卡的地址、令牌和 16 位卡号（供工作人员补打）；没有有效的卡就发一张。每次查看都记入操作日志。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("village", metavar="VILLAGE_CODE", help="12 位村代码")
        parser.add_argument("number", metavar="HOUSEHOLD_NO", help="户号，或个人户、集体户的编号")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *_: Any, village: str, number: str, **options: Any) -> None:
        household = (
            Household.holders.select_related("village", "group")
            .filter(village__code=village, number=number)
            .first()
        )
        if household is None:
            raise CommandError(f"没有找到村 {village} 的户号 {number}")
        try:
            card = show_card(actor=SystemActor("命令 kiosk_card"), household=household)
        except CogovError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            answer = {
                "village": village,
                "household": household.number,
                "head": household.head_name,
                "token": card.token,
                "code": card.code,
                "address": card.address,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{household.village} {household}")
        self.stdout.write(f"卡号  {card.code}")
        self.stdout.write(f"令牌  {card.token}")
        self.stdout.write(f"地址  {card.address}")
