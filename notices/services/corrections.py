"""Corrections: a published notice is never edited; a new one prints old against new and takes its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.errors import ConflictError, RuleError
from cogov.common.text import mask_name
from notices import kinds, states
from notices.models import Notice
from notices.printing import content as model
from notices.printing.contents import with_contents, without_contents
from notices.services.drafting import completed, log_move, require_printable
from notices.services.issuers import issuer_profile
from notices.services.publishing import SUPERSEDE, WITHDRAW
from notices.services.terms import terms_of
from notices.typed_names import look_up

T = TypeVar("T", bound=Hashable)
_DIFFERENCE = "更正对照表"


def draft_correction(
    *,
    actor: Actor,
    notice: Notice,
    content: model.NoticeContent,
    reason: str,
    effect: str = SUPERSEDE,
    poster: model.PosterContent | None = None,
) -> Notice:
    """Draft the notice that replaces (``supersede``) or only takes back (``withdraw``) a published one.

    ``content`` is the right content; for a withdrawal its blocks say why. The difference table is added here.
    """
    authorize_object(actor, "notices.draft_notice", notice)
    if effect not in (SUPERSEDE, WITHDRAW):
        raise RuleError("更正方式只有替代和撤回两种")
    if not reason.strip():
        raise RuleError("更正必须写明原因")
    with transaction.atomic():
        old = Notice.objects.select_for_update().get(pk=notice.pk)
        states.NOTICE_STATES.move(old.state, effect)
        if Notice.objects.filter(corrects=old, state__in=states.PENDING).exists():
            raise ConflictError("这份公示已有一份更正在起草")
        title, stored = _written(old, content, poster, reason, effect)
        draft = Notice(
            kind=old.kind,
            township=old.township,
            village=old.village,
            period=old.period,
            subject_key=_subject(old, effect),
            title=title,
            draft=stored,
            corrects=old,
            effect=effect,
            drafted_by_id=actor.pk,
        )
        draft.set_terms(terms_of(old.township, kinds.get(old.kind)))
        draft.save()
        log_move(actor, draft, "draft", "", states.DRAFT, reason)
        record(
            actor=actor,
            action="notices.draft_correction",
            summary=f"起草对{old.number}的更正",
            obj=draft,
            after={"更正对象": old.number, "方式": "替代" if effect == SUPERSEDE else "撤回"},
            comment=reason,
        )
    return draft


def rewrite_correction(
    *,
    actor: Actor,
    notice: Notice,
    content: model.NoticeContent,
    reason: str,
    poster: model.PosterContent | None = None,
) -> Notice:
    """Write the draft of a correction anew, before it is published; the table of old against new follows.

    Raises AccessDenied, RuleError for anything but such a draft, InputError for what cannot be printed.
    """
    authorize_object(actor, "notices.draft_notice", notice)
    if not reason.strip():
        raise RuleError("更正必须写明原因")
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        old = locked.corrects
        if locked.state not in states.PENDING or old is None:
            raise RuleError("只有没有发布的更正草稿才能修改")
        before = locked.title, locked.draft
        locked.title, locked.draft = _written(old, content, poster, reason, locked.effect)
        if (locked.title, locked.draft) == before:
            return locked
        source, locked.state, locked.drafted_by_id = locked.state, states.DRAFT, actor.pk
        locked.set_terms(terms_of(locked.township, kinds.get(locked.kind)))
        locked.save()
        if source != states.DRAFT:
            log_move(actor, locked, "return", source, states.DRAFT, reason)
        record(
            actor=actor,
            action="notices.rewrite_correction",
            summary=f"修改对{old.number}的更正草稿",
            obj=locked,
            after={"内容摘要": digest(locked.draft)},
            comment=reason,
        )
    return locked


def _written(
    old: Notice, content: model.NoticeContent, poster: model.PosterContent | None, reason: str, effect: str
) -> tuple[str, dict[str, Any]]:
    """Title and stored draft: what will be published, and beside it what the clerk wrote, to be edited again."""
    frozen = model.from_json(old.snapshot.document["content"])
    profile = issuer_profile(township=old.township, village=old.village)
    content, poster = completed(without_contents(content), poster, kinds.get(old.kind), profile)
    full = with_difference(without_contents(frozen), content, old.number, reason, effect)
    if old.village is not None and kinds.written_by_hand(old.kind):
        full = _without_minors(full, look_up(full, old.village, timezone.localdate()).minors)
    if kinds.get(old.kind).contents:
        full = with_contents(full)
    require_printable(full, poster)
    stored = {
        "content": model.to_json(full),
        "poster": model.to_json(poster) if poster else None,
        "own": model.to_json(content),
        "reason": reason.strip(),
    }
    return full.title, stored


def _without_minors(full: model.NoticeContent, minors: Sequence[str]) -> model.NoticeContent:
    """A minor whom the old notice named is not printed once more beside the new text (documents.md)."""

    def clean(cell: str) -> str:
        for name in minors:
            cell = cell.replace(name, mask_name(name))
        return cell

    blocks = tuple(
        replace(block, rows=tuple(tuple(map(clean, row)) for row in block.rows))
        if isinstance(block, model.Table) and block.caption == _DIFFERENCE
        else block
        for block in full.blocks
    )
    return replace(full, blocks=blocks)


def _subject(old: Notice, effect: str) -> str:
    """A withdrawal has a subject of its own: the old one is free to be publicised again, and its gate stays shut."""
    return old.subject_key if effect == SUPERSEDE else f"{old.subject_key[:100]}#撤回{old.pk}"


def with_difference(
    old: model.NoticeContent, new: model.NoticeContent, number: str, reason: str, effect: str
) -> model.NoticeContent:
    """The new content with a lead that names the corrected notice, and a table of old against new."""
    verb = "更正" if effect == SUPERSEDE else "撤回"
    lead = model.Paragraph(
        f"因{reason.strip().rstrip('。')}，现对{number}予以{verb}，原公示同时{'由本公示替代' if effect == SUPERSEDE else '撤回'}。"
    )
    title = new.title if new.title.startswith(verb) else f"{verb}：{new.title}"
    rows = changed_rows(old, new) if effect == SUPERSEDE else ()
    table: tuple[model.Block, ...] = ()
    if rows:
        columns = (model.Column("更正处", 14), model.Column("原公示", 20), model.Column("更正为", 20))
        table = (model.Table(columns, rows, caption=_DIFFERENCE),)
    return replace(new, title=title, blocks=(lead, *table, *new.blocks))


def changed_rows(old: model.NoticeContent, new: model.NoticeContent) -> tuple[tuple[str, str, str], ...]:
    """What differs, as (where, old, new): rows of tables, paragraphs, headings, title, closing parts, attachments."""
    out: list[tuple[str, str, str]] = []
    for name, read in _PARTS:
        was, now = read(old), read(new)
        if was != now:
            out.append((name, was or _NOTHING, now or _GONE))
    before = [b for b in old.blocks if isinstance(b, model.Table)]
    after = [b for b in new.blocks if isinstance(b, model.Table)]
    for left, right in zip_longest(before, after, fillvalue=_NO_TABLE):
        name = right.caption or left.caption or "表"
        out += [
            (f"{name}第{line}行", "、".join(was_row) or _NOTHING, "、".join(now_row) or _GONE)
            for line, was_row, now_row in _row_pairs(left.rows, right.rows)
        ]
    out += _figure_rows(old, new)
    texts_before = [b.text for b in old.blocks if isinstance(b, model.Paragraph | model.Heading)]
    texts_after = [b.text for b in new.blocks if isinstance(b, model.Paragraph | model.Heading)]
    out += [
        (f"正文第{line}段", was_text or _NOTHING, now_text or _GONE)
        for line, was_text, now_text in _text_pairs(texts_before, texts_after)
    ]
    return tuple(out)


def _figure_rows(old: model.NoticeContent, new: model.NoticeContent) -> list[tuple[str, str, str]]:
    """Key figures that changed, by their heading and label."""
    was, now = _figures(old), _figures(new)
    return [
        (f"{heading}：{label}" if heading else label, was.get(key, _NOTHING), now.get(key, _GONE))
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
        for heading, label in (key,)
    ]


def _figures(content: model.NoticeContent) -> dict[tuple[str, str], str]:
    heading, out = "", {}
    for block in content.blocks:
        if isinstance(block, model.Heading):
            heading = block.text.split("、", 1)[-1]
        elif isinstance(block, model.FigureGrid):
            out.update({(heading, item.label): f"{item.value}{item.unit}" for item in block.items})
    return out


_NOTHING, _GONE = "（无）", "（删去）"
_NO_TABLE = model.Table((), ())
_PARTS: tuple[tuple[str, Callable[[model.NoticeContent], str]], ...] = (
    ("标题", lambda content: content.title),
    ("依据", lambda content: "；".join(content.basis)),
    ("计算办法", lambda content: content.calculation),
    ("附件", lambda content: "；".join(content.attachments)),
)
_Row = tuple[str, ...]


def _row_pairs(old: Sequence[_Row], new: Sequence[_Row]) -> list[tuple[int, _Row, _Row]]:
    """Rows that changed, went or came, found by the longest common run: one row put in does not shift all below."""
    return [(line, was or (), now or ()) for line, was, now in _pairs(old, new)]


def _text_pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, str, str]]:
    return [(line, was or "", now or "") for line, was, now in _pairs(old, new)]


def _pairs(old: Sequence[T], new: Sequence[T]) -> list[tuple[int, T | None, T | None]]:
    """(number in the new document, or in the old one for what went; old; new)."""
    out: list[tuple[int, T | None, T | None]] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for i in range(max(a2 - a1, b2 - b1)):
            was = old[a1 + i] if a1 + i < a2 else None
            now = new[b1 + i] if b1 + i < b2 else None
            out.append((b1 + i + 1 if now is not None else a1 + i + 1, was, now))
    return out
