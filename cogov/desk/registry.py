"""What higher apps contribute to the desk: menu, dashboard cards, to-do sources, search, report sections.

An app registers its contributions in ``AppConfig.ready()``; the desk never imports the apps above it.
Registering the same code twice is a programming error and raises :class:`DuplicateCodeError`;
registering the identical menu group again is fine, because several apps add items to one group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from cogov.desk.figures import CardData as CardData
from cogov.desk.figures import ChartSpec as ChartSpec
from cogov.desk.figures import Figure as Figure
from cogov.desk.figures import Number as Number
from cogov.desk.figures import SectionData as SectionData
from cogov.desk.figures import TableData as TableData

if TYPE_CHECKING:
    from django.db.models import Model

    from cogov.common.periods import Period


class DuplicateCodeError(ValueError):
    """Two contributions claim the same code."""


class _Coded(Protocol):
    """Anything that a registry can hold: it has a code."""

    @property
    def code(self) -> str: ...


# --- contributions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A heading of the menu: what people do (户籍, 积分 …), never an app name."""

    code: str
    label: str
    order: int = 100
    icon: str = "folder"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu.

    ``target`` is a URL name or a model class registered on the desk. Without ``permission`` a model's
    own view permission decides, and a plain URL is open to every person who may enter the desk.
    """

    label: str
    target: str | type[Model]
    permission: str = ""
    order: int = 100
    icon: str = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link in the head of the cadre pages (``templates/base.html``); ``code`` names it once."""

    code: str
    label: str
    url_name: str
    permission: str = ""
    order: int = 100
    icon: str = ""


