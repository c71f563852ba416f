"""Kinds of work by name. An app registers its handlers when it starts (AppConfig.ready)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogov.common.errors import RuleError

if TYPE_CHECKING:
    from cogov.jobs.services.context import JobContext

Handler = Callable[["JobContext"], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: its stable code, its Chinese name, and the function that does it."""

    kind: str
    label: str
    handler: Handler


_kinds: dict[str, JobKind] = {}


def job_handler(kind: str, label: str) -> Callable[[Handler], Handler]:
    """Decorator: ``@job_handler("reports.close_month", "月结")``. A second function for one kind is a mistake."""

    def register(handler: Handler) -> Handler:
        known = _kinds.get(kind)
        if known is not None and known.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"job kind {kind!r} has two handlers")
        _kinds[kind] = JobKind(kind, label, handler)
        return handler

    return register


def kind_of(kind: str) -> JobKind:
    """Raises RuleError when nothing is registered under this name (an older or newer version queued it)."""
    try:
        return _kinds[kind]
    except KeyError:
        raise RuleError(f"本系统没有“{kind}”这种任务，可能是其他版本提交的。") from None


def kinds() -> tuple[JobKind, ...]:
    return tuple(_kinds[name] for name in sorted(_kinds))
