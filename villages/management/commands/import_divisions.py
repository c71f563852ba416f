"""Load a county's townships and villages."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cogov.access.scope import SystemActor
from cogov.common.errors import InputError, Problem
from villages.importing.limits import MAX_FILE_BYTES
from villages.services.import_divisions import COLUMNS, import_divisions

_NEXT = (
    "下一步：给每个要用的乡镇建立账号；乡镇管理员登录后先到“公示 → 发文机关”填异议受理电话，"
    "没有电话的乡镇，有异议期的公示都发不出去。"
)


class Command(BaseCommand):
    help = (
        "导入一个县的乡镇和村（社区）名单。列名：" + "、".join(COLUMNS) + "。"
        "按区划代码登记或更正名称，不删除；同一文件再导入一次不会有任何变化。有一处错误就全部不导入，退出码为 1。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE.csv", help="区划名单，例如 villages/data/divisions-421223-chongyang.csv"
        )
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *_args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            data = read_file(path)
            result = import_divisions(actor=SystemActor("命令行"), data=data, file_name=path.name)
        except InputError as error:
            problems = list(error.problems) or [Problem(error.message)]
            if options["json"]:
                self.stdout.write(
                    json.dumps(
                        {"errors": [problem.to_dict() for problem in problems], "applied": False},
                        ensure_ascii=False,
                    )
                )
            else:
                self.stderr.write(f"{error.message}。没有导入任何内容：")
                for problem in problems:
                    self.stderr.write(f"  {problem}")
            raise SystemExit(1) from None
        if options["json"]:
            self.stdout.write(
                json.dumps({**asdict(result), "errors": [], "applied": True}, ensure_ascii=False)
            )
        elif result.created or result.updated:
            self.stdout.write(
                f"已导入 {result.townships} 个乡镇、{result.villages} 个村（社区）：新增 {result.created}，"
                f"更正 {result.updated}，不变 {result.unchanged}"
            )
            self.stdout.write(_NEXT)
        else:
            self.stdout.write(f"没有变化：{result.townships} 个乡镇、{result.villages} 个村（社区）都已登记")


def read_file(path: Path) -> bytes:
    """The bytes of a file small enough to be taken. Raises InputError that says why not."""
    try:
        if not path.is_file():
            raise InputError(f"找不到文件 {path}")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB，请分村、分组导入")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"文件读不出来：{path}（{error.strerror}）") from error