@dataclass(frozen=True, slots=True)
class DashboardCard:
    """A card of the index page. ``build(user, period)`` looks only at what the user's scope holds."""

    code: str
    title: str
    order: int
    permission: str
    build: Callable[[Any, Period], CardData]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class TodoItem:
    """Something that waits for this user. ``count`` > 1 sums up several alike."""

    title: str
    url: str
    count: int = 1
    detail: str = ""
    due: date | None = None
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class TodoSource:
    """``build(user)`` returns what waits for the user, most urgent first."""

    code: str
    label: str
    permission: str
    build: Callable[[Any], Sequence[TodoItem]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of the global search; the detail is already masked."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Searcher:
    """``search(user, text, limit)`` looks the text up within the user's scope."""

    code: str
    label: str
    permission: str
    search: Callable[[Any, str, int], Sequence[SearchHit]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """Where what a job made is found: ``address(params)`` once a job of the kind ``code`` is done, for whoever holds
    ``permission``."""

    code: str
    label: str
    permission: str
    address: Callable[[dict[str, Any]], str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class ReportScope:
    """What a report is about: level is "village" or "township", code the division code."""

    level: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A section that an app contributes to the periodic reports.

    ``stock``: its tables say how things stand when the report is made, not what happened in the period; a later
    correction keeps them as they were. So it does with every figure that names no ``previous`` value.
    """

    code: str
    title: str
    order: int
    build: Callable[[ReportScope, Period], SectionData]
    stock: bool = False


@dataclass(frozen=True, slots=True)
class ExceptionItem:
    """Something of a period that is not as it should be: what, how much of it, and the list behind it."""

    what: str
    count: int
    unit: str
    detail: str
    link: str


@dataclass(frozen=True, slots=True)
class ExceptionSource:
    """What an app has to add to a report's list of exceptions; no personal data, since reports are printed."""

    code: str
    order: int
    build: Callable[[ReportScope, Period], Sequence[ExceptionItem]]


@dataclass(frozen=True, slots=True)
class PlaceSource:
    """Names of places by division code; the registry of villages contributes the one there is.

    ``choices(codes)`` lists ``(code, label)`` of the places within the codes, in the order of the tree;
    ``name(code)`` is the name of one place, or "" when unknown; ``names(codes)`` are those of many at once.
    """

    choices: Callable[[tuple[str, ...]], Sequence[tuple[str, str]]]
    name: Callable[[str], str]
    names: Callable[[Iterable[str]], dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class CloseStep:
    """What the month close of one village has to do for an app: post, rank, publish a list (RPT-2).

    ``run(actor, village, period)`` is called once, in one transaction that also marks it as done; a killed close
    repeats only what was not committed. It returns plain JSON data for the log, such as ``{"entries": 240}``.
    Raises RuleError to refuse the close with a reason in Chinese.
    """

    code: str
    label: str
    order: int
    run: Callable[[Any, Any, Period], dict[str, Any]]


C = TypeVar("C", bound=_Coded)


class Registry(Generic[C]):
    """Contributions by code; iteration is sorted by (order, code) and so does not depend on load order."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, C] = {}

    def register(self, entry: C) -> C:
        """Add an entry; raise DuplicateCodeError when its code is taken."""
        if entry.code in self._entries:
            raise DuplicateCodeError(f"{self.what} {entry.code!r} is registered twice")
        self._entries[entry.code] = entry
        return entry

    def unregister(self, code: str) -> None:
        """Take an entry out again (tests)."""
        del self._entries[code]

    def get(self, code: str) -> C:
        """Return the entry with this code or raise KeyError."""
        return self._entries[code]

    def __iter__(self) -> Iterator[C]:
        return iter(
            sorted(self._entries.values(), key=lambda entry: (getattr(entry, "order", 100), entry.code))
        )

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, code: object) -> bool:
        return code in self._entries


@dataclass(slots=True)
class _MenuEntry:
    group: MenuGroup
    items: list[MenuItem] = field(default_factory=list)


class Menu:
    """Groups and their items; a label may stand only once within its group."""

    def __init__(self) -> None:
        self._groups: dict[str, _MenuEntry] = {}

    def register(self, group: MenuGroup, items: Iterable[MenuItem]) -> None:
        """Add items to a group; the same group may be named by several apps, but only with the same data."""
        entry = self._groups.get(group.code)
        if entry is None:
            entry = self._groups[group.code] = _MenuEntry(group)
        elif entry.group != group:
            raise DuplicateCodeError(f"menu group {group.code!r} is registered with different data")
        for item in items:
            if any(known.label == item.label for known in entry.items):
                raise DuplicateCodeError(f"menu item {item.label!r} stands twice in group {group.code!r}")
            entry.items.append(item)

    def groups(self) -> list[tuple[MenuGroup, list[MenuItem]]]:
        """All groups with their items, both in display order."""
        entries = sorted(self._groups.values(), key=lambda entry: (entry.group.order, entry.group.code))
        return [
            (entry.group, sorted(entry.items, key=lambda item: (item.order, item.label))) for entry in entries
        ]


# The groups of domain.md section 9 and issue A item 9, in the order in which the menu shows them.
TODO = MenuGroup("todo", "待办", 10, "inbox")
REGISTER = MenuGroup("register", "户籍", 20, "home")
POINTS = MenuGroup("points", "积分", 30, "star")
MARKET = MenuGroup("market", "积分超市", 35, "gift")
NOTICES = MenuGroup("notices", "公示", 40, "megaphone")
REPORTS = MenuGroup("reports", "报表", 50, "chart")
SYSTEM = MenuGroup("system", "系统", 90, "gear")

menu = Menu()
cards: Registry[DashboardCard] = Registry("dashboard card")
todos: Registry[TodoSource] = Registry("to-do source")
searchers: Registry[Searcher] = Registry("searcher")
job_outcomes: Registry[JobOutcome] = Registry("outcome of a job")
nav_items: Registry[NavItem] = Registry("navigation item")
report_sections: Registry[ReportSection] = Registry("report section")
exception_sources: Registry[ExceptionSource] = Registry("source of exceptions")
close_steps: Registry[CloseStep] = Registry("step of the month close")
township_close_steps: Registry[CloseStep] = Registry("step of a township's month close")


_places: list[PlaceSource] = []


def register_places(source: PlaceSource) -> PlaceSource:
    """Set the source of place names; there is one."""
    if _places:
        raise DuplicateCodeError("place names are registered twice")
    _places.append(source)
    return source


def place_source() -> PlaceSource | None:
    """The source of place names, or None while no app has contributed it."""
    return _places[0] if _places else None


def register_menu(group: MenuGroup, items: Iterable[MenuItem]) -> None:
    """Add menu items to a group, see :class:`Menu`."""
    menu.register(group, items)


def register_card(card: DashboardCard) -> DashboardCard:
    """Add a card to the dashboard."""
    return cards.register(card)


def register_todo(source: TodoSource) -> TodoSource:
    """Add a source of to-do items."""
    return todos.register(source)


def register_searcher(searcher: Searcher) -> Searcher:
    """Add a searcher to the global search box."""
    return searchers.register(searcher)


def register_job_outcome(outcome: JobOutcome) -> JobOutcome:
    """Lead from the page of a finished job to what it made."""
    return job_outcomes.register(outcome)


def register_nav(item: NavItem) -> NavItem:
    """Add a link to the head of the cadre pages."""
    return nav_items.register(item)


def register_report_section(section: ReportSection) -> ReportSection:
    """Add a section to the periodic reports."""
    return report_sections.register(section)


def register_exceptions(source: ExceptionSource) -> ExceptionSource:
    """Add to the list of exceptions of the periodic reports."""
    return exception_sources.register(source)


def register_close_step(step: CloseStep) -> CloseStep:
    """Add a step to the month close of every village, see :class:`CloseStep`."""
    return close_steps.register(step)


def register_township_close_step(step: CloseStep) -> CloseStep:
    """Add what a township's close does once all its villages are closed: ``run(actor, township, period)``."""
    return township_close_steps.register(step)
