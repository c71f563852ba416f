"""What the television in the village hall shows: one notice after the other, nothing personal, large enough for 3 m.

Lists of persons show their title and dates alone; of other notices the paragraphs and the tables without names.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Set
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from cogov.common.canonical import digest
from notices import kinds, selectors
from notices.models import Notice
from notices.printing import content as model
from notices.printing.qr import qr_svg, show_code
from notices.typed_names import names_typed, resident_names
from villages.models import Village

NOTICES = 30
_CHARACTERS = 144
"""Characters of text on one screen: six lines of some 24 in type that reads from 3 m (45 px on a 1080 screen)."""
_ROWS, _COLUMNS, _MOST_ROWS = 5, 5, 15
_TITLE_LINES = (16, 40, 60, 80)
"""Lengths from which a title takes a line more, and a table a row less."""
_SCREENS = 6
_LEAST_SECONDS, _MOST_SECONDS, _PER_SECOND = 15, 50, 6
_QR = 200.0


@dataclass(frozen=True, slots=True)
class Table:
    """A piece of a table, without names of persons."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Slide:
    """One screen. ``part`` such as 2/3; ``seconds`` is how long it stays, by the length of its text."""

    kind: str
    title: str
    facts: tuple[str, ...]
    part: str
    paragraphs: tuple[str, ...]
    table: Table | None
    code: str
    qr: SafeString
    seconds: int


def slides(village: Village, today: date | None = None) -> list[Slide]:
    """The screens of all current notices, newest first."""
    day = today or timezone.localdate()
    rows = selectors.current_notices(village, day).select_related(
        "township", "village", "snapshot", "corrects__snapshot"
    )
    shown = list(rows[:NOTICES])
    by_hand = any(kinds.written_by_hand(notice.kind) for notice in shown)
    residents = resident_names(village) if by_hand else frozenset()
    return [slide for notice in shown for slide in _of(notice, notice.posted, day, residents)]


def version(shown: list[Slide]) -> str:
    """Changes when anything on the screens changes; the page then starts again with the newest."""
    return digest([[s.title, list(s.facts), s.part, list(s.paragraphs), s.code] for s in shown])[:16]


