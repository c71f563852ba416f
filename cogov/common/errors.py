"""Errors for the person at the screen: what is wrong, where, and what to do, in Chinese.

Anything that is a fault of the program raises ordinary exceptions; these classes are for
refusals that a user can understand and mend.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


class CogovError(Exception):
    """A refusal with a message in Chinese; whatever raised it has changed nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class RuleError(CogovError):
    """A rule of the domain refuses; ``reasons`` lists every condition that is not met."""

    def __init__(self, message: str, reasons: Iterable[str] = ()) -> None:
        self.reasons: tuple[str, ...] = tuple(reasons)
        super().__init__(message if not self.reasons else f"{message}：{'；'.join(self.reasons)}")


class TransitionError(RuleError):
    """An illegal move of a workflow; says what is missing. Never a permission problem."""


class ConflictError(RuleError):
    """Somebody else was faster, or the same thing exists already."""


class AccessDenied(CogovError):
    """Outside the actor's permission or scope. In HTTP it becomes 404, like a thing that does not exist."""

    def __init__(self, message: str = "没有找到，或者不在您的管理范围内") -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in somebody's input. ``row`` is the number that Excel shows; ``value`` is already masked."""

    message: str
    row: int | None = None
    column: str = ""
    value: str = ""

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    def __str__(self) -> str:
        place = "".join((f"第{self.row}行" if self.row else "", f"「{self.column}」" if self.column else ""))
        return f"{place}：{self.message}" if place else self.message


class InputError(CogovError):
    """Input that cannot be taken; carries every problem found."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(message)
