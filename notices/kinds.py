"""Kinds of notices: what lower rooms know about documents that higher rooms produce.

An app registers its kinds in AppConfig.ready() and builds their content where the data is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cogov.common.errors import RuleError
from notices.parts import BASIS, CALCULATION, LEGAL_BASIS, OBJECTION, Part
from notices.printing.papers import Form

Layout = Literal["a4", "poster"]
Issuing = Literal["village", "township"]
DISCLOSURE_DAYS = 15
"""Days a paper hangs on the board at least (村民委员会组织法, in force since 2026-01-01, art. 35)."""
DISCLOSURE_LAW = "《中华人民共和国村民委员会组织法》第三十五条"
LEAST_WORKDAYS = 5
"""Working days for objections that a township may not go below where a kind has them (ours)."""
MOST_WORKDAYS, MOST_DAYS = 60, 365


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days for objections, calendar days on the board, and whether the gate asks for a photo of the board."""

    objection_workdays: int
    posting_days: int
    needs_evidence: bool


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind (NTC-1).

    ``series_village`` / ``series_township``: the word in the number (板坑村**公示**〔2026〕3号, 沙政**发**…).
    ``objection_workdays``: 0 means that nothing is open to objection. ``posting_days``: calendar days on the board.
    ``needs_evidence``: the gate asks for a photo of the board. ``board``: shown on the public notice board.
    ``people``: a list of persons, of which the television shows the title alone. ``disclosure``: 党务/村务/财务.
    ``parts``: required before publication; kinds with an objection period also need basis, objection place and, unless
    ``figures`` is False, the calculation. ``template``: the mark-up a clerk starts from; empty for kinds that only the
    system writes. ``issuers``: who may issue it. Periods and evidence are what holds until a township sets its own
    (NTC-3); with ``fixed_terms`` it cannot. ``form``: how its A4 layout is printed. ``contents``: begins with a page of
    contents when it is long.
    """

    code: str
    label: str
    series_village: str = "公示"
    series_township: str = "发"
    objection_workdays: int = 7
    posting_days: int = 15
    layouts: tuple[Layout, ...] = ("a4",)
    needs_evidence: bool = False
    board: bool = True
    disclosure: bool = False
    people: bool = False
    figures: bool = True
    parts: tuple[Part, ...] = ()
    title: str = ""
    template: str = ""
    issuers: tuple[Issuing, ...] = ("village", "township")
    order: int = 100
    fixed_terms: bool = False
    form: Form = "document"
    contents: bool = False

    def __post_init__(self) -> None:
        if self.objection_workdays < 0 or self.posting_days < 0:
            raise ValueError(f"notice kind {self.code}: periods cannot be negative")
        if self.disclosure and self.posting_days < DISCLOSURE_DAYS:
            raise ValueError(f"notice kind {self.code}: a disclosure hangs at least {DISCLOSURE_DAYS} days")

    @property
    def terms(self) -> Terms:
        """What holds where the township has set nothing."""
        return Terms(self.objection_workdays, self.posting_days, self.needs_evidence)

    @property
    def least(self) -> Terms:
        """What a township may not go below: the law's days on the board, the evidence that the kind asks for."""
        return Terms(
            min(self.objection_workdays, LEAST_WORKDAYS),
            min(self.posting_days, DISCLOSURE_DAYS),
            self.needs_evidence,
        )

    @property
    def settable(self) -> bool:
        """Whether there is anything for a township to set: a paper that hangs or can be objected to."""
        return not self.fixed_terms and bool(self.objection_workdays or self.posting_days)

    @property
    def required(self) -> tuple[Part, ...]:
        """All parts that are checked before publication. A list of persons says why it may be public."""
        public_list = (LEGAL_BASIS,) if self.people and self.board else ()
        if not self.objection_workdays:
            return (*public_list, *self.parts)
        common = (BASIS, CALCULATION, OBJECTION) if self.figures else (BASIS, OBJECTION)
        return (*common, *public_list, *self.parts)


_kinds: dict[str, NoticeKind] = {}


def register(kind: NoticeKind) -> NoticeKind:
    """Add a kind. Registering the same kind again changes nothing; another one under its code is an error."""
    known = _kinds.setdefault(kind.code, kind)
    if known != kind:
        raise ValueError(f"notice kind {kind.code} is registered twice with different data")
    return kind


def get(code: str) -> NoticeKind:
    """The kind. Raises RuleError for an unknown code."""
    kind = _kinds.get(code)
    if kind is None:
        raise RuleError(f"没有“{code}”这种公示")
    return kind


def form_of(code: str) -> Form:
    """How it is printed; as an official document for a kind whose app is gone."""
    kind = _kinds.get(code)
    return kind.form if kind else "document"


def label_of(code: str) -> str:
    """Its Chinese name; the code itself for a kind whose app is gone."""
    kind = _kinds.get(code)
    return kind.label if kind else code


def all_kinds() -> tuple[NoticeKind, ...]:
    return tuple(sorted(_kinds.values(), key=lambda kind: (kind.order, kind.code)))


def choices() -> list[tuple[str, str]]:
    return [(kind.code, kind.label) for kind in all_kinds()]


def written_by_hand(code: str) -> bool:
    """Whether clerks write this kind; False for a kind whose app is gone."""
    kind = _kinds.get(code)
    return kind is not None and bool(kind.template)


def written_by_clerks() -> tuple[NoticeKind, ...]:
    """The kinds that have a template."""
    return tuple(kind for kind in all_kinds() if kind.template)


POINTS_LIST = NoticeKind("points_list", "积分公示", layouts=("a4", "poster"), people=True, order=10)
RED_LIST = NoticeKind(
    "red_list",
    "积分红榜",
    series_village="公布",
    objection_workdays=0,
    layouts=("a4", "poster"),
    people=True,
    order=20,
)
MONTHLY_REPORT = NoticeKind(
    "monthly_report",
    "月报",
    series_village="月报",
    series_township="月报",
    objection_workdays=0,
    posting_days=0,
    order=30,
    contents=True,
)
GENERAL = NoticeKind(
    "general",
    "一般公示",
    title="关于【填：事项】的公示",
    template="现将【填：事项】公示如下。\n",
    order=90,
)


def register_own() -> None:
    """The kinds of NTC-1 that this room knows itself."""
    for kind in (POINTS_LIST, RED_LIST, MONTHLY_REPORT, GENERAL):
        register(kind)
