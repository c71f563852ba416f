"""A whole county's month close and the printing of what it publishes, on two workers (performance.md).

    .venv/bin/python bench/county_close.py [--villages 12,48,206] [--rounds 1] [--lists-only] [--control-share 1]

Starts a private PostgreSQL with full durability. A village has 602 households with heads and 1,200 approved deeds under
eight rules; 206 villages in 12 townships are a county: 124,012 households, 247,200 entries. The close is asked for once,
for the county: it posts, ranks, publishes the points list, the bulletin and the report of every village and the report
of every township. Then the A4 documents are printed: first the points lists alone (one a village, a row for each
household: 206 documents), then everything that the close published.

Control: WeasyPrint with its defaults (no shared font configuration or parsed style sheet, default garbage collection,
in bare processes without Django) printing the same prepared HTML of the same documents, two processes as well. It
neither posts nor lays out. Ratio = (close + printing) / control; limit 0.85. Printing and control A B A B, medians.
Each ratio is told twice: by the clock, and by the processor time of all processes, the database server's included,
which other work on the machine does not disturb. With ``--control-share 4`` the control prints every fourth document
and its figures are multiplied; the documents of one kind are alike.
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
from dataclasses import dataclass
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
    from django.db.models import OuterRef, Subquery
    from django.utils import timezone

    from notices.models import IssuerProfile
    from notices.services.issuers import issuer_profile
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
        called = IssuerProfile.objects.filter(pk=issuer_profile(township=township, village=village).pk)
        called.update(objection_telephone=f"0715-33{number:05d}")
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
        Resident.objects.bulk_create(
            Resident(
                household=home,
                name=home.head_name,
                sex="male",
                relation="head",
                birth_date=date(dice.randint(1945, 1995), dice.randint(1, 12), dice.randint(1, 28)),
            )
            for home in homes
        )
        head = Resident.objects.filter(household=OuterRef("pk")).order_by().values("pk")
        village.households.update(head=Subquery(head))
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


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of processor time, and the largest memory of a process in MB."""

    clock: float
    cpu: float
    memory: int = 0


def on_workers(body: Callable[[int], object], workers: int = WORKERS) -> Cost:
    """What the forked workers and the database server need until all of them are done."""
    from django.db import connections

    before = server_cpu()
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
    most, cpu = 0, 0.0
    for child in children:
        _, status, usage = os.wait4(child, 0)
        if status:
            raise SystemExit(f"a worker ended with status {status}")
        most = max(most, usage.ru_maxrss // 1024)
        cpu += usage.ru_utime + usage.ru_stime
    clock = time.perf_counter() - start
    return Cost(clock, cpu + server_cpu() - before, most)


def server_cpu() -> float:
    """Processor seconds of the PostgreSQL server so far: all its processes, also those that have ended."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = _stat(cursor.fetchone()[0])[1]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = _stat(int(path.name))
        except OSError:
            continue
        if int(path.name) == int(server):
            ticks += sum(int(value) for value in fields[11:15])
        elif fields[1] == server:
            ticks += sum(int(value) for value in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """State, parent, … of a process."""
    return Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()


def close(month: str) -> Cost:
    """The whole close of the county, from asking to the closed row."""
    from cogov.access.scope import SystemActor
    from cogov.common.periods import Period
    from reports.services import close_month

    row = close_month(actor=SystemActor("bench"), code=COUNTY, period=Period.parse(month))
    cost = on_workers(partial(_work, row.job_id))
    row.refresh_from_db()
    if row.state != "closed":
        row.job.refresh_from_db()
        raise SystemExit(f"the close ended as {row.job.state}: {row.job.error}")
    return cost


def _work(root: int, _number: int) -> None:
    """As a Celery worker does: whatever is due, until the county's own job is over."""
    from cogov.common.startup import keep_what_is_loaded
    from cogov.jobs.models import Job
    from cogov.jobs.services import work_until_idle

    keep_what_is_loaded()
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


def print_plain(folder: Path, share: int) -> Cost:
    """What two bare processes need for the files, their start not counted; every ``share``-th is printed."""
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--control", str(folder), str(number), str(share)],
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
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    cpu = sum(float(process.communicate()[0]) for process in processes)
    files = len(list(folder.glob("*.html")))
    scale = files / len(range(0, files, share))
    return Cost((time.perf_counter() - start) * scale, cpu * scale)


def control(folder: str, number: int, share: int) -> None:
    """One process of the control: WeasyPrint as its tutorial shows it."""
    import logging

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # what it would log is not part of the work
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    from weasyprint import HTML

    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.process_time()
    for path in sorted(Path(folder).glob("*.html"))[::share][number::WORKERS]:
        HTML(string=path.read_text("utf-8")).write_pdf()
    print(time.process_time() - begin)


# -- measuring ----------------------------------------------------------------------------------------------------


def measure(sizes: list[int], rounds: int, share: int, *, lists_only: bool) -> None:
    for month_number, size in enumerate(sizes, 1):
        month = f"2026-{month_number:02d}"
        villages = build_county(size)
        fill_month(villages, month)
        closing = close(month)
        print(
            f"{size:4d} villages, {size * HOUSEHOLDS} households, {size * DEEDS} entries: close {closing.clock:.1f} s "
            f"({closing.clock / size * 1000:.0f} ms a village; processor {closing.cpu / size * 1000:.0f} ms), "
            f"{closing.memory} MB a worker",
            flush=True,
        )
        compare("points lists", (LISTS,), month, closing, rounds, share)
        if not lists_only:
            compare("everything", (), month, closing, rounds, share)


def compare(label: str, kinds: tuple[str, ...], month: str, closing: Cost, rounds: int, share: int) -> None:
    """Printing against the control, A B A B."""
    ours: list[Cost] = []
    plain: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="cogov-bench-") as name:
        documents = prepare_html(kinds, month, Path(name))
        for _ in range(rounds):
            ours.append(on_workers(partial(print_share, kinds, month)))
            plain.append(print_plain(Path(name), share))
    told = []
    for what in ("clock", "cpu"):
        printing = statistics.median(getattr(cost, what) for cost in ours)
        bare = statistics.median(getattr(cost, what) for cost in plain)
        ratio = (getattr(closing, what) + printing) / bare
        told.append(
            f"{what}: printing {printing:.1f} s, control {bare:.1f} s, ratio {ratio:.2f} (limit {LIMIT}), "
            f"printing alone {printing / bare:.2f}"
        )
    memory = max(cost.memory for cost in ours)
    print(f"     {label}: {documents} documents; {'; '.join(told)}; {memory} MB a worker", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--villages", default="12,48,206")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--control", nargs=3)
    parser.add_argument("--control-share", type=int, default=1)
    parser.add_argument("--lists-only", action="store_true")
    options = parser.parse_args()
    if options.control:
        control(options.control[0], int(options.control[1]), int(options.control[2]))
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
        sizes = [int(size) for size in options.villages.split(",")]
        measure(sizes, options.rounds, options.control_share, lists_only=options.lists_only)


if __name__ == "__main__":
    main()
