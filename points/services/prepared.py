"""Statements that PostgreSQL parses and plans once per connection: for one posting that costs more than the work itself.

Plain SQL ``PREPARE`` and ``EXECUTE``; a changed table makes PostgreSQL plan anew by itself. The connection must be a session
of its own: behind a pool that hands out transactions (PgBouncer's ``pool_mode = transaction``) they are not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from re import sub
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper

_UNKNOWN = "26000"  # invalid_sql_statement_name
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # driver's connection -> what it has prepared


class Prepared:
    """A named statement with ``%s`` for each value; with ``types`` it numbers them itself ("$1") and uses some again."""

    def __init__(self, name: str, statement: str, *, types: Sequence[str] = ()) -> None:
        number = count(1)
        declared = f" ({', '.join(types)})" if types else ""
        body = statement if types else sub("%s", lambda _: f"${next(number)}", statement)
        self.name = name
        self.prepare = f"PREPARE {name}{declared} AS {body}"
        self.call = f"EXECUTE {name} ({', '.join(['%s'] * (len(types) or statement.count('%s')))})"


def text_array(values: Iterable[str]) -> str:
    """An array of texts as PostgreSQL writes it: one value to quote and to read instead of many."""
    return f"{{{','.join(map(_element, values))}}}"


def int_array(values: Iterable[int]) -> str:
    """The same of whole numbers."""
    return f"{{{','.join(map(str, values))}}}"


def _element(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def execute(cursor: CursorWrapper, statements: Sequence[Prepared], values: Sequence[Any]) -> None:
    """Run the statements in one trip; the cursor holds the result of the last."""
    known = _known.setdefault(cursor.db.connection, set())
    for one in statements:
        if one.name not in known:
            cursor.execute(one.prepare)
            known.add(one.name)
    try:
        cursor.execute(";".join(one.call for one in statements), values)
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) == _UNKNOWN:
            known.clear()  # somebody dropped them (DISCARD ALL): the next call makes them again
        raise
