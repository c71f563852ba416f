"""Write the workbook that villages fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from villages.importing.template import write_template
from villages.models import Village


class Command(BaseCommand):
    help = "生成户籍表模板：有下拉列表、填写说明和示例，身份证号等列已设为文本。填好后用 import_households 导入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="OUT.xlsx", help="存到哪里")
        parser.add_argument(
            "--village", metavar="CODE", help="村的 12 位区划代码：模板里带上村名和小组的下拉列表"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        target = Path(options["file"])
        if target.suffix.lower() != ".xlsx":
            raise CommandError("文件名应以 .xlsx 结尾")
        name, groups = "", []
        if options["village"]:
            village = Village.objects.filter(code=options["village"]).first()
            if village is None:
                raise CommandError(f"没有代码为 {options['village']} 的村")
            name = village.name
            groups = list(village.groups.order_by("serial").values_list("name", flat=True))
        try:
            write_template(target, groups=groups, village=name)
        except OSError as error:
            raise CommandError(f"模板没有存成：{target}（{error.strerror}）") from error
        self.stdout.write(f"已生成模板：{target}")
