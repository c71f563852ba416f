"""Notices that a clerk writes: the form's fields and the small mark-up become a document, checked line by line."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cogov.access.scope import Actor
from cogov.common.errors import InputError, Problem, RuleError
from cogov.common.periods import Period
from notices import kinds, states
from notices.models import Notice
from notices.printing import content as model
from notices.printing import markup
from notices.services.corrections import draft_correction, rewrite_correction
from notices.services.drafting import draft_notice, pending_content
from notices.services.posters import board_poster, corrected_poster
from notices.services.publishing import SUPERSEDE
from villages.models import Township, Village


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form. ``basis``, ``attachments`` and ``cc`` hold one entry a line."""

    title: str
    body: str
    addressee: str = ""
    basis: str = ""
    legal_basis: str = ""
    calculation: str = ""
    attachments: str = ""
    cc: str = ""
    printed_by: str = ""

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Written:
        return cls(**{name: str(data.get(name) or "") for name in cls.__slots__})


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def read_written(written: Written) -> tuple[model.NoticeContent, tuple[Problem, ...]]:
    """The document as far as it can be read, and every fault; the signer is filled in when it is drafted."""
    parsed = markup.parse(written.body)
    problems = list(parsed.problems)
    for name, label in _LABELS.items():
        why = markup.unsafe(getattr(written, name))
        if why:
            problems.append(Problem(why, column=label))
    content = model.NoticeContent(
        title=written.title.strip(),
        blocks=parsed.blocks,
        signer="",
        addressee=written.addressee.strip(),
        basis=_lines(written.basis),
        legal_basis=written.legal_basis.strip(),
        calculation=written.calculation.strip(),
        attachments=_lines(written.attachments),
        cc=_lines(written.cc),
        printed_by=written.printed_by.strip(),
    )
    return content, tuple(problems)


_LABELS = {
    "title": "标题",
    "addressee": "主送",
    "basis": "依据",
    "legal_basis": "公开依据",
    "calculation": "计算办法",
    "attachments": "附件",
    "cc": "抄送",
    "printed_by": "印发机关",
}


def written_of(content: model.NoticeContent) -> Written:
    """A document back in the form, to be edited. Raises RuleError for documents with charts."""
    return Written(
        title=content.title,
        body=markup.write(content.blocks),
        addressee=content.addressee,
        basis="\n".join(content.basis),
        legal_basis=content.legal_basis,
        calculation=content.calculation,
        attachments="\n".join(content.attachments),
        cc="\n".join(content.cc),
        printed_by=content.printed_by,
    )


def _require_readable(written: Written) -> model.NoticeContent:
    content, problems = read_written(written)
    if problems:
        raise InputError("正文有错：" + "；".join(str(p) for p in problems[:5]), problems)
    return content


def compose_notice(
    *,
    actor: Actor,
    kind: str,
    written: Written,
    village: Village | None = None,
    township: Township | None = None,
    period: str = "",
    notice: Notice | None = None,
    subject_key: str = "",
) -> Notice:
    """Draft what a clerk has written, or rewrite the draft ``notice``. Raises InputError with line numbers."""
    if not kinds.get(kind).template:
        raise RuleError(f"{kinds.label_of(kind)}由系统自动生成，不能手工起草")
    content = _require_readable(written)
    if period:
        Period.parse(period)
    if notice is not None:
        if notice.state not in states.PENDING or notice.kind != kind:
            raise RuleError("只有没有发布的草稿才能修改，已发布的请起草更正")
        if notice.corrects_id is not None:
            raise RuleError("更正公示的草稿请在“修改草稿”页面修改，要写明更正原因")
        village, township, subject_key = notice.village, notice.township, notice.subject_key
    code = village.code if village else (township.code if township else "")
    return draft_notice(
        actor=actor,
        kind=kind,
        village=village,
        township=township,
        period=period,
        subject_key=subject_key or f"{code}:{secrets.token_hex(8)}",
        content=content,
        poster=board_poster(content, kinds.get(kind), period),
    )


def correct_written(
    *, actor: Actor, notice: Notice, written: Written, reason: str, effect: str = SUPERSEDE
) -> Notice:
    """Draft the correction of a published notice from the edited text, or write its pending draft anew."""
    content = _require_readable(written)
    if not notice.is_public:
        old = notice.corrects
        if old is None:
            raise RuleError("这份草稿不是更正")
        poster = _poster(old, content) if notice.effect == SUPERSEDE else None
        return rewrite_correction(actor=actor, notice=notice, content=content, reason=reason, poster=poster)
    poster = _poster(notice, content) if effect == SUPERSEDE else None
    return draft_correction(
        actor=actor, notice=notice, content=content, reason=reason, effect=effect, poster=poster
    )


def _poster(old: Notice, content: model.NoticeContent) -> model.PosterContent | None:
    stored = old.snapshot.document.get("poster")
    was = model.poster_from_json(stored) if stored else None
    return corrected_poster(content, kinds.get(old.kind), was, old.period)


def editable(notice: Notice) -> Written:
    """The text of a draft or of a published notice, for editing. Raises RuleError for documents with charts."""
    if notice.is_public:
        return written_of(model.from_json(notice.snapshot.document["content"]))
    own = (notice.draft or {}).get("own")
    return written_of(model.from_json(own) if own else pending_content(notice)[0])


def reason_of(notice: Notice) -> str:
    """Why a pending correction was drafted; empty for any other draft."""
    return str((notice.draft or {}).get("reason", ""))
