"""One entry through the service against pgbench with the same statements, 1 and 8 clients (performance.md).

    .venv/bin/python bench/points_post.py [--seconds 4] [--rounds 3] [--sizes 10000,100000,1000000] [--hordak PYTHON]

Starts a private PostgreSQL with 6,000 accounts, filled with so many entries for each size. Measured in turn, medians:

* service: ``post_entry``: lock, check, entry, balance, audit event, in one transaction;
* pgbench: the same SQL in the same one message, as pgbench sends it by default (each statement parsed and planned;
  limits 0.6 of its transactions per second with one client and 0.4 with eight). ``prepared`` is the same with ``pgbench
  -M prepared``, for comparison: the service prepares its statements too, and C has no ledger rules to think about;
* sheet: ``post_entries`` with 20 entries in a transaction (limit: 4 times the entries per second of pgbench);
* hordak: two-leg postings of django-hordak (limit: 3 times its postings per second), only with ``--hordak`` naming the
  interpreter of an environment that has it (bench/hordak_post.py says how); hordak is no dependency of this project;
* SQLite: ``post_entry`` on a file against the sqlite3 module with the same statements (limit 0.4).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")

from bench.points_month import villages, with_database

LIMITS = {1: 0.6, 8: 0.4}
SHEET, SHEET_LIMIT, HORDAK_LIMIT = 20, 4.0, 3.0
REASON = "参加“清洁家园”集中整治 1 次 × 10 分 = 10 分"
_SCRIPT = r"""
\set household random({low}, {high})
\set source random(1, 1000000000)
SELECT pg_advisory_xact_lock_shared(28783, 1)\;WITH u AS (UPDATE points_pointsaccount SET balance = balance + 10, owed = owed + 0, earned = earned + 10, deducted = deducted + 0, redeemed = redeemed + 0, entry_count = entry_count + 1, year_earned = CASE WHEN year < 2026 THEN 10 WHEN year = 2026 THEN year_earned + 10 ELSE year_earned END, year_deducted = CASE WHEN year < 2026 THEN 0 WHEN year = 2026 THEN year_deducted + 0 ELSE year_deducted END, year = CASE WHEN year < 2026 THEN 2026 ELSE year END WHERE household_id = :household AND owed = 0 AND balance + 10 >= 0 AND NOT EXISTS (SELECT 1 FROM points_pointsmonth m WHERE m.village_id = 1 AND m.period = '2026-10' AND m.state = 'closed') RETURNING id, village_id, balance), e AS (INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, balance_after, period, for_period, occurred_on, source, reason, actor_name, reviewer_name) SELECT now(), encode(sha256(convert_to(repeat('a', 180) || u.id || repeat('a', 50) || u.balance || repeat('a', 300), 'UTF8')), 'hex'), u.id, u.village_id, 'earn', 10, 10, 0, u.balance, '2026-10', '2026-10', '2026-10-05', 'pgbench:' || :source || ':' || txid_current(), '参加“清洁家园”集中整治 1 次 × 10 分 = 10 分', '陈干事（cadre）', '' FROM u RETURNING id), a AS (INSERT INTO audit_auditevent (created_at, digest, actor_name, action, summary, object_type, object_id, object_label, township_code, village_code, after, comment) SELECT now(), repeat('a', 64), '基准', 'points.post_entry', '积分入账：0001户 +10 分', 'villages.household', :household::text, '0001户', '421223101', '421223101200', '{{"积分": 10, "来源": "bench:1"}}', '参加“清洁家园”集中整治 1 次 × 10 分 = 10 分' FROM e) SELECT id FROM e;
"""


def poster(number: int) -> Callable[[], int]:
    """One posting after another to households by chance."""
    import random
    from datetime import date

    from cogov.access.scope import SystemActor
    from points.rules import EntryKind
    from points.services.ledger import post_entry

    actor, homes, chance, done = SystemActor("基准"), _homes(), random.Random(number), [0]

    def post() -> int:
        done[0] += 1
        post_entry(
            actor=actor,
            household=chance.choice(homes),
            kind=EntryKind.EARN,
            points=10,
            source=f"bench:{os.getpid()}:{time.time_ns()}:{done[0]}",
            reason=REASON,
            occurred_on=date(2026, 10, 5),
        )
        return 1

    return post


def sheet_poster(number: int) -> Callable[[], int]:
    """A sheet of 20 households of a village after another."""
    import random
    from datetime import date

    from cogov.common.periods import Period
    from points.rules import EntryKind
    from points.services.ledger import Posting, post_entries

    chance, done = random.Random(number), [0]
    by_village: dict[Any, list[int]] = {}
    for home in _homes():
        by_village.setdefault(home.village, []).append(home.pk)
    places = list(by_village)

    def post() -> int:
        village = chance.choice(places)
        done[0] += 1
        rows = [
            Posting(
                household_id=pk,
                kind=EntryKind.EARN,
                points=10,
                source=f"sheet:{os.getpid()}:{time.time_ns()}:{done[0]}:{pk}",
                reason=REASON,
                occurred_on=date(2026, 10, 5),
                actor_name="陈干事（cadre）",
            )
            for pk in chance.sample(by_village[village], SHEET)
        ]
        return post_entries(village=village, period=Period.month(2026, 10), postings=rows).posted

    return post


_households: list[Any] = []


def _homes() -> list[Any]:
    from villages.models import Household

    if not _households:
        _households.extend(Household.objects.select_related("village").order_by("pk"))
    return _households


def _client(
    make: Callable[[int], Callable[[], int]], number: int, seconds: float, start: Any, out: Any
) -> None:
    from cogov.common.startup import keep_what_is_loaded

    keep_what_is_loaded()  # as every process of the web server does
    post = make(number)
    post()
    start.wait()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        done += post()
    out.put(done)


def service(make: Callable[[int], Callable[[], int]], clients: int, seconds: float) -> float:
    """Entries per second of so many processes that start together."""
    from django.db import connection

    _homes()
    connection.close()
    context = multiprocessing.get_context("fork")
    start, out = context.Barrier(clients), context.Queue()
    children = [
        context.Process(target=_client, args=(make, number, seconds, start, out)) for number in range(clients)
    ]
    for child in children:
        child.start()
    total = sum(out.get() for _ in children)
    for child in children:
        child.join()
    return total / seconds


def pgbench(clients: int, seconds: float, mode: str) -> float:
    """Transactions per second of pgbench with the same statements."""
    from cogov.bootstrap.system import find_program

    url, keys = urlsplit(os.environ["DATABASE_URL"]), [home.pk for home in _homes()]
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        text = _SCRIPT.format(low=keys[0], high=keys[-1])
        # The extended protocol takes one statement at a time.
        script.write(text.replace(r"\;", ";") if mode == "prepared" else text)
        script.flush()
        done = subprocess.run(
            [str(find_program("pgbench")), "-n", "-M", mode, "-f", script.name, "-c", str(clients), "-j", "2",
             "-T", str(max(1, round(seconds))), "-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username),
             url.path[1:]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None
    return float(found[1])


def hordak(python: str, clients: int, seconds: float) -> float:
    """Two-leg postings per second of django-hordak."""
    script = Path(__file__).with_name("hordak_post.py")
    command = [python, str(script), os.environ["DATABASE_URL"], str(clients), str(seconds)]
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PYTHONPATH"))}
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout)


def fill(wanted: int) -> None:
    """Bring the ledger to so many entries, by SQL; digests and running balances are dummies, which only a proof reads."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM points_pointsentry")
        missing = wanted - cursor.fetchone()[0]
        cursor.execute(
            "WITH a AS (SELECT id, village_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS size "
            "FROM points_pointsaccount) "
            "INSERT INTO points_pointsentry (created_at, digest, account_id, village_id, kind, points, score, owed, "
            "balance_after, period, for_period, occurred_on, source, reason, actor_name, reviewer_name) "
            "SELECT now(), repeat('a', 64), a.id, a.village_id, 'earn', 0, 0, 0, 0, p, p, '2025-01-05', "
            "'fill:' || %s || ':' || n, %s, '基准', '' FROM generate_series(1, %s) n "
            "JOIN a ON a.place = n %% a.size CROSS JOIN LATERAL (SELECT '2025-' || lpad((n %% 12 + 1)::text, 2, '0') AS p) m",
            [time.time_ns(), REASON, max(missing, 0)],
        )
        cursor.execute("VACUUM ANALYZE points_pointsentry")
        cursor.execute("VACUUM ANALYZE points_pointsaccount")


