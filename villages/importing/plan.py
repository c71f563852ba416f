"""What a checked workbook amounts to: households with their members, or problems with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cogov.common.errors import Problem
from villages.importing import limits
from villages.importing.headers import Header
from villages.importing.normalise import GroupName
from villages.importing.table import SheetTable
from villages.importing.vocabulary import HEAD


@dataclass(slots=True)
class PlannedResident:
    """One row of the sheet. ``identity`` and ``phone`` are bare: never print this object."""

    row: int
    name: str
    relation: str
    sex: str
    birth_date: date | None
    identity: str
    phone: str
    state: str
    tags: tuple[str, ...]
    political_status: str

    def __repr__(self) -> str:
        return f"<PlannedResident row={self.row}>"


@dataclass(slots=True)
class PlannedHousehold:
    """The rows that share a household number."""

    number: str
    row: int
    group: GroupName | None = None
    group_row: int = 0
    address: str = ""
    doubtful: bool = False
    members: list[PlannedResident] = field(default_factory=list)

    @property
    def heads(self) -> list[PlannedResident]:
        return [member for member in self.members if member.relation == HEAD]


class ProblemList:
    """Problems in the order of the sheet; keeps the first 1,000 found and counts the rest."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self.total = 0

    def add(self, message: str, row: int | None = None, column: str = "", value: str = "") -> None:
        self.total += 1
        if len(self._kept) < limits.MAX_PROBLEMS:
            self._kept.append(Problem(message, row, column, value[:60]))

    def extend(self, problems: list[Problem]) -> None:
        for problem in problems:
            self.add(problem.message, problem.row, problem.column, problem.value)

    def __bool__(self) -> bool:
        return self.total > 0

    def all(self) -> tuple[Problem, ...]:
        """At most 1,000 by row, then one line that says how many more there are."""
        found = sorted(self._kept, key=lambda problem: problem.row or 0)
        if self.total > len(found):
            found.append(Problem(f"还有 {self.total - len(found):,} 处问题没有列出，请先改正以上问题再上传"))
        return tuple(found)


@dataclass
class ImportPlan:
    """Everything one file says. ``problems`` not empty means: nothing of it may be written."""

    households: dict[str, PlannedHousehold] = field(default_factory=dict)
    problems: ProblemList = field(default_factory=ProblemList)
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    table: SheetTable | None = None
    header: Header | None = None

    def knows(self, name: str) -> bool:
        """Whether the sheet has the column at all: a column that is not there changes nothing in the registry."""
        return self.header is not None and name in self.header.columns
