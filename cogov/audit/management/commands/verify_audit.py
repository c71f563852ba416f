"""Check every audit event, ledger row and seal."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from cogov.audit.guards import verify
from cogov.audit.models import AuditEvent, Seal
from cogov.audit.seals import sources, verify_all


class Command(BaseCommand):
    help = "核对操作日志、账本和封存：逐行重算摘要，逐号核对封存链，指出第一处被改动的地方。全部相符时退出码为 0。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *_args: Any, **options: Any) -> None:
        guards = verify(connection)
        faults = verify_all()
        rows = {source.name: source.model._default_manager.count() for source in sources()}
        result = {
            "ok": not (faults or guards),
            "rows": rows,
            "seals": Seal.objects.count(),
            "guards": guards,
            "first_bad": str(faults[0]) if faults else None,
            "faults": [{"place": fault.place, "message": fault.message} for fault in faults[:1000]],
        }
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            for text in [*guards, *map(str, faults[:50])]:
                self.stdout.write(text)
            if result["ok"]:
                self.stdout.write(
                    f"全部相符：操作日志 {AuditEvent.objects.count()} 条，封存 {result['seals']} 号"
                )
            else:
                self.stdout.write(
                    f"发现 {len(faults) + len(guards)} 处问题；第一处：{(guards or [str(f) for f in faults])[0]}"
                )
        if not result["ok"]:
            raise SystemExit(1)
