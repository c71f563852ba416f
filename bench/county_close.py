"""A whole county's month close and the printing of what it publishes, on two workers (performance.md).

    .venv/bin/python bench/county_close.py [--villages 12,48,206] [--rounds 1]

Starts a private PostgreSQL with full durability. A village has 602 households with heads and 1,200 approved deeds under
eight rules; 206 villages in 12 townships are a county: 124,012 households, 247,200 entries. The close is asked for once,
for the county: it posts, ranks, publishes the points list, the bulletin and the report of every village and the report
of every township. Then the A4 documents are printed: first the points lists alone (one a village, a row for each
household: 206 documents), then everything that the close published.

Control: WeasyPrint with its defaults (no shared font configuration or parsed style sheet, default garbage collection,
in bare processes without Django) printing the same prepared HTML of the same documents, two processes as well. It
neither posts nor lays out. Ratio = (close + printing) / control; limit 0.85. Printing and control A B A B, medians.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
WORKERS, LIMIT = 2, 0.85
COUNTY, TOWNSHIPS = "421223", 12
HOUSEHOLDS, DEEDS = 602, 1200
LISTS = "points_list"
SURNAMES = "张王李刘陈杨黄周吴徐孙胡朱高林何郭马罗汪程雷甘庞舒饶"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国志文"
RULES = (
    ("A01", "environment", "参加“清洁家园”集中整治", "次", 10),
    ("A02", "environment", "房前屋后干净整洁", "次", 5),
    ("A03", "environment", "主动清理公共沟渠", "次", 8),
    ("B01", "labour", "参加村民小组会议", "次", 5),
    ("B02", "customs", "调解邻里纠纷", "件", 10),
    ("C01", "volunteer", "帮助孤寡老人料理家务", "次", 6),
    ("C02", "safety", "参加义务巡逻", "次", 6),
    ("D01", "ideas", "提出建议并被采纳", "条", 10),
)


# -- the county ---------------------------------------------------------------------------------------------------


def build_county(count: int) -> list[Any]:
    """``count`` villages with their households, heads, accounts and rules; those that are there already stay."""
    from django.db import connection
    from django.utils import timezone

    from points.models import PointsAccount
    from villages.models import Household, Resident, Township, Village, VillageGroup

    dice = random.Random(7)
    for number in range(Village.objects.count(), count):
        place = number % TOWNSHIPS
        township, _ = Township.objects.get_or_create(
            code=f"{COUNTY}{101 + place}",
            defaults={
                "name": f"{SURNAMES[place]}家镇",
                "province": "湖北省",
                "city": "咸宁市",
                "county_code": COUNTY,
                "county": "崇阳县",
            },
        )
        code = f"{township.code}{200 + number // TOWNSHIPS}"
        name = f"{SURNAMES[number % len(SURNAMES)]}{GIVEN[number // len(SURNAMES)]}村"
        village = Village.objects.create(code=code, township=township, name=name, official_name=name)
        groups = [
            VillageGroup.objects.create(village=village, serial=n, name=f"{n}组", code=f"{code}{n:03d}")
            for n in range(1, 11)
        ]
        names = [
            dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2))))
            for _ in range(HOUSEHOLDS)
        ]
        homes = Household.objects.bulk_create(
            Household(
                village=village,
                group=groups[n % 10],
                number=f"{n:04d}",
                head_name=names[n],
                created_at=timezone.now(),
            )
            for n in range(HOUSEHOLDS)
        )
        heads = Resident.objects.bulk_create(
            Resident(
                household=home,
                name=home.head_name,
                sex="male",
                relation="head",
                birth_date=date(dice.randint(1945, 1995), dice.randint(1, 12), dice.randint(1, 28)),
            )
            for home in homes
        )
        for home, head in zip(homes, heads, strict=True):
            home.head = head
        Household.objects.bulk_update(homes, ["head"], batch_size=700)
        PointsAccount.objects.bulk_create(PointsAccount(household=h, village=village) for h in homes)
        _rules(village)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return list(Village.objects.select_related("township").order_by("code")[:count])


def _people() -> tuple[Any, Any]:
    from cogov.access.models import User

    return tuple(
        User.objects.get_or_create(username=code, defaults={"full_name": name})[0]
        for code, name in (("a", "起草人"), ("b", "审核人"))
    )  # type: ignore[return-value]


def _rules(village: Any) -> None:
    from points.models import PointsRule, PointsRuleSet

    drafter, reviewer = _people()
    rules = PointsRuleSet.objects.create(
        township=village.township,
        village=village,
        version=1,
        title=f"{village}积分制管理细则",
        state="published",
        effective_from=date(2026, 1, 1),
        drafted_by=drafter,
        published_by=reviewer,
    )
    PointsRule.objects.bulk_create(
        PointsRule(rule_set=rules, code=code, category=category, name=name, unit=unit, points=points)
        for code, category, name, unit, points in RULES
    )


def fill_month(villages: list[Any], month: str) -> None:
    """The approved deeds of ``month``: 1,200 a village."""
    from points.models import PointsRecord, PointsRule
    from points.states import APPROVED

    drafter, reviewer = _people()
    dice = random.Random(month)
    for village in villages:
        rules = list(PointsRule.objects.filter(rule_set__village=village).order_by("code"))
        homes = list(village.households.order_by("pk").values_list("pk", flat=True))[: DEEDS // 2]
        rows = []
        for number, household in enumerate(homes * 2):
            rule, quantity = dice.choice(rules), dice.choice((1, 1, 1, 2))
            rows.append(
                PointsRecord(
                    village=village,
                    household_id=household,
                    rule=rule,
                    quantity=quantity,
                    occurred_on=date.fromisoformat(f"{month}-{dice.randint(1, 28):02d}"),
                    period=month,
                    source_key=f"bench:{month}:{household}:{number}",
                    state=APPROVED,
                    points=rule.points * quantity,
                    steps=[
                        f"{rule.name} {quantity} {rule.unit} × {rule.points} 分 = {rule.points * quantity} 分"
                    ],
                    recorder=drafter,
                    recorder_name="起草人",
                    reviewer=reviewer,
                    reviewer_name="审核人",
                )
            )
        PointsRecord.objects.bulk_create(rows)


# -- close and printing -------------------------------------------------------------------------------------------


def on_workers(body: Callable[[int], object], workers: int = WORKERS) -> tuple[float, int]:
    """Seconds until the forked workers are done, and the largest of their memories in MB."""
    from django.db import connections

    connections.close_all()
    start = time.perf_counter()
    children = []
    for number in range(workers):
        child = os.fork()
        if child == 0:
            body(number)
            connections.close_all()
            os._exit(0)
        children.append(child)
    most = 0
    for child in children:
        _, status, usage = os.wait4(child, 0)
        if status:
            raise SystemExit(f"a worker ended with status {status}")
        most = max(most, usage.ru_maxrss)
    return time.perf_counter() - start, most // 1024


def close(month: str) -> tuple[float, int]:
    """The whole close of the county, from asking to the closed row."""
    from cogov.access.scope import SystemActor
    from cogov.common.periods import Period
    from reports.services import close_month

    start = time.perf_counter()
    row = close_month(actor=SystemActor("bench"), code=COUNTY, period=Period.parse(month))
    asked = time.perf_counter() - start
    seconds, memory = on_workers(partial(_work, row.job_id))
    row.refresh_from_db()
    if row.state != "closed":
        row.job.refresh_from_db()
        raise SystemExit(f"the close ended as {row.job.state}: {row.job.error}")
    return asked + seconds, memory


def _work(root: int, _number: int) -> None:
    """As a Celery worker does: whatever is due, until the county's own job is over."""
    from cogov.jobs.models import Job
    from cogov.jobs.services import work_until_idle

    while not Job.objects.get(pk=root).is_final:
        if not work_until_idle():
            time.sleep(0.02)


