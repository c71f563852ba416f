"""Seals: a periodic digest over all ledger rows and audit events of a township, chained (design.md 3.6).

A write never waits for the chain: sealing takes a short table lock only to find a boundary below which no
transaction is still open, and reads the rows after it has let go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from cogov.audit.models import AppendOnlyModel, Seal
from cogov.common.canonical import digest


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows are sealed: ``rows(township_code)`` gives a township's rows."""

    name: str
    label: str
    rows: Callable[[str], QuerySet[Any]]
    model: type[AppendOnlyModel]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold. ``place`` names the row or the seal."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}：{self.message}"


_sources: dict[str, Source] = {}


def register_source(
    name: str, label: str, rows: Callable[[str], QuerySet[Any]], *, model: type[AppendOnlyModel]
) -> None:
    """Let the rows of ``model`` be sealed. Called from AppConfig.ready()."""
    if name in _sources and _sources[name].model is not model:
        raise ValueError(f"seal source {name} is registered twice")
    _sources[name] = Source(name, label, rows, model)


def sources() -> list[Source]:
    return [_sources[name] for name in sorted(_sources)]


def ranges(ids: Iterable[int]) -> str:
    """Ascending ids as ranges: ``1,2,3,7`` -> ``1-3,7``."""
    parts: list[str] = []
    first = last = None
    for number in [*ids, None]:
        if number is not None and last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            parts.append(str(first) if first == last else f"{first}-{last}")
        first = last = number
    return ",".join(parts)


def expand(text: str) -> Iterator[int]:
    """The ids of :func:`ranges`."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _boundaries() -> dict[str, int]:
    """The highest id of each source below which every row is committed or will never be."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            tables = ", ".join(connection.ops.quote_name(source.model._meta.db_table) for source in sources())
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        return {s.name: s.model._default_manager.aggregate(top=Max("id"))["top"] or 0 for s in sources()}


def _digest_rows(
    township_code: str, low: dict[str, int], high: dict[str, int]
) -> tuple[str, dict[str, str], int]:
    hasher, members, count = hashlib.sha256(), {}, 0
    for source in sources():
        ids: list[int] = []
        rows = source.rows(township_code).filter(
            id__gt=low.get(source.name, 0), id__lte=high.get(source.name, 0)
        )
        for pk, row_digest in rows.order_by("id").values_list("id", "digest").iterator(chunk_size=5000):
            ids.append(pk)
            hasher.update(f"{source.name}:{pk}:{row_digest}\n".encode())
        members[source.name] = ranges(ids)
        count += len(ids)
    return hasher.hexdigest(), members, count


def _head(seal: dict[str, Any]) -> str:
    keys = ("township_code", "number", "boundaries", "members", "row_count", "rows_digest", "previous_head")
    return digest({key: seal[key] for key in keys})


def seal_township(township_code: str) -> Seal | None:
    """Seal everything of a township since its last seal. None when there is nothing new.

    ``township_code`` "" seals the events that belong to no township (accounts, calendars, counties).
    """
    high = _boundaries()
    last = Seal.objects.filter(township_code=township_code).order_by("-number").first()
    rows_digest, members, count = _digest_rows(township_code, last.boundaries if last else {}, high)
    if not count:
        return last
    fields: dict[str, Any] = {
        "township_code": township_code,
        "number": last.number + 1 if last else 1,
        "boundaries": high,
        "members": members,
        "row_count": count,
        "rows_digest": rows_digest,
        "previous_head": last.head if last else "",
    }
    with transaction.atomic():
        seal = Seal.build(**fields, head=_head(fields))
        seal.save()
    return seal


def _row_faults() -> Iterator[Fault]:
    for source in sources():
        for row in source.model._default_manager.order_by("id").iterator(chunk_size=2000):
            if row.digest != row.computed_digest():
                yield Fault(f"{source.label} #{row.pk}", "内容与当时的摘要不符，已被改动")


def _seal_faults() -> Iterator[Fault]:
    previous: Seal | None = None
    for seal in Seal.objects.order_by("township_code", "number"):
        if previous is not None and previous.township_code != seal.township_code:
            previous = None
        place = f"{seal.township_code or '系统'} 第{seal.number}号封存"
        fields = {field.attname: getattr(seal, field.attname) for field in Seal._meta.concrete_fields}
        if seal.head != _head(fields) or seal.digest != seal.computed_digest():
            yield Fault(place, "封存记录本身被改动")
        if seal.previous_head != (previous.head if previous else "") or seal.number != (
            previous.number + 1 if previous else 1
        ):
            yield Fault(place, "与上一号封存接不上")
        low = previous.boundaries if previous else {}
        rows_digest, members, _ = _digest_rows(seal.township_code, low, seal.boundaries)
        if rows_digest != seal.rows_digest:
            yield from _explain(seal, place, members)
        previous = seal


def _explain(seal: Seal, place: str, members: dict[str, str]) -> Iterator[Fault]:
    named = False
    for source in sources():
        sealed, now = (
            set(expand(seal.members.get(source.name, ""))),
            set(expand(members.get(source.name, ""))),
        )
        for pk in sorted(sealed - now)[:20]:
            named = True
            yield Fault(f"{source.label} #{pk}", f"已从账上消失（{place}）")
        for pk in sorted(now - sealed)[:20]:
            named = True
            yield Fault(f"{source.label} #{pk}", f"是封存之后塞进来的（{place}）")
    if not named:
        yield Fault(place, "所封存的行被改动")


def verify_all() -> list[Fault]:
    """Every fault in rows and seals, the first bad row first; empty when all holds."""
    return [*_row_faults(), *_seal_faults()]


def seal_everything() -> list[Seal]:
    """Seal every township that has rows, and the system's own events."""
    codes: set[str] = {""}
    for source in sources():
        if source.name == "audit":
            codes |= set(
                source.model._default_manager.order_by().values_list("township_code", flat=True).distinct()
            )
    return [seal for code in sorted(codes) if (seal := seal_township(code)) is not None]
