"""What ``verify_ledgers`` proves. Rooms above add the ledgers of their own (money, stock) by :func:`register`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from cogov.desk.registry import DuplicateCodeError


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One thing that does not hold; ``place`` names the row."""

    check: str
    place: str
    message: str

    def to_dict(self) -> dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.place}：{self.message}"


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """A named proof; ``run`` yields (place, message) of every fault, worst and first first."""

    code: str
    label: str
    run: Callable[[], Iterator[tuple[str, str]]]
    order: int = 100


_checks: dict[str, LedgerCheck] = {}


def register(check: LedgerCheck) -> None:
    """Add a proof. Raises DuplicateCodeError."""
    if check.code in _checks:
        raise DuplicateCodeError(f"ledger check {check.code!r} is registered twice")
    _checks[check.code] = check


def checks() -> list[LedgerCheck]:
    return sorted(_checks.values(), key=lambda check: (check.order, check.code))


def verify_all() -> list[LedgerFault]:
    """Every fault of every check; empty when all holds."""
    return [LedgerFault(check.code, place, message) for check in checks() for place, message in check.run()]
