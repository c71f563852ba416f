"""Workflows as tables: the move is looked up, never improvised (design.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cogov.common.errors import TransitionError


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal move. ``permission`` names who may do it; empty means the service decides."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    permission: str = ""


class TransitionTable:
    """The legal moves among ``states`` (code -> Chinese label). Checked for consistency when built."""

    def __init__(self, states: Mapping[str, str], transitions: Iterable[Transition]) -> None:
        self.states = dict(states)
        self.transitions = tuple(transitions)
        for move in self.transitions:
            unknown = {*move.sources, move.target} - self.states.keys()
            if unknown:
                raise ValueError(f"transition {move.name} names unknown states {sorted(unknown)}")
        seen: set[tuple[str, str]] = set()
        for move in self.transitions:
            for source in move.sources:
                if (move.name, source) in seen:
                    raise ValueError(f"transition {move.name} from {source} is defined twice")
                seen.add((move.name, source))

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(self.states.items())

    def allowed(self, state: str) -> tuple[Transition, ...]:
        """The moves that are possible from ``state``, in the order of the table."""
        return tuple(move for move in self.transitions if state in move.sources)

    def move(self, state: str, name: str) -> Transition:
        """The transition ``name`` from ``state``. Raises TransitionError that says what is possible."""
        for candidate in self.transitions:
            if candidate.name == name and state in candidate.sources:
                return candidate
        label = next((t.label for t in self.transitions if t.name == name), name)
        here = self.states.get(state, state)
        possible = "、".join(move.label for move in self.allowed(state)) or "无"
        raise TransitionError(f"当前状态是“{here}”，不能{label}；现在可以做的是：{possible}")