def sqlite_raw(path: str, seconds: float) -> float:
    """Transactions per second of the sqlite3 module with the statements of ``single`` on the same file."""
    import random
    import sqlite3

    from django.db import connection

    from cogov.audit import rows as audit_rows
    from points.services import bulk, locks

    mark = lambda text: text.replace("%s", "?")  # noqa: E731 - a local shorthand
    read, update = mark(locks._ACCOUNTS_LITE), mark(bulk.update_statement())
    entry = f"{mark(bulk.insert_statement())} RETURNING id"
    event = mark(audit_rows._INSERT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT household_id, village_id FROM points_pointsaccount")
        homes = cursor.fetchall()
    connection.close()
    raw = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "recursive_triggers=ON",
        "foreign_keys=ON",
        "cache_size=-65536",
    ):
        raw.execute(f"PRAGMA {pragma}")
    chance, done, end = random.Random(), 0, time.perf_counter() + seconds
    stamp, digest = "2026-10-05 01:00:00", "a" * 64
    while time.perf_counter() < end:
        home, village = chance.choice(homes)
        raw.execute("BEGIN IMMEDIATE")
        found = raw.execute(read, (village, "2026-10", f"[{home}]")).fetchone()
        source = f"raw:{time.time_ns()}:{done}"
        raw.execute(
            entry,
            (stamp, digest, found[1], found[2], "earn", 10, 10, 0, found[3] + 10, "2026-10", "2026-10", "2026-10-05",
             source, None, None, REASON, None, "基准", None, ""),
        ).fetchone()  # fmt: skip
        raw.execute(update, (found[1], 2026, 10, 0, 10, 0, 0, 1))
        raw.execute(
            event,
            (stamp, digest, None, "基准", "points.post_entry", "积分入账：0001户 +10 分", "villages.household", str(home),
             "0001户", "421223101", "421223101200", None, '{"积分": 10}', REASON),
        ).fetchone()  # fmt: skip
        raw.execute("COMMIT")
        done += 1
    raw.close()
    return done / seconds


