"""The worlds many tests begin with: built once by the services, after that only written down again.

``setting()`` and ``market()`` take up to a fifth of a second, because services check and audit each step, and hundreds of
tests begin with one. A builder marked ``@kept`` runs when a test first asks; the rows it made are kept with the objects it
returned, and the next test that has written nothing yet, at the same moment of a stopped clock (else on the same day),
gets both back. Whatever differs runs the builder: tests that commit, a second world beside the first, other arguments.
"""

from __future__ import annotations

import functools
import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import factory
import time_machine
from django.db import connection
from django.utils import timezone

P = ParamSpec("P")
T = TypeVar("T")
Rows = dict[str, list[Any]]  # of each table


@dataclass(frozen=True, slots=True)
class World:
    """What a builder returned, the rows it made, and how far the factories have counted."""

    made: bytes
    rows: Rows
    counted: dict[type[factory.Factory], int]


_worlds: dict[Any, World | None] = {}
_pristine: dict[str, set[Any]] = {}
_changes = 0  # SQLite's count of changed rows when the test began


def begin() -> None:
    """At the start of every test: factories count from 0, whichever tests ran before."""
    global _changes  # noqa: PLW0603 - one test at a time
    for one in _factories(factory.Factory):
        one.reset_sequence(0, force=True)
    if connection.vendor == "sqlite" and connection.connection is not None:
        _changes = connection.connection.total_changes


def kept(build: Callable[P, T]) -> Callable[P, T]:
    """Keep what ``build`` makes of a database in which the test has written nothing; its arguments must be hashable."""

    @functools.wraps(build)
    def made(*arguments: P.args, **named: P.kwargs) -> T:
        if not _untouched():
            return build(*arguments, **named)
        moment = timezone.now() if time_machine.escape_hatch.is_travelling() else timezone.localdate()
        name = (build, arguments, tuple(sorted(named.items())), moment)
        world = _worlds.get(name)
        if world is not None:
            _write(world.rows)
            for one, count in world.counted.items():
                one.reset_sequence(count, force=True)
            return pickle.loads(world.made)
        if name in _worlds:
            return build(*arguments, **named)
        if not _pristine:
            _pristine.update({table: set(rows) for table, rows in _read().items()})
        found = build(*arguments, **named)
        rows = _read()
        lost = any(not _pristine[table].issubset(rows[table]) for table in rows)
        new = {table: [row for row in rows[table] if row not in _pristine[table]] for table in rows}
        counted = {one: one._meta._counter.seq for one in _factories(factory.Factory) if one._meta._counter}
        filled = {table: rows for table, rows in new.items() if rows}
        _worlds[name] = None if lost else World(pickle.dumps(found), filled, counted)
        return found

    return made


def _factories(parent: type[factory.Factory]) -> Iterator[type[factory.Factory]]:
    for child in parent.__subclasses__():
        yield child
        yield from _factories(child)


def _untouched() -> bool:
    """The test will be rolled back, and has written nothing yet."""
    if not (connection.in_atomic_block and connection.atomic_blocks[0]._from_testcase):
        return False
    if connection.vendor == "sqlite":
        return bool(connection.connection.total_changes == _changes)
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        return bool(cursor.fetchone()[0])


def _read() -> Rows:
    """Every table as it is stored: values without SQLite's conversion to Python, lines of PostgreSQL's COPY."""
    if connection.vendor == "sqlite":
        return {
            table: connection.connection.execute(
                f'SELECT {", ".join(f"+{c}" for c in columns)} FROM "{table}"'
            ).fetchall()
            for table, columns in _columns().items()
        }
    found = {}
    with connection.connection.cursor() as cursor:
        for table, columns in _columns().items():
            text = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" ({", ".join(columns)}) TO STDOUT', text)
            found[table] = text.getvalue().splitlines(keepends=True)
    return found


def _write(rows: Rows) -> None:
    if connection.vendor == "sqlite":
        for table, lines in rows.items():
            marks = ", ".join("?" * len(lines[0]))
            connection.connection.executemany(
                f'INSERT INTO "{table}" ({", ".join(_columns()[table])}) VALUES ({marks})', lines
            )
        return
    with connection.connection.cursor() as cursor:
        for table, lines in rows.items():
            cursor.copy_expert(
                f'COPY "{table}" ({", ".join(_columns()[table])}) FROM STDIN', io.StringIO("".join(lines))
            )
            if sequence := _sequence(table):
                cursor.execute(
                    f'SELECT setval(%s, greatest(nextval(%s), (SELECT max(id) FROM "{table}")))',
                    [sequence, sequence],
                )


@functools.cache
def _columns() -> dict[str, list[str]]:
    """The quoted columns of every table, without generated ones."""
    quote = connection.ops.quote_name
    with connection.connection.cursor() if connection.vendor != "sqlite" else connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            tables = [
                row[0]
                for row in cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%%'"
                ).fetchall()
            ]
            return {
                table: [
                    quote(row[1])
                    for row in cursor.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
                    if row[6] == 0
                ]
                for table in tables
            }
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
        )
        found: dict[str, list[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, []).append(quote(column))
        return found


@functools.cache
def _sequence(table: str) -> str | None:
    """What numbers the rows of a PostgreSQL table."""
    if '"id"' not in _columns()[table]:
        return None
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
        return cursor.fetchone()[0]