def print_share(kinds: tuple[str, ...], month: str, number: int) -> None:
    """This worker's share of the documents."""
    from notices import render

    for notice in _notices(kinds, month)[number::WORKERS]:
        render.pdf_bytes(notice)


def _notices(kinds: tuple[str, ...], month: str) -> Any:
    from notices.models import Notice

    rows = Notice.objects.filter(period=month, state="published").select_related(
        "snapshot", "village", "township"
    )
    return (rows.filter(kind__in=kinds) if kinds else rows).order_by("kind", "pk")


def prepare_html(kinds: tuple[str, ...], month: str, folder: Path) -> int:
    """The laid-out pages of the documents as plain HTML files: what the control prints."""
    from notices import render
    from notices.printing.faces import FACES, FONT_DIR
    from notices.printing.styles import BASE_CSS, PAGE_CSS

    faces = "".join(face.css((FONT_DIR / face.file).as_uri()) for face in FACES)
    number = 0
    for number, notice in enumerate(_notices(kinds, month), 1):
        printout = render.printout(notice)
        css = faces + BASE_CSS + PAGE_CSS[printout.paper] + printout.css
        source = f'<html lang="zh-CN"><head><style>{css}</style></head><body>{printout.body()}</body></html>'
        (folder / f"{number:05d}.html").write_text(source, "utf-8")
    return number


