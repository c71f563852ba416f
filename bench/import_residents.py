"""Import of a village's residents against COPY of the same rows, and against import-export row by row (performance.md).

    DATABASE_URL=postgres://… .venv/bin/python bench/import_residents.py [--sizes 5000,15000,45000] [--rounds 3]

Works in schema objects of a throw-away database (``bench_import``) beside the one that DATABASE_URL names.
"parse" is reading the file, "import" is validation, comparison, encryption, writing and audit in one transaction.
The control copies the very rows that the import wrote, ciphertexts included, into the same tables with their indexes.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

TODAY = date(2026, 11, 22)
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力志永健世广义兴良海山仁波宁贵福生元全胜学祥才发成康星光天达安岩中茂进有坚和彪博诚先敬震振壮会群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固"


def people(residents: int, region: str = "421223") -> Iterator[list[str]]:
    """Rows of a household sheet, four to a household; numbers are valid and invented."""
    from villages.identity import check_character

    relations = ("户主", "配偶", "儿子", "女儿")
    for index in range(residents):
        household, place = divmod(index, 4)
        man = place in (0, 2)
        born = date(1945, 1, 1) + timedelta(days=index % 24_000)
        sequence = index // 24_000 * 2 + (1 if man else 2)
        body = f"{region}{born:%Y%m%d}{sequence:03d}"
        head = FAMILY[household % len(FAMILY)]
        name = head + GIVEN[index * 7 % len(GIVEN)] + GIVEN[index * 13 // 5 % len(GIVEN)]
        yield [
            str(household + 1), "", relations[place], name, "男" if man else "女", body + check_character(body),
            f"138{index:08d}" if place < 2 else "", f"{household % 12 + 1}组", "在册", "低保" if index % 68 == 0 else "",
        ]  # fmt: skip


def workbook(residents: int) -> bytes:
    from openpyxl import Workbook

    from villages.importing.headers import LABELS, TEMPLATE_FIELDS

    book = Workbook(write_only=True)
    sheet = book.create_sheet("户籍")
    sheet.append([LABELS[name] for name in TEMPLATE_FIELDS])
    for row in people(residents):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


class Bench:
    def __init__(self) -> None:
        from django.core.management import call_command

        from cogov.access.scope import SystemActor
        from villages.models import Township, Village

        call_command("migrate", verbosity=0)
        township, _ = Township.objects.get_or_create(
            code="421223101",
            defaults={
                "name": "沙坪镇",
                "province": "湖北省",
                "city": "咸宁市",
                "county_code": "421223",
                "county": "崇阳县",
            },
        )
        self.village, _ = Village.objects.get_or_create(
            code="421223101200",
            defaults={"township": township, "name": "堰市村", "official_name": "堰市村村委会"},
        )
        self.actor = SystemActor("bench")

    def clear(self) -> None:
        from django.db import connection

        from cogov.audit import guards

        with guards.suspended(connection), connection.cursor() as cursor:
            cursor.execute("TRUNCATE villages_household, villages_resident, audit_auditevent CASCADE")

    def run_import(self, tables: Any) -> Any:
        """Validation, comparison, writing and audit, as the service does them; the file is parsed already."""
        from django.db import transaction

        from villages.importing.validation import build_plan
        from villages.services.import_diff import compare
        from villages.services.import_write import write

        plan = build_plan(tables, today=TODAY)
        with transaction.atomic():
            changes = compare(self.village, plan)
            if plan.problems:
                raise SystemExit("\n".join(map(str, plan.problems.all()[:5])))
            if not changes.is_empty:
                write(actor=self.actor, village=self.village, changes=changes, today=TODAY, file_name="bench")
        return changes

    def written(self) -> dict[str, str]:
        """What the import wrote, as COPY text by table."""
        from django.db import connection

        tables = ("villages_household", "villages_resident", "villages_household_tags")
        texts = {}
        with connection.cursor() as cursor:
            for table in tables:
                target = io.StringIO()
                cursor.copy_expert(f"COPY {table} TO STDOUT", target)
                texts[table] = target.getvalue()
        return texts

    def copy(self, texts: dict[str, str]) -> None:
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            for table, text in texts.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))

    def row_by_row(self, rows: list[list[str]]) -> float:
        """import-export, a resource on the Resident model with its defaults, on the same people."""
        import tablib
        from import_export import fields, resources

        from villages.models import Household, Resident, VillageGroup

        group, _ = VillageGroup.objects.get_or_create(
            village=self.village, serial=1, defaults={"name": "1组", "code": "421223101200001"}
        )
        for number in sorted({row[0] for row in rows}):
            Household.objects.get_or_create(village=self.village, number=number, defaults={"group": group})
        homes = {home.number: home.pk for home in Household.objects.filter(village=self.village)}

        class ResidentResource(resources.ModelResource):
            id_number = fields.Field(attribute="id_number", column_name="id_number")

            class Meta:
                model = Resident
                import_id_fields = ("household", "name")
                fields = ("household", "name", "sex", "birth_date", "relation", "id_number", "phone")
                clean_model_instances = True

        codes = {"户主": "head", "配偶": "spouse", "儿子": "child", "女儿": "child"}
        data = tablib.Dataset(
            headers=["household", "name", "sex", "birth_date", "relation", "id_number", "phone"]
        )
        for row in rows:
            born = f"{row[5][6:10]}-{row[5][10:12]}-{row[5][12:14]}"
            data.append(
                [
                    homes[row[0]],
                    row[3],
                    "male" if row[4] == "男" else "female",
                    born,
                    codes[row[2]],
                    row[5],
                    row[6],
                ]
            )
        seconds, result = timed(
            lambda: ResidentResource().import_data(data, raise_errors=True, use_transactions=True)
        )
        if result.totals["new"] != len(rows):
            raise SystemExit(f"import-export wrote {dict(result.totals)}")
        return seconds


def measure(bench: Bench, size: int, rounds: int) -> dict[str, float]:
    from villages.importing.reading import open_tables

    data = workbook(size)
    parse, parsed = timed(lambda: open_tables(data))
    # Parsing stands apart: rows are held ready, as if they came from memory.
    rows = list(parsed[0].rows())
    tables = [type(parsed[0])(name="户籍", rows=lambda: iter(rows), merged=(), broken={})]
    imports: list[float] = []
    copies: list[float] = []
    again: list[float] = []
    for _ in range(rounds):
        bench.clear()
        seconds, changes = timed(lambda: bench.run_import(tables))
        if changes.created != size:
            raise SystemExit(f"{changes.created} of {size} written")
        imports.append(seconds)
        seconds, changes = timed(lambda: bench.run_import(tables))
        if not changes.is_empty:
            raise SystemExit("the second import changed something")
        again.append(seconds)
        texts = bench.written()
        bench.clear()
        copies.append(timed(partial(bench.copy, texts))[0])
    result = {
        "size": size,
        "parse": parse,
        "import": statistics.median(imports),
        "copy": statistics.median(copies),
        "again": statistics.median(again),
    }
    result["ratio"] = result["import"] / result["copy"]
    return result


_COMMAND = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_households", *sys.argv[1:]])
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def peak_of_command(bench: Bench, size: int) -> int:
    """Peak resident memory in MB of the whole command on a file of ``size`` rows. It leaves the rows to be cleared."""
    bench.clear()
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(workbook(size))
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, "--village", bench.village.code, file.name, "--json"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )
    bench.clear()
    return int(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="5000,15000,45000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=400, help="rows for import-export")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    use_own_database()
    import django

    django.setup()
    bench = Bench()
    measure(bench, 400, 1)  # slow imports and caches are not what is measured
    results = [measure(bench, int(size), options.rounds) for size in options.sizes.split(",")]
    bench.clear()
    sample = list(people(options.sample, region="421224"))
    slow = bench.row_by_row(sample) / options.sample
    bench.clear()
    last = results[-1]
    ahead = slow / (last["import"] / last["size"])
    memory = peak_of_command(bench, int(last["size"]))
    if options.json:
        print(json.dumps({"sizes": results, "ahead_of_import_export": ahead, "peak_mb": memory}))
        return
    print(f"{'rows':>7} {'parse':>7} {'import':>7} {'COPY':>7} {'ratio':>6} {'again':>7} {'us/row':>7}")
    for row in results:
        print(
            f"{row['size']:>7} {row['parse']:>7.2f} {row['import']:>7.2f} {row['copy']:>7.2f} {row['ratio']:>6.2f} "
            f"{row['again']:>7.2f} {row['import'] / row['size'] * 1e6:>7.1f}"
        )
    first = results[0]
    print(
        f"growth per row, largest against smallest: {last['import'] / last['size'] / (first['import'] / first['size']):.2f}"
    )
    print(f"import-export row by row: {slow * 1e3:.2f} ms a row, {ahead:.0f} times slower")
    print(f"peak memory of import_households with {int(last['size'])} rows: {memory:.0f} MB")


def use_own_database() -> None:
    """A fresh database beside the one that DATABASE_URL names."""
    import psycopg2

    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        raise SystemExit("DATABASE_URL must name a PostgreSQL database: the control is its COPY")
    base, _, query = url.partition("?")
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS bench_import")
        cursor.execute("CREATE DATABASE bench_import")
    connection.close()
    os.environ["DATABASE_URL"] = base.rsplit("/", 1)[0] + "/bench_import" + (f"?{query}" if query else "")


if __name__ == "__main__":
    main()
