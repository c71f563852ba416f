"""Reading notices: for the board, for other apps, for the public verification page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cogov.common.text import mask_name
from cogov.common.workdays import CalendarUnknown
from cogov.workcalendar.selectors import load_calendar
from notices import kinds, rules, states, visibility
from notices.models import ChainHead, Notice, NoticeSnapshot, PostingEvidence
from notices.printing import content as model
from notices.printing.qr import CODE_LENGTH, read_code
from notices.typed_names import names_typed, resident_names
from villages.models import Village


def current_notices(village: Village, today: date | None = None) -> QuerySet[Notice]:
    """Published notices of the village and its township whose posting or objection period is running, newest first.

    Where a photo of the board is asked for, both run from the posting; what hangs nowhere yet is open to objection and
    shown. Each carries the day of its first photo as ``posted``.
    """
    day = today or timezone.localdate()
    hidden = [kind.code for kind in kinds.all_kinds() if not kind.board]
    first = PostingEvidence.objects.filter(notice=OuterRef("pk")).order_by("posted_on").values("posted_on")
    waiting = Q(needs_evidence=True, posted__isnull=True, publicity_end__isnull=False)
    return (
        Notice.objects.filter(
            Q(village=village) | Q(village__isnull=True, township_id=village.township_id),
            state=states.PUBLISHED,
        )
        .annotate(posted=Subquery(first[:1]))
        .filter(Q(posting_until__gte=day) | Q(publicity_end__gte=day) | Q(hangs_until__gte=day) | waiting)
        .exclude(kind__in=hidden)
        .exclude(visibility.taken_down(day))
        .select_related("township", "village")
        .order_by("-published_at", "-id")
    )


def posted_on(notice: Notice) -> date | None:
    """The day of the first photo of the board; None while it hangs nowhere."""
    return notice.evidence.order_by("posted_on").values_list("posted_on", flat=True).first()


def later_end(notice: Notice) -> date | None:
    """The day until which objections are taken where the paper went up late, past the end that it prints; else None."""
    end = running_until(notice, posted_on(notice))
    late = notice.state == states.PUBLISHED and end not in (None, notice.publicity_end, date.max)
    return end if late else None


def running_until(notice: Notice, posted: date | None) -> date | None:
    """:func:`objections_until` for pages that are shown anyway: the printed end where the calendar of a year is missing."""
    try:
        return objections_until(notice, posted)
    except CalendarUnknown:
        return notice.publicity_end


def objections_until(notice: Notice, posted: date | None) -> date | None:
    """The last day for objections to a notice that went up on ``posted``; None when its kind has no such period.

    Where a photo of the board is required the days count from the posting, not from the signature: a paper that was
    nailed up a week late has not hung long enough. While it hangs nowhere the period has no end: ``date.max``.
    Raises CalendarUnknown.
    """
    if notice.publicity_end is None:
        return None
    if not notice.terms.needs_evidence:
        return notice.publicity_end
    if posted is None:
        return date.max
    if posted <= (notice.publicity_start or posted):
        return notice.publicity_end
    return rules.later_end(notice.terms, notice.publicity_end, posted, load_calendar())


def find_notice(*, kind: str, subject_key: str) -> Notice | None:
    """The published notice of a subject, else its draft, else None."""
    found = Notice.objects.filter(kind=kind, subject_key=subject_key).exclude(
        state__in=(states.SUPERSEDED, states.WITHDRAWN)
    )
    return found.filter(state=states.PUBLISHED).first() or found.first()


def successors(notices: Iterable[Notice]) -> dict[int, Notice]:
    """Superseded notice -> the published one that stands in its place now; absent when that was withdrawn."""
    gone = {(row.kind, row.subject_key): row.pk for row in notices if row.state == states.SUPERSEDED}
    if not gone:
        return {}
    subjects = {subject for _, subject in gone}
    standing = Notice.objects.filter(state=states.PUBLISHED, subject_key__in=subjects)
    return {gone[row.kind, row.subject_key]: row for row in standing if (row.kind, row.subject_key) in gone}


def notices_of_period(*, code: str, period: str) -> QuerySet[Notice]:
    """Every notice of a village (12 digits) or of a whole township (9) that belongs to a period."""
    place = Q(village__code=code) if len(code) == 12 else Q(township__code=code)
    return Notice.objects.filter(place, period=period).select_related("township", "village").order_by("id")


_LEAST_HEAD = 16


@dataclass(frozen=True, slots=True)
class ChainState:
    """The head of an issuer's chain, to be printed in the month's bulletin (BEY-2)."""

    position: int
    head: str

    @property
    def text(self) -> str:
        return f"第{self.position}份，{self.head[:16]}" if self.position else "尚无公示"


def chain_head(code: str) -> ChainState:
    """The chain head of a village (12 digits) or township (9 digits)."""
    row = ChainHead.objects.filter(code=code).first()
    return ChainState(row.position, row.head) if row else ChainState(0, "")


def by_chain_head(printed: str) -> NoticeSnapshot | None:
    """The snapshot after which its chain had this head; a bulletin prints the first half of it."""
    if len(printed) < _LEAST_HEAD or not all(char in "0123456789abcdef" for char in printed):
        return None
    return NoticeSnapshot.objects.filter(chain_digest__startswith=printed).select_related("notice").first()


def by_token(token: str) -> Notice | None:
    """The public notice that a QR code leads to."""
    return _public().filter(verify_token=token).first() if token else None


def by_check_code(typed: str) -> Notice | None:
    """The public notice of a typed check code; hyphens, lower case and O/0, I/1 are forgiven."""
    code = read_code(typed)
    return _public().filter(check_code=code).first() if len(code) == CODE_LENGTH else None


def _public() -> QuerySet[Notice]:
    return Notice.objects.filter(state__in=states.PUBLIC).select_related(
        "township", "village", "snapshot", "corrects"
    )


def by_number(number: str, *, code: str = "") -> list[Notice]:
    """Notices with this number; ``code`` narrows to a township or village."""
    found = Notice.objects.filter(number=number.strip()).select_related("township", "village", "snapshot")
    if code:
        found = (
            found.filter(village__code=code)
            if len(code) == 12
            else found.filter(township__code__startswith=code)
        )
    return list(found.order_by("id"))


# -- public view of a document ------------------------------------------------------------------

_LONG_DIGITS = re.compile(r"(?<!\d)(\d{3})\d{4,}(\d{2}[\dXx]{2})(?![\dXx])")
_MIN_NAME = 2
_COUNT = re.compile(r"\d+[户人名]")  # what the line of totals says in a column of names


def public_content(notice: Notice) -> model.NoticeContent:
    """The published content as strangers may read it: without names of persons, also of residents that somebody typed
    into the text. A correction also masks the names that its old notice had."""
    content = model.from_json(notice.snapshot.document["content"])
    if visibility.is_taken_down(notice, timezone.localdate()):
        return replace(content, blocks=(model.Paragraph(visibility.GONE),), attachments=(), calculation="")
    offices = (content.objection.telephone,) if content.objection else ()
    also: set[str] = set()
    if notice.corrects is not None:
        also = names_in(model.from_json(notice.corrects.snapshot.document["content"]))
    if notice.village is not None and kinds.written_by_hand(notice.kind):
        also |= names_typed(content, resident_names(notice.village))
    return masked(content, offices=offices, also=also)


def names_in(content: model.NoticeContent) -> set[str]:
    """The persons in the name columns of its tables; a line of totals counts them there."""
    cells = {
        row[i].strip()
        for block in content.blocks
        if isinstance(block, model.Table)
        for i, column in enumerate(block.columns)
        if column.kind == "name"
        for row in block.rows
    }
    return {cell for cell in cells if not _COUNT.fullmatch(cell)}


def masked(
    content: model.NoticeContent, *, offices: Iterable[str] = (), also: Iterable[str] = ()
) -> model.NoticeContent:
    """The content for a page that anybody on earth can open: names of persons as 张*三, long digit strings cut.

    Names are those of the name columns of its tables, and ``also``; they are masked wherever else they stand, too.
    ``offices`` are telephone numbers of offices, which stay.
    """
    names = names_in(content) | set(also)
    pairs = sorted(((n, mask_name(n)) for n in names if len(n) >= _MIN_NAME), key=lambda p: -len(p[0]))
    keep = frozenset(offices)

    def clean(text: str) -> str:
        for name, hidden in pairs:
            if name in text:
                text = text.replace(name, hidden)
        return text if text in keep else _LONG_DIGITS.sub(r"\1****\2", text)

    return replace(
        content,
        title=clean(content.title),
        blocks=tuple(_masked_block(block, clean) for block in content.blocks),
        attachments=tuple(clean(name) for name in content.attachments),
        calculation=clean(content.calculation),
        basis=tuple(clean(item) for item in content.basis),
    )


def _masked_block(block: model.Block, clean: object) -> model.Block:
    assert callable(clean)  # noqa: S101 - narrows the type
    if isinstance(block, model.Paragraph | model.Heading):
        return replace(block, text=clean(block.text))
    if isinstance(block, model.Table):
        rows = tuple(
            tuple(
                mask_name(cell) if column.kind == "name" and not _COUNT.fullmatch(cell) else clean(cell)
                for cell, column in zip(row, block.columns, strict=True)
            )
            for row in block.rows
        )
        return replace(block, rows=rows, caption=clean(block.caption), note=clean(block.note))
    return block


def chain_of(code: str) -> QuerySet[NoticeSnapshot]:
    """The snapshots of one chain in order."""
    return NoticeSnapshot.objects.filter(chain_code=code).order_by("position")
