"""A month's points, two entries per household, posted with balances, against COPY of the same rows (performance.md).

    .venv/bin/python bench/points_month.py [--sizes 1200,6000,24000] [--rounds 5]

Starts a private PostgreSQL. A village has 600 households; each size is posted village by village through
the services of the month close: lock, digest, entries, balances. Control: COPY of the same rows, ready made, into the
ledger's own table with its indexes, checks and keys (limit 0.30 = control time / posting time). For comparison also COPY
into a table of the same columns with two indexes and nothing else, which is as fast as it gets. A B A B, medians.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
LIMIT = 0.30
PER_VILLAGE = 600


def villages(wanted: int) -> list[Any]:
    """Villages with 600 households each."""
    from django.db import connection
    from django.utils import timezone

    from points.models import PointsAccount
    from villages.models import Household, Township, Village, VillageGroup

    township, _ = Township.objects.get_or_create(
        code="421223101",
        name="沙坪镇",
        province="湖北省",
        city="咸宁市",
        county_code="421223",
        county="崇阳县",
    )
    result = list(Village.objects.order_by("code")[:wanted])
    for number in range(len(result), wanted):
        code = f"421223101{200 + number}"
        village = Village.objects.create(code=code, township=township, name=f"{number}村", official_name="x")
        groups = [
            VillageGroup.objects.create(village=village, serial=n, name=f"{n}组", code=f"{code}{n:03d}")
            for n in range(1, 11)
        ]
        homes = Household.objects.bulk_create(
            [
                Household(village=village, group=groups[n % 10], number=f"{n:04d}", created_at=timezone.now())
                for n in range(PER_VILLAGE)
            ]
        )
        PointsAccount.objects.bulk_create([PointsAccount(household=h, village=village) for h in homes])
        result.append(village)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return result


_serial = count(1)


def postings(village: Any) -> list[Any]:
    """Two entries for each household, their sources numbered as those of records are."""
    from points.rules import EntryKind
    from points.services.ledger import Posting

    ids = village.households.order_by("pk").values_list("pk", flat=True)
    return [
        Posting(
            household_id=pk,
            kind=EntryKind.EARN,
            points=10,
            source=f"record:{next(_serial)}",
            reason="参加“清洁家园”集中整治 1 次 × 10 分 = 10 分",
            occurred_on=date(2026, 10, 5 + n),
            actor_name="陈干事（cadre）",
            reviewer_name="王书记（secretary）",
        )
        for pk in ids
        for n in (0, 1)
    ]


def post(places: list[Any]) -> float:
    """Seconds to post the month of these villages, each in a transaction as the month close does."""
    from django.db import transaction

    from cogov.common.periods import Period
    from points.services.ledger import write_postings
    from points.services.locks import lock_accounts, own_books

    prepared = [(village, postings(village)) for village in places]
    start = time.perf_counter()
    for village, rows in prepared:
        with transaction.atomic():
            own_books(village.pk)
            accounts = lock_accounts(village, (row.household_id for row in rows))
            outcome = write_postings(
                village=village, period=Period.month(2026, 10), postings=rows, accounts=accounts, fresh=True
            )
        assert outcome.posted == len(rows)
    return time.perf_counter() - start


def bare_copy(size: int) -> float:
    """Seconds to COPY as many entries into a table with two indexes."""
    from django.db import connection

    source = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_entry")
        cursor.execute("CREATE TABLE bench_entry (LIKE points_pointsentry INCLUDING DEFAULTS)")
        cursor.execute("CREATE UNIQUE INDEX ON bench_entry (id)")
        cursor.execute("CREATE INDEX ON bench_entry (account_id, id)")
        cursor.copy_expert(
            f"COPY (SELECT * FROM points_pointsentry ORDER BY id DESC LIMIT {size}) TO STDOUT", source
        )
        source.seek(0)
        start = time.perf_counter()
        cursor.copy_expert("COPY bench_entry FROM STDIN", source)
        return time.perf_counter() - start


def copy(size: int) -> float:
    """Seconds to COPY as many entries, with other sources, into the ledger itself; they are rolled back afterwards."""
    from django.db import connection, transaction

    from points.services.rows import COLUMNS

    names = ", ".join(COLUMNS)
    fresh = ", ".join("'copy:' || source" if column == "source" else column for column in COLUMNS)
    source = io.BytesIO()
    with connection.cursor() as cursor:
        rows = f"SELECT {fresh} FROM points_pointsentry ORDER BY id DESC LIMIT {size}"
        cursor.copy_expert(f"COPY ({rows}) TO STDOUT", source)
        source.seek(0)
        with transaction.atomic():
            start = time.perf_counter()
            cursor.copy_expert(f"COPY points_pointsentry ({names}) FROM STDIN", source)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT does
            seconds = time.perf_counter() - start
            transaction.set_rollback(True)
    return seconds


def measure(size: int, rounds: int) -> tuple[float, float, float]:
    """Medians (control, bare table, posting) in seconds."""
    places = villages(-(-size // (2 * PER_VILLAGE)))
    post(places)
    mine: list[float] = []
    control: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        mine.append(post(places))
        control.append(copy(size))
        bare.append(bare_copy(size))
    return statistics.median(control), statistics.median(bare), statistics.median(mine)


def with_database(run: Callable[[], None]) -> None:
    """A private PostgreSQL with the tables."""
    from cogov.demo.servers import postgresql

    with postgresql() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1200,6000,24000")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    def run() -> None:
        each: list[float] = []
        for size in map(int, options.sizes.split(",")):
            control, bare, mine = measure(size, options.rounds)
            each.append(mine / size)
            print(
                f"{size:>7} entries  COPY {control * 1e6 / size:5.1f} us  post {mine * 1e6 / size:5.1f} us each  "
                f"ratio {control / mine:.2f} (limit {LIMIT})  of a bare table {bare * 1e6 / size:4.1f} us {bare / mine:.2f}",
                flush=True,
            )
        print(f"growth per entry: {each[-1] / each[0]:.2f} times from the first size to the last")

    with_database(run)


if __name__ == "__main__":
    main()
