"""The kiosk's household page at many entries against few, and against a trivial view (performance.md).

    .venv/bin/python bench/points_kiosk.py [--large 1000000] [--requests 1000]

Starts a private PostgreSQL with 12,000 households; forty of them, who have ten entries at every size, visit the kiosk.
Balance and last ten entries through HTTP (Django's test client): p95 at 100,000 and at ``--large`` entries against p95 at
10,000 (limit 1.2; the target's ten million take some minutes to load); requests per second against a view that answers with
two bytes through the same middleware (limit 0.25). The sizes lie in three databases of the same server and are measured in
turn, the trivial view before each. Then the rank of a village from account rows against SUM over the entries (limit 50 times).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import villages, with_database

VILLAGES = 20
FEW, SOME = 10_000, 100_000
FIRST = 1_000  # the households that share the first entries, ten each
ROUNDS = 5
# Foreign keys hold by construction here; checking them row by row would take longer than writing the rows.
_FILL = """
SET session_replication_role = replica;
INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, balance_after,
    period, for_period, occurred_on, source, reason, actor_name, reviewer_name)
SELECT now(), repeat('a', 64), a.id, a.village_id, 'earn', 5, 5, 0, 5, '2026-10', '2026-10', '2026-10-05',
       'fill:' || g.n, '打扫公共巷道 1 次 × 5 分 = 5 分', '陈干事', '王书记'
FROM generate_series(%s, %s) AS g(n)
JOIN (SELECT id, village_id, row_number() OVER (ORDER BY id) - 1 AS place FROM points_pointsaccount) a
  ON a.place = (g.n::bigint * 7919) %% %s;
SET session_replication_role = origin;
"""


def fill(already: int, wanted: int) -> None:
    """Entries spread evenly over the accounts; the first ten thousand over the first thousand of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM points_pointsaccount")
        accounts = cursor.fetchone()[0] if already else FIRST
        cursor.execute(_FILL, [already + 1, wanted, accounts])
        cursor.execute(
            "UPDATE points_pointsaccount SET balance = 50, year = 2026, year_earned = 50 + id % 40"
        )
        cursor.execute("VACUUM ANALYZE")


def clients(count: int) -> list[Any]:
    """Kiosk visits of so many of the first households."""
    from django.test import Client

    from cogov.access.scope import SystemActor
    from villages.models import Household
    from villages.services.cards import card_print, issue_card

    result = []
    homes = Household.objects.select_related("village", "group").order_by("points_account__pk")[:FIRST]
    for home in homes[:: FIRST // count]:
        card = home.cards.filter(revoked_at__isnull=True).first() or issue_card(
            actor=SystemActor("基准"), household=home
        )
        client = Client(REMOTE_ADDR=f"10.0.{home.pk // 250 % 250}.{home.pk % 250}")
        assert client.post("/kiosk/open/", {"card": card_print(card).token}).status_code == 303
        result.append(client)
    return result


def seconds(requests: int, get: Callable[[int], Any]) -> list[float]:
    """How long each request took."""
    times = []
    for number in range(requests):
        start = time.perf_counter()
        response = get(number)
        times.append(time.perf_counter() - start)
        assert response.status_code == 200
    return times


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds: p95 and median of the household page in ms, requests per second of page and trivial view."""

    p95: float
    median: float
    page: float
    trivial: float


@cache
def main_database() -> str:
    """The name of the database that grows."""
    from django.db import connection

    return str(connection.settings_dict["NAME"])


def copy_database(name: str) -> None:
    """The database as it is now, under another name."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{main_database()}"')
    use(main_database())


def use(name: str) -> None:
    """Let Django talk to that database, in which the visits are as good as new."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        cursor.execute("UPDATE points_kiosksession SET opened_at = now(), last_seen_at = now()")


def measure(databases: list[str], visits: list[Any], requests: int) -> dict[str, Figures]:
    """Every database and the trivial view in turn, ``ROUNDS`` times; medians over the rounds."""
    from django.test import Client

    each, plain = requests // ROUNDS, Client()
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in databases}
    for number in range(ROUNDS + 1):
        for name in databases:
            use(name)
            pages = [visit.get("/kiosk/home/") for visit in visits]
            assert all(page.content.count(b"k-what") == 10 for page in pages)
            control = seconds(each, lambda _: plain.get("/bench-trivial/"))
            page = seconds(each, lambda number: visits[number % len(visits)].get("/kiosk/home/"))
            if number:  # the first round warms up
                p95 = statistics.quantiles(page, n=20)[-1]
                found[name].append(
                    (p95 * 1000, statistics.median(page) * 1000, each / sum(page), each / sum(control))
                )
    return {
        name: Figures(*(statistics.median(column) for column in zip(*rows, strict=True)))
        for name, rows in found.items()
    }


def report(sizes: dict[str, int], figures: dict[str, Figures]) -> None:
    """One line for each size."""
    least = figures["few"].p95
    for name, size in sizes.items():
        row = figures[name]
        print(
            f"{size:>12,} entries: p95 {row.p95:.2f} ms (ratio {row.p95 / least:.2f}, limit 1.2), "
            f"median {row.median:.2f} ms; page {row.page:.0f}/s, trivial view {row.trivial:.0f}/s: "
            f"ratio {row.page / row.trivial:.2f} (limit 0.25)"
        )


def add_trivial_view() -> None:
    """A view without database and template, through the same middleware."""
    from django.http import HttpResponse
    from django.urls import path

    import cogov.urls

    cogov.urls.urlpatterns.append(path("bench-trivial/", lambda _request: HttpResponse("ok")))


def ranks(requests: int = 30) -> tuple[float, float]:
    """Milliseconds to rank a village by account rows and by SUM over the entries."""
    from django.db import connection

    def median(statement: str) -> float:
        times = []
        with connection.cursor() as cursor:
            for number in range(requests):
                start = time.perf_counter()
                cursor.execute(statement, [number % VILLAGES + 1])
                cursor.fetchall()
                times.append(time.perf_counter() - start)
        return statistics.median(times) * 1000

    rows = "SELECT id, RANK() OVER (ORDER BY year_earned - year_deducted DESC) FROM points_pointsaccount WHERE village_id = %s"
    sums = (
        "SELECT account_id, RANK() OVER (ORDER BY SUM(score) DESC) FROM points_pointsentry "
        "WHERE village_id = %s GROUP BY account_id"
    )
    return median(rows), median(sums)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()

    def run() -> None:
        from points.kiosk import services

        services.MAX_ATTEMPTS = 10**6
        add_trivial_view()
        villages(VILLAGES)
        visits: list[Any] = []
        sizes = {"few": FEW, "some": SOME, main_database(): options.large}
        filled = 0
        for name, size in sizes.items():
            fill(filled, size)
            filled = size
            visits = visits or clients(40)
            if name != main_database():
                copy_database(name)
        report(sizes, measure(list(sizes), visits, options.requests))
        rows, sums = ranks()
        print(
            f"rank of a village {rows:.2f} ms by accounts, {sums:.2f} ms by SUM: {sums / rows:.0f} times (limit 50)"
        )

    with_database(run)


if __name__ == "__main__":
    main()
