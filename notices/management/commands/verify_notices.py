"""Recompute every digest and chain."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notices.selectors import by_chain_head
from notices.services.verifying import Verification, verify_notices


class Command(BaseCommand):
    help = "重算每份公示的内容摘要和公示链；有改动时指出第一份有问题的公示，退出码非零"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--code", metavar="CODE", default="", help="只查一个县（6位）、乡镇（9位）或村（12位）"
        )
        parser.add_argument(
            "--head",
            metavar="HEX",
            default="",
            help="核对月度通报上印的公示链首：照抄那一串字（至少16位），说出它是哪一份公示之后的链首",
        )
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify_notices(options["code"])
        printed = _printed(options["head"], result) if options["head"] else None
        if options["json"]:
            summary = {
                "intact": result.intact,
                "chains": result.chains,
                "notices": result.notices,
                "first_bad": result.problems[0] if result.problems else "",
                "problems": result.problems[:100],
                **({"head": printed} if options["head"] else {}),
            }
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
        elif result.intact:
            self.stdout.write(f"{result.chains} 条公示链、{result.notices} 份公示全部相符")
            if printed:
                self.stdout.write(f"凭据相符：{printed}")
        if not result.intact:
            raise CommandError(f"公示被改动过，第一处：{result.problems[0]}（共 {len(result.problems)} 处）")


def _printed(head: str, result: Verification) -> str:
    """The notice after which the chain had this head; a head that nobody knows is a problem like any other."""
    typed = head.strip().lower()
    found = by_chain_head(typed)
    if found is None:
        result.problems.append(f"没有一份公示的链首是 {typed}：抄错了，或者此前的公示被改动过")
        return ""
    return f"{found.notice.number}（{found.chain_code}公示链第{found.position}份）"