def print_plain(folder: Path) -> float:
    """Seconds that two bare processes take for the files, their start not counted."""
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--control", str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WORKERS)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # imported and ready
    start = time.perf_counter()
    for process in processes:
        process.communicate("go\n")
    if any(process.returncode for process in processes):
        raise SystemExit("a control process failed")
    return time.perf_counter() - start


def control(folder: str, number: int) -> None:
    """One process of the control: WeasyPrint as its tutorial shows it."""
    import logging

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # what it would log is not part of the work
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    from weasyprint import HTML

    print("ready", flush=True)
    sys.stdin.readline()
    for path in sorted(Path(folder).glob("*.html"))[number::WORKERS]:
        HTML(string=path.read_text("utf-8")).write_pdf()


# -- measuring ----------------------------------------------------------------------------------------------------


def measure(sizes: list[int], rounds: int) -> None:
    for month_number, size in enumerate(sizes, 1):
        month = f"2026-{month_number:02d}"
        villages = build_county(size)
        fill_month(villages, month)
        closing, memory = close(month)
        print(
            f"{size:4d} villages, {size * HOUSEHOLDS} households, {size * DEEDS} entries: close {closing:.1f} s "
            f"({closing / size * 1000:.0f} ms a village), {memory} MB a worker",
            flush=True,
        )
        for label, kinds in (("points lists", (LISTS,)), ("everything", ())):
            compare(label, kinds, month, closing, rounds)


def compare(label: str, kinds: tuple[str, ...], month: str, closing: float, rounds: int) -> None:
    """Printing against the control, A B A B."""
    with tempfile.TemporaryDirectory(prefix="cogov-bench-") as name:
        documents = prepare_html(kinds, month, Path(name))
        ours, plain, most = [], [], 0
        for _ in range(rounds):
            seconds, memory = on_workers(partial(print_share, kinds, month))
            ours.append(seconds)
            most = max(most, memory)
            plain.append(print_plain(Path(name)))
    printing, bare = statistics.median(ours), statistics.median(plain)
    print(
        f"     {label}: {documents} documents, printing {printing:.1f} s, control {bare:.1f} s, "
        f"ratio {(closing + printing) / bare:.2f} (limit {LIMIT}), printing alone {printing / bare:.2f}, "
        f"{most} MB a worker",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--villages", default="12,48,206")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--control", nargs=2)
    options = parser.parse_args()
    if options.control:
        control(options.control[0], int(options.control[1]))
        return
    from cogov.demo import servers

    with servers.postgresql() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        with connection.cursor() as cursor:
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                cursor.execute(f"ALTER SYSTEM SET {setting} = on")
            cursor.execute("SELECT pg_reload_conf()")
        call_command("migrate", verbosity=0)
        measure([int(size) for size in options.villages.split(",")], options.rounds)


if __name__ == "__main__":
    main()
