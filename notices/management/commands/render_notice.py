"""Render one notice as PDF."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cogov.common.errors import CogovError
from notices import render, selectors
from notices.models import Notice


class Command(BaseCommand):
    help = "把一份公示生成 PDF：A4 公文，或加 --poster 生成 A3 公示榜。同一份内容每次生成的文件逐字节相同"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", metavar="NUMBER", help="文号，如 板坑村公示〔2026〕3号；也可用编号 #12")
        parser.add_argument("out", metavar="OUT.pdf", help="输出文件")
        parser.add_argument("--poster", action="store_true", help="A3 公示榜")
        parser.add_argument("--landscape", action="store_true", help="A3 横式公示榜")
        parser.add_argument("--village", metavar="CODE", default="", help="文号重复时指明村或乡镇区划代码")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        notice = _find(options["number"], options["village"])
        layout = "landscape" if options["landscape"] else ("poster" if options["poster"] else "a4")
        try:
            data = render.pdf_bytes(notice, layout)
            _write(Path(options["out"]), data)
        except CogovError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"写不进文件 {options['out']}：{error.strerror or error}") from error
        sha = hashlib.sha256(data).hexdigest()
        if options["json"]:
            result = {
                "number": notice.number,
                "layout": layout,
                "file": options["out"],
                "bytes": len(data),
                "sha256": sha,
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{notice.number or notice.title} → {options['out']}（{len(data):,} 字节，SHA-256 {sha}）"
            )


def _find(number: str, code: str) -> Notice:
    if number.startswith("#") and number[1:].isdigit():
        found = list(Notice.objects.filter(pk=int(number[1:])).select_related("township", "village"))
    else:
        found = selectors.by_number(number, code=code)
    if not found:
        raise CommandError(f"没有文号为“{number}”的公示，可用 list_notices 查看")
    if len(found) > 1:
        raise CommandError(f"有{len(found)}份公示文号相同，请用 --village 指明村或乡镇")
    return found[0]


def _write(out: Path, data: bytes) -> None:
    """All or nothing: a full disk leaves no half file behind."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=".notice-", suffix=".pdf")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
