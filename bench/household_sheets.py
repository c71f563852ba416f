"""我家明白纸 of a whole group as one background job, against printing the same sheets one by one (issue B, BEY-9).

    .venv/bin/python bench/household_sheets.py [--groups 60] [--rounds 3]

Starts a private PostgreSQL; a group of 60 households with six entries each. Ratio = seconds of the job / seconds of 60
single printings, both with their audit events; growth over groups of a third, two thirds and all of the households.
A B A B, medians. The job's steps of progress are counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
ENTRIES = 6


def prepare(village: Any) -> None:
    """Six entries in October for every household."""
    from django.db import transaction

    from cogov.common.periods import Period
    from points.rules import EntryKind
    from points.services.ledger import Posting, write_postings
    from points.services.locks import lock_accounts, own_books

    ids = list(village.households.values_list("pk", flat=True))
    rows = [
        Posting(
            household_id=pk,
            kind=EntryKind.EARN,
            points=10,
            source=f"record:{pk}{n}",
            reason="参加“清洁家园”集中整治 1 次 × 10 分 = 10 分",
            occurred_on=date(2026, 10, 5 + n),
            actor_name="陈干事（cadre）",
            reviewer_name="王书记（secretary）",
        )
        for pk in ids
        for n in range(ENTRIES)
    ]
    with transaction.atomic():
        own_books(village.pk)
        accounts = lock_accounts(village, ids)
        write_postings(
            village=village, period=Period.month(2026, 10), postings=rows, accounts=accounts, fresh=True
        )


def bundled(group: Any, actor: Any) -> tuple[float, int, int]:
    """Seconds of the job, pages, lines of progress."""
    from cogov.common.periods import Period
    from cogov.jobs.models import Job
    from cogov.jobs.services import run_job
    from points.services.sheets import request_bundle

    start = time.perf_counter()
    bundle = request_bundle(actor=actor, group=group, period=Period.month(2026, 10))
    run_job(bundle.job_id)
    seconds = time.perf_counter() - start
    bundle.refresh_from_db()
    job = Job.objects.get(pk=bundle.job_id)
    if not bundle.is_ready:
        raise SystemExit(f"the job ended as {job.state}: {job.error}")
    return seconds, bundle.pages, job.progress_total


def singly(homes: list[Any], actor: Any) -> float:
    """Seconds for the same sheets, one print after the other."""
    from cogov.common.periods import Period
    from points.services.sheets import print_sheet

    start = time.perf_counter()
    for home in homes:
        print_sheet(actor=actor, household=home, period=Period.month(2026, 10))
    return time.perf_counter() - start


def measure(size: int, rounds: int) -> None:
    from bench.points_month import villages
    from cogov.access.scope import SystemActor

    actor = SystemActor("bench")
    (village,) = villages(1)
    prepare(village)
    groups = list(village.groups.order_by("serial"))
    singly(list(village.households.filter(group=groups[-1])[:3]), actor)  # warm: fonts, style sheets
    for number, share in enumerate((size // 3, size * 2 // 3, size)):
        group = groups[number]
        homes = list(village.households.filter(group=group).select_related("group", "village__township"))
        village.households.filter(pk__in=[home.pk for home in homes[share:]]).update(group=groups[-2])
        homes = homes[:share]
        pairs = [(bundled(group, actor), singly(homes, actor)) for _ in range(rounds)]
        job = statistics.median(pair[0][0] for pair in pairs)
        one_by_one = statistics.median(pair[1] for pair in pairs)
        _, pages, steps = pairs[0][0]
        print(
            f"{share:3d} households: job {job:.1f} s ({job / share * 1000:.0f} ms each, {pages} pages, progress to "
            f"{steps}), one by one {one_by_one:.1f} s, ratio {job / one_by_one:.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=60, help="households in the largest group, at most 60")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from cogov.demo import servers

    with servers.postgresql() as url, tempfile.TemporaryDirectory() as media:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command
        from django.test.utils import override_settings

        call_command("migrate", verbosity=0)
        with override_settings(MEDIA_ROOT=media):
            measure(min(options.groups, 60), options.rounds)


if __name__ == "__main__":
    main()
