"""Fifty clients, two hundred rounds each, on PostgreSQL: nothing is lost, doubled or overspent (issue of the points).

    .venv/bin/python bench/points_clients.py [--clients 50] [--rounds 200] [--control-rounds 40]

Starts a private PostgreSQL with one shop and ten households, few goods and few points. Every client is a process with a
connection of its own and posts, spends, reverses, sells, books, fetches and cancels by chance (tests/points/clients.py).
Afterwards every proof of ``verify_ledgers`` must hold, balances and stock must be the sums of their entries, and what was
confirmed to a client must stand exactly once. The control is the same with locks and CHECKs taken away: it must overspend.
Ends with an error when either is not so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import with_database

HOUSEHOLDS = 10
PAUSE = 0.01  # seconds between reading and writing in the control
_OVERSPENT = """
    SELECT count(*) FROM (SELECT SUM(points) OVER (PARTITION BY account_id ORDER BY id) AS running FROM points_pointsentry) e
    WHERE running < 0
"""


def _work(shop: Any, number: int, rounds: int, broken: tuple[Any, ...], start: Any, out: Any) -> None:
    from django.db import connection

    from tests.points.clients import Client

    connection.ensure_connection()
    start.wait()
    try:
        out.put(Client(shop, number).run(rounds, broken=broken))
    except BaseException as error:  # the parent must hear of it
        out.put(f"client {number}: {type(error).__name__}: {error}")
        raise


def history(clients: int, rounds: int, *, guarded: bool) -> tuple[list[str], Counter[str], float, int]:
    """(faults, outcomes, seconds, entries that overspent) of one run on a new shop."""
    from django.db import connection

    from points.models import PointsEntry
    from tests.factories.market import market
    from tests.points.clients import faults, guards_off

    shop = market(households=HOUSEHOLDS, points=60, fund_mode="settle")
    context = multiprocessing.get_context("fork")
    start, out = context.Barrier(clients), context.Queue()
    broken = () if guarded else (Exception,)
    with nullcontext() if guarded else guards_off(lambda: time.sleep(PAUSE)):
        connection.close()
        begun = time.perf_counter()
        children = [
            context.Process(target=_work, args=(shop, n, rounds, broken, start, out)) for n in range(clients)
        ]
        for child in children:
            child.start()
        made = [out.get() for _ in children]
        for child in children:
            child.join()
        seconds = time.perf_counter() - begun
        promises = [one for one in made if not isinstance(one, str)]
        found = [one for one in made if isinstance(one, str)] + faults(shop, promises)
        with connection.cursor() as cursor:
            cursor.execute(_OVERSPENT)
            spent = int(cursor.fetchone()[0])
    print(
        f"{'guarded' if guarded else 'control'}: {clients} clients x {rounds} rounds in {seconds:.0f} s, "
        f"{PointsEntry.objects.count()} entries; {spent} of them with less than nothing left",
        flush=True,
    )
    return found, sum((one.outcomes for one in promises), Counter()), seconds, spent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--control-rounds", type=int, default=40)
    parser.add_argument("--control", action="store_true", help="only the control")
    options = parser.parse_args()

    def guarded() -> None:
        found, outcomes, seconds, _ = history(options.clients, options.rounds, guarded=True)
        print("  ".join(f"{name} {count}" for name, count in sorted(outcomes.items())))
        print(
            f"{sum(outcomes.values()) / seconds:.0f} calls a second; faults: {found[:10] or 'none'}",
            flush=True,
        )
        if found:
            raise SystemExit("the ledgers do not hold")

    def control() -> None:
        found, _, _, overspent = history(options.clients, options.control_rounds, guarded=False)
        print(f"control: {len(found)} faults, the first: {found[:3]}")
        if not overspent:
            raise SystemExit("the control did not overspend: this run proves nothing")

    if options.control:
        with_database(control)
        return
    with_database(guarded)
    # A process and a server of its own: Django knows one database.
    same = [sys.executable, __file__, "--control", "--clients", str(options.clients)]
    subprocess.run([*same, "--control-rounds", str(options.control_rounds)], check=True)


if __name__ == "__main__":
    main()
