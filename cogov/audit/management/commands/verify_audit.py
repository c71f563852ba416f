"""Check every audit event, ledger row and seal."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from cogov.audit.guards import verify
from cogov.audit.models import AuditEvent, Seal
from cogov.audit.seals import Fault, sources, verify_all

_LEAST_HEAD = 16


class Command(BaseCommand):
    help = "核对操作日志、账本和封存：逐行重算摘要，逐号核对封存链，指出第一处被改动的地方。全部相符时退出码为 0。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            metavar="HEX",
            default="",
            help="核对月度通报上印的封存：照抄那一串字（至少16位），说出是第几号封存",
        )
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *_args: Any, **options: Any) -> None:
        guards = verify(connection)
        faults = verify_all()
        printed = options["head"].strip().lower()
        seal = Seal.objects.filter(head__startswith=printed).first() if len(printed) >= _LEAST_HEAD else None
        if printed and seal is None:
            faults.append(Fault(printed, "没有哪一号封存是这串字：抄错了，或者此前的账被改动过"))
        rows = {source.name: source.model._default_manager.count() for source in sources()}
        result = {
            "ok": not (faults or guards),
            "rows": rows,
            "seals": Seal.objects.count(),
            "guards": guards,
            **({"head": f"{seal.township_code or '系统'} {seal}" if seal else ""} if printed else {}),
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
                if seal is not None:
                    self.stdout.write(
                        f"凭据相符：{seal.township_code or '系统'} {seal}，{seal.created_at:%Y-%m-%d}"
                    )
            else:
                self.stdout.write(
                    f"发现 {len(faults) + len(guards)} 处问题；第一处：{(guards or [str(f) for f in faults])[0]}"
                )
        if not result["ok"]:
            raise SystemExit(1)
