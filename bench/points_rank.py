"""Ranks of a village and of a county at many entries against few, and against SUM over the entries (performance.md).

    .venv/bin/python bench/points_rank.py [--sizes 100000,300000,1000000] [--large 10000000]

Starts a private PostgreSQL with a county of 206 villages and 123,600 households. Entries are made by generate_series; their
digests and running balances are dummies, which only a proof reads. Scores of accounts are the sums of the entries, as the
services would have left them; standings are computed by the services. For each size, medians of several runs:

* stored: the standings of a closed year, as lists, posters and the admin read them; of one household; of a village;
* account: ranks by the account rows, as the kiosk reads them before the close; of a village; the first 600 of the county;
* SUM: the same by adding up the entries (limit: 50 times slower).

The last size against 100,000 entries: limit 1.5 times. Ten million entries need about 8 GB and some minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import villages, with_database

VILLAGES, ROUNDS = 206, 7
GROWTH_LIMIT, AHEAD_LIMIT = 1.5, 50.0
_PLACES = """
CREATE TABLE bench_place AS
SELECT id, village_id, row_number() OVER (ORDER BY id) - 1 AS place FROM points_pointsaccount;
ANALYZE bench_place;
"""
# Foreign keys hold by construction here; checking them row by row would take longer than writing the rows.
_FILL = """
SET session_replication_role = replica;
INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, balance_after,
    period, for_period, occurred_on, source, reason, actor_name, reviewer_name)
SELECT now(), repeat('a', 64), a.id, a.village_id, 'earn', s, s, 0, s, p, p, (p || '-05')::date, 'fill:' || n,
       '打扫公共巷道 1 次 × 5 分 = 5 分', '陈干事', '王书记'
FROM (SELECT n, 1 + (n::bigint * 7919) %% 40 AS s, '2026-' || lpad((n %% 12 + 1)::text, 2, '0') AS p
      FROM generate_series(%s, %s) n) g
JOIN bench_place a ON a.place = (g.n::bigint * 104729) %% %s;
SET session_replication_role = origin;
"""
_BOOKS = """
UPDATE points_pointsaccount a SET balance = s.total, earned = s.total, year = 2026, year_earned = s.total,
       entry_count = s.entries
FROM (SELECT account_id, SUM(score) AS total, count(*) AS entries FROM points_pointsentry GROUP BY account_id) s
WHERE s.account_id = a.id
"""
_STORED_ONE = (
    "SELECT score, rank_village FROM points_periodstanding WHERE account_id = %(account)s AND period = '2026'"
)
_STORED = (
    "SELECT account_id, score, rank_village FROM points_periodstanding "
    "WHERE village_id = %(village)s AND period = '2026' ORDER BY rank_village"
)
_ACCOUNT = (
    "SELECT id, score, RANK() OVER (ORDER BY score DESC) AS place FROM (SELECT id, year_earned - year_deducted AS score "
    "FROM points_pointsaccount WHERE year = 2026 {where} ORDER BY score DESC LIMIT 600) a"
)
_SUM = (
    "SELECT account_id, SUM(score), RANK() OVER (ORDER BY SUM(score) DESC) AS place FROM points_pointsentry "
    "WHERE period BETWEEN '2026-01' AND '2026-12' {where} GROUP BY account_id ORDER BY place LIMIT 600"
)
_WHERE = "AND village_id = %(village)s"
STATEMENTS = {
    "one household stored": _STORED_ONE,
    "village stored": _STORED,
    "village account": _ACCOUNT.format(where=_WHERE),
    "village SUM": _SUM.format(where=_WHERE),
    "county account": _ACCOUNT.format(where=""),
    "county SUM": _SUM.format(where=""),
}


def fill(already: int, wanted: int) -> None:
    """More entries, spread evenly over accounts and months; then the books and the village's standings."""
    from django.db import connection

    from cogov.common.periods import Period
    from points.services.standings import compute_standings
    from villages.models import Village

    with connection.cursor() as cursor:
        if not already:
            cursor.execute(_PLACES)
        cursor.execute("SELECT count(*) FROM bench_place")
        cursor.execute(_FILL, [already + 1, wanted, cursor.fetchone()[0]])
        cursor.execute(_BOOKS)
        cursor.execute("VACUUM ANALYZE points_pointsentry")
        # Rewriting every account at once leaves holes that a living ledger, updating in place, has not.
        cursor.execute("VACUUM FULL ANALYZE points_pointsaccount")
        for village in Village.objects.order_by("pk")[:10]:
            compute_standings(village=village, periods=[Period.full_year(2026)])
        cursor.execute("VACUUM ANALYZE points_periodstanding")


def measure() -> dict[str, float]:
    """Median milliseconds of each way; all ways give the same scores and ranks."""
    from django.db import connection

    from points.models import PointsAccount
    from villages.models import Village

    village = Village.objects.order_by("pk")[4]
    account = PointsAccount.objects.filter(village=village).order_by("pk")[7]
    values = {"village": village.pk, "account": account.pk}
    found: dict[str, list[float]] = {}
    rows: dict[str, list[tuple[int, ...]]] = {}
    # The sums go last: each reads so much that the next reader would find its pages gone from the cache.
    groups = [[n for n in STATEMENTS if "SUM" not in n], [n for n in STATEMENTS if "SUM" in n]]
    with connection.cursor() as cursor:
        for turn, name in [(turn, name) for names in groups for turn in range(ROUNDS + 1) for name in names]:
            start = time.perf_counter()
            cursor.execute(STATEMENTS[name], values)
            rows[name] = sorted(cursor.fetchall())
            if turn:  # the first warms the cache
                found.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    scored = [row for row in rows["village stored"] if row[1]]
    assert scored == rows["village account"] == rows["village SUM"]
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="100000,300000,1000000")
    parser.add_argument("--large", type=int, default=0, help="one size more, e.g. 10000000")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")] + ([options.large] if options.large else [])

    def run() -> None:
        villages(VILLAGES)
        already, first = 0, dict[str, float]()
        for size in sizes:
            fill(already, size)
            already, found = size, measure()
            first = first or found
            print(f"{size:>9} entries  " + "  ".join(f"{k} {v:.2f} ms" for k, v in found.items()), flush=True)
        for name, milliseconds in found.items():
            if "SUM" not in name:
                place = name.split()[0].replace("one", "village")
                print(
                    f"{name:>20}  growth {milliseconds / first[name]:.2f} times (limit {GROWTH_LIMIT})  "
                    f"ahead of SUM {found[f'{place} SUM'] / milliseconds:.0f} times (limit {AHEAD_LIMIT:.0f})"
                )

    with_database(run)


if __name__ == "__main__":
    main()
