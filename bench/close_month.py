"""The month close of many villages on two workers, and the printing of one document per village (performance.md).

    .venv/bin/python bench/close_month.py [--villages 6,12,24] [--rounds 1]

Starts a private PostgreSQL. A village has 600 households and 1,200 approved deeds; a close posts and ranks them,
publishes list, bulletin and report (numbered, chained, audited), and the township's report. Then each village's
bulletin is printed. Control: bare WeasyPrint with its defaults - fonts and style sheets parsed for every document, no
tuning - printing the same prepared HTML of the same bulletins, two processes as well; it neither posts nor lays out.
Ratio = (close + printing) / control; printing alone is told beside it. County size: --villages 206.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
WORKERS = 2
TOWNSHIP = "421223101"


def prepare(count: int, month: str) -> None:
    """``count`` villages with a published rule and two approved deeds per household in ``month``."""
    from bench.points_month import villages
    from cogov.access.models import User
    from points.models import Category, PointsRecord, PointsRule, PointsRuleSet
    from points.states import APPROVED

    drafter, _ = User.objects.get_or_create(username="a", defaults={"full_name": "起草人"})
    reviewer, _ = User.objects.get_or_create(username="b", defaults={"full_name": "审核人"})
    for village in villages(count):
        rules, _ = PointsRuleSet.objects.get_or_create(
            township=village.township,
            village=village,
            version=1,
            defaults={
                "title": f"{village}积分制管理细则",
                "state": "published",
                "effective_from": date(2026, 1, 1),
                "drafted_by": drafter,
                "published_by": reviewer,
            },
        )
        rule, _ = PointsRule.objects.get_or_create(
            rule_set=rules,
            code="A01",
            defaults={
                "category": Category.ENVIRONMENT,
                "name": "参加“清洁家园”集中整治",
                "unit": "次",
                "points": 10,
            },
        )
        PointsRecord.objects.bulk_create(
            PointsRecord(
                village=village,
                household_id=household,
                rule=rule,
                quantity=1,
                occurred_on=date.fromisoformat(f"{month}-{5 + n:02d}"),
                period=month,
                source_key=f"bench:{month}:{household}:{n}",
                state=APPROVED,
                points=10,
                steps=["参加“清洁家园”集中整治 1 次 × 10 分 = 10 分"],
                recorder=drafter,
                recorder_name="起草人",
                reviewer=reviewer,
                reviewer_name="审核人",
            )
            for household in village.households.values_list("pk", flat=True)
            for n in (0, 1)
        )


def on_workers(body: Callable[[int], object]) -> tuple[float, int]:
    """Seconds until the workers are done, and the largest of their memories in MB."""
    from django.db import connections

    connections.close_all()
    start = time.perf_counter()
    children = []
    for number in range(WORKERS):
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
    """The whole close, from asking to the township's report."""
    from cogov.access.scope import SystemActor
    from cogov.common.periods import Period
    from cogov.jobs.services import run_job, work_until_idle
    from reports.services import close_month

    row = close_month(actor=SystemActor("bench"), code=TOWNSHIP, period=Period.parse(month))
    start = time.perf_counter()
    run_job(row.job_id)
    fan_out = time.perf_counter() - start
    seconds, memory = on_workers(lambda _number: work_until_idle())
    row.refresh_from_db()
    if row.state != "closed":
        row.job.refresh_from_db()
        raise SystemExit(f"the close ended as {row.job.state}: {row.job.error}")
    return fan_out + seconds, memory


def print_bulletins(month: str, number: int) -> None:
    """This worker's share of the bulletins."""
    from notices import render
    from reports.models import Report

    for report in Report.objects.filter(level="village", period=month).order_by("code")[number::WORKERS]:
        render.pdf_bytes(report.bulletin)


def prepared(month: str) -> list[str]:
    """The laid-out pages of the bulletins as plain HTML documents: what the control prints."""
    from notices import render
    from notices.printing.faces import FACES, FONT_DIR
    from notices.printing.styles import BASE_CSS, PAGE_CSS
    from reports.models import Report

    faces = "".join(face.css((FONT_DIR / face.file).as_uri()) for face in FACES)
    out = []
    for report in Report.objects.filter(level="village", period=month).order_by("code"):
        printout = render.printout(report.bulletin)
        css = faces + BASE_CSS + PAGE_CSS[printout.paper] + printout.css
        out.append(
            f'<html lang="zh-CN"><head><style>{css}</style></head><body>{printout.body()}</body></html>'
        )
    return out


def print_plain(documents: list[str], number: int) -> None:
    """This worker's share of the control: WeasyPrint as its tutorial shows it."""
    import logging

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # what it would log is not part of the work
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    from weasyprint import HTML

    for source in documents[number::WORKERS]:
        HTML(string=source).write_pdf()


def measure(sizes: list[int], rounds: int) -> None:
    from reports.models import Report

    month_number = 0
    for size in sizes:
        for _ in range(rounds):
            month_number += 1
            month = f"2026-{month_number:02d}"
            prepare(size, month)
            closing, memory = close(month)
            documents_as_html = prepared(month)
            # A B A B: the machine may be slower at one time than at another.
            runs = [
                (
                    on_workers(partial(print_bulletins, month)),
                    on_workers(partial(print_plain, documents_as_html)),
                )
                for _ in range(2)
            ]
            printing = sum(ours[0] for ours, _ in runs) / len(runs)
            control = sum(plain[0] for _, plain in runs) / len(runs)
            print_memory = max(ours[1] for ours, _ in runs)
            documents = Report.objects.filter(period=month).count() * 2 - 1 + size
            print(
                f"{size:4d} villages, {size * 1200} entries, {documents} documents: close {closing:.1f} s "
                f"({closing / size * 1000:.0f} ms a village), printing {printing:.1f} s, control {control:.1f} s, "
                f"ratio {(closing + printing) / control:.2f} (limit 0.85), printing alone {printing / control:.2f}, "
                f"memory {memory} MB closing, {print_memory} MB printing",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--villages", default="6,12,24")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    sizes = [int(size) for size in options.villages.split(",")]
    if len(sizes) * options.rounds > 10:
        raise SystemExit("at most ten months of 2026 are over")
    from cogov.demo import servers

    with servers.postgresql() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(sizes, options.rounds)
    print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
