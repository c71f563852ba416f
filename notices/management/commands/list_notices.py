"""List notices."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notices import kinds, states
from notices.models import Notice


class Command(BaseCommand):
    help = "列出公示与通报：文号、种类、状态、发布日期、标题"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--village", metavar="CODE", default="", help="村（12位）或乡镇（9位）区划代码")
        parser.add_argument(
            "--kind", metavar="KIND", default="", help="种类代码，如 points_list、monthly_report"
        )
        parser.add_argument("--period", metavar="YYYY-MM", default="", help="所属期间")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] and options["kind"] not in dict(kinds.choices()):
            known = "、".join(code for code, _ in kinds.choices())
            raise CommandError(f"没有“{options['kind']}”这种公示，可用的是：{known}")
        rows = Notice.objects.select_related("township", "village", "snapshot").order_by("id")
        code = options["village"]
        if code:
            rows = (
                rows.filter(village__code=code)
                if len(code) == 12
                else rows.filter(township__code__startswith=code)
            )
        for name in ("kind", "period"):
            if options[name]:
                rows = rows.filter(**{name: options[name]})
        entries = [_entry(notice) for notice in rows]
        if options["json"]:
            self.stdout.write(json.dumps({"count": len(entries), "notices": entries}, ensure_ascii=False))
            return
        for entry in entries:
            self.stdout.write(
                f"{entry['number'] or '（未编号）'}  {entry['kind_label']}  {entry['state_label']}  "
                f"{entry['published_on'] or '-'}  {entry['title']}"
            )
        self.stdout.write(f"共 {len(entries)} 份")


def _entry(notice: Notice) -> dict[str, Any]:
    frozen = notice.snapshot if notice.is_public else None
    return {
        "id": notice.pk,
        "number": notice.number,
        "kind": notice.kind,
        "kind_label": kinds.label_of(notice.kind),
        "title": notice.title,
        "state": notice.state,
        "state_label": states.NOTICE_STATES.states[notice.state],
        "township": notice.township.code,
        "village": notice.village.code if notice.village else "",
        "period": notice.period,
        "published_on": frozen.document["signed_on"] if frozen else "",
        "publicity_end": notice.publicity_end.isoformat() if notice.publicity_end else "",
        "posting_until": notice.posting_until.isoformat() if notice.posting_until else "",
        "check_code": notice.check_code,
        "digest": frozen.content_digest if frozen else "",
        "chain": frozen.chain_digest if frozen else "",
        "verify_url": frozen.verify_url if frozen else "",
        "layouts": ["a4", *(["poster", "landscape"] if frozen and frozen.document.get("poster") else [])],
    }
