"""One entry through the service against pgbench with the same statements, 1 and 8 clients (performance.md).

    .venv/bin/python bench/points_post.py [--seconds 5] [--rounds 3]

Starts a private PostgreSQL with 6,000 accounts. Service: ``post_entry``, which locks, checks, writes entry, balance and
audit event in one transaction. Control: pgbench, a transaction of the same statements. Ratio = service / pgbench
transactions per second (limits 0.6 with one client, 0.4 with eight). A B A B, medians.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import villages, with_database

LIMITS = {1: 0.6, 8: 0.4}
_SCRIPT = r"""
\set household random({low}, {high})
\set source random(1, 1000000000)
BEGIN;
SELECT pg_advisory_xact_lock_shared(28783, 1);
SELECT a.household_id, a.id, a.village_id, a.balance, a.owed, ARRAY(SELECT m.period FROM points_pointsmonth m WHERE m.village_id = 1 AND m.state = 'closed' AND m.period >= '2026-10') FROM points_pointsaccount a WHERE a.household_id = :household FOR UPDATE OF a;
WITH e AS (INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, balance_after, period, for_period, occurred_on, source, reason, actor_name, reviewer_name) SELECT now(), repeat('a', 64), a.id, a.village_id, 'earn', 10, 10, 0, a.balance + 10, '2026-10', '2026-10', '2026-10-05', 'pgbench:' || :source || ':' || txid_current(), '参加“清洁家园”集中整治 1 次 × 10 分 = 10 分', '陈干事(cadre)', '' FROM points_pointsaccount a WHERE a.household_id = :household ON CONFLICT (source, kind) WHERE reversal_of_id IS NULL DO NOTHING RETURNING id), u AS (UPDATE points_pointsaccount SET balance = balance + 10, earned = earned + 10, entry_count = entry_count + 1, year_earned = CASE WHEN year < 2026 THEN 10 WHEN year = 2026 THEN year_earned + 10 ELSE year_earned END, year = GREATEST(year, 2026) WHERE household_id = :household AND EXISTS (SELECT 1 FROM e)) SELECT id FROM e;
INSERT INTO audit_auditevent (created_at, digest, actor_name, action, summary, object_type, object_id, object_label, township_code, village_code, after, comment) VALUES (now(), repeat('a', 64), '系统', 'points.post_entry', '积分入账', 'villages.household', ':household', '户', '421223101', '421223101200', '{{"a": 1}}', '');
COMMIT;
"""


def service_client(seconds: float, client: int) -> int:
    """How many entries one process posts in so many seconds."""
    import random
    from datetime import date

    from django.db import connection

    from cogov.access.scope import SystemActor
    from points.rules import EntryKind
    from points.services.ledger import post_entry
    from villages.models import Household

    connection.close()
    actor = SystemActor("基准")
    homes = list(Household.objects.select_related("village").order_by("pk"))
    chance = random.Random(client)
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        post_entry(
            actor=actor,
            household=chance.choice(homes),
            kind=EntryKind.EARN,
            points=10,
            source=f"bench:{os.getpid()}:{client}:{done}:{time.time_ns()}",
            reason="参加“清洁家园”集中整治 1 次 × 10 分 = 10 分",
            occurred_on=date(2026, 10, 5),
        )
        done += 1
    connection.close()
    return done


def service(clients: int, seconds: float) -> float:
    """Entries per second of so many processes."""
    children = []
    for client in range(clients):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, str(service_client(seconds, client)).encode())
            os._exit(0)
        os.close(writer)
        children.append((child, reader))
    total = 0
    for child, reader in children:
        total += int(os.read(reader, 32) or b"0")
        os.close(reader)
        os.waitpid(child, 0)
    return total / seconds


def pgbench(clients: int, seconds: float, low: int, high: int) -> float:
    """Transactions per second of pgbench with the same statements."""
    from cogov.bootstrap.system import find_program

    url = urlsplit(os.environ["DATABASE_URL"])
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write(_SCRIPT.format(low=low, high=high))
        script.flush()
        done = subprocess.run(
            [str(find_program("pgbench")), "-n", "-f", script.name, "-c", str(clients), "-j", "2", "-T", str(int(seconds)),
             "-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username), url.path[1:]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None
    return float(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    def run() -> None:
        from django.db import connection

        from villages.models import Household

        villages(10)
        low, high = (
            Household.objects.order_by(order).values_list("pk", flat=True)[0] for order in ("pk", "-pk")
        )
        connection.close()
        for clients, limit in LIMITS.items():
            mine, control = [], []
            for _ in range(options.rounds):
                mine.append(service(clients, options.seconds))
                control.append(pgbench(clients, options.seconds, low, high))
            a, b = statistics.median(mine), statistics.median(control)
            print(
                f"{clients} clients  service {a:7.0f}/s  pgbench {b:7.0f}/s  ratio {a / b:.2f} (limit {limit})"
            )

    with_database(run)


if __name__ == "__main__":
    main()
