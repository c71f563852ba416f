"""Prove the ledgers: exit 0 only when every balance, key, digest and standing holds."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from points.ledger_checks import checks, verify_all


class Command(BaseCommand):
    help = "核对账本：余额等于流水合计、同一来源只入账一次、流水未被改动、排名与流水相符。全部成立才返回 0。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = verify_all()
        if options["json"]:
            result = {
                "ok": not faults,
                "checks": [check.code for check in checks()],
                "faults": [fault.to_dict() for fault in faults[:1000]],
                "fault_count": len(faults),
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            failed = {fault.check for fault in faults}
            for check in checks():
                self.stdout.write(f"{'✗' if check.code in failed else '✓'} {check.label}")
            for fault in faults[:50]:
                self.stdout.write(f"  {fault}")
        if faults:
            raise CommandError(f"账本有 {len(faults)} 处不符，第一处：{faults[0]}")