def sqlite(seconds: float, rounds: int) -> None:
    """A file of its own; prints the ratio."""
    with tempfile.TemporaryDirectory(prefix="cogov-bench-") as folder:
        path = str(Path(folder) / "bench.sqlite3")
        os.environ["DATABASE_URL"] = f"sqlite:///{path}"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        villages(2)
        mine, control = [], []
        for _ in range(rounds):
            mine.append(service(poster, 1, seconds))
            control.append(sqlite_raw(path, seconds))
        a, b = statistics.median(mine), statistics.median(control)
        print(f"SQLite     service {a:7.0f}/s  sqlite3 {b:7.0f}/s  ratio {a / b:.2f} (limit 0.4)", flush=True)


def measure(size: int, options: argparse.Namespace) -> dict[int, float]:
    """Medians at one size of the ledger; the service's seconds per entry by number of clients."""
    fill(size)
    seconds: dict[int, float] = {}
    for clients, limit in LIMITS.items():
        found: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            found.setdefault("service", []).append(service(poster, clients, options.seconds))
            found.setdefault("pgbench", []).append(pgbench(clients, options.seconds, "simple"))
            found.setdefault("sheet", []).append(service(sheet_poster, clients, options.seconds))
            found.setdefault("prepared", []).append(pgbench(clients, options.seconds, "prepared"))
            if options.hordak:
                found.setdefault("hordak", []).append(hordak(options.hordak, clients, options.seconds))
        rate = {name: statistics.median(values) for name, values in found.items()}
        seconds[clients] = 1 / rate["service"]
        print(
            f"{size:>8} entries {clients} clients  service {rate['service']:6.0f}/s  pgbench {rate['pgbench']:6.0f}/s  "
            f"ratio {rate['service'] / rate['pgbench']:.2f} (limit {limit})  of prepared {rate['prepared']:6.0f}/s "
            f"{rate['service'] / rate['prepared']:.2f}  sheet {rate['sheet']:6.0f}/s "
            f"{rate['sheet'] / rate['pgbench']:.1f} times (limit {SHEET_LIMIT:.0f})"
            + (
                f"  hordak {rate['hordak']:5.0f}/s {rate['service'] / rate['hordak']:.1f} times (limit {HORDAK_LIMIT:.0f})"
                if options.hordak
                else "  hordak not measured (--hordak)"
            ),
            flush=True,
        )
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--hordak", default="")
    parser.add_argument("--sqlite", action="store_true", help="only SQLite")
    options = parser.parse_args()
    if options.sqlite:
        sqlite(options.seconds, options.rounds)
        return
    same = [
        sys.executable,
        __file__,
        "--sqlite",
        "--seconds",
        str(options.seconds),
        "--rounds",
        str(options.rounds),
    ]
    subprocess.run(same, check=True)

    def run() -> None:
        villages(10)
        results = [measure(int(size), options) for size in options.sizes.split(",")]
        for clients in LIMITS:
            print(
                f"growth {clients} clients: {results[-1][clients] / results[0][clients]:.2f} times from the first size to the last"
            )

    with_database(run)


if __name__ == "__main__":
    main()
