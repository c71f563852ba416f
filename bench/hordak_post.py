"""Two-leg postings per second of django-hordak, for bench/points_post.py; run by an interpreter that has hordak.

    python -m venv /tmp/hordak && /tmp/hordak/bin/pip install django-hordak psycopg2-binary
    /tmp/hordak/bin/python bench/hordak_post.py DATABASE_URL CLIENTS SECONDS

hordak is no dependency of this project. Accounts: one income account and 1,000 households; each posting is hordak's own
``transfer_to`` in one transaction, as its documentation shows it. Prints the postings per second.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from typing import Any
from urllib.parse import urlsplit


def configure(url: str) -> None:
    """Settings with hordak and nothing that it does not need; its tables in a database of their own."""
    import django
    import psycopg2
    from django.conf import settings

    parts = urlsplit(url)
    place = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username}
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "bench_hordak", **place}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="bench",
        USE_TZ=True,
        HORDAK_CURRENCIES=["CNY"],
        HORDAK_INTERNAL_CURRENCY="CNY",
        DEFAULT_CURRENCY="CNY",
    )
    opened = psycopg2.connect(
        host=parts.hostname, port=parts.port, user=parts.username, dbname=parts.path[1:]
    )
    opened.autocommit = True
    with opened.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'bench_hordak'")
        if cursor.fetchone() is None:
            cursor.execute("CREATE DATABASE bench_hordak")
    opened.close()
    django.setup()


def prepare() -> list[int]:
    """The keys of the accounts, the income account first."""
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    if not Account.objects.exists():
        Account.objects.create(name="积分", type=Account.TYPES.income, currencies=["CNY"])
        for number in range(1000):
            Account.objects.create(name=f"{number}户", type=Account.TYPES.asset, currencies=["CNY"])
    return list(Account.objects.order_by("pk").values_list("pk", flat=True))


def client(keys: list[int], seconds: float, start: Any, results: Any) -> None:
    """Post for so many seconds, once everybody is ready."""
    from django.db import connection, transaction
    from hordak.models import Account
    from moneyed import Money

    accounts = {account.pk: account for account in Account.objects.filter(pk__in=keys)}
    income, amount, chance = accounts[keys[0]], Money(10, "CNY"), random.Random()
    connection.ensure_connection()
    start.wait()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        with transaction.atomic():
            income.transfer_to(accounts[chance.choice(keys[1:])], amount, description="参加集中整治 1 次")
        done += 1
    results.put(done)


def main() -> None:
    url, clients, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    configure(url)
    from django.db import connection

    keys = prepare()
    connection.close()
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(clients), context.Queue()
    children = [context.Process(target=client, args=(keys, seconds, start, results)) for _ in range(clients)]
    for child in children:
        child.start()
    total = sum(results.get() for _ in children)
    for child in children:
        child.join()
    print(total / seconds)


if __name__ == "__main__":
    main()