def _of(notice: Notice, posted: date | None, day: date, residents: Set[str]) -> Iterator[Slide]:
    content = _content(notice, residents)
    screens = _screens(notice, content)[:_SCREENS]
    code = show_code(notice.check_code)
    picture = mark_safe(qr_svg(notice.snapshot.verify_url, _QR))
    for number, (paragraphs, table) in enumerate(screens, 1):
        length = len(content.title) + sum(map(len, paragraphs))
        length += sum(len(cell) for row in table.rows for cell in row) if table else 0
        yield Slide(
            kind=kinds.label_of(notice.kind),
            title=content.title,
            facts=_facts(notice, posted, content, day),
            part=f"{number}/{len(screens)}" if len(screens) > 1 else "",
            paragraphs=paragraphs,
            table=table,
            code=code,
            qr=picture,
            seconds=min(max(length // _PER_SECOND, _LEAST_SECONDS), _MOST_SECONDS),
        )


def _content(notice: Notice, residents: Set[str]) -> model.NoticeContent:
    """The masked content, also without names of ``residents`` that somebody typed into it; only current notices come
    here, so nothing is asked about each of them again."""
    content = model.from_json(notice.snapshot.document["content"])
    old = notice.corrects
    also = selectors.names_in(model.from_json(old.snapshot.document["content"])) if old else set()
    if kinds.written_by_hand(notice.kind):
        also |= names_typed(content, residents)
    offices = (content.objection.telephone,) if content.objection else ()
    return selectors.masked(content, offices=offices, also=also)


def _facts(notice: Notice, posted: date | None, content: model.NoticeContent, day: date) -> tuple[str, ...]:
    published = timezone.localdate(notice.published_at)
    out = [notice.number, f"{published.year}年{published.month}月{published.day}日发布"]
    end = selectors.running_until(notice, posted)
    if end and end >= day:
        left = (end - day).days
        until = f"公示到{end.month}月{end.day}日" + (f"，还有{left}天" if left else "，今天截止")
        out.append("公示期从张贴之日算起" if end == date.max else until)
        if content.objection:
            out.append(f"有异议请到{content.objection.place}")
            if content.objection.telephone:
                out.append(f"电话{content.objection.telephone}")
    return tuple(out)


def _screens(notice: Notice, content: model.NoticeContent) -> list[tuple[tuple[str, ...], Table | None]]:
    try:
        people = kinds.get(notice.kind).people
    except kinds.RuleError:
        people = True
    if people:
        return [(("名单张贴在村公示栏，也可以扫码核对。",), None)]
    out: list[tuple[tuple[str, ...], Table | None]] = []
    pending: list[str] = []
    headings = {block.text for block in content.blocks if isinstance(block, model.Heading)}
    above: tuple[str, ...] = ()  # the heading that ends what is pending: it goes with the table that follows
    for block in content.blocks:
        if isinstance(block, model.Paragraph | model.Heading):
            pending += above
            above = ()
            if isinstance(block, model.Heading):
                above = (block.text,)
            elif not _has_masked_name(content, block.text):
                pending += [part for part in block.text.split("\n") if part.strip()]
        elif isinstance(block, model.Table) and not any(c.kind == "name" for c in block.columns):
            out += [(chunk, None) for chunk in _chunks(pending, headings)]
            above, rows = _below(content.title, above)
            out += [(above, piece) for piece in _pieces(block, rows)]
            pending, above = [], ()
        else:
            above = ()
    out += [(chunk, None) for chunk in _chunks(pending, headings)]
    return out or [(("内容张贴在村公示栏，也可以扫码查看。",), None)]


def _has_masked_name(content: model.NoticeContent, text: str) -> bool:
    """A paragraph that names somebody of the list is left out altogether, masked or not."""
    return any(name in text for name in selectors.names_in(content) if "*" in name)


def _chunks(texts: list[str], headings: Container[str] = ()) -> list[tuple[str, ...]]:
    """Paragraphs by screen; a long one goes on on the next, and no heading ends one."""
    out: list[list[str]] = []
    used = _CHARACTERS
    for text in texts:
        rest = text
        while rest:
            if used + 24 > _CHARACTERS:
                out.append([])
                used = 0
            part = _up_to_a_stop(rest, _CHARACTERS - used)
            rest = rest[len(part) :]
            out[-1].append(part)
            used += -(-len(part) // 24) * 24
    for chunk, after in pairwise(out):
        if len(chunk) > 1 and chunk[-1] in headings:
            after.insert(0, chunk.pop())
    return [tuple(chunk) for chunk in out]


def _up_to_a_stop(text: str, room: int) -> str:
    """As much of ``text`` as fits, up to the end of a sentence, else of a clause."""
    if len(text) <= room:
        return text
    part = text[:room]
    for stops in ("。；！？", "，、："):
        cut = max(part.rfind(stop) for stop in stops)
        if cut >= room // 2:
            return part[: cut + 1]
    return part


def _below(title: str, above: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The heading and the rows of a table that fit under a title; the longest leaves room for a row alone."""
    rows = _ROWS - len(above) - sum(len(title) > length for length in _TITLE_LINES)
    return (above, rows) if rows > 0 else ((), 1)


def _pieces(table: model.Table, size: int) -> list[Table]:
    head = tuple(column.title for column in table.columns[:_COLUMNS])
    caption = table.caption + (f"（单位：{table.unit}）" if table.unit else "")
    shown = table.rows[:_MOST_ROWS]
    return [
        Table(caption, head, tuple(row[:_COLUMNS] for row in shown[start : start + size]))
        for start in range(0, len(shown), size)
    ]
