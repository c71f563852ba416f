"""The pure rules of publication: numbers, periods, the frozen document and its chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from cogov.common.canonical import digest
from cogov.common.workdays import WorkCalendar, add_workdays
from notices.kinds import Terms
from villages.rules import is_minor

DOCUMENT_VERSION = 1
ANSWER_DAYS = 10
"""Calendar days within which an objection is answered (NTC-3)."""


_CLEAR_NAME = 3
"""Characters from which a name cannot well be a common word: 高兴 and 安康 are both."""


def only_a_minors(name: str, births: Iterable[date | None], today: date) -> bool:
    """Whether a name in a text is clearly that of a minor, and never stands on paper (documents.md).

    ``births`` are those of everybody who bears it; it is also long enough to be nothing else.
    """
    return len(name) >= _CLEAR_NAME and all(is_minor(birth, today) for birth in births)


def number_text(prefix: str, series: str, year: int, serial: int) -> str:
    """沙政发〔2026〕12号: six-cornered brackets, no 第, no leading zero (GB/T 9704)."""
    return f"{prefix}{series}〔{year}〕{serial}号"


@dataclass(frozen=True, slots=True)
class Periods:
    """``start``..``end`` inclusive: objections; ``posting_until`` inclusive: on the board. Two separate things."""

    start: date
    end: date | None
    posting_until: date | None


def periods(terms: Terms, published_on: date, calendar: WorkCalendar) -> Periods:
    """Both periods begin on the day of publication, which counts for neither.

    Raises CalendarUnknown when the working days lead into a year that has not been published.
    """
    end = add_workdays(published_on, terms.objection_workdays, calendar) if terms.objection_workdays else None
    until = published_on + timedelta(days=terms.posting_days) if terms.posting_days else None
    if end and until and until < end:
        until = end
    return Periods(published_on, end, until)


def later_end(terms: Terms, printed: date, posted: date, calendar: WorkCalendar) -> date:
    """The end of the objection period when the notice went up on ``posted``: never before the printed one."""
    return max(printed, add_workdays(posted, terms.objection_workdays, calendar))


def later_posting(terms: Terms, printed: date, posted: date) -> date:
    """Until when a notice hangs that went up on ``posted``: its days count from then (art. 35: at least 15)."""
    return max(printed, posted + timedelta(days=terms.posting_days))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: frozen into the document, because profiles may be edited later."""

    code: str
    name: str
    heading: str
    prefix: str
    seal: str = ""


def document(
    *,
    kind: str,
    number: str,
    issuer: Issuer,
    period: str,
    subject: str,
    content: Mapping[str, Any],
    poster: Mapping[str, Any] | None,
    when: Periods,
    terms: Terms,
    corrects: str = "",
    effect: str = "",
) -> dict[str, Any]:
    """What is frozen at publication. Key names are part of the record; older documents have no ``terms``."""
    return {
        "version": DOCUMENT_VERSION,
        "kind": kind,
        "number": number,
        "issuer": asdict(issuer),
        "period": period,
        "subject": subject,
        "content": dict(content),
        "poster": dict(poster) if poster is not None else None,
        "signed_on": when.start.isoformat(),
        "publicity_start": when.start.isoformat() if when.end else "",
        "publicity_end": when.end.isoformat() if when.end else "",
        "posting_until": when.posting_until.isoformat() if when.posting_until else "",
        "terms": asdict(terms),
        "corrects": corrects,
        "effect": effect,
    }


def chain_digest(previous: str, content_digest: str, position: int) -> str:
    """The head of a chain after one more notice; ``previous`` is empty for the first."""
    return digest({"previous": previous, "content": content_digest, "position": position})
