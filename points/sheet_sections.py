"""What other rooms add to 我家明白纸 (BEY-9): subsidies, contributions, incidents of a household in a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cogov.common.periods import Period
from cogov.desk.registry import DuplicateCodeError
from villages.models import Household


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One line: when, what and why (how it was worked out), how much (as it is read: "120.00 元")."""

    on: date
    text: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class SheetSection:
    """A section under its title; ``build`` gives the lines by household id, for many households at once."""

    code: str
    title: str
    order: int
    build: Callable[[Sequence[Household], Period], Mapping[int, Sequence[SheetItem]]]


_sections: dict[str, SheetSection] = {}


def register(section: SheetSection) -> None:
    """Add a section. Raises DuplicateCodeError."""
    if section.code in _sections:
        raise DuplicateCodeError(f"sheet section {section.code!r} is registered twice")
    _sections[section.code] = section


def sections() -> list[SheetSection]:
    return sorted(_sections.values(), key=lambda section: (section.order, section.code))
