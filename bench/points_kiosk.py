"""The kiosk's household page at many entries against few, and against a trivial view (performance.md).

    .venv/bin/python bench/points_kiosk.py [--small 10000 --large 1000000] [--requests 300]

Starts a private PostgreSQL with 12,000 households. Balance and last ten entries through HTTP (Django's test client),
p95 at ``--large`` entries against p95 at ``--small`` (limit 1.2; the target's ten million take some minutes to load);
requests per second against a view that answers with a few bytes (limit 0.25); the rank of a household's group from
account rows against SUM over the entries (limit 50 times).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import villages, with_database

VILLAGES = 20
_FILL = """
INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, balance_after,
    period, for_period, occurred_on, source, reason, actor_name, reviewer_name)
SELECT now(), repeat('a', 64), a.id, a.village_id, 'earn', 5, 5, 0, 5, '2026-10', '2026-10', '2026-10-05',
       'fill:' || g.n, '打扫公共巷道 1 次 × 5 分 = 5 分', '陈干事', '王书记'
FROM generate_series(%s, %s) AS g(n)
JOIN (SELECT id, village_id, row_number() OVER (ORDER BY id) - 1 AS place FROM points_pointsaccount) a
  ON a.place = (g.n::bigint * 7919) %% %s
"""


def fill(already: int, wanted: int) -> None:
    """Entries spread evenly over the accounts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM points_pointsaccount")
        accounts = cursor.fetchone()[0]
        cursor.execute(_FILL, [already + 1, wanted, accounts])
        cursor.execute(
            "UPDATE points_pointsaccount SET balance = 50, year = 2026, year_earned = 50 + id % 40"
        )
        cursor.execute("VACUUM ANALYZE")


def clients(count: int) -> list[Any]:
    """Kiosk visits of so many households."""
    from django.test import Client

    from cogov.access.scope import SystemActor
    from villages.models import Household
    from villages.services.cards import card_print, issue_card

    result = []
    for home in Household.objects.select_related("village", "group").order_by("?")[:count]:
        card = home.cards.filter(revoked_at__isnull=True).first() or issue_card(
            actor=SystemActor("基准"), household=home
        )
        client = Client(REMOTE_ADDR=f"10.0.{home.pk // 250 % 250}.{home.pk % 250}")
        assert client.post("/kiosk/open/", {"card": card_print(card).token}).status_code == 303
        result.append(client)
    return result


def measure(visits: list[Any], requests: int, rounds: int = 5) -> tuple[float, float, float]:
    """Medians over the rounds of p95 and median in milliseconds, and requests per second of the household page."""
    found = [p95(visits, requests // rounds) for _ in range(rounds)]
    a, b, c = (statistics.median(column) for column in zip(*found, strict=True))
    return a, b, c


def p95(visits: list[Any], requests: int) -> tuple[float, float, float]:
    """(p95 and median in milliseconds, requests per second) of the household page."""
    times = []
    for number in range(requests):
        start = time.perf_counter()
        response = visits[number % len(visits)].get("/kiosk/home/")
        times.append(time.perf_counter() - start)
        assert response.status_code == 200
    return (
        statistics.quantiles(times, n=20)[-1] * 1000,
        statistics.median(times) * 1000,
        requests / sum(times),
    )


def trivial(requests: int) -> float:
    """Requests per second of a view without database and template, through the same middleware."""
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    import cogov.urls

    cogov.urls.urlpatterns.append(path("bench-trivial/", lambda _request: HttpResponse("ok")))
    client = Client()
    start = time.perf_counter()
    for _ in range(requests):
        client.get("/bench-trivial/")
    return requests / (time.perf_counter() - start)


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
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()

    def run() -> None:
        from points.kiosk import services

        services.MAX_ATTEMPTS = 10**6
        villages(VILLAGES)
        fill(0, options.small * 10)
        visits = clients(40)
        p95(visits, 40)
        small, small_middle, _ = measure(visits, options.requests)
        fill(options.small * 10, options.large)
        p95(visits, 40)
        large, large_middle, speed = measure(visits, options.requests)
        control = trivial(options.requests)
        rows, sums = ranks()
        print(f"median {small_middle:.1f} and {large_middle:.1f} ms: ratio {large_middle / small_middle:.2f}")
        print(
            f"p95 {small:.1f} ms at {options.small * 10:,}, {large:.1f} ms at {options.large:,}: ratio {large / small:.2f} (limit 1.2)"
        )
        print(
            f"household page {speed:.0f}/s, trivial view {control:.0f}/s: ratio {speed / control:.2f} (limit 0.25)"
        )
        print(
            f"rank of a village {rows:.2f} ms by accounts, {sums:.2f} ms by SUM: {sums / rows:.0f} times (limit 50)"
        )

    with_database(run)


if __name__ == "__main__":
    main()
