"""Import a village's household workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cogov.access.scope import SystemActor
from cogov.common.errors import InputError, Problem
from villages.management.commands.import_divisions import read_file
from villages.models import Village
from villages.services.import_households import (
    ImportResult,
    check_households,
    import_households,
    save_error_book,
)

_SHOWN = 50


class Command(BaseCommand):
    help = (
        "导入一个村的户籍表（.xlsx、.xls 或 .csv，每人一行）。列：户号、户主姓名、与户主关系、姓名、性别、身份证号、联系电话、"
        "组别、户籍状态、人户标签；常见的其他叫法也认识。有一处错误就整个文件都不导入，逐条列出行号和列名，退出码为 1；"
        "同一文件再导入一次不会有任何变化。模板用 household_template 生成。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--village", required=True, metavar="CODE", help="村的 12 位区划代码，例如 421223101200"
        )
        parser.add_argument("file", metavar="FILE", help="户籍表文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--errors", metavar="OUT.xlsx", help="有错误时，把标红的表存到这个文件")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *_args: Any, **options: Any) -> None:
        result = self._import(options)
        if result.errors and options["errors"]:
            self._save_errors(result, Path(options["errors"]))
        if options["json"]:
            self.stdout.write(json.dumps(result.to_json(), ensure_ascii=False))
        else:
            self._explain(result, options)
        if result.errors:
            raise SystemExit(1)

    def _import(self, options: dict[str, Any]) -> ImportResult:
        code = str(options["village"]).strip()
        path = Path(options["file"])
        village = Village.objects.select_related("township").filter(code=code).first()
        if village is None:
            return _failed(f"没有代码为 {code} 的村，请核对 12 位区划代码（用 import_divisions 可以登记村）")
        try:
            data = read_file(path)
        except InputError as error:
            return _failed(error.message)
        run = check_households if options["dry_run"] else import_households
        return run(actor=SystemActor("命令行"), village=village, data=data, file_name=path.name)

    def _save_errors(self, result: ImportResult, target: Path) -> None:
        try:
            save_error_book(target, result)
        except OSError as error:
            self.stderr.write(f"错误表没有存成：{target}（{error.strerror}）")

    def _explain(self, result: ImportResult, options: dict[str, Any]) -> None:
        for note in result.notes:
            self.stdout.write(f"提示：{note}")
        if result.errors:
            self.stderr.write(f"有 {result.error_count} 处问题，没有导入任何内容：")
            for problem in result.errors[:_SHOWN]:
                self.stderr.write(f"  {problem}")
            if len(result.errors) > _SHOWN:
                self.stderr.write(f"  …… 其余 {len(result.errors) - _SHOWN} 条请用 --json 或 --errors 查看")
            if options["errors"]:
                self.stderr.write(f"标红的表：{options['errors']}")
            return
        done = "可以导入" if options["dry_run"] else "已导入"
        if not (result.created or result.updated):
            done = "没有变化"
        self.stdout.write(
            f"{done}：{result.households} 户 {result.rows} 人，新增 {result.created}，更新 {result.updated}，"
            f"不变 {result.unchanged}"
        )


def _failed(message: str) -> ImportResult:
    return ImportResult(errors=(Problem(message),), error_count=1)
